import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createQueue } from './queue.ts';
import { createManualClock } from '@orrery/machinery/manual-clock';

const takeAll = (queue: ReturnType<typeof createQueue>) => {
  const keys: string[] = [];
  for (let key = queue.take(); key !== undefined; key = queue.take()) {
    keys.push(key);
    queue.done(key);
  }
  return keys;
};

test('keys come out once, first in first out', () => {
  const queue = createQueue(createManualClock());
  for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
  assert.equal(queue.length, 3);
  assert.deepEqual(takeAll(queue), ['a', 'b', 'c']);
  assert.equal(queue.length, 0);
});

test('a key added while it is worked on comes again after that work, and only once', () => {
  const queue = createQueue(createManualClock());
  queue.add('a');
  assert.equal(queue.take(), 'a');
  queue.add('a');
  queue.add('a');
  assert.equal(queue.take(), undefined, 'never worked on twice at a time');
  queue.done('a');
  assert.deepEqual(takeAll(queue), ['a']);
});

test('a finished key that was not added again does not come again', () => {
  const queue = createQueue(createManualClock());
  queue.add('a');
  queue.take();
  queue.done('a');
  assert.equal(queue.take(), undefined);
});

test('delayed adds ring in time; of several for one key the earliest counts', async () => {
  const clock = createManualClock();
  const queue = createQueue(clock);
  queue.addAfter('late', 100);
  queue.addAfter('late', 50);
  queue.addAfter('late', 200);
  queue.addAfter('now', 0);
  assert.deepEqual(takeAll(queue), ['now']);
  await clock.advance(49);
  assert.deepEqual(takeAll(queue), []);
  await clock.advance(1);
  assert.deepEqual(takeAll(queue), ['late']);
  await clock.advance(1000);
  assert.deepEqual(takeAll(queue), []);
});

test('failures double the delay from 5 ms to 1000 s, and are forgotten on demand', async () => {
  const clock = createManualClock();
  const queue = createQueue(clock);
  const delayOfNext = async () => {
    const start = clock.monotonic();
    queue.addRateLimited('a');
    while (queue.length === 0) await clock.advance(clock.monotonic() - start < 1000 ? 5 : 1000);
    queue.done(queue.take()!);
    return clock.monotonic() - start;
  };
  const delays: number[] = [];
  for (let i = 0; i < 5; i++) delays.push(await delayOfNext());
  assert.deepEqual(delays, [5, 10, 20, 40, 80]);
  assert.equal(queue.failures('a'), 5);
  for (let i = 0; i < 20; i++) {
    queue.addRateLimited('b');
    await clock.advance(1_000_000);
    queue.done(queue.take()!);
  }
  queue.addRateLimited('b');
  await clock.advance(999_999);
  assert.equal(queue.length, 0);
  await clock.advance(1);
  assert.equal(queue.length, 1, 'no delay is longer than 1000 s');
  queue.done(queue.take()!);
  queue.forget('a');
  assert.equal(await delayOfNext(), 5);
});

test('a closed queue holds nothing and takes nothing', async () => {
  const clock = createManualClock();
  const queue = createQueue(clock);
  queue.add('a');
  queue.addAfter('b', 10);
  queue.close();
  queue.add('c');
  queue.addAfter('d', 10);
  await clock.advance(20);
  assert.equal(queue.length, 0);
  assert.equal(clock.alarms, 0);
});
