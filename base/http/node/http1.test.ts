import assert from 'node:assert/strict';
import { connect as connectPlain } from 'node:net';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { jsonAnswer, textAnswer } from '../answers.ts';
import { exchange, start } from '../testing/sockets.ts';
import type { Handler } from '../types.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);

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
