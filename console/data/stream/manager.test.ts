import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import type { ClientFrame, ServerFrame } from '@orrery/platform-contract/stream';
import { createStream, topicKey, type SocketEvents } from './manager.ts';

const pods = { route: 'resources.listIn', path: { namespace: 'p1', resources: 'pods' }, query: { limit: '10' } };
const pod = (uid: string, resourceVersion = '1') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: uid, uid, resourceVersion },
});

/** A stream whose other end the test holds. */
function start() {
  const clock = createManualClock();
  const sockets: { events: SocketEvents; sent: ClientFrame[]; closed: boolean }[] = [];
  let broken = 0;
  const stream = createStream({
    clock,
    random: seededRandom(1),
    onBroken: () => broken++,
    connect(events) {
      const socket = { events, sent: [] as ClientFrame[], closed: false };
      sockets.push(socket);
      return {
        send: text => void socket.sent.push(JSON.parse(text) as ClientFrame),
        close() {
          if (socket.closed) return;
          socket.closed = true;
          events.close();
        },
      };
    },
  });
  const last = () => sockets.at(-1)!;
  const say = (frame: ServerFrame) => last().events.message(JSON.stringify(frame));
  return { stream, clock, sockets, last, say, broken: () => broken };
}

test('one connection, opened when something is first wanted', () => {
  const { stream, sockets, last } = start();
  assert.equal(sockets.length, 0);
  stream.subscribe(pods, () => {});
  stream.subscribe({ ...pods, query: { limit: '20' } }, () => {});
  assert.equal(sockets.length, 1);
  assert.deepEqual(last().sent, [], 'nothing is said before it is open');
  last().events.open();
  assert.deepEqual(last().sent, [
    { op: 'subscribe', id: 's1', ...pods },
    { op: 'subscribe', id: 's2', ...pods, query: { limit: '20' } },
  ]);
  stream.close();
});

test('a page, then its changes; what did not change stays the same value', () => {
  const { stream, last, say } = start();
  let told = 0;
  stream.subscribe(pods, () => told++);
  last().events.open();
  say({ id: 's1', type: 'page', totalItems: 2, items: [pod('a'), pod('b')] });
  const [a] = stream.state(pods).page!.items;
  say({ id: 's1', type: 'delta', totalItems: 3, order: ['c', 'a'], changed: [pod('c')] });
  const { items, totalItems } = stream.state(pods).page!;
  assert.deepEqual([items.map(({ metadata }) => metadata.uid), totalItems, told], [['c', 'a'], 3, 2]);
  assert.equal(items[1], a);
  stream.close();
});

test('a single object comes and goes', () => {
  const { stream, last, say } = start();
  const one = { route: 'resources.getIn', path: { name: 'a' } };
  stream.subscribe(one, () => {});
  last().events.open();
  say({ id: 's1', type: 'object', object: pod('a') });
  say({ id: 's1', type: 'gone' });
  assert.deepEqual(stream.state(one), { object: pod('a'), gone: true });
  say({ id: 's1', type: 'object', object: pod('a', '9') });
  assert.equal(stream.state(one).gone, undefined);
  stream.close();
});

test('the same topic is one subscription, however it is written, until its last page left for a while', async () => {
  const { stream, last, clock } = start();
  const turned = { query: pods.query, path: { resources: 'pods', namespace: 'p1' }, route: pods.route };
  assert.equal(topicKey(pods), topicKey(turned));
  const ends = [stream.subscribe(pods, () => {}), stream.subscribe(turned, () => {})];
  last().events.open();
  assert.equal(last().sent.length, 1);
  ends[0]!();
  await clock.advance(60_000);
  assert.equal(last().sent.length, 1, 'one page is still there');
  ends[1]!();
  await clock.advance(2000);
  const again = stream.subscribe(pods, () => {});
  await clock.advance(5000);
  assert.equal(last().sent.length, 1, 'it came back in time');
  again();
  await clock.advance(5000);
  assert.deepEqual(last().sent[1], { op: 'unsubscribe', id: 's1' });
  stream.close();
});

test('a topic whose values hold brackets or quotes is not another one', () =>
  assert.notEqual(topicKey({ route: 'a', path: { b: '","c' } }), topicKey({ route: 'a', path: { b: '', c: '' } })));

describe('a connection that breaks', () => {
  test('comes back with what is wanted, and until then the page has what it had', async () => {
    const { stream, sockets, last, say, clock, broken } = start();
    stream.subscribe(pods, () => {});
    last().events.open();
    say({ id: 's1', type: 'page', totalItems: 1, items: [pod('a')] });
    last().events.close();
    assert.deepEqual([stream.status, broken(), stream.state(pods).page?.totalItems], ['down', 1, 1]);
    await clock.advance(500);
    assert.equal(sockets.length, 2);
    last().events.open();
    assert.equal(stream.status, 'open');
    assert.deepEqual(last().sent, [{ op: 'subscribe', id: 's1', ...pods }]);
    stream.close();
  });

  test('is tried again ever more slowly, at most every half minute', async () => {
    const { stream, sockets, last, clock, broken } = start();
    stream.subscribe(pods, () => {});
    const waits: number[] = [];
    for (let attempt = 0; attempt < 10; attempt++) {
      last().events.close();
      const before = sockets.length;
      const from = clock.monotonic();
      while (sockets.length === before) await clock.advance(50);
      waits.push(clock.monotonic() - from);
    }
    assert.ok(waits[0]! <= 500 && waits[3]! > 1500, String(waits));
    assert.ok(waits.every(wait => wait <= 30_050) && waits.at(-1)! >= 15_000, String(waits));
    assert.equal(broken(), 0, 'it had never been open');
    stream.close();
  });

  test('silence is a break as well; a ping is not silence', async () => {
    const { stream, last, say, clock } = start();
    stream.subscribe(pods, () => {});
    last().events.open();
    for (let minute = 0; minute < 3; minute++) {
      await clock.advance(60_000);
      say({ type: 'ping' });
    }
    assert.equal(last().closed, false);
    await clock.advance(76_000);
    assert.equal(stream.status === 'open', false);
    stream.close();
  });
});

test('a refusal is kept for its page, and asked again by the next one', async () => {
  const { stream, last, say, clock } = start();
  const end = stream.subscribe(pods, () => {});
  last().events.open();
  const status = {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    code: 403,
    message: 'no',
  } as const;
  say({ id: 's1', type: 'error', status });
  assert.equal(stream.state(pods).error?.code, 403);
  end();
  const next = stream.subscribe(pods, () => {});
  assert.deepEqual(
    last().sent.map(({ op, id }) => `${op} ${id}`),
    ['subscribe s1', 'subscribe s2'],
  );
  assert.equal(stream.state(pods).error, undefined);
  next();
  await clock.advance(10_000);
  stream.close();
  assert.equal(clock.alarms, 0, 'nothing is left behind');
});

test('frames of a subscription that is over are passed by', () => {
  const { stream, last, say } = start();
  stream.subscribe(pods, () => {});
  last().events.open();
  say({ id: 's9', type: 'page', totalItems: 0, items: [] });
  assert.deepEqual(stream.state(pods), {});
  stream.close();
});
