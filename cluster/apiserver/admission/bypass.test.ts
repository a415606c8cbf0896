/** Ways into a stored object that have led around admission elsewhere (2021-25735, 2023-2727, 2023-2728, 2024-3177), over a real server. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { securityParts } from '../security.ts';
import { at, startServer } from '../testing/server.ts';
import type { Answer, TestServer } from '../testing/server.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const registration = '/apis/admissionregistration.k8s.io/v1';
const path = '/api/v1/namespaces/guarded';
const account = { apiVersion: 'v1', kind: 'ServiceAccount' };
const annotations = { 'kubernetes.io/enforce-mountable-secrets': 'true' };

let server: TestServer;
const patch = (type: string) => ({ 'content-type': `application/${type}` });
const applied = patch('apply-patch+yaml');
const merged = patch('merge-patch+json');

async function made(target: string, body: object): Promise<void> {
  const { status, text } = await server.create(target, body);
  assert.equal(status, 201, text);
}

const pod = (name: string, more: object = {}) => ({
  ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name } },
  spec: { serviceAccountName: 'strict', containers: [{ name: 'c', image: 'i' }], ...more },
});

before(async () => {
  const parts = securityParts({ serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 });
  server = await startServer({ parts });
  await server.server.ready;
  const labels = { 'pod-security.kubernetes.io/enforce': 'baseline', guarded: 'yes' };
  await made('/api/v1/namespaces', { metadata: { name: 'guarded', labels } });
  await made(`${path}/serviceaccounts`, { ...account, metadata: { name: 'strict', annotations } });
  const rule = (resources: string[]) => ({ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources });
  await made(`${registration}/validatingadmissionpolicies`, {
    metadata: { name: 'guard' },
    spec: {
      matchConstraints: {
        namespaceSelector: { matchLabels: { guarded: 'yes' } },
        resourceRules: [rule(['pods', 'pods/ephemeralcontainers', 'configmaps'])],
      },
      validations: [
        {
          expression:
            "request.resource.resource != 'pods' || (object.spec.?ephemeralContainers.orValue([]) + object.spec.containers).all(c, c.image != 'evil')",
          message: 'evil image',
        },
        {
          expression: "request.resource.resource != 'configmaps' || !('a' in object.data && 'b' in object.data)",
          message: 'a and b together',
        },
        {
          expression:
            "oldObject == null || !has(oldObject.data) || !('held' in oldObject.data) || object.data.held == oldObject.data.held",
          message: 'held',
        },
      ],
    },
  });
  const spec = { policyName: 'guard', validationActions: ['Deny'] };
  await made(`${registration}/validatingadmissionpolicybindings`, { metadata: { name: 'guard' }, spec });
  await made(`${path}/pods`, pod('p'));
});
after(() => server.close());

const debug = (more: object) => [{ name: 'd', image: 'i', ...more }];
const secretEnv = { env: [{ name: 'S', valueFrom: { secretKeyRef: { name: 'other', key: 'k' } } }] };
const refusals = [
  ['a privileged container', { securityContext: { privileged: true } }, /violates PodSecurity "baseline:latest"/],
  ['an image that a policy refuses', { image: 'evil' }, /denied request: evil image/],
  ['a Secret in a variable', secretEnv, /does not reference that secret/],
  ['a Secret of variables', { envFrom: [{ secretRef: { name: 'other' } }] }, /does not reference that secret/],
] as const;

const refusedWith = ({ status, body, text }: Answer, why: RegExp): void => {
  assert.ok(status === 403 || status === 422, `${status} ${text}`);
  assert.match(String(at(body, 'message')), why);
};

for (const [what, more, why] of refusals) {
  test(`an ephemeral container is judged like any: ${what}`, async () => {
    const target = `${path}/pods/p/ephemeralcontainers`;
    const own = (await server.get(`${path}/pods/p`)).body;
    const spec = { ephemeralContainers: debug(more) };
    refusedWith(await server.call('PATCH', target, { headers: merged, body: { spec } }), why);
    refusedWith(
      await server.call('PATCH', target, { headers: patch('strategic-merge-patch+json'), body: { spec } }),
      why,
    );
    refusedWith(
      await server.call('PUT', target, { body: { ...own, spec: { ...(own.spec as object), ...spec } } }),
      why,
    );
    const body = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec };
    refusedWith(await server.call('PATCH', `${target}?fieldManager=m`, { headers: applied, body }), why);
    const stored = await server.get(`${path}/pods/p`);
    assert.equal(at(stored.body, 'spec', 'ephemeralContainers'), undefined);
  });

  test(`a pod that is applied is judged like one that is created: ${what}`, async () => {
    const body = pod('q', { containers: [{ name: 'c', image: 'i', ...more }] });
    refusedWith(await server.create(`${path}/pods`, body), why);
    const target = `${path}/pods/q?fieldManager=m`;
    refusedWith(await server.call('PATCH', `${target}&dryRun=All`, { headers: applied, body }), why);
    refusedWith(await server.call('PATCH', target, { headers: applied, body }), why);
    assert.equal((await server.get(`${path}/pods/q`)).status, 404);
  });
}

test('policies see what an apply makes of the object, with what others own, and what it was', async () => {
  const map = (name: string, data: object) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
  const apply = (manager: string, data: object, more = '') =>
    server.call('PATCH', `${path}/configmaps/m?fieldManager=${manager}${more}`, {
      headers: applied,
      body: map('m', data),
    });
  assert.equal((await apply('one', { a: '1', held: '1' })).status, 201);
  refusedWith(await apply('two', { b: '1' }), /denied request: a and b together/);
  refusedWith(await apply('two', { b: '1' }, '&dryRun=All'), /denied request: a and b together/);
  refusedWith(await apply('two', { held: '2' }, '&force=true'), /denied request: held/);
  refusedWith(
    await server.call('PATCH', `${path}/configmaps/m`, { headers: merged, body: { data: { b: '1' } } }),
    /denied request: a and b together/,
  );
  assert.equal((await apply('two', { c: '1' })).status, 200);
  const stored = await server.get(`${path}/configmaps/m`);
  assert.deepEqual(at(stored.body, 'data'), { a: '1', c: '1', held: '1' });
});
