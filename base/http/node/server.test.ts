import assert from 'node:assert/strict';
import { rmSync, mkdtempSync } from 'node:fs';
import * as http2 from 'node:http2';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectPlain, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test, type TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { X509Certificate } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import { silentLog } from '@orrery/machinery/log';
import { systemClock } from '@orrery/machinery/clock';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { jsonAnswer, textAnswer } from '../answers.ts';
import { createAuthority, type Authority, type Pair } from '../testing/certificates.ts';
import type { Handler, Request, Sink } from '../types.ts';
import { serve, type ServeOptions } from './index.ts';

let authority: Authority;
let identity: Pair;
before(async () => {
  authority = await createAuthority();
  identity = await authority.issue('localhost', ['first.example.com']);
});

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

async function start(t: TestContext, handler: Handler, options: Partial<ServeOptions> = {}) {
  const server = await serve({
    handler,
    tls: { ...identity, clientCA: authority.cert },
    host: '127.0.0.1',
    clock: systemClock,
    log: silentLog,
    ...options,
  });
  t.after(() => server.close(0));
  return server;
}

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
  complete: boolean;
}

interface Ask {
  method?: string;
  path?: string;
  headers?: Record<string, string | string[]>;
  body?: Uint8Array | string;
  client?: Pair;
}

/** One request over its own connection. */
type Protocol = (port: number, ask: Ask) => Promise<Answer>;

const http1: Protocol = (port, { method = 'GET', path = '/', headers, body, client }) =>
  new Promise((resolve, reject) => {
    const options = {
      host: '127.0.0.1',
      port,
      method,
      path,
      headers,
      ca: authority.cert,
      agent: false as const,
      ...client,
    };
    const request = httpsRequest(options, message => void read(message).then(resolve));
    request.on('error', reject);
    request.end(body);
  });

const read = (message: IncomingMessage) =>
  new Promise<Answer>(resolve => {
    const pieces: Buffer[] = [];
    message.on('data', piece => pieces.push(piece));
    message.on('error', () => {});
    message.once('close', () =>
      resolve({
        status: message.statusCode!,
        headers: message.headers,
        body: Buffer.concat(pieces).toString(),
        complete: message.complete,
      }),
    );
  });

const h2: Protocol = (port, { method = 'GET', path = '/', headers, body, client }) =>
  new Promise((resolve, reject) => {
    const session = http2.connect(`https://127.0.0.1:${port}`, { ca: authority.cert, ...client });
    session.on('error', reject);
    const stream = session.request({ ':method': method, ':path': path, ...headers }, { endStream: body === undefined });
    let head: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader = {};
    const pieces: Buffer[] = [];
    stream.on('response', headers => (head = headers));
    stream.on('data', piece => pieces.push(piece));
    let failed = false;
    stream.on('error', () => (failed = true));
    stream.once('close', () => {
      session.close();
      const status = head[':status'] ?? 0;
      const complete = !failed && stream.rstCode === 0;
      resolve({ status, headers: head, body: Buffer.concat(pieces).toString(), complete });
    });
    if (body !== undefined) stream.end(body);
  });

const protocols: Record<string, Protocol> = { 'HTTP/1.1': http1, 'HTTP/2': h2 };

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
    assert.equal((await ask(server.port, { client: await authority.issue('alice') })).body, 'CN=alice');
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
    const alice = await authority.issue('alice');
    assert.notEqual((await ask(server.port, { client: alice })).body, '0');
    const former = authority;
    t.after(() => void (authority = former));
    authority = await createAuthority('next CA');
    server.setTls({ ...(await authority.issue('localhost')), clientCA: authority.cert });
    assert.equal((await ask(server.port, { client: alice })).body, '0', 'the former CA is not trusted any more');
    assert.notEqual((await ask(server.port, { client: await authority.issue('bob') })).body, '0');
  });
}

