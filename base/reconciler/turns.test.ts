import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock, type Clock } from '@orrery/machinery/clock';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { turnsOf } from './turns.ts';

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

test('where nothing takes time nobody waits: a clock that stands still need not be moved', async () => {
  const clock = createManualClock();
  const reader = turnsOf(clock).enter();
  for (let page = 0; page < 100; page++) await reader.next();
  reader.leave();
});
