import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock, type Clock } from '@orrery/machinery/clock';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { inSlices, slicesOf, turnsOf } from './turns.ts';

/** The machine's, with a time that the test moves. */
const pacedClock = (): Clock & { spend(ms: number): void } => {
  let at = 0;
  return { ...systemClock, monotonic: () => at, spend: ms => void (at += ms) };
};

const nextTurn = () => new Promise<void>(resolve => setImmediate(resolve));

test('pages follow each other while the slice lasts, and wait for the next turn of the loop after it', async () => {
  const clock = pacedClock();
  const turns = turnsOf(clock);
  const pages = turns.enter();
  const told: string[] = [];
  const reader = (async () => {
    for (const page of ['one', 'two', 'three']) {
      await pages.next();
      told.push(page);
      clock.spend(3);
    }
  })();
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(told, ['one', 'two']);
  await nextTurn();
  await reader;
  assert.deepEqual(told, ['one', 'two', 'three']);
});

test('many who wait share the turns: one slice in each, whoever else works in the thread between them', async () => {
  const clock = pacedClock();
  const turns = turnsOf(clock);
  const order: string[] = [];
  const reader = async (name: string) => {
    const pages = turns.enter();
    for (let page = 0; page < 2; page++) {
      await pages.next();
      order.push(name);
      clock.spend(10);
    }
    pages.leave();
  };
  const readers = Promise.all(['a', 'b', 'c'].map(reader));
  let between = 0;
  let isOver = false;
  const others = (async () => {
    for (; !isOver; between++) await nextTurn();
  })();
  await readers;
  isOver = true;
  await others;
  assert.equal(order.length, 6);
  assert.ok(between >= 3, `others had ${between} turns`);
});

test('who has read least is next: a short list is not behind the rest of a long one', async () => {
  const clock = pacedClock();
  const turns = turnsOf(clock);
  const order: string[] = [];
  const read = async (name: string, pages: number) => {
    const reader = turns.enter();
    for (let page = 0; page < pages; page++) {
      await reader.next();
      // A page is made in steps: who waits does not pass between two of them.
      for (let step = 0; step < 50; step++) await Promise.resolve();
      order.push(name);
      clock.spend(10);
    }
    reader.leave();
  };
  const long = ['one', 'two', 'three'].map(name => read(name, 6));
  for (let turn = 0; turn < 5; turn++) await nextTurn();
  await read('short', 2);
  const shortEnd = order.lastIndexOf('short');
  await Promise.all(long);
  const between = order.slice(order.indexOf('short'), shortEnd).filter(name => name !== 'short');
  assert.ok(between.length <= 1, `between two pages of the short one came ${between.join(', ')}`);
  assert.ok(shortEnd < order.length - 6, `the short one was done after ${shortEnd} of ${order.length} pages`);
});

test('a page that takes long is read in pieces, and others have their pages between them', async () => {
  const clock = pacedClock();
  const turns = turnsOf(clock);
  const order: string[] = [];
  const read = async (name: string) => {
    const reader = turns.enter();
    await reader.next();
    for (let piece = 0; piece < 4; piece++) {
      const turn = reader.more();
      if (turn) await turn;
      order.push(name);
      clock.spend(10);
    }
    reader.leave();
  };
  await Promise.all(['a', 'b'].map(read));
  assert.equal(order.length, 8);
  assert.ok(order.indexOf('b') < order.lastIndexOf('a'), order.join(' '));
});

test('what is read in the background is read when no other list is, or has waited for long', async () => {
  const clock = pacedClock();
  const turns = turnsOf(clock);
  const order: string[] = [];
  const read = async (name: string, background: boolean) => {
    const reader = turns.enter({ background });
    for (let page = 0; page < 3; page++) {
      await reader.next();
      order.push(name);
      clock.spend(10);
    }
    reader.leave();
  };
  await Promise.all([read('a', false), read('behind', true), read('b', false)]);
  assert.deepEqual(order.slice(-3), ['behind', 'behind', 'behind']);

  const hangs = turns.enter();
  await hangs.next();
  const behind = read('behind', true);
  for (let turn = 0; turn < 10; turn++) await nextTurn();
  assert.equal(order.length, 9);
  clock.spend(10_000);
  await Promise.all([behind, read('a', false)]);
  assert.equal(order.length, 15);
});

test('all who work in slices of a thread share one in each turn of the loop', async () => {
  const clock = pacedClock();
  const slices = slicesOf(clock);
  const order: string[] = [];
  const work = (name: string, pieces: number) =>
    new Promise<void>(resolve => {
      const go = (): void => {
        for (; pieces > 0; pieces--) {
          if (slices.isOver()) return slices.next(go);
          order.push(name);
          clock.spend(4);
        }
        resolve();
      };
      go();
    });
  const all = Promise.all([work('a', 6), work('b', 6)]);
  assert.deepEqual(order, ['a', 'a'], 'one slice, whoever has it');
  await nextTurn();
  assert.ok(order.length <= 4, order.join(' '));
  await all;
  assert.equal(order.length, 12);
  assert.ok(order.indexOf('b') < order.lastIndexOf('a'), order.join(' '));
});

test('a long row is worked on in order and in slices, until it fails or is ended', async () => {
  const clock = pacedClock();
  const ending = new AbortController();
  const done: number[] = [];
  const row = Array.from({ length: 10 }, (_, at) => at);
  const work = (item: number) => {
    done.push(item);
    clock.spend(3);
  };
  const all = inSlices({ clock, signal: ending.signal }, row, work);
  assert.deepEqual(done, [0, 1]);
  await all;
  assert.deepEqual(done, row);
  const fails = () => {
    throw new Error('as it may');
  };
  await assert.rejects(inSlices({ clock, signal: ending.signal }, row, fails), /as it may/);
  ending.abort();
  await inSlices({ clock, signal: ending.signal }, row, work);
  assert.equal(done.length, 10);
});

test('where nothing takes time nobody waits: a clock that stands still need not be moved', async () => {
  const clock = createManualClock();
  const reader = turnsOf(clock).enter();
  for (let page = 0; page < 100; page++) await reader.next();
  reader.leave();
});