test('a session resumed under a new client CA brings no former verdict along', async t => {
  const server = await start(t, async request =>
    textAnswer(200, String(request.connection?.clientCertificate !== undefined)),
  );
  const alice = await authority.issue('alice');
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
    tls: identity,
  });
  assert.equal((await http1(server.port, { client: identity })).body, 'undefined');
});

test('a certificate is chosen by the name the client asks for', async t => {
  const second = await authority.issue('second', ['second.example.com']);
  const server = await start(t, async () => textAnswer(200, ''), {
    tls: { ...identity, byName: { 'second.example.com': second } },
  });
  const names = async (servername: string) => {
    const socket = connectTls({ host: '127.0.0.1', port: server.port, servername, ca: authority.cert });
    await new Promise(resolve => socket.once('secureConnect', resolve));
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN;
  };
  assert.equal(await names('first.example.com'), 'localhost');
  assert.equal(await names('second.example.com'), 'second');
});

/** Sends raw bytes to a plain server and gives what came back until it closed. */
const exchange = (port: number, sent: string, open = false) =>
  new Promise<string>(resolve => {
    const socket = connectPlain({ host: '127.0.0.1', port, allowHalfOpen: true });
    let received = '';
    socket.on('data', piece => (received += piece.toString('latin1')));
    socket.on('error', () => {});
    socket.once('close', () => resolve(received));
    socket.once('end', () => socket.end());
    socket.write(sent, 'latin1', () => void (open || socket.end()));
  });

const okGet = 'GET /next HTTP/1.1\r\nHost: a\r\n\r\n';

