/** Webhooks that answer what they should not, or not at all: bounded, told in the words of upstream, and nothing of them leaks. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { jsonAnswer } from '@orrery/http';
import type { Handler, Request } from '@orrery/http';
import { createAuthority } from '@orrery/http/testing/certificates';
import { allow } from '@orrery/reconciler/webhook';
import { configMap, configMaps, configurationsPath, startHooked } from '../../testing/webhooks.ts';
import type { Hooked } from '../../testing/webhooks.ts';

const uidOf = (request: Request): string =>
  (JSON.parse(Buffer.from(request.body).toString()) as { request: { uid: string } }).request.uid;

const review = (request: Request, response: object, more: object = {}) => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: { uid: uidOf(request), allowed: true, ...response },
  ...more,
});

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const answering =
  (response: object, more?: object): Handler =>
  async request =>
    jsonAnswer(200, review(request, response, more));
const patching = (text: string): Handler => answering({ patch: base64(text), patchType: 'JSONPatch' });
const status =
  (code: number, headers = {}): Handler =>
  async () => ({ status: code, headers, body: Buffer.from('the inner secret') });

const prefix = 'Internal error occurred: failed calling webhook "w0.c.example.com": ';
const invalid = (why: string): string => `${prefix}received invalid webhook response: ${why}`;

/** Chunks until the reader has enough. */
const endless: Handler = async () => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: {
    start(sink) {
      const chunk = Buffer.alloc(64 * 1024, 0x20);
      const more = (): void => {
        while (!sink.closed && sink.write(chunk));
      };
      sink.onDrain(more);
      more();
    },
  },
});

const broken: Handler = async () => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: {
    start(sink) {
      sink.write(Buffer.from('{"apiVersion":'));
      setImmediate(() => sink.destroy());
    },
  },
});

/** By what comes, the kind of webhook, and what the user reads. */
const cases: readonly [string, 'mutating' | 'validating', Handler, string | RegExp][] = [
  [
    'another uid',
    'validating',
    answering({ uid: 'u' }),
    /received invalid webhook response: expected response\.uid="[0-9a-f-]{36}", got "u"$/,
  ],
  ['no response', 'validating', answering({}, { response: undefined }), invalid('webhook response was absent')],
  ['null', 'validating', async () => jsonAnswer(200, null), invalid('webhook response was absent')],
  [
    'another kind',
    'validating',
    answering({}, { kind: 'Pod' }),
    invalid(
      'expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got admission.k8s.io/v1, Kind=Pod',
    ),
  ],
  [
    'another version',
    'validating',
    answering({}, { apiVersion: 'v1' }),
    invalid('expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got /v1, Kind=AdmissionReview'),
  ],
  [
    'a patch from a judge',
    'validating',
    answering({ patch: 'W10=' }),
    invalid('validating webhook may not return response.patch'),
  ],
  [
    'a patch type from a judge',
    'validating',
    answering({ patchType: 'JSONPatch' }),
    invalid('validating webhook may not return response.patchType'),
  ],
  [
    'a patch without its type',
    'mutating',
    answering({ patch: 'W10=' }),
    invalid('webhook returned response.patch but not response.patchType'),
  ],
  [
    'a type without patch',
    'mutating',
    answering({ patchType: 'JSONPatch' }),
    invalid('webhook returned response.patchType but not response.patch'),
  ],
  [
    'an empty type',
    'mutating',
    answering({ patch: 'W10=', patchType: '' }),
    invalid('webhook returned invalid response.patchType of ""'),
  ],
  [
    'an unknown type',
    'mutating',
    answering({ patch: base64('[{}]'), patchType: 'Merge' }),
    `${prefix}unsupported patch type "Merge"`,
  ],
  [
    'a patch that is no JSON',
    'mutating',
    patching('<'),
    `${prefix}received undecodable patch in webhook response: invalid character in JSON`,
  ],
  [
    'a patch that is no list',
    'mutating',
    patching('{"a":1}'),
    /received undecodable patch in webhook response: json: cannot unmarshal/,
  ],
  [
    'a patch that does not fit',
    'mutating',
    patching('[{"op":"remove","path":"/spec/x"}]'),
    'Internal error occurred: remove operation does not apply: doc is missing path: "/spec/x": missing value',
  ],
  [
    'a test that fails',
    'mutating',
    patching('[{"op":"test","path":"/kind","value":"Pod"}]'),
    'Internal error occurred: testing value /kind failed: test failed',
  ],
  [
    'an unknown operation',
    'mutating',
    patching('[{"op":"explode","path":"/x"}]'),
    'Internal error occurred: Unexpected kind: explode',
  ],
  [
    'too many operations',
    'mutating',
    patching(JSON.stringify(Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'ConfigMap' })))),
    'Internal error occurred: the patch has more than 10000 operations',
  ],
  [
    'a patch into the wrong shape',
    'mutating',
    patching('[{"op":"add","path":"/data","value":7}]'),
    /^Internal error occurred: json: cannot unmarshal number into Go struct field ConfigMap\.data/,
  ],
  [
    'no JSON',
    'validating',
    async () => ({ status: 200, headers: {}, body: Buffer.from('<html>inner secret') }),
    `${prefix}failed to call webhook: couldn't get version/kind; json parse error: the answer is no JSON`,
  ],
  [
    'status 500',
    'validating',
    status(500),
    `${prefix}failed to call webhook: an error on the server ("unknown") has prevented the request from succeeding`,
  ],
  [
    'status 404',
    'validating',
    status(404),
    `${prefix}failed to call webhook: the server could not find the requested resource`,
  ],
  [
    'a redirect',
    'validating',
    status(307, { location: 'https://127.0.0.1:6443/api' }),
    `${prefix}failed to call webhook: the server responded with the status code 307 but did not return more information`,
  ],
  [
    'an endless answer',
    'validating',
    endless,
    `${prefix}failed to call webhook: the answer is larger than 10485760 bytes`,
  ],
  [
    'an answer that breaks off',
    'validating',
    broken,
    /failed to call webhook: Post "https:\/\/127\.0\.0\.1:\d+\/x\?timeout=10s": (unexpected )?EOF$/,
  ],
];

