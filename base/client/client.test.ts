import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonAnswer, statusAnswer, textAnswer, type Handler, type Request, type Sink } from '@orrery/http';
import { StatusError, notFound } from '@orrery/machinery/status';
import type { KubeObject } from '@orrery/machinery/meta';
import { createClient } from './index.ts';
import { resources } from './resources.ts';
import type { Client, WatchEvent } from './types.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

/** A server that remembers what it was asked and answers everything with the same object. */
function recording(answer = jsonAnswer(200, { kind: 'Thing', metadata: {} })) {
  const requests: Request[] = [];
  const handler: Handler = async request => {
    requests.push(request);
    return answer;
  };
  return { handler, requests };
}

const pod = (name: string, namespace?: string): KubeObject => ({ metadata: { name, namespace } });
const widgets = { group: 'example.com', version: 'v1alpha1', resource: 'widgets' };

const calls: [string, (client: Client) => Promise<unknown>, string, string?][] = [
  ['get in core', c => c.get(resources.pods, 'web', { namespace: 'shop' }), 'GET /api/v1/namespaces/shop/pods/web'],
  ['get of a cluster-scoped object', c => c.get(resources.nodes, 'n1'), 'GET /api/v1/nodes/n1'],
  [
    'get in a group, subresource',
    c => c.get(resources.deployments, 'web', { namespace: 'shop', subresource: 'scale' }),
    'GET /apis/apps/v1/namespaces/shop/deployments/web/scale',
  ],
  ['get in the default namespace', c => c.get(resources.pods, 'web'), 'GET /api/v1/namespaces/fallback/pods/web'],
  ['get of a kind of unknown scope', c => c.get(widgets, 'a'), 'GET /apis/example.com/v1alpha1/widgets/a'],
  ['list over all namespaces', c => c.list(resources.pods), 'GET /api/v1/pods'],
  [
    'list with everything',
    c =>
      c.list(resources.pods, {
        namespace: 'shop',
        labelSelector: 'a in (b,c)',
        fieldSelector: 'spec.nodeName=n1',
        limit: 500,
        continue: 'tok=',
        resourceVersion: '7',
        resourceVersionMatch: 'Exact',
      }),
    'GET /api/v1/namespaces/shop/pods?labelSelector=a%20in%20(b%2Cc)&fieldSelector=spec.nodeName%3Dn1&limit=500&continue=tok%3D&resourceVersion=7&resourceVersionMatch=Exact',
  ],
  [
    'create where the object says',
    c => c.create(resources.pods, pod('web', 'shop')),
    'POST /api/v1/namespaces/shop/pods',
    '{"metadata":{"name":"web","namespace":"shop"}}',
  ],
  [
    'create where the options say',
    c => c.create(resources.pods, pod('web', 'shop'), { namespace: 'other', dryRun: true, fieldManager: 'me' }),
    'POST /api/v1/namespaces/other/pods?fieldManager=me&dryRun=All',
  ],
  [
    'create of a subresource',
    c => c.create(resources.pods, pod('web', 'shop'), { subresource: 'binding' }),
    'POST /api/v1/namespaces/shop/pods/web/binding',
  ],
  [
    'create of a subresource of another name',
    c => c.create(resources.serviceaccounts, pod('', 'shop'), { name: 'robot', subresource: 'token' }),
    'POST /api/v1/namespaces/shop/serviceaccounts/robot/token',
  ],
  [
    'update of status',
    c => c.update(resources.pods, pod('web', 'shop'), { subresource: 'status' }),
    'PUT /api/v1/namespaces/shop/pods/web/status',
  ],
  [
    'apply',
    c => c.patch(resources.pods, 'web', 'apply', {}, { namespace: 'shop', fieldManager: 'me', force: true }),
    'PATCH /api/v1/namespaces/shop/pods/web?fieldManager=me&force=true',
    '{}',
  ],
  [
    'delete without options',
    c => c.delete(resources.pods, 'web', { namespace: 'shop' }),
    'DELETE /api/v1/namespaces/shop/pods/web',
    '',
  ],
  [
    'delete with options',
    c => c.delete(resources.pods, 'web', { namespace: 'shop', gracePeriodSeconds: 0, preconditions: { uid: 'u' } }),
    'DELETE /api/v1/namespaces/shop/pods/web',
    '{"kind":"DeleteOptions","apiVersion":"v1","gracePeriodSeconds":0,"preconditions":{"uid":"u"}}',
  ],
  [
    'deleteCollection',
    c => c.deleteCollection(resources.pods, { namespace: 'shop', labelSelector: 'a=b' }),
    'DELETE /api/v1/namespaces/shop/pods?labelSelector=a%3Db',
    '',
  ],
  [
    'a name that needs escaping',
    c => c.get(resources.clusterroles, 'system:a/b?c'),
    `GET /apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Aa%2Fb%3Fc`,
  ],
];

