import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { rmSync, mkdtempSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import * as http2 from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { jsonAnswer, textAnswer } from '../answers.ts';
import { createAuthority } from '../testing/certificates.ts';
import { exchange, http1, http2 as askHttp2, protocols, read, start, trust, type Answer } from '../testing/sockets.ts';
import type { Handler, Request, Sink } from '../types.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

for (const [name, ask] of Object.entries(protocols)) {
  test(`${name}: the handler sees method, target, headers and body as they were sent`, async t => {
    let seen: Request | undefined;
    const server = await start(t, async request => {
      seen = request;
      return jsonAnswer(201, { ok: true }, { warning: ['299 - "a"', '299 - "b"'] });
    });
    const answer = await ask(server.port, {
      method: 'POST',
      path: '/a%2Fb/../c?x=%20&x=+',
      headers: { 'X-Mixed-Case': 'Value', 'impersonate-group': ['a, b', 'c'], accept: ['x/y', 'z/z'] },
      body: 'hello',
    });
    assert.equal(answer.status, 201);
    assert.equal(answer.body, '{"ok":true}\n');
    assert.equal(answer.headers['content-length'], '12');
    assert.match(String(answer.headers['warning']), /299 - "a", ?299 - "b"/);
    assert.equal(seen!.method, 'POST');
    assert.equal(seen!.target, '/a%2Fb/../c?x=%20&x=+');
    assert.equal(seen!.headers['x-mixed-case'], 'Value');
    assert.deepEqual(seen!.headers['impersonate-group'], ['a, b', 'c'], 'repeated identity headers stay apart');
    assert.equal(seen!.headers['accept'], 'x/y, z/z');
    assert.equal(seen!.headers['host'], `127.0.0.1:${server.port}`);
    assert.equal(text(seen!.body), 'hello');
    assert.equal(seen!.user, undefined);
    assert.deepEqual(
      { ...seen!.connection },
      { remoteAddress: '127.0.0.1', protocol: name === 'HTTP/2' ? 'h2' : 'http/1.1' },
    );
  });

  test(`${name}: a certificate reaches the handler only when it verifies`, async t => {
    const server = await start(t, async request => {
      const der = request.connection?.clientCertificate;
      return textAnswer(200, der ? new X509Certificate(der).subject : 'nobody');
    });
    const stranger = await (await createAuthority('other CA')).issue('mallory');
    assert.equal((await ask(server.port, {})).body, 'nobody');
    assert.equal((await ask(server.port, { client: await trust.authority.issue('alice') })).body, 'CN=alice');
    assert.equal((await ask(server.port, { client: stranger })).body, 'nobody');
  });

  test(`${name}: bodies beyond the limit are refused with upstream's words, whether announced or not`, async t => {
    let called = false;
    const handler: Handler = async () => {
      called = true;
      return textAnswer(200, '');
    };
    const server = await start(t, handler, { limits: { bodyBytes: 1000 } });
    for (const headers of [{ 'content-length': '100000' }, {}] as Record<string, string>[]) {
      const answer = await ask(server.port, { method: 'POST', headers, body: 'x'.repeat(100_000) });
      assert.equal(answer.status, 413);
      const status = JSON.parse(answer.body);
      assert.equal(status.message, 'Request entity too large: limit is 1000');
      assert.equal(status.reason, 'RequestEntityTooLarge');
    }
    assert.equal(called, false);
    assert.equal((await ask(server.port, { method: 'POST', body: 'x'.repeat(1000) })).status, 200);
  });

  test(`${name}: HEAD has the length and no body; streams are not started for it`, async t => {
    let started = false;
    const server = await start(t, async request =>
      request.target === '/stream'
        ? { status: 200, headers: {}, body: { start: () => void (started = true) } }
        : textAnswer(200, 'hello'),
    );
    const answer = await ask(server.port, { method: 'HEAD' });
    assert.deepEqual([answer.status, answer.body, answer.headers['content-length']], [200, '', '5']);
    assert.equal((await ask(server.port, { method: 'HEAD', path: '/stream' })).status, 200);
    assert.equal(started, false);
  });

  test(`${name}: bodies in slices arrive whole and in order`, async t => {
    const slices = Array.from({ length: 3000 }, (_, i) => bytes(`${i},`.padStart(900, '.')));
    const server = await start(t, async () => ({ status: 200, headers: {}, body: slices }));
    const answer = await ask(server.port, {});
    assert.equal(answer.body.length, 2_700_000);
    assert.ok(answer.body === slices.map(text).join(''));
    assert.equal(answer.headers['content-length'], '2700000');
  });

  test(`${name}: 204 and 304 have no body`, async t => {
    const server = await start(t, async request => ({
      status: Number(request.target.slice(1)),
      headers: {},
      body: bytes('x'),
    }));
    for (const status of [204, 304]) {
      const answer = await ask(server.port, { path: `/${status}` });
      assert.deepEqual([answer.status, answer.body], [status, '']);
    }
  });

  test(`${name}: a stream flows while it is produced, and its end is the end of the body`, async t => {
    const server = await start(t, async () => ({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: {
        start(sink) {
          sink.write(bytes('one '));
          setImmediate(() => {
            sink.write(bytes('two'));
            sink.end();
            sink.write(bytes('never'));
          });
        },
      },
    }));
    const answer = await ask(server.port, {});
    assert.deepEqual([answer.body, answer.complete], ['one two', true]);
  });

  test(`${name}: a stream that is destroyed is seen as incomplete`, async t => {
    const server = await start(t, async () => ({
      status: 200,
      headers: {},
      body: {
        start(sink) {
          sink.write(bytes('one'));
          setImmediate(() => sink.destroy());
        },
      },
    }));
    const answer = await ask(server.port, {}).catch((error: Error & { code: string }) => error.code);
    if (typeof answer === 'string') assert.equal(answer, 'ECONNRESET');
    else assert.equal(answer.complete, false);
  });

  test(`${name}: a handler that throws is answered for with a Status`, async t => {
    const server = await start(t, async () => {
      throw new Error('boom');
    });
    const answer = await ask(server.port, {});
    assert.equal(answer.status, 500);
    assert.equal(JSON.parse(answer.body).message, 'Internal error occurred: boom');
  });

  test(`${name}: what an answer cannot say breaks neither the server nor the connection`, async t => {
    const answers: Record<string, Awaited<ReturnType<Handler>>> = {
      '/status': { status: 42, headers: {} },
      '/name': { status: 200, headers: { 'a b': 'c' } },
      '/switch': { status: 101, headers: {}, upgrade: () => {} },
      '/value': textAnswer(200, 'x', { warning: '299 - "漢字 and\r\nx-injected: 1"' }),
      '/hop': textAnswer(200, 'hop', { connection: 'x-a', 'transfer-encoding': 'chunked', 'keep-alive': 'timeout=5' }),
      '/start': {
        status: 200,
        headers: {},
        body: {
          start() {
            throw new Error('boom');
          },
        },
      },
    };
    const server = await start(t, async request => answers[request.target]!);
    for (const path of ['/status', '/name']) assert.equal((await ask(server.port, { path })).status, 500);
    assert.equal((await ask(server.port, { path: '/switch' })).status, 501);
    const value = await ask(server.port, { path: '/value' });
    assert.equal(value.headers['x-injected'], undefined);
    assert.equal(Buffer.from(String(value.headers['warning']), 'latin1').toString(), '299 - "漢字 and  x-injected: 1"');
    assert.equal((await ask(server.port, { path: '/hop' })).body, 'hop');
    const broken = await ask(server.port, { path: '/start' }).catch(() => ({ complete: false }));
    assert.equal(broken.complete, false);
    assert.equal(server.inFlight, 0);
  });

  test(`${name}: a new certificate is used for new connections without a restart`, async t => {
    const server = await start(t, async request =>
      textAnswer(200, String(request.connection?.clientCertificate?.length ?? 0)),
    );
    const alice = await trust.authority.issue('alice');
    assert.notEqual((await ask(server.port, { client: alice })).body, '0');
    const former = trust.authority;
    t.after(() => void (trust.authority = former));
    trust.authority = await createAuthority('next CA');
    server.setTls({ ...(await trust.authority.issue('localhost')), clientCA: trust.authority.cert });
    assert.equal((await ask(server.port, { client: alice })).body, '0', 'the former CA is not trusted any more');
    assert.notEqual((await ask(server.port, { client: await trust.authority.issue('bob') })).body, '0');
  });
}

test('a session resumed under a new client CA brings no former verdict along', async t => {
  const server = await start(t, async request =>
    textAnswer(200, String(request.connection?.clientCertificate !== undefined)),
  );
  const alice = await trust.authority.issue('alice');
  const open = async (session?: Buffer) => {
    const options = { host: '127.0.0.1', port: server.port, rejectUnauthorized: false, ...alice, session };
    const socket = connectTls({ ...options, maxVersion: 'TLSv1.2', ALPNProtocols: ['http/1.1'] });
    let given: Buffer | undefined;
    socket.on('session', session => (given = session));
    await new Promise(resolve => socket.once('secureConnect', resolve));
    const resumed = socket.isSessionReused();
    socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    let received = '';
    for await (const piece of socket) received += String(piece);
    return { session: given, resumed, known: received.endsWith('true') };
  };
  const first = await open();
  assert.equal(first.known, true);
  const again = await open(first.session);
  assert.deepEqual([again.resumed, again.known], [true, true]);
  const next = await createAuthority('next CA');
  server.setTls({ ...(await next.issue('localhost')), clientCA: next.cert });
  const later = await open(first.session);
  assert.deepEqual([later.resumed, later.known], [false, false]);
});

test('without a client CA no certificate is believed', async t => {
  const server = await start(t, async request => textAnswer(200, String(request.connection?.clientCertificate)), {
    tls: trust.identity,
  });
  assert.equal((await http1(server.port, { client: trust.identity })).body, 'undefined');
});

test('a certificate is chosen by the name the client asks for', async t => {
  const second = await trust.authority.issue('second', ['second.example.com']);
  const server = await start(t, async () => textAnswer(200, ''), {
    tls: { ...trust.identity, byName: { 'second.example.com': second } },
  });
  const names = async (servername: string) => {
    const socket = connectTls({ host: '127.0.0.1', port: server.port, servername, ca: trust.authority.cert });
    await new Promise(resolve => socket.once('secureConnect', resolve));
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN;
  };
  assert.equal(await names('first.example.com'), 'localhost');
  assert.equal(await names('second.example.com'), 'second');
});

test('the signal aborts when the client goes away', async t => {
  let gone: Promise<void> | undefined;
  let arrived = () => {};
  const arrival = new Promise<void>(resolve => (arrived = resolve));
  const server = await start(t, async request => {
    gone = new Promise(resolve => request.signal.addEventListener('abort', () => resolve()));
    arrived();
    await gone;
    return textAnswer(200, '');
  });
  for (const protocol of ['HTTP/1.1', 'HTTP/2']) {
    if (protocol === 'HTTP/1.1') {
      const request = httpsRequest({ host: '127.0.0.1', port: server.port, ca: trust.authority.cert, agent: false });
      request.on('error', () => {});
      request.end();
      await arrival;
      request.destroy();
    } else {
      const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: trust.authority.cert });
      const stream = session.request({ ':path': '/' });
      stream.on('error', () => {});
      await new Promise<void>(resolve => (arrived = resolve));
      stream.close(http2.constants.NGHTTP2_CANCEL);
      t.after(() => session.destroy());
    }
    await gone;
  }
});

