/** Where webhooks are, what they answer, and what is told of it: to the user, in the audit log, in metrics. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, deny } from '@orrery/reconciler/webhook';
import { at, podOf } from '../../testing/server.ts';
import type { Answer } from '../../testing/server.ts';
import { caBundle, configMap, configMaps, podAddress, rule, startHooked } from '../../testing/webhooks.ts';

const no = () => deny('no');
const denied = (name: string, why = 'no'): string => `admission webhook "${name}" denied the request: ${why}`;
const messageOf = (answer: Answer): string => String(answer.body.message);

test('refusals, warnings and audit annotations', async t => {
  const lines: string[] = [];
  const server = await startHooked(
    t,
    {
      '/teapot': () => ({
        allowed: false,
        status: { code: 418, reason: 'Teapot', message: 'short' },
        warnings: ['hot'],
        auditAnnotations: { why: 'tea' },
      }),
      '/reason': () => ({ allowed: false, status: { reason: 'Because' } }),
      '/silent': () => ({ allowed: false, status: {} }),
      '/success': () => ({ allowed: false, status: { code: 200, message: 'odd' } }),
    },
    [],
    { audit: { policy: { rules: [{ level: 'Metadata' }] }, backend: { write: line => void lines.push(line) } } },
  );
  const cases: readonly [string, number, string][] = [
    ['/teapot', 418, ': short'],
    ['/reason', 400, ': Because'],
    ['/silent', 400, ' without explanation'],
    ['/success', 400, ': odd'],
  ];
  for (const [path, code, why] of cases) {
    await server.configure('validating', 'v', { path });
    const answer = await server.create(configMaps, configMap('x'));
    assert.deepEqual(
      [answer.status, messageOf(answer)],
      [code, `admission webhook "w0.v.example.com" denied the request${why}`],
    );
    if (path === '/teapot') {
      assert.equal(answer.body.reason, 'Teapot');
      assert.deepEqual(answer.headers.warning, ['299 - "hot"']);
      const record = JSON.parse(
        lines.find(line => line.includes('ResponseComplete') && line.includes('/configmaps'))!,
      ) as object;
      assert.deepEqual(at(record, 'annotations'), { 'w0.v.example.com/why': 'tea' });
    }
    await server.call('DELETE', '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/v');
  }
});

test('what webhooks changed stands in audit records that show objects, and in no others', async t => {
  for (const level of ['Metadata', 'Request'] as const) {
    const lines: string[] = [];
    const server = await startHooked(
      t,
      { '/set': () => ({ ...allow(), patch: [{ op: 'add', path: '/data', value: { key: 'hidden' } }] }) },
      [],
      { audit: { policy: { rules: [{ level }] }, backend: { write: line => void lines.push(line) } } },
    );
    await server.configure('mutating', 'm', { path: '/set' });
    await server.create(configMaps, configMap('x'));
    const record: unknown = JSON.parse(lines.at(-1)!);
    const annotations = at(record, 'annotations') as Record<string, string>;
    const place = 'webhook.admission.k8s.io/round_0_index_0';
    const about = { configuration: 'm', webhook: 'w0.m.example.com' };
    assert.deepEqual(JSON.parse(annotations[`mutation.${place}`]!), { ...about, mutated: true });
    assert.equal(`patch.${place}` in annotations, level === 'Request');
    if (level === 'Request')
      assert.deepEqual(JSON.parse(annotations[`patch.${place}`]!), {
        ...about,
        patch: [{ op: 'add', path: '/data', value: { key: 'hidden' } }],
        patchType: 'JSONPatch',
      });
    else assert.doesNotMatch(lines.join(), /hidden/);
  }
});

test('a service is reached at a ready endpoint, under its own name', async t => {
  const server = await startHooked(t, { '/v': no });
  const port = { name: 'https', port: 443, targetPort: 8443 };
  const service = { path: '/v', namespace: 'default', name: 'hooks' };
  await server.configure('validating', 'v', { clientConfig: { service, caBundle }, failurePolicy: 'Fail' });
  const words = async () => messageOf(await server.create(configMaps, configMap('x')));
  const failed = (why: string) =>
    `Internal error occurred: failed calling webhook "w0.v.example.com": failed to call webhook: Post "https://hooks.default.svc:443/v?timeout=10s": ${why}`;
  assert.equal(await words(), failed('service "hooks" not found'));
  const made = await server.create('/api/v1/namespaces/default/services', {
    metadata: { name: 'hooks' },
    spec: { clusterIP: 'None', clusterIPs: ['None'], ports: [{ ...port, port: 8443 }], selector: { a: 'b' } },
  });
  assert.equal(made.status, 201, made.text);
  assert.equal(await words(), failed('no service port 443 found for service "hooks"'));
  await server.call('PATCH', '/api/v1/namespaces/default/services/hooks', {
    body: { spec: { ports: [port] } },
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  assert.equal(await words(), failed('no endpoints available for service "hooks"'));
  const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';
  const slice = {
    metadata: { name: 'hooks-1', labels: { 'kubernetes.io/service-name': 'hooks' } },
    addressType: 'IPv4',
    ports: [{ name: 'https', port: 8443 }],
    endpoints: [
      { addresses: ['10.244.0.9'], conditions: { ready: false } },
      { addresses: [podAddress], conditions: { ready: true } },
    ],
  };
  assert.equal((await server.create(slices, slice)).status, 201);
  assert.equal(await words(), denied('w0.v.example.com'));
  assert.equal(server.hooks.requests[0]!.headers['host'], 'hooks.default.svc:443');
});

test('a service that leads back to the server is not followed', async t => {
  const server = await startHooked(t, { '/v': () => allow() });
  await server.create('/api/v1/namespaces/default/services', {
    metadata: { name: 'hooks' },
    spec: { type: 'ExternalName', externalName: 'localhost' },
  });
  const service = { path: '/v', namespace: 'default', name: 'hooks', port: server.hooks.port };
  await server.configure('validating', 'v', { clientConfig: { service, caBundle } });
  assert.match(messageOf(await server.create(configMaps, configMap('x'))), /: address not allowed$/);
  assert.equal(server.hooks.requests.length, 0);
});

test('admissionReviewVersions: the first that is known is spoken', async t => {
  const asked: string[] = [];
  const server = await startHooked(t, {}, [
    {
      path: '/versions',
      handler: async ({ body }) => {
        const review = JSON.parse(Buffer.from(body).toString()) as { apiVersion: string; request: { uid: string } };
        asked.push(review.apiVersion);
        // As old webhooks answer: without uid, kind and patchType.
        const patch = Buffer.from('[{"op":"add","path":"/data","value":{"old":"yes"}}]').toString('base64');
        const answer = { response: { allowed: true, patch } };
        return {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: Buffer.from(JSON.stringify(answer)),
        };
      },
    },
  ]);
  await server.configure('mutating', 'v', { path: '/versions', admissionReviewVersions: ['v9', 'v1beta1', 'v1'] });
  const made = await server.create(configMaps, configMap('x'));
  assert.deepEqual(made.body.data, { old: 'yes' });
  assert.deepEqual(asked, ['admission.k8s.io/v1beta1']);
});

test('calls, refusals and failures are counted under the names of upstream', async t => {
  const server = await startHooked(t, { '/no': no });
  await server.configure('validating', 'v', { path: '/no' });
  await server.create(configMaps, configMap('x'));
  const { text } = await server.get('/metrics');
  const labels = 'name="w0.v.example.com",type="validating",operation="CREATE"';
  assert.ok(text.includes(`apiserver_admission_webhook_request_total{${labels},code="403",rejected="true"} 1`), text);
  assert.ok(
    text.includes(
      `apiserver_admission_webhook_rejection_count{${labels},error_type="no_error",rejection_code="403"} 1`,
    ),
  );
  assert.ok(text.includes(`apiserver_admission_webhook_admission_duration_seconds_count{${labels},rejected="true"} 1`));
});

test('options of a connection may be changed', async t => {
  const targets: string[] = [];
  const server = await startHooked(
    t,
    { '/set': () => ({ ...allow(), patch: [{ op: 'add', path: '/command', value: ['id', '-u'] }] }) },
    [],
    { node: async ({ target }) => (targets.push(target), { status: 200, headers: {}, body: new Uint8Array() }) },
  );
  const pods = '/api/v1/namespaces/default/pods';
  await server.create(pods, podOf('p'));
  await server.call('POST', `${pods}/p/binding`, {
    body: { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } },
  });
  const exec = `${pods}/p/exec?command=sh&stdout=true`;
  await server.call('POST', exec);
  await server.configure('mutating', 'm', {
    path: '/set',
    rules: [rule({ operations: ['CONNECT'], resources: ['pods/exec'] })],
  });
  await server.call('POST', exec);
  assert.deepEqual(
    targets.map(target => [...new URLSearchParams(target.split('?')[1]).getAll('command')]),
    [['sh'], ['id', '-u']],
  );
});
