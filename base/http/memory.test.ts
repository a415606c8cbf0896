import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError, tooManyRequests } from '@orrery/machinery/status';
import {
  asksUpgrade,
  chunksOf,
  createDuplexPair,
  errorAnswer,
  header,
  headerList,
  joinDuplexes,
  readBody,
  statusAnswer,
  type Body,
  type Duplex,
  type Headers,
  type Sink,
} from './index.ts';

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);
const settle = async () => {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
};

const streamed = (...pieces: string[]): Body => ({
  start(sink) {
    for (const piece of pieces) sink.write(bytes(piece));
    sink.end();
  },
});

const bodies: [string, Body | undefined, string][] = [
  ['none', undefined, ''],
  ['bytes', bytes('hello'), 'hello'],
  ['slices', [bytes('he'), bytes('llo')], 'hello'],
  ['no slices', [], ''],
  ['a stream', streamed('he', '', 'llo'), 'hello'],
  ['an empty stream', streamed(), ''],
];

for (const [what, body, whole] of bodies)
  test(`a body is read whole: ${what}`, async () => {
    assert.equal(text(await readBody(body)), whole);
    let pieces = '';
    for await (const piece of chunksOf(body)) pieces += text(piece);
    assert.equal(pieces, whole);
  });

test('reading stops at a limit, at a break and at an abort', async () => {
  await assert.rejects(readBody(streamed('123456'), { limit: 5 }), RangeError);
  const broken: Body = { start: sink => (sink.write(bytes('x')), sink.destroy()) };
  await assert.rejects(readBody(broken), { name: 'BrokenStreamError' });
  const abort = new AbortController();
  let closed = false;
  const endless: Body = { start: sink => sink.onClose(() => (closed = true)) };
  const reading = readBody(endless, { signal: abort.signal });
  abort.abort(new Error('enough'));
  await assert.rejects(reading, { message: 'enough' });
  assert.ok(closed, 'the producer is told');
});

test('a producer is held back by what waits, and told when there is room', async () => {
  let sink: Sink | undefined;
  let drains = 0;
  const chunks = chunksOf({ start: given => void (sink = given) }, undefined, 10);
  const first = chunks.next();
  sink!.onDrain(() => drains++);
  assert.equal(sink!.write(bytes('12345')), true);
  assert.equal(sink!.write(bytes('67890')), false);
  assert.equal(sink!.queuedBytes, 10);
  await first;
  await chunks.next();
  assert.equal(drains, 0);
  const third = chunks.next();
  await settle();
  assert.equal(drains, 1);
  sink!.end();
  assert.equal((await third).done, true);
});

function collect(stream: Duplex): Promise<string> {
  let received = '';
  stream.onData(chunk => (received += text(chunk)));
  return new Promise(resolve => {
    stream.onEnd(() => resolve(received));
    stream.onClose(() => resolve(`${received} (closed)`));
  });
}

test('a pair: each end is what the other writes, ends by itself, and closes when both have ended', async () => {
  const [left, right] = createDuplexPair();
  const [atLeft, atRight] = [collect(left), collect(right)];
  left.write(bytes('to the '));
  left.write(bytes('right'));
  left.end();
  assert.equal(await atRight, 'to the right');
  assert.deepEqual([left.closed, right.closed], [false, false]);
  right.write(bytes('to the left'));
  right.end();
  assert.equal(await atLeft, 'to the left');
  await settle();
  assert.deepEqual([left.closed, right.closed], [true, true]);
});

test('a pair: breaking one end closes the other, without an end', async () => {
  const [left, right] = createDuplexPair();
  const atRight = collect(right);
  left.destroy();
  assert.equal(await atRight, ' (closed)');
  assert.equal(right.write(bytes('into the void')), true);
});

test('a pair: a paused reader holds the writer back and misses nothing', async () => {
  const [left, right] = createDuplexPair();
  let size = 0;
  right.pause();
  right.onData(chunk => (size += chunk.length));
  const piece = new Uint8Array(300_000);
  const more = Array.from({ length: 5 }, () => left.write(piece));
  assert.deepEqual(more, [true, true, true, false, false]);
  await settle();
  assert.equal(size, 0);
  const drained = new Promise<void>(resolve => left.onDrain(resolve));
  right.resume();
  await drained;
  assert.equal(size, 1_500_000);
});

test('joined streams pass on bytes, ends and breaks', async () => {
  const [outer, near] = createDuplexPair();
  const [far, inner] = createDuplexPair();
  joinDuplexes(near, far);
  const [atOuter, atInner] = [collect(outer), collect(inner)];
  outer.write(bytes('in'));
  outer.end();
  assert.equal(await atInner, 'in');
  inner.write(bytes('out'));
  inner.end();
  assert.equal(await atOuter, 'out');
  const [outer2, near2] = createDuplexPair();
  const [far2, inner2] = createDuplexPair();
  joinDuplexes(near2, far2);
  const broken = collect(inner2);
  outer2.destroy();
  assert.equal(await broken, ' (closed)');
});

test('headers: the first value, lists, and requests to switch protocols', () => {
  const headers: Headers = {
    accept: 'a, b ,,c',
    warning: ['x', 'y'],
    connection: 'keep-alive, Upgrade',
    upgrade: 'websocket',
  };
  assert.equal(header(headers, 'warning'), 'x');
  assert.equal(header(headers, 'none'), undefined);
  assert.deepEqual(headerList(headers, 'accept'), ['a', 'b', 'c']);
  assert.deepEqual(headerList(headers, 'warning'), ['x', 'y']);
  assert.equal(asksUpgrade(headers), true);
  assert.equal(asksUpgrade({ upgrade: 'websocket' }), false);
  assert.equal(asksUpgrade({ connection: 'upgrade' }), false);
});

test('errors become Statuses; a delay becomes a header too', () => {
  const busy = statusAnswer(tooManyRequests('later', 7).toStatus());
  assert.deepEqual([busy.status, busy.headers['retry-after']], [429, '7']);
  assert.equal(errorAnswer(new StatusError(418, undefined, 'teapot')).status, 418);
  assert.equal(errorAnswer(new Error('oops')).status, 500);
  assert.equal(errorAnswer('text').status, 500);
});
