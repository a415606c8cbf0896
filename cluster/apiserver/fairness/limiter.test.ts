import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import type { LevelSpec } from './levels.ts';
import { shareOut } from './levels.ts';
import type { Ticket } from './limiter.ts';
import { Limiter } from './limiter.ts';

const level = (name: string, shares: number, more: Partial<LevelSpec> = {}): LevelSpec => ({
  ...{ name, uid: `uid-${name}`, exempt: false, shares, lendable: 0 },
  queuing: { queues: 16, handSize: 2, queueLengthLimit: 50 },
  ...more,
});

const nobody = new AbortController().signal;

function setUp(specs: readonly LevelSpec[], seats: number) {
  const clock = createManualClock();
  const limiter = new Limiter({ clock, seats, waitMs: 1000 });
  limiter.configure(specs);
  const refusals: string[] = [];
  const tickets: Ticket[] = [];
  /** Enters, and keeps what came of it. */
  const enter = (name: string, flow = 'f', width = 1, signal = nobody): void => {
    try {
      const given = limiter.enter(limiter.level(name)!, flow, width, signal);
      if (!(given instanceof Promise)) return void tickets.push(given);
      given.then(
        ticket => tickets.push(ticket),
        (error: Error) => refusals.push(error.message),
      );
    } catch (error) {
      refusals.push((error as Error).message);
    }
  };
  return { clock, limiter, enter, tickets, refusals, used: (name: string) => limiter.level(name)!.used };
}

test('seats are shared out by shares, rounded up', () => {
  const shares = shareOut(
    [level('a', 100, { lendable: 50 }), level('b', 49, { borrowingLimit: 10 }), level('c', 1)],
    60,
  );
  assert.deepEqual(shares.get('a'), { nominal: 40, lendable: 20, borrowable: Infinity });
  assert.deepEqual(shares.get('b'), { nominal: 20, lendable: 0, borrowable: 2 });
  assert.equal(shares.get('c')?.nominal, 1);
});

describe('a level', () => {
  // The catch-all level has shares of its own: 5 of 30.
  const two = [level('a', 10), level('b', 15)];

  test('gives its seats at once, then in turn as they come back', async () => {
    const { clock, limiter, enter, tickets, used } = setUp(two, 30);
    for (let at = 0; at < 12; at++) enter('a');
    assert.deepEqual([tickets.length, used('a'), limiter.level('a')!.queues.count], [10, 10, 2]);
    limiter.leave(tickets.pop()!);
    assert.equal(limiter.level('a')!.queues.count, 2, 'not before the next turn');
    await clock.settle();
    assert.deepEqual([used('a'), limiter.level('a')!.queues.count], [10, 1]);
  });

  test('gives who holds them ten times as long his seats a tenth as often', async () => {
    const { clock, limiter } = setUp([level('a', 10)], 1);
    const ready: { flow: string; ticket: Ticket }[] = [];
    for (let at = 0; at < 20; at++)
      for (const flow of ['slow', 'quick']) {
        const given = limiter.enter(limiter.level('a')!, flow, 1, nobody);
        void Promise.resolve(given).then(ticket => ready.push({ flow, ticket }));
      }
    await clock.settle();
    const heldMs: Record<string, number> = { slow: 0, quick: 0 };
    for (let at = 0; at < 18; at++) {
      const { flow, ticket } = ready.shift()!;
      const tookMs = flow === 'slow' ? 30 : 3;
      await clock.advance(tookMs);
      heldMs[flow]! += tookMs;
      limiter.leave(ticket);
      await clock.advance(0);
      await clock.settle();
    }
    // The first was not in a queue: nobody had to wait for it.
    assert.ok(Math.abs(heldMs['slow']! - 30 - heldMs['quick']!) <= 33, JSON.stringify(heldMs));
  });

  test('keeps its seats while another is flooded', () => {
    const { enter, tickets } = setUp(two, 30);
    for (let at = 0; at < 500; at++) enter('a', `f${at % 7}`);
    const before = tickets.length;
    enter('b');
    assert.deepEqual([before, tickets.length], [10, 11]);
  });

  test('without queues refuses what has no seat', () => {
    const { enter, tickets, refusals } = setUp([level('a', 10, { queuing: undefined })], 15);
    for (let at = 0; at < 11; at++) enter('a');
    assert.deepEqual([tickets.length, refusals], [10, ['concurrency-limit']]);
  });

  test('refuses where queues are full, who waited too long, and who left', async () => {
    const { clock, enter, refusals } = setUp(
      [level('a', 1, { queuing: { queues: 1, handSize: 1, queueLengthLimit: 2 } })],
      1,
    );
    const gone = new AbortController();
    enter('a');
    enter('a');
    enter('a', 'f', 1, gone.signal);
    enter('a');
    await clock.settle();
    assert.deepEqual(refusals, ['queue-full']);
    gone.abort();
    await clock.advance(1000);
    assert.deepEqual(refusals, ['queue-full', 'cancelled', 'time-out']);
  });

  test('takes as many seats as a request is wide, and lets the widest through alone', () => {
    const { enter, tickets } = setUp(two, 30);
    enter('a', 'f', 6);
    enter('a', 'f', 6);
    enter('b', 'f', 100);
    assert.deepEqual(
      tickets.map(({ width }) => width),
      [6, 15],
    );
  });

  test('holds the last seats of a write for a while', async () => {
    const { clock, limiter, enter, tickets, used } = setUp(two, 30);
    enter('a');
    limiter.leave(tickets[0]!, 4, 5);
    await clock.settle();
    assert.equal(used('a'), 4);
    await clock.advance(5);
    assert.equal(used('a'), 0);
  });
});

describe('borrowing', () => {
  const specs = [level('low', 10, { lendable: 80 }), level('high', 10), level('catch-all', 0, { queuing: undefined })];

  test('what is lent is used by others, up to what the lender keeps', () => {
    const { enter, used } = setUp(specs, 20);
    for (let at = 0; at < 40; at++) enter('high');
    assert.equal(used('high'), 18);
    for (let at = 0; at < 40; at++) enter('low');
    assert.equal(used('low'), 10, 'what was lent is the lender’s when it needs it');
  });

  test('nothing is lent by who uses it, nor more than the borrower may take', () => {
    const { enter, used, limiter } = setUp(specs, 20);
    for (let at = 0; at < 10; at++) enter('low');
    for (let at = 0; at < 40; at++) enter('high');
    assert.equal(used('high'), 10);
    limiter.configure([specs[0]!, level('high', 10, { borrowingLimit: 20 }), specs[2]!]);
    const other = setUp([specs[0]!, level('high', 10, { borrowingLimit: 20 }), specs[2]!], 20);
    for (let at = 0; at < 40; at++) other.enter('high');
    assert.equal(other.used('high'), 12);
  });
});

test('a level that is taken away serves who waits in it, then goes', async () => {
  const { clock, limiter, enter, tickets } = setUp(
    [level('a', 1, {}), level('catch-all', 0, { queuing: undefined })],
    1,
  );
  enter('a');
  enter('a');
  limiter.configure([]);
  assert.equal(limiter.level('a'), undefined);
  limiter.leave(tickets[0]!);
  await clock.settle();
  limiter.leave(tickets[1]!);
  await clock.settle();
  assert.deepEqual(Array.from(limiter.levels(), ({ spec }) => spec.name).toSorted(), ['catch-all', 'exempt']);
});
