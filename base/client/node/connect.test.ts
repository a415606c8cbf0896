import assert from 'node:assert/strict';
import { createServer as createHttpsServer } from 'node:https';
import { connect as connectSocket, type AddressInfo, type Socket, createServer as createTcpServer } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, test, type TestContext } from 'node:test';
import { chunksOf, jsonAnswer, readBody, textAnswer, type Handler, type Sink } from '@orrery/http';
import { serve, type ServeOptions } from '@orrery/http/node';
import { createAuthority, type Authority, type Pair } from '@orrery/http/testing/certificates';
import { createClient } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { systemClock } from '@orrery/machinery/clock';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { silentLog } from '@orrery/machinery/log';
import { connect, type ConnectOptions, type Credentials } from './index.ts';

let authority: Authority;
let identity: Pair;
before(async () => {
  authority = await createAuthority();
  identity = await authority.issue('localhost');
});

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

type Scheme = 'https' | 'http';

async function start(t: TestContext, scheme: Scheme, handler: Handler, options: Partial<ServeOptions> = {}) {
  const tls = scheme === 'https' ? { ...identity, clientCA: authority.cert } : undefined;
  const server = await serve({ handler, tls, host: '127.0.0.1', clock: systemClock, log: silentLog, ...options });
  t.after(() => server.close(0));
  const reach = (more: Partial<ConnectOptions> = {}) => {
    const transport = connect({ server: `${scheme}://127.0.0.1:${server.port}`, ca: authority.cert, ...more });
    t.after(() => transport.close());
    return transport;
  };
  return { server, reach };
}

const ask = (transport: Handler, target = '/', more: Partial<Parameters<Handler>[0]> = {}) =>
  transport({
    method: 'GET',
    target,
    headers: {},
    body: new Uint8Array(),
    signal: new AbortController().signal,
    ...more,
  });

const bodyOf = async (transport: Handler, target = '/', more = {}) =>
  text(await readBody((await ask(transport, target, more)).body));

