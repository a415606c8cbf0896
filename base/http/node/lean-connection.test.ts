/** What happens on one HTTP/1.1 connection over time: order, waiting, ends. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test, type TestContext } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { textAnswer } from '../answers.ts';
import { exchange, start } from '../testing/sockets.ts';
import type { Handler, Response, Sink } from '../types.ts';

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const close = 'Connection: close\r\n';
const post = (target: string, body: string) =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const plain = { tls: undefined };
const turn = () => new Promise(setImmediate);

/** A client that keeps what it receives, piece by piece. */
async function open(t: TestContext, port: number) {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true, noDelay: true });
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  socket.once('end', () => socket.end());
  const pieces: string[] = [];
  socket.on('data', piece => pieces.push(piece.toString('latin1')));
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()));
  await new Promise(resolve => socket.once('connect', resolve));
  return { socket, pieces, closed, text: () => pieces.join('') };
}

/** Resolves when it holds; the test's own limit ends what never does. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await turn();
}

test('requests sent ahead are answered in order, one after the other, and none waits for the next', async t => {
  let running = 0;
  let release = () => {};
  const server = await start(
    t,
    async request => {
      assert.equal(++running, 1);
      if (request.target === '/slow') await new Promise<void>(resolve => (release = resolve));
      running--;
      return textAnswer(200, `<${request.target} ${Buffer.from(request.body).toString()}>`);
    },
    plain,
  );
  const client = await open(t, server.port);
  client.socket.write(get('/1') + post('/2', 'x') + get('/slow') + get('/4') + get('/5'));
  await until(() => client.text().endsWith('</2 x>'));
  release();
  await until(() => client.text().includes('/5 '));
  assert.deepEqual(client.text().match(/<[^>]*>/g), ['</1 >', '</2 x>', '</slow >', '</4 >', '</5 >']);
  assert.equal(client.pieces.length, 2, 'what is ready in one turn is one write');
});

test('a client that asks and does not read is asked to wait: no more is served than fits on the way', async t => {
  const body = 'x'.repeat(32 * 1024);
  let served = 0;
  const handler: Handler = async () => {
    served++;
    return textAnswer(200, body);
  };
  const server = await start(t, handler, plain);
  const client = await open(t, server.port);
  client.socket.pause();
  const count = 2_000;
  client.socket.write(get('/').repeat(count));
  let before = -1;
  while (served !== before) {
    before = served;
    for (let turns = 0; turns < 50; turns++) await turn();
  }
  assert.ok(served < count / 2, `${served} answers for nobody`);
  client.socket.resume();
  await until(() => served === count);
});

test('whoever ends its side before the answer has left: the handler is told, and nothing is said', async t => {
  let told = false;
  const handler: Handler = ({ signal }) =>
    new Promise(resolve => signal.addEventListener('abort', () => ((told = true), resolve(textAnswer(200, 'late')))));
  const server = await start(t, handler, plain);
  const client = await open(t, server.port);
  client.socket.end(get('/'));
  await client.closed;
  await until(() => told);
  assert.equal(client.text(), '');
});

test('whoever ends its side of a stream has left', async t => {
  let gone = false;
  const body = { start: (sink: Sink) => (sink.write(Buffer.from('x')), sink.onClose(() => (gone = true))) };
  const server = await start(t, async () => ({ status: 200, headers: {}, body }), plain);
  const client = await open(t, server.port);
  client.socket.write(get('/'));
  await until(() => client.text().includes('x'));
  client.socket.end();
  await client.closed;
  assert.equal(gone, true);
});

const streamed = (headers: Response['headers'], pieces: readonly string[]): Response => ({
  status: 200,
  headers,
  body: {
    start(sink) {
      for (const piece of pieces) sink.write(Buffer.from(piece));
      sink.end();
    },
  },
});

test('a stream is chunked, and the connection goes on behind its end', async t => {
  const handler: Handler = async ({ target }) =>
    target === '/stream' ? streamed({}, ['one', '', 'x'.repeat(300_000)]) : textAnswer(200, 'next');
  const server = await start(t, handler, plain);
  const received = await exchange(server.port, get('/stream') + get('/') + get('/end', close), true);
  const chunks = `\r\n\r\n3\r\none\r\n${(300_000).toString(16)}\r\n${'x'.repeat(300_000)}\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n`;
  assert.ok(received.includes(chunks));
  assert.equal(received.match(/next/g)?.length, 2);
});

const announced: [string, string[], boolean][] = [
  ['as long as announced', ['hel', 'lo'], true],
  ['shorter', ['hel'], false],
  ['longer', ['hello', '!'], false],
];
for (const [what, pieces, whole] of announced)
  test(`a stream of announced length is sent as it is: ${what}`, async t => {
    const handler: Handler = async ({ target }) =>
      target === '/' ? streamed({ 'content-length': '5' }, pieces) : textAnswer(200, 'next');
    const server = await start(t, handler, plain);
    const received = await exchange(server.port, get('/') + get('/end', close), true);
    // What is not as announced breaks the connection off: nothing that follows may be taken for a part of it.
    assert.equal(received.includes('next'), whole);
    if (whole) assert.match(received, /\r\n\r\nhelloHTTP/);
    assert.ok(!received.includes('!'));
  });

test('many sinks of one chunk get the same bytes, and a chunk that is used again later is framed anew', async t => {
  const sinks: Sink[] = [];
  const body = { start: (sink: Sink) => void sinks.push(sink) };
  const server = await start(t, async () => ({ status: 200, headers: {}, body }), plain);
  const clients = await Promise.all(Array.from({ length: 5 }, () => open(t, server.port)));
  for (const client of clients) client.socket.write(get('/'));
  await until(() => sinks.length === 5);
  const chunk = Buffer.from('first');
  for (const sink of sinks) sink.write(chunk);
  await until(() => clients.every(client => client.text().endsWith('5\r\nfirst\r\n')));
  chunk.write('again');
  for (const sink of sinks) sink.write(chunk);
  await until(() => clients.every(client => client.text().endsWith('5\r\nfirst\r\n5\r\nagain\r\n')));
});

test('a head that is dribbled is cut off in time, also by a client of long standing and in front of the full parser', async t => {
  const clock = createManualClock();
  const limits = { headMs: 10_000, bodyMs: 20_000, idleMs: 30_000 };
  let served = 0;
  const handler: Handler = async () => (served++, textAnswer(200, 'ok'));
  const server = await start(t, handler, { ...plain, clock, limits });
  const [fresh, known, odd, body] = await Promise.all(Array.from({ length: 4 }, () => open(t, server.port)));
  known!.socket.write(get('/'));
  await until(() => served === 1);
  const begun = [
    [fresh, 'GET / HTTP/1.1\r\nX'],
    [known, 'GET / HTTP/1.1\r\nX'],
    [odd, 'BREW / HTTP/1.1\r\nX'],
    [body, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n'],
  ] as const;
  for (const [client, text] of begun) client!.socket.write(text);
  await until(() => server.inFlight === 1);
  const closed: string[] = [];
  for (const [name, client] of Object.entries({ fresh, known, odd, body }))
    void client!.closed.then(() => closed.push(name));
  const dribble = async (seconds: number, ...gone: (typeof fresh)[]) => {
    for (let second = 0; second < seconds; second++) {
      for (const [client] of begun) client!.socket.write('x');
      await clock.advance(1_000);
      await turn();
    }
    // What the server has cut arrives in real time.
    await Promise.all(gone.map(client => client!.closed));
    return closed.toSorted();
  };
  assert.deepEqual(await dribble(12, fresh, odd), ['fresh', 'odd']);
  assert.deepEqual(await dribble(10, body), ['body', 'fresh', 'odd']);
  await dribble(13, known);
  assert.equal(served, 1);
});

test('closing: the answer under way is the last one, and requests sent ahead are not begun', async t => {
  const targets: string[] = [];
  let release = () => {};
  const server = await start(
    t,
    async request => {
      targets.push(request.target);
      await new Promise<void>(resolve => (release = resolve));
      return textAnswer(200, 'done');
    },
    plain,
  );
  const client = await open(t, server.port);
  client.socket.write(get('/1') + get('/2'));
  await until(() => targets.length === 1);
  const closing = server.close(10_000);
  release();
  await closing;
  await client.closed;
  assert.deepEqual(targets, ['/1']);
  assert.match(client.text(), /connection: close\r\n[^]*done$/);
});