/** Requests that must be refused, and after which nothing on the connection may be taken for a request (smuggling). */
const malformed: [string, string][] = [
  ['no request at all', 'hello\r\n\r\n'],
  ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n'],
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
  ['a target without a slash', 'GET pods HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a space in the target', 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['an unknown version', 'GET / HTTP/3.7\r\nHost: a\r\n\r\n'],
  ['a space before the colon', 'GET / HTTP/1.1\r\nHost: a\r\nX-A : b\r\n\r\n'],
  ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n'],
  ['a bare line feed in the header block', 'GET / HTTP/1.1\r\nHost: a\nX-A: b\r\n\r\n'],
  ['a null byte in a value', 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\x00c\r\n\r\n'],
  ['an odd character in a name', 'GET / HTTP/1.1\r\nHost: a\r\nX(A): b\r\n\r\n'],
  [
    'both length and chunks',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  ],
  ['two different lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
  ['a list of lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello'],
  ['a negative length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n'],
  ['a length that is no number', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x5\r\n\r\nhello'],
  ['a length beyond all numbers', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n'],
  ['an unknown transfer coding', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
  ['chunked not last', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n'],
  ['a chunk size that is no number', 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n'],
];

for (const [what, request] of malformed)
  test(`malformed HTTP/1.1 is answered with 400: ${what}`, async t => {
    const targets: string[] = [];
    const handler: Handler = async request => {
      targets.push(request.target);
      return textAnswer(200, 'served');
    };
    const server = await start(t, handler, { tls: undefined });
    const received = await exchange(server.port, request + okGet);
    assert.match(received, /^HTTP\/1\.1 400 /);
    // Where the end of the request is beyond doubt the connection may live on.
    if (!/^(a target|two Hosts|no Host)/.test(what)) assert.deepEqual(targets, []);
    assert.ok(!targets.includes('/'), 'the malformed request itself never reaches the handler');
  });

const unusual: [string, string, RegExp][] = [
  ['absolute form', 'GET http://elsewhere:80/a?b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /\/a\?b /],
  ['absolute form without path', 'GET http://elsewhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', /GET \/ /],
  ['HTTP/1.0', 'GET /old HTTP/1.0\r\n\r\n', /GET \/old /],
  [
    'chunks',
    'POST /c HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nTrailer: t\r\n\r\n',
    /POST \/c hello/,
  ],
  [
    'Expect',
    'POST /e HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello',
    /^HTTP\/1.1 100 Continue\r\n\r\nHTTP\/1.1 200[^]*POST \/e hello/,
  ],
  [
    'an offer of HTTP/2',
    'GET /h HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n',
    /GET \/h /,
  ],
  [
    'two requests in one packet',
    'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    /GET \/1 [^]*GET \/2 /,
  ],
  ['a body with GET', 'GET /g HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi', /GET \/g hi/],
];

for (const [what, request, expected] of unusual)
  test(`unusual HTTP/1.1 is served: ${what}`, async t => {
    const handler: Handler = async request =>
      textAnswer(200, `${request.method} ${request.target} ${text(request.body)}`);
    const server = await start(t, handler, { tls: undefined });
    assert.match(await exchange(server.port, request, true), expected);
  });

test('a head beyond the limit is answered with 431', async t => {
  const server = await start(t, async () => textAnswer(200, ''), { tls: undefined, limits: { headerBytes: 4096 } });
  const request = `GET / HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(5000)}\r\n\r\n`;
  assert.match(await exchange(server.port, request), /^HTTP\/1\.1 431 /);
});

test('slow clients are cut off: no head, an unfinished head, an unfinished body, idle after a request', async t => {
  const clock = createManualClock();
  const limits = { headMs: 10_000, bodyMs: 20_000, idleMs: 30_000 };
  let served = 0;
  const handler: Handler = async () => {
    served++;
    return textAnswer(200, 'ok');
  };
  const server = await start(t, handler, { tls: undefined, clock, limits });
  const open = async (sent: string) => {
    const socket = connectPlain({ host: '127.0.0.1', port: server.port });
    await new Promise(resolve => socket.once('connect', resolve));
    const state = {
      socket,
      closed: new Promise<void>(resolve => socket.once('close', () => resolve())),
      isClosed: false,
    };
    socket.on('error', () => {});
    socket.resume();
    void state.closed.then(() => (state.isClosed = true));
    if (sent !== '') await new Promise(resolve => socket.write(sent, resolve));
    return state;
  };
  const silent = await open('');
  const half = await open('GET / HTTP/1.1\r\nHost');
  const body = await open('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe');
  const idle = await open(okGet);
  while (served < 1 || server.inFlight < 1) await clock.settle();
  await clock.advance(12_000);
  await Promise.all([silent.closed, half.closed]);
  assert.deepEqual([body.isClosed, idle.isClosed], [false, false]);
  await clock.advance(10_000);
  await body.closed;
  assert.equal(idle.isClosed, false);
  await clock.advance(20_000);
  await idle.closed;
});

test('HTTP/2 connections: idle ones are told to go, those that never ask are cut', async t => {
  const clock = createManualClock();
  const handler: Handler = async () => textAnswer(200, 'ok');
  const server = await start(t, handler, { clock, limits: { headMs: 10_000, idleMs: 30_000 } });
  const open = async (requests: number) => {
    const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: authority.cert });
    session.on('error', () => {});
    let told = false;
    session.on('goaway', () => (told = true));
    await new Promise(resolve => session.once('remoteSettings', resolve));
    for (; requests > 0; requests--) {
      const stream = session.request({ ':path': '/' }).resume();
      await new Promise(resolve => stream.once('close', resolve));
    }
    const state = { told: () => told, closed: new Promise<void>(resolve => session.once('close', () => resolve())) };
    return state;
  };
  const [silent, idle] = [await open(0), await open(1)];
  await clock.advance(12_000);
  await silent.closed;
  assert.equal(idle.told(), false);
  await clock.advance(20_000);
  await idle.closed;
  assert.equal(idle.told(), true);
});

test('HTTP/2: more streams than granted wait or are refused, and none is lost', async t => {
  let running = 0;
  let most = 0;
  const handler: Handler = async () => {
    most = Math.max(most, ++running);
    await new Promise(setImmediate);
    running--;
    return textAnswer(200, 'ok');
  };
  const server = await start(t, handler, { limits: { streamsPerConnection: 5 } });
  const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: authority.cert });
  t.after(() => session.destroy());
  await new Promise(resolve => session.once('remoteSettings', resolve));
  const statuses = await Promise.all(
    Array.from({ length: 40 }, async () => {
      const stream = session.request({ ':path': '/' }).resume();
      return new Promise(resolve => stream.once('response', headers => resolve(headers[':status'])));
    }),
  );
  assert.ok(statuses.every(status => status === 200));
  assert.ok(most <= 5, `${most} at a time`);
});

test('HTTP/2: requests that are none are refused, and the connection lives on', async t => {
  const targets: string[] = [];
  const handler: Handler = async request => {
    targets.push(request.target);
    return textAnswer(200, 'ok');
  };
  const server = await start(t, handler, { limits: { headerBytes: 4_096 } });
  const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: authority.cert });
  t.after(() => session.destroy());
  const status = (headers: http2.OutgoingHttpHeaders) =>
    new Promise<number | undefined>(resolve => {
      const stream = session.request(headers).resume();
      let seen: number | undefined;
      stream.on('response', head => (seen = head[':status']));
      stream.on('error', () => {});
      stream.once('close', () => resolve(seen));
    });
  assert.notEqual(await status({ ':path': 'no-slash' }), 200);
  assert.equal(await status({ ':method': 'CONNECT', ':authority': 'elsewhere:80' }), 400);
  assert.notEqual(await status({ ':path': '/long', 'x-long': 'x'.repeat(10_000) }), 200);
  assert.equal(await status({ ':path': '/fine' }), 200);
  assert.deepEqual(targets, ['/fine']);
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
      const request = httpsRequest({ host: '127.0.0.1', port: server.port, ca: authority.cert, agent: false });
      request.on('error', () => {});
      request.end();
      await arrival;
      request.destroy();
    } else {
      const session = http2.connect(`https://127.0.0.1:${server.port}`, { ca: authority.cert });
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
  const answers = [http1, h2].flatMap(ask => [
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

const upgradeRequest = 'POST /x HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, Upgrade\r\nUpgrade: test/1\r\n\r\n';

test('an upgrade hands the connection over, with the bytes that came right behind the request', async t => {
  const server = await start(
    t,
    async () => ({
      status: 101,
      headers: { 'x-sub': 'v1' },
      upgrade(stream) {
        stream.onData(chunk => void stream.write(bytes(text(chunk).toUpperCase())));
        stream.onEnd(() => stream.end());
      },
    }),
    { tls: undefined },
  );
  const received = await exchange(server.port, `${upgradeRequest}early`);
  assert.match(received, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
  assert.match(received, /upgrade: test\/1\r\n/);
  assert.match(received, /x-sub: v1\r\n/);
  assert.ok(received.endsWith('\r\n\r\nEARLY'));
  assert.equal(server.inFlight, 0);
});

test('closing does not wait for upgraded connections', async t => {
  const clock = createManualClock();
  let taken = false;
  const upgrade = () => void (taken = true);
  const server = await start(t, async () => ({ status: 101, headers: {}, upgrade }), { tls: undefined, clock });
  const received = exchange(server.port, upgradeRequest, true);
  while (!taken) await clock.settle();
  await server.close(60_000);
  assert.match(await received, /^HTTP\/1\.1 101 /);
});

test('an upgrade that is refused is an ordinary answer on a connection that ends', async t => {
  const server = await start(t, async () => jsonAnswer(403, { kind: 'Status' }), { tls: undefined });
  const received = await exchange(server.port, upgradeRequest, true);
  assert.match(received, /^HTTP\/1\.1 403 Forbidden\r\n/);
  assert.match(received, /connection: close\r\n/);
  assert.ok(received.endsWith('\r\n\r\n{"kind":"Status"}\n'));
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
  assert.equal((await h2(server.port, {})).body, 'alive');
});