for (const [what, call, line, body] of calls)
  test(`request line: ${what}`, async () => {
    const { handler, requests } = recording();
    await call(createClient(handler, { defaultNamespace: 'fallback' }));
    const [request] = requests;
    assert.equal(`${request!.method} ${request!.target}`, line);
    if (body !== undefined) assert.equal(text(request!.body), body);
  });

test('patch types have their media types', async () => {
  const { handler, requests } = recording();
  const client = createClient(handler, { userAgent: 'orrery/test' });
  for (const type of ['json', 'merge', 'strategic', 'apply'] as const)
    await client.patch(resources.nodes, 'n', type, {});
  assert.deepEqual(
    requests.map(request => request.headers['content-type']),
    [
      'application/json-patch+json',
      'application/merge-patch+json',
      'application/strategic-merge-patch+json',
      'application/apply-patch+yaml',
    ],
  );
  assert.equal(requests[0]!.headers['user-agent'], 'orrery/test');
});

test('a client with a user passes that identity on', async () => {
  const { handler, requests } = recording();
  await createClient(handler, { user: { name: 'system:kube-scheduler', groups: [] } }).get(resources.nodes, 'n');
  assert.equal(requests[0]!.user?.name, 'system:kube-scheduler');
});

test('errors are StatusErrors whatever the body', async t => {
  const failing = (answer: Awaited<ReturnType<Handler>>) =>
    createClient(async () => answer).get(resources.pods, 'web', { namespace: 'shop' });
  const missing = notFound({ group: '', resource: 'pods', name: 'web' }).toStatus();
  await t.test('a Status with its parsed form', () =>
    assert.rejects(failing(statusAnswer(missing)), { code: 404, reason: 'NotFound', message: 'pods "web" not found' }),
  );
  await t.test('a Status as bytes', () =>
    assert.rejects(failing({ ...statusAnswer(missing), object: undefined }), {
      code: 404,
      details: { name: 'web', kind: 'pods' },
    }),
  );
  await t.test('plain text', () =>
    assert.rejects(failing(textAnswer(502, 'bad gateway\n')), { code: 502, message: 'bad gateway' }),
  );
  await t.test('JSON that is no Status', () => assert.rejects(failing(jsonAnswer(500, { oops: 1 })), { code: 500 }));
  await t.test('no body', async () => {
    const error = await failing({ status: 503, headers: {} }).catch(error => error);
    assert.ok(error instanceof StatusError);
    assert.equal(error.message, 'the server answered with status 503');
  });
});

test('an object offered by the server is not parsed again', async () => {
  const object = Object.freeze({ kind: 'Pod', metadata: Object.freeze({ name: 'web' }) });
  const client = createClient(async () => ({ status: 200, headers: {}, body: bytes('not json'), object }));
  assert.equal(await client.get(resources.pods, 'web'), object);
});

test('aborting a request rejects even when the server never answers', async () => {
  const abort = new AbortController();
  const pending = createClient(() => new Promise(() => {})).get(resources.nodes, 'n', { signal: abort.signal });
  abort.abort(new Error('enough'));
  await assert.rejects(pending, { message: 'enough' });
});

/** A server whose watch is written by the test. */
function watching(onRequest: (sink: Sink, request: Request) => void): Handler {
  return async request => ({
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: { start: sink => onRequest(sink, request) },
  });
}

const line = (type: string, name: string) => bytes(`${JSON.stringify({ type, object: pod(name) })}\n`);

async function names(events: AsyncIterable<WatchEvent>): Promise<string[]> {
  const seen: string[] = [];
  for await (const event of events) seen.push(`${event.type} ${(event.object as KubeObject).metadata?.name}`);
  return seen;
}

test('watch asks for what was wanted', async () => {
  let target = '';
  const handler = watching((sink, request) => {
    target = request.target;
    sink.end();
  });
  const options = {
    namespace: 'a',
    resourceVersion: '5',
    allowWatchBookmarks: true,
    sendInitialEvents: false,
    timeoutSeconds: 3,
  };
  await names(createClient(handler).watch(resources.pods, options));
  assert.equal(
    target,
    '/api/v1/namespaces/a/pods?resourceVersion=5&watch=true&allowWatchBookmarks=true&sendInitialEvents=false&timeoutSeconds=3',
  );
});