for (const [name, kind, handler, message] of cases) {
  test(`${name}: refused or ignored as the failure policy says`, async t => {
    const server = await startHooked(t, {}, [{ path: '/x', handler }]);
    await server.configure(kind, 'c', {});
    const refused = await server.create(configMaps, configMap('a'));
    assert.equal(refused.status, 500, refused.text);
    assert.equal(refused.body.reason, 'InternalError');
    if (typeof message === 'string') assert.equal(refused.body.message, message);
    else assert.match(String(refused.body.message), message);
    assert.doesNotMatch(refused.text, /secret/);
    await server.call('DELETE', `${configurationsPath(kind)}/c`);
    await server.configure(kind, 'c', { failurePolicy: 'Ignore' });
    const ignored = await server.create(configMaps, configMap('a'));
    // What cannot be applied is no failure of the call.
    const isApplied = String(refused.body.message).startsWith(prefix);
    assert.equal(ignored.status, isApplied ? 201 : 500, ignored.text);
  });
}

async function withClient(t: TestContext, clientConfig: (server: Hooked) => object): Promise<string> {
  const server = await startHooked(t, { '/x': () => allow() });
  await server.configure('validating', 'c', { clientConfig: clientConfig(server) });
  const refused = await server.create(configMaps, configMap('a'));
  assert.equal(refused.status, 500, refused.text);
  return String(refused.body.message).slice(prefix.length);
}

/** A port where something else listens, or nothing. */
async function plainPort(t: TestContext, isOpen: boolean): Promise<number> {
  const listener = createServer(socket => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(0, '127.0.0.1');
  await new Promise(resolve => listener.once('listening', resolve));
  const { port } = listener.address() as { port: number };
  if (isOpen) t.after(() => listener.close());
  else await new Promise(resolve => listener.close(resolve));
  return port;
}

test('who is not vouched for is not asked', async t => {
  const other = await createAuthority('other');
  const words = await withClient(t, ({ hooks }) => ({ url: hooks.url('/x'), caBundle: base64(other.cert) }));
  assert.match(
    words,
    /^failed to call webhook: Post "[^"]+": tls: failed to verify certificate: x509: certificate signed by unknown authority$/,
  );
});

test('a bundle without certificates', async t => {
  const words = await withClient(t, ({ hooks }) => ({ url: hooks.url('/x'), caBundle: base64('none') }));
  assert.equal(
    words,
    'could not get REST client: unable to load root certificates: unable to parse bytes as PEM block',
  );
});

test('nobody listens', async t => {
  const port = await plainPort(t, false);
  const words = await withClient(t, () => ({ url: `https://127.0.0.1:${port}/x` }));
  const place = `127.0.0.1:${port}`;
  assert.equal(
    words,
    `failed to call webhook: Post "https://${place}/x?timeout=10s": dial tcp ${place}: connect: connection refused`,
  );
});

test('somebody speaks no TLS', async t => {
  const port = await plainPort(t, true);
  const words = await withClient(t, () => ({ url: `https://127.0.0.1:${port}/x` }));
  assert.match(
    words,
    /^failed to call webhook: Post "[^"]+": (tls: first record does not look like a TLS handshake|EOF)$/,
  );
});

test('a webhook that is slow is given up after its time, and the time is told to it', async t => {
  const late = Promise.withResolvers<void>();
  t.after(() => late.resolve());
  const server = await startHooked(t, { '/x': async () => (await late.promise, allow()) });
  await server.configure('validating', 'c', { timeoutSeconds: 1 });
  const refused = await server.create(configMaps, configMap('a'));
  assert.equal(refused.status, 500);
  assert.match(
    String(refused.body.message),
    /failed to call webhook: Post "[^"]+\/x\?timeout=1s": context deadline exceeded$/,
  );
});

test('warnings are bounded and cannot break headers', async t => {
  const server = await startHooked(t, {
    '/x': () => ({ ...allow(), warnings: ['line\r\nset-cookie: a=b', ...Array<string>(30).fill('w'.repeat(300))] }),
  });
  await server.configure('validating', 'c', {});
  const made = await server.create(configMaps, configMap('a'));
  assert.equal(made.status, 201);
  const warnings = [made.headers.warning].flat() as string[];
  assert.equal(warnings[0], '299 - "lineset-cookie: a=b"');
  assert.ok(warnings.join('').length < 5000, String(warnings.join('').length));
});

test('connections are kept', async t => {
  const server = await startHooked(t, { '/x': () => allow() });
  await server.configure('validating', 'c', {});
  for (let n = 0; n < 3; n++) await server.create(configMaps, configMap(`a${n}`));
  const connections = new Set(server.hooks.requests.map(({ connection }) => connection));
  assert.equal(server.hooks.requests.length, 3);
  assert.equal(connections.size, 1);
  assert.equal([...connections][0]?.protocol, 'http/1.1');
});