for (const [name, ask] of Object.entries(protocols))
  test(`${name}: a slow reader is seen in the sink, and drained when it reads`, async t => {
    const piece = new Uint8Array(64 * 1024);
    const total = 600;
    let held = false;
    let highest = 0;
    const server = await start(t, async () => ({
      status: 200,
      headers: {},
      body: {
        start(sink: Sink) {
          let left = total;
          const fill = () => {
            while (left > 0) {
              left--;
              const more = sink.write(piece);
              highest = Math.max(highest, sink.queuedBytes);
              if (!more) return void (held = true);
            }
            sink.end();
          };
          sink.onDrain(fill);
          fill();
        },
      },
    }));
    const answer = await ask(server.port, {});
    assert.equal(answer.body.length, total * piece.length);
    assert.ok(held);
    assert.ok(highest < 4 * piece.length, `${highest} bytes were queued`);
  });

test('closing: bounded requests finish, streams are told by their signal, new connections are refused', async t => {
  let release = () => {};
  const released = new Promise<void>(resolve => (release = resolve));
  const arrived: string[] = [];
  const server = await start(t, async request => {
    arrived.push(request.target);
    if (request.target === '/bounded') {
      await released;
      return textAnswer(200, `aborted: ${request.signal.aborted}`);
    }
    const start = (sink: Sink) => {
      sink.write(bytes('begun '));
      request.signal.addEventListener('abort', () => {
        sink.write(bytes('told'));
        sink.end();
        release();
      });
    };
    return { status: 200, headers: {}, body: { start } };
  });
  const answers = [http1, askHttp2].flatMap(ask => [
    ask(server.port, { path: '/bounded' }),
    ask(server.port, { path: '/stream' }),
  ]);
  while (arrived.length < 4) await new Promise(setImmediate);
  assert.equal(server.inFlight, 4);
  await server.close(10_000);
  const bodies = (await Promise.all(answers)).map(answer => answer.body);
  assert.deepEqual(bodies, ['aborted: false', 'begun told', 'aborted: false', 'begun told']);
  assert.equal(server.inFlight, 0);
  await assert.rejects(http1(server.port, {}), { code: 'ECONNREFUSED' });
});