for (const scheme of ['https', 'http'] as const) {
  const protocol = scheme === 'https' ? 'h2' : 'http/1.1';

  test(`${protocol}: what is sent arrives, what is answered comes back`, async t => {
    const { reach } = await start(t, scheme, async request => {
      assert.equal(request.connection?.protocol, protocol);
      return jsonAnswer(
        202,
        {
          ...request,
          headers: { ...request.headers, host: undefined },
          body: text(request.body),
          connection: undefined,
        },
        { 'x-answer': 'yes', warning: ['299 - "a"', '299 - "b"'] },
      );
    });
    const headers = { 'x-a': 'b', 'impersonate-group': ['a, b', 'c'] };
    const response = await ask(reach({ token: 'secret' }), '/p%2F?q=1', {
      method: 'PUT',
      headers,
      body: bytes('héllo'),
    });
    assert.equal(response.status, 202);
    assert.equal(response.headers['x-answer'], 'yes');
    const seen = JSON.parse(text(await readBody(response.body)));
    assert.equal(seen.method, 'PUT');
    assert.equal(seen.target, '/p%2F?q=1');
    assert.equal(seen.body, 'héllo');
    assert.equal(seen.headers.authorization, 'Bearer secret');
    assert.deepEqual(seen.headers['impersonate-group'], ['a, b', 'c']);
  });

  test(`${protocol}: many requests at once share connections`, async t => {
    const { reach } = await start(t, scheme, async request => textAnswer(200, request.target));
    const transport = reach();
    const targets = Array.from({ length: 300 }, (_, i) => `/${i}`);
    assert.deepEqual(await Promise.all(targets.map(target => bodyOf(transport, target))), targets);
  });

  test(`${protocol}: large bodies both ways`, async t => {
    const { reach } = await start(t, scheme, async request => ({ status: 200, headers: {}, body: request.body }));
    const body = new Uint8Array(2_900_000).map((_, i) => i % 251);
    const response = await ask(reach(), '/', { method: 'POST', body });
    assert.ok(Buffer.from(await readBody(response.body)).equals(body));
  });

  test(`${protocol}: HEAD and answers without a body`, async t => {
    const { reach } = await start(t, scheme, async request =>
      request.method === 'HEAD' ? textAnswer(200, 'unseen') : { status: 204, headers: {} },
    );
    const transport = reach();
    const head = await ask(transport, '/', { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers['content-length'], (await readBody(head.body)).length], [200, '6', 0]);
    assert.equal((await ask(transport)).status, 204);
  });

  test(`${protocol}: a watch flows, and leaving it ends the request at the server`, async t => {
    let left = () => {};
    const gone = new Promise<void>(resolve => (left = resolve));
    const { reach } = await start(t, scheme, async request => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: {
        start(sink: Sink) {
          request.signal.addEventListener('abort', () => left());
          for (const name of ['a', 'b', 'c'])
            sink.write(bytes(`{"type":"ADDED","object":{"metadata":{"name":"${name}"}}}\n`));
        },
      },
    }));
    const names: (string | undefined)[] = [];
    for await (const event of createClient(reach()).watch(resources.pods)) {
      if (event.type !== 'ERROR') names.push(event.object.metadata.name);
      if (names.length === 3) break;
    }
    assert.deepEqual(names, ['a', 'b', 'c']);
    await gone;
  });

  test(`${protocol}: a body that breaks off is not taken for a whole one`, async t => {
    const { reach } = await start(t, scheme, async () => ({
      status: 200,
      headers: {},
      body: {
        start(sink: Sink) {
          sink.write(bytes('half'));
          setImmediate(() => sink.destroy());
        },
      },
    }));
    const response = await ask(reach());
    await assert.rejects(readBody(response.body), { name: 'BrokenStreamError' });
  });

  test(`${protocol}: aborting a request reaches the server and rejects with the reason`, async t => {
    let arrived = () => {};
    const arrival = new Promise<void>(resolve => (arrived = resolve));
    let left = () => {};
    const gone = new Promise<void>(resolve => (left = resolve));
    const { reach } = await start(t, scheme, request => {
      request.signal.addEventListener('abort', () => left());
      arrived();
      return new Promise(() => {});
    });
    const abort = new AbortController();
    const pending = ask(reach(), '/', { signal: abort.signal });
    await arrival;
    abort.abort(new Error('enough'));
    await assert.rejects(pending, { message: 'enough' });
    await gone;
  });

  test(`${protocol}: a slow reader holds the server back`, async t => {
    const piece = new Uint8Array(256 * 1024);
    let written = 0;
    const { reach } = await start(t, scheme, async () => ({
      status: 200,
      headers: {},
      body: {
        start(sink: Sink) {
          const fill = () => {
            while (written < 200) {
              written++;
              if (!sink.write(piece)) return;
            }
            sink.end();
          };
          sink.onDrain(fill);
          fill();
        },
      },
    }));
    const response = await ask(reach());
    let size = 0;
    for await (const chunk of chunksOf(response.body)) {
      if (size === 0) {
        for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
        assert.ok(written < 150, `${written} pieces were written although nobody read`);
      }
      size += chunk.length;
    }
    assert.equal(size, 200 * piece.length);
  });

  test(`${protocol}: the server may restart between requests`, async t => {
    // An address of this process alone: elsewhere another could take the port in between.
    const host = `127.${64 + ((process.pid >> 16) & 63)}.${(process.pid >> 8) & 255}.${process.pid & 255}`;
    const first = await start(t, scheme, async () => textAnswer(200, 'first'), { host });
    const server = `${scheme}://${host}:${first.server.port}`;
    const transport = first.reach({ server, ...(scheme === 'https' && { serverName: 'localhost' }) });
    assert.equal(await bodyOf(transport), 'first');
    await first.server.close(0);
    await assert.rejects(ask(transport), { code: 'ECONNREFUSED' });
    await start(t, scheme, async () => textAnswer(200, 'second'), { host, port: first.server.port });
    assert.equal(await bodyOf(transport), 'second');
  });

  test(`${protocol}: an upgrade goes over a connection of its own`, async t => {
    const { reach } = await start(t, scheme, async request => {
      if (request.target !== '/echo') return textAnswer(400, 'cannot upgrade');
      assert.equal(request.connection?.protocol, 'http/1.1');
      return {
        status: 101,
        headers: { 'x-stream-protocol-version': 'v4' },
        upgrade(stream) {
          stream.onData(chunk => void stream.write(bytes(text(chunk).toUpperCase())));
          stream.onEnd(() => stream.end());
        },
      };
    });
    const client = createClient(reach());
    const { stream, protocol } = await client.upgrade('POST', '/echo', ['v4']);
    assert.equal(protocol, 'v4');
    let received = '';
    stream.onData(chunk => (received += text(chunk)));
    const ended = new Promise<void>(resolve => stream.onEnd(resolve));
    stream.write(bytes('hello '));
    stream.write(bytes('there'));
    stream.end();
    await ended;
    assert.equal(received, 'HELLO THERE');
    await assert.rejects(client.upgrade('POST', '/other', ['v4']), { code: 400, message: 'cannot upgrade' });
  });
}

test('a path in the server URL stands before every target', async t => {
  const { server, reach } = await start(t, 'https', async request => textAnswer(200, request.target));
  const transport = reach({ server: `https://127.0.0.1:${server.port}/clusters/a/` });
  assert.equal(await bodyOf(transport, '/api?x=1'), '/clusters/a/api?x=1');
});

test('redirects are not followed', async t => {
  const { reach } = await start(t, 'https', async request => {
    assert.equal(request.target, '/');
    return { status: 302, headers: { location: '/elsewhere' } };
  });
  assert.equal((await ask(reach())).status, 302);
});

