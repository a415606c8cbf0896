/** Watches and logs over WebSockets, as browsers and upstream's conformance tests read them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Handler, Response } from '@orrery/http';
import { createWebSocket } from '@orrery/http/node/websocket';
import { upgraded, upgradeHeaders } from '@orrery/http/testing/upgrades';
import { admin, podOf, startServer } from '../testing/server.ts';
import type { TestServer } from '../testing/server.ts';

const maps = '/api/v1/namespaces/a/configmaps';
const token = `base64url.bearer.authorization.k8s.io.${Buffer.from('t').toString('base64url')}`;

const handshake = (protocols: string) => upgradeHeaders('websocket', protocols ? [protocols] : []);

const ask = (server: TestServer, target: string, headers: Record<string, string>): Promise<Response> => {
  const { signal } = new AbortController();
  return server.server.handler({ method: 'GET', target, headers, body: new Uint8Array(), signal, user: admin });
};

type Message = string | Buffer;

/** Messages as they come, from a connection that its answer opened. */
function messagesOf(t: TestContext, answer: Response): () => Promise<Message | 'the end'> {
  const socket = createWebSocket(upgraded(answer), { role: 'client' });
  t.after(() => socket.destroy());
  const come: (Message | 'the end')[] = [];
  let wake = (): void => {};
  const take = (message: Message | 'the end'): void => {
    come.push(message);
    wake();
  };
  socket.onMessage((bytes, isText) => take(isText ? Buffer.from(bytes).toString() : Buffer.from(bytes)));
  socket.onClose(() => take('the end'));
  return async () => {
    while (come.length === 0) await new Promise<void>(resolve => (wake = resolve));
    return come.shift()!;
  };
}

const kindsOf = (message: Message | 'the end'): string => {
  const { type, object } = JSON.parse(String(message)) as { type: string; object: { metadata: { name: string } } };
  return `${type} ${object.metadata.name}`;
};

test('each event of a watch is a text message of its own: those at the start, which are written at once, too', async t => {
  const server = await startServer();
  t.after(server.close);
  for (const name of ['one', 'two']) await server.create(maps, { metadata: { name } });
  const next = messagesOf(t, await ask(server, `${maps}?watch=true`, handshake('')));
  assert.equal(kindsOf(await next()), 'ADDED one');
  const second = await next();
  assert.equal(kindsOf(second), 'ADDED two');
  assert.ok(String(second).endsWith('}\n'), 'as its line is over HTTP');
  await server.call('DELETE', `${maps}/one`);
  assert.equal(kindsOf(await next()), 'DELETED one');
});

test('protobuf comes as bytes, a message for each event', async t => {
  const server = await startServer();
  t.after(server.close);
  for (const name of ['one', 'two']) await server.create(maps, { metadata: { name } });
  const accept = 'application/vnd.kubernetes.protobuf;stream=watch';
  const next = messagesOf(t, await ask(server, `${maps}?watch=true`, { ...handshake(''), accept }));
  for (const name of ['one', 'two']) {
    const message = (await next()) as Buffer;
    assert.ok(Buffer.isBuffer(message));
    assert.equal(message.subarray(0, 4).toString('latin1'), '\x0a\x05AD', 'an event, not the length before it');
    assert.ok(message.includes(name));
  }
});

test('a watch ends with its time, and in order', async t => {
  const server = await startServer();
  t.after(server.close);
  const next = messagesOf(t, await ask(server, `${maps}?watch=true&timeoutSeconds=1`, handshake('')));
  assert.equal(await next(), 'the end');
});

for (const [asked, answered, status] of [
  ['', undefined, 101],
  ['whatever', 'whatever', 101],
  [`${token}, mine`, 'mine', 101],
  ['one, two', undefined, 400],
] as const) {
  test(`of a watch with the protocols "${asked.replace(token, '<token>')}" is told ${answered ?? 'none'}`, async t => {
    const server = await startServer();
    t.after(server.close);
    const answer = await ask(server, `${maps}?watch=true`, handshake(asked));
    assert.equal(answer.status, status);
    assert.equal(answer.headers['sec-websocket-protocol'], answered);
  });
}

test('what is no watch answers as it always does', async t => {
  const server = await startServer();
  t.after(server.close);
  assert.equal((await ask(server, maps, handshake(''))).status, 200);
  assert.equal((await ask(server, `${maps}?watch=true&sendInitialEvents=true`, handshake(''))).status, 422);
});

/** A node whose containers have said this, in two pieces. */
async function withLog(t: TestContext): Promise<{ server: TestServer; asked: string[] }> {
  const asked: string[] = [];
  const kubelet: Handler = async request => {
    asked.push(
      Object.keys(request.headers)
        .filter(name => /upgrade|websocket/.test(name))
        .join(),
    );
    if (request.target.includes('/absent')) return { status: 404, headers: {}, body: Buffer.from('no such log') };
    return {
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: {
        start(sink) {
          sink.write(Buffer.from('container is '));
          sink.write(Buffer.from('alive\n'));
          sink.end();
        },
      },
    };
  };
  const server = await startServer({ transports: { node: () => kubelet } });
  t.after(server.close);
  await server.create('/api/v1/namespaces/a/pods', podOf('p'));
  const target = { metadata: { name: 'p' }, target: { name: 'n' } };
  await server.create('/api/v1/namespaces/a/pods/p/binding', target);
  return { server, asked };
}

for (const [protocols, expected] of [
  ['binary.k8s.io', [Buffer.alloc(0), Buffer.from('container is '), Buffer.from('alive\n')]],
  ['', [Buffer.alloc(0), Buffer.from('container is '), Buffer.from('alive\n')]],
  [`${token}, base64.binary.k8s.io`, ['', 'Y29udGFpbmVyIGlzIA==', 'YWxpdmUK']],
] as const) {
  test(`a log over a WebSocket with the protocols "${protocols.replace(token, '<token>')}"`, async t => {
    const { server, asked } = await withLog(t);
    const next = messagesOf(t, await ask(server, '/api/v1/namespaces/a/pods/p/log', handshake(protocols)));
    for (const message of expected) assert.deepEqual(await next(), message);
    assert.equal(await next(), 'the end');
    assert.deepEqual(asked, [''], 'the node is asked without a handshake');
  });
}

test('a log in no protocol that is known is refused', async t => {
  const { server } = await withLog(t);
  assert.equal((await ask(server, '/api/v1/namespaces/a/pods/p/log', handshake('other'))).status, 400);
});