test('watch events survive any division into chunks, also inside a character', async () => {
  const whole = bytes(['é', '漢字', '🙂'].map(name => text(line('ADDED', name))).join(''));
  for (let size = 1; size <= whole.length; size += 7) {
    const handler = watching(sink => {
      for (let at = 0; at < whole.length; at += size) sink.write(whole.subarray(at, at + size));
      sink.end();
    });
    assert.deepEqual(await names(createClient(handler).watch(resources.pods)), ['ADDED é', 'ADDED 漢字', 'ADDED 🙂']);
  }
});

test('watch ends after an ERROR event, and when the stream breaks off', async () => {
  const handler = watching(sink => {
    sink.write(line('ADDED', 'a'));
    sink.write(bytes('{"type":"ERROR","object":{"kind":"Status","code":410}}\n'));
    sink.write(line('ADDED', 'never'));
  });
  assert.deepEqual(await names(createClient(handler).watch(resources.pods)), ['ADDED a', 'ERROR undefined']);
  const broken = watching(sink => {
    sink.write(line('ADDED', 'a'));
    sink.write(bytes('{"type":"ADD'));
    sink.destroy();
  });
  assert.deepEqual(await names(createClient(broken).watch(resources.pods)), ['ADDED a']);
});

test('watch: a refusal rejects, an abort ends it, leaving the loop closes the sink and aborts the request', async () => {
  const refusing = createClient(async () => statusAnswer(notFound({ group: '', resource: 'pods' }).toStatus()));
  await assert.rejects(names(refusing.watch(resources.pods)), { code: 404 });

  const abort = new AbortController();
  const handler = watching(sink => {
    sink.write(line('ADDED', 'a'));
    abort.abort();
  });
  await names(createClient(handler).watch(resources.pods, { signal: abort.signal }));

  let closed = false;
  let signal: AbortSignal | undefined;
  const open = watching((sink, request) => {
    signal = request.signal;
    sink.onClose(() => (closed = true));
    sink.write(line('ADDED', 'a'));
  });
  for await (const event of createClient(open).watch(resources.pods)) {
    assert.equal(event.type, 'ADDED');
    break;
  }
  assert.ok(closed);
  assert.ok(signal?.aborted);
});

test('watch holds a fast server back', async () => {
  const big = bytes(`${JSON.stringify({ type: 'ADDED', object: { metadata: { name: 'x'.repeat(100_000) } } })}\n`);
  let written = 0;
  let drained = 0;
  const handler = watching(sink => {
    const fill = () => {
      while (written < 50) {
        written++;
        if (!sink.write(big)) return;
      }
      sink.end();
    };
    sink.onDrain(() => {
      drained++;
      fill();
    });
    fill();
  });
  const events = createClient(handler).watch(resources.pods)[Symbol.asyncIterator]();
  await events.next();
  assert.ok(written < 15, `${written} events were written before the reader asked for more`);
  let seen = 1;
  while (!(await events.next()).done) seen++;
  assert.equal(seen, 50);
  assert.ok(drained >= 3);
});

test('upgrade hands over a stream that reaches the server', async () => {
  const handler: Handler = async request => ({
    status: 101,
    headers: { 'x-stream-protocol-version': String(request.headers['x-stream-protocol-version']).split(', ')[0] },
    upgrade: stream => stream.onData(chunk => void stream.write(bytes(text(chunk).toUpperCase()))),
  });
  const { stream, protocol } = await createClient(handler).upgrade('POST', '/x', [
    'v4.channel.k8s.io',
    'v3.channel.k8s.io',
  ]);
  assert.equal(protocol, 'v4.channel.k8s.io');
  const answer = new Promise<string>(resolve => stream.onData(chunk => resolve(text(chunk))));
  stream.write(bytes('hello'));
  assert.equal(await answer, 'HELLO');
  stream.destroy();
});

test('upgrade refused is a StatusError', async () => {
  const refused = createClient(async () =>
    statusAnswer(notFound({ group: '', resource: 'pods', name: 'a' }).toStatus()),
  );
  await assert.rejects(refused.upgrade('POST', '/x', ['v4.channel.k8s.io']), { reason: 'NotFound' });
  const ignored = createClient(async () => jsonAnswer(200, {}));
  await assert.rejects(ignored.upgrade('POST', '/x', []), /unable to upgrade connection/);
});