test('the server must be who it should be', async t => {
  const { reach } = await start(t, 'https', async () => textAnswer(200, 'ok'));
  const other = await createAuthority('other');
  await assert.rejects(ask(reach({ ca: other.cert })), /unable to verify|self-signed|signature/i);
  await assert.rejects(ask(reach({ serverName: 'wrong.example.com' })), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  assert.equal(await bodyOf(reach({ serverName: 'localhost' })), 'ok');
  assert.equal(await bodyOf(reach({ ca: other.cert, insecureSkipTlsVerify: true })), 'ok');
});

test('client certificates, and credentials that are renewed after a 401', async t => {
  const { reach } = await start(t, 'https', async request => {
    const known = request.headers['authorization'] === 'Bearer second';
    return known
      ? textAnswer(200, request.connection?.clientCertificate ? 'certificate' : 'none')
      : { status: 401, headers: {} };
  });
  const alice = await authority.issue('alice');
  let renewals = 0;
  const credentials: Credentials = {
    current: async () => ({ token: renewals === 0 ? 'first' : 'second', ...(renewals === 2 && alice) }),
    expire: () => void renewals++,
  };
  const transport = reach({ credentials });
  assert.equal((await ask(transport)).status, 401);
  assert.equal(renewals, 1);
  assert.equal(await bodyOf(transport), 'none');
  renewals = 2;
  assert.equal(await bodyOf(transport), 'certificate', 'a new certificate takes a new connection');
});

test('a server with TLS but without HTTP/2 is served over HTTP/1.1', async t => {
  const server = createHttpsServer({ key: identity.key, cert: identity.cert }, (request, response) =>
    response.end(`HTTP/${request.httpVersion}`),
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const transport = connect({
    server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: authority.cert,
  });
  t.after(() => transport.close());
  assert.equal(await bodyOf(transport), 'HTTP/1.1');
  assert.equal(await bodyOf(transport), 'HTTP/1.1');
});

test('a unix socket', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 's');
  await start(t, 'http', async () => textAnswer(200, 'file'), { host: undefined, path });
  const transport = connect({ server: 'http://localhost', socketPath: path });
  t.after(() => transport.close());
  assert.equal(await bodyOf(transport), 'file');
});

/** A server that takes connections, and does with each as it is told. */
async function listenRaw(t: TestContext, taken: (socket: Socket) => void): Promise<number> {
  const server = createTcpServer(socket => {
    t.after(() => socket.destroy());
    taken(socket.on('error', () => {}));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

test('a server that switches protocols without being asked is an answer that broke off', async t => {
  const port = await listenRaw(t, socket => {
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
    );
  });
  await assert.rejects(ask(connect({ server: `http://127.0.0.1:${port}` })), { code: 'ECONNRESET' });
});

for (const onlyHttp1 of [true, false]) {
  const protocol = onlyHttp1 ? 'http/1.1' : 'h2';
  /** A request to a server that never says a word of TLS. */
  const toSilence = async (t: TestContext, signal: AbortSignal) => {
    const connected = Promise.withResolvers<void>();
    const port = await listenRaw(t, () => connected.resolve());
    const transport = connect({ server: `https://127.0.0.1:${port}`, onlyHttp1, clock: createManualClock() });
    const asked = ask(transport, '/', { signal });
    asked.catch(() => {});
    await connected.promise;
    return { transport, asked };
  };

  test(`${protocol}: closing cuts what is still being connected`, async t => {
    const { transport, asked } = await toSilence(t, new AbortController().signal);
    transport.close();
    await assert.rejects(asked, { code: 'ECONNRESET' });
  });

  test(`${protocol}: who leaves while it is being connected is told at once`, async t => {
    const leaving = new AbortController();
    const { transport, asked } = await toSilence(t, leaving.signal);
    leaving.abort(new Error('enough'));
    await assert.rejects(asked, { message: 'enough' });
    transport.close();
  });
}

test('a connection that died silently is found by ping, and what hung on it ends', async t => {
  const { server } = await start(t, 'https', async () => ({ status: 200, headers: {}, body: { start: () => {} } }));
  const sockets: Socket[] = [];
  const middle = createTcpServer(socket => {
    const on = connectSocket({ host: '127.0.0.1', port: server.port });
    sockets.push(socket, on);
    socket
      .on('error', () => {})
      .pipe(on.on('error', () => {}))
      .pipe(socket);
  });
  await new Promise<void>(resolve => middle.listen(0, '127.0.0.1', resolve));
  t.after(() => middle.close());
  const clock = createManualClock();
  const port = (middle.address() as AddressInfo).port;
  const transport = connect({ server: `https://127.0.0.1:${port}`, ca: authority.cert, clock });
  t.after(() => transport.close());
  const response = await ask(transport);
  const ended = assert.rejects(readBody(response.body), { name: 'BrokenStreamError' });
  for (const socket of sockets) socket.unpipe().pause();
  await clock.advance(46_000);
  await ended;
  for (const socket of sockets) socket.destroy();
});
