import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDuplexPair } from '@orrery/http';
import { createWebSocket } from '@orrery/http/node';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import { nobody } from '../identity/caller.ts';
import { newsOf, type Answer } from './answer.ts';
import type { Dirt } from './dirt.ts';
import { createTexts } from './frames.ts';
import { createQueries, recheckMs, restMs, type Follower, type Question } from './queries.ts';
import { pingMs, serveDeltas, stuckMs } from './socket.ts';

const row = (name: string, resourceVersion = '1', more: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, uid: name, resourceVersion }, ...more }) as KubeObject;
const member = (name: string, role: string): KubeObject =>
  ({ apiVersion: 'v1', kind: 'User', metadata: { name, annotations: { role } } }) as KubeObject;
const page = (items: KubeObject[], totalItems = items.length): Answer => ({ kind: 'page', items, totalItems });
const object = (value: unknown): Answer => ({ kind: 'object', object: value });
const gone: Answer = { kind: 'gone' };
const ab = [row('a'), row('b')];

const news: [string, Answer | undefined, Answer, unknown][] = [
  ['the first page is whole', undefined, page(ab), { type: 'page', items: ab, totalItems: 2 }],
  ['an empty page is news too', undefined, page([]), { type: 'page', items: [], totalItems: 0 }],
  ['nothing changed', page(ab), page([row('a'), row('b')]), undefined],
  [
    'one row changed',
    page(ab),
    page([row('a'), row('b', '2')]),
    { type: 'delta', totalItems: 2, order: ['a', 'b'], changed: [row('b', '2')] },
  ],
  [
    'the order turned',
    page(ab),
    page(ab.toReversed()),
    { type: 'delta', totalItems: 2, order: ['b', 'a'], changed: [] },
  ],
  ['only the count', page(ab), page(ab, 9), { type: 'delta', totalItems: 9, order: ['a', 'b'], changed: [] }],
  ['all left', page(ab), page([]), { type: 'delta', totalItems: 0, order: [], changed: [] }],
  ['nothing can be kept', page(ab), page([row('c')]), { type: 'page', items: [row('c')], totalItems: 1 }],
  ['computed rows that are equal', page([member('m', 'x')]), page([member('m', 'x')]), undefined],
  [
    'computed rows that differ',
    page([member('m', 'x')]),
    page([member('m', 'y')]),
    { type: 'delta', totalItems: 1, order: ['/m'], changed: [member('m', 'y')] },
  ],
  ['the same object', object(row('a')), object(row('a')), undefined],
  ['another object of the name', object(row('a')), object(row('b')), { type: 'object', object: row('b') }],
  ['numbers that changed', object({ pods: 1 }), object({ pods: 2 }), { type: 'object', object: { pods: 2 } }],
  ['gone', object(row('a')), gone, { type: 'gone' }],
  ['still gone', gone, gone, undefined],
  ['back', gone, object(row('a')), { type: 'object', object: row('a') }],
];
for (const [name, held, now, expected] of news)
  test(`news: ${name}`, () => assert.deepEqual(newsOf(held, now), expected));

/** A question whose answers the test gives, and what it is derived from. */
function stage() {
  const clock = createManualClock();
  const marks = new Set<() => void>();
  const dirt: Dirt = {
    follow(_sources, mark) {
      marks.add(mark);
      return () => void marks.delete(mark);
    },
    get size() {
      return marks.size;
    },
  };
  const queries = createQueries({ clock, log: silentLog, dirt });
  let answer: () => unknown = () => ({ items: ab, totalItems: 2 });
  const question = (key = 'k'): Question => ({ key, isList: true, sources: () => [], ask: async () => answer() });
  return {
    clock,
    marks,
    queries,
    question,
    answers: (give: () => unknown) => void (answer = give),
    change: () => marks.forEach(mark => mark()),
  };
}

function follower(session = 's'): Follower & { seen: string[] } {
  const seen: string[] = [];
  return {
    session,
    seen,
    answered: ({ kind }) => void seen.push(kind),
    refused: ({ code }) => void seen.push(String(code)),
  };
}

test('equal questions are asked once, and a burst of changes is one more run', async () => {
  const { clock, queries, question, change, marks } = stage();
  const followers = Array.from({ length: 100 }, () => follower());
  const stops = followers.map(one => queries.follow(question(), one));
  await clock.settle();
  assert.deepEqual([queries.runs, queries.size], [1, 1]);
  for (let index = 0; index < 1000; index++) change();
  await clock.advance(restMs - 1);
  assert.equal(queries.runs, 1, 'at rest');
  await clock.advance(1);
  await clock.advance(10 * restMs);
  assert.equal(queries.runs, 2, 'and nothing more while nothing changes');
  assert.ok(followers.every(({ seen }) => seen.length === 2));
  for (const stop of stops) stop();
  assert.deepEqual([queries.size, marks.size], [0, 0]);
  change();
  await clock.advance(2 * recheckMs);
  assert.equal(queries.runs, 2);
  queries.close();
  assert.equal(clock.alarms, 0);
});