test('closing cuts what does not end within its grace', async t => {
  const clock = createManualClock();
  const arrived: string[] = [];
  const server = await start(
    t,
    request => {
      arrived.push(request.target);
      return new Promise(() => {});
    },
    { clock },
  );
  const answer = http1(server.port, {}).catch(error => error.code);
  while (arrived.length < 1) await clock.settle();
  const closed = server.close(5_000);
  await clock.advance(5_000);
  await closed;
  assert.equal(await answer, 'ECONNRESET');
});

test('a plain server on a unix socket', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-'));
  after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'http.sock');
  await start(t, async () => textAnswer(200, 'over a file'), { tls: undefined, host: undefined, path });
  const answer = await new Promise<Answer>(resolve => {
    httpRequest({ socketPath: path, path: '/' }, message => void read(message).then(resolve)).end();
  });
  assert.equal(answer.body, 'over a file');
});

test('an address in use is a rejection', async t => {
  const server = await start(t, async () => textAnswer(200, ''));
  await assert.rejects(
    start(t, async () => textAnswer(200, ''), { port: server.port }),
    { code: 'EADDRINUSE' },
  );
});

test('garbage instead of TLS, and a client that leaves in the handshake, harm nobody', async t => {
  const server = await start(t, async () => textAnswer(200, 'alive'));
  await exchange(server.port, 'GET / HTTP/1.1\r\n\r\n');
  const socket: Socket = connectPlain({ host: '127.0.0.1', port: server.port });
  await new Promise(resolve => socket.once('connect', resolve));
  socket.resetAndDestroy();
  assert.equal((await askHttp2(server.port, {})).body, 'alive');
});