test('a change during a run is not lost, and whoever comes during a run gets a later answer', async () => {
  const { clock, queries, question, answers, change } = stage();
  const gates: (() => void)[] = [];
  answers(() => new Promise(resolve => gates.push(() => resolve({ n: gates.length }))));
  const [one, two] = [follower(), follower()];
  queries.follow(question(), one);
  await clock.settle();
  change();
  queries.follow(question(), two);
  gates[0]!();
  await clock.settle();
  assert.deepEqual([one.seen, two.seen], [['object'], []]);
  await clock.advance(restMs);
  gates[1]!();
  await clock.settle();
  assert.deepEqual([queries.runs, one.seen.length, two.seen.length], [2, 2, 1]);
  queries.close();
});

test('a right is looked at again every 30 seconds, and at once for who lost one', async () => {
  const { clock, queries, question, answers } = stage();
  const [one, other] = [follower('s1'), follower('s2')];
  queries.follow(question('a'), one);
  queries.follow(question('b'), other);
  await clock.settle();
  await clock.advance(restMs);
  assert.equal(queries.runs, 4, 'once more, for what changed before anybody listened');
  await clock.advance(recheckMs);
  assert.equal(queries.runs, 6);
  await clock.advance(restMs);
  queries.recheck('s1');
  await clock.settle();
  assert.equal(queries.runs, 7);
  answers(() => {
    throw new StatusError(403, 'Forbidden', 'no');
  });
  await clock.advance(recheckMs);
  assert.deepEqual([one.seen.at(-1), other.seen.at(-1), queries.size], ['403', '403', 0]);
  queries.close();
});

test('what is refused is listened to by nobody', async () => {
  const { clock, queries, question, answers, marks } = stage();
  answers(() => {
    throw new StatusError(403, 'Forbidden', 'no');
  });
  const one = follower();
  queries.follow(question(), one);
  await clock.settle();
  assert.deepEqual([one.seen, marks.size, queries.size], [['403'], 0, 0]);
  queries.close();
});

test('while the cluster is away, answers are kept; who has none is told', async () => {
  const { clock, queries, question, answers, change } = stage();
  const one = follower();
  queries.follow(question(), one);
  await clock.settle();
  answers(() => {
    throw new StatusError(503, 'ServiceUnavailable', 'away');
  });
  const late = follower();
  queries.follow(question(), late);
  await clock.advance(restMs);
  assert.deepEqual([one.seen, late.seen], [['page'], ['503']]);
  answers(() => new Promise(() => {}));
  change();
  await clock.advance(restMs + 31_000);
  assert.deepEqual(one.seen, ['page'], 'a question without an answer is given up');
  answers(() => ({ items: [], totalItems: 0 }));
  await clock.advance(recheckMs);
  assert.equal(one.seen.at(-1), 'page');
  queries.close();
});

test('a slow reader gets the newest state, not all of them; one that reads nothing is cut', async () => {
  const { clock, queries, answers, change, question } = stage();
  const [near, far] = createDuplexPair();
  const server = createWebSocket(far, { role: 'server' });
  serveDeltas(server, { caller: nobody, queries, clock, texts: createTexts(clock), questionOf: () => question() });
  const client = createWebSocket(near, { role: 'client' });
  const frames: { type: string; object?: { n: number } }[] = [];
  client.onMessage(message => void frames.push(JSON.parse(Buffer.from(message).toString()) as never));
  let n = 0;
  answers(() => ({ n: ++n, padding: 'x'.repeat(1 << 20) }));
  client.send(JSON.stringify({ op: 'subscribe', id: 'x', route: 'r' }));
  await clock.settle();
  client.pause();
  for (let index = 0; index < 50; index++) {
    change();
    await clock.advance(restMs);
  }
  assert.equal(n, 51);
  assert.ok(server.queuedBytes < 4 << 20, 'one frame beyond the bound at most');
  client.resume();
  await clock.settle();
  const numbers = frames.map(({ object }) => object?.n);
  assert.ok(numbers.length <= 4, `${numbers.length} frames`);
  assert.equal(numbers.at(-1), 51);
  await clock.advance(pingMs);
  assert.ok(frames.some(({ type }) => type === 'ping'));
  client.pause();
  change();
  await clock.advance(pingMs + stuckMs + pingMs);
  assert.ok(server.closed);
  assert.equal(queries.size, 0);
  queries.close();
});
