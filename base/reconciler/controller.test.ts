import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@orrery/machinery/log';
import { runController } from './controller.ts';
import { createTrigger, periodically } from './sources.ts';
import { createManualClock } from '@orrery/machinery/manual-clock';
import type { ControllerOptions, Source } from './types.ts';

function start(options: Partial<ControllerOptions> & Pick<ControllerOptions, 'reconcile'>, sources?: Source[]) {
  const clock = createManualClock();
  const trigger = createTrigger();
  const stop = new AbortController();
  const ctx = { clock, log: silentLog, signal: stop.signal };
  const ended = runController({ name: 'test', sources: sources ?? [trigger], ...options }, ctx);
  return { clock, trigger, stop: () => stop.abort(), ended };
}

test('keys are reconciled, failing ones again with back-off, until success', async () => {
  const seen: [string, number][] = [];
  const { clock, trigger, stop, ended } = start({
    async reconcile(key) {
      seen.push([key, clock.monotonic()]);
      if (key === 'bad' && seen.filter(([name]) => name === 'bad').length < 4) throw new Error('not yet');
    },
  });
  trigger.add('good');
  trigger.add('bad');
  await clock.advance(1000);
  assert.deepEqual(seen, [
    ['good', 0],
    ['bad', 0],
    ['bad', 5],
    ['bad', 15],
    ['bad', 35],
  ]);
  stop();
  await ended;
});

test('success forgets the failures: the next one starts again at 5 ms', async () => {
  const at: number[] = [];
  const { clock, trigger, stop, ended } = start({
    async reconcile() {
      at.push(clock.monotonic());
      if (at.length !== 3) throw new Error('failing but for the third time');
    },
  });
  trigger.add('a');
  await clock.advance(15);
  trigger.add('a');
  await clock.advance(7);
  assert.deepEqual(at, [0, 5, 15, 15, 20]);
  stop();
  await ended;
});

test('a synchronous throw counts as a failure too', async () => {
  let runs = 0;
  const { clock, trigger, stop, ended } = start({
    reconcile() {
      if (++runs === 1) throw new Error('at once');
      return Promise.resolve();
    },
  });
  trigger.add('a');
  await clock.advance(10);
  assert.equal(runs, 2);
  stop();
  await ended;
});

test('a key is never reconciled twice at a time, and at most `concurrency` keys are', async () => {
  const running = new Set<string>();
  let most = 0;
  let runs = 0;
  const { clock, trigger, stop, ended } = start({
    concurrency: 3,
    async reconcile(key) {
      assert.ok(!running.has(key), `${key} is already running`);
      running.add(key);
      most = Math.max(most, running.size);
      await clock.sleep(10);
      running.delete(key);
      runs++;
    },
  });
  for (let round = 0; round < 5; round++) {
    for (const key of 'abcdef') trigger.add(key);
    await clock.advance(5);
  }
  await clock.advance(100);
  assert.equal(most, 3);
  assert.ok(runs >= 12);
  stop();
  await ended;
});

test('requeueAfterMs looks again without a change', async () => {
  const at: number[] = [];
  const { clock, trigger, stop, ended } = start({
    async reconcile() {
      at.push(clock.monotonic());
      return { requeueAfterMs: 100 };
    },
  });
  trigger.add('a');
  await clock.advance(250);
  assert.deepEqual(at, [0, 100, 200]);
  stop();
  await ended;
  await clock.advance(1000);
  assert.equal(at.length, 3, 'nothing runs after the end');
});

test('nothing is reconciled before the sources have synced', async () => {
  let sync = () => {};
  const slow: Source = {
    synced: new Promise(resolve => (sync = resolve)),
    start: queue => {
      queue.add('a');
      return () => {};
    },
  };
  let runs = 0;
  const { clock, stop, ended } = start({ reconcile: async () => void runs++ }, [slow]);
  await clock.advance(1000);
  assert.equal(runs, 0);
  sync();
  await clock.settle();
  assert.equal(runs, 1);
  stop();
  await ended;
});

test('it ends before its sources ever synced when it is stopped', async () => {
  const never: Source = { synced: new Promise(() => {}), start: () => () => {} };
  const { stop, ended } = start({ reconcile: async () => {} }, [never]);
  stop();
  await ended;
});

test('the end waits for the reconcile under way', async () => {
  let finished = false;
  const { clock, trigger, stop, ended } = start({
    async reconcile() {
      await clock.sleep(50);
      finished = true;
    },
  });
  trigger.add('a');
  await clock.settle();
  stop();
  let over = false;
  void ended.then(() => (over = true));
  await clock.settle();
  assert.equal(over, false);
  await clock.advance(50);
  assert.ok(over && finished);
});

test('periodically wakes its key at the start and each period', async () => {
  const clock = createManualClock();
  const at: number[] = [];
  const stop = new AbortController();
  const ended = runController(
    { name: 'p', sources: [periodically(clock, 60)], reconcile: async () => void at.push(clock.monotonic()) },
    { clock, log: silentLog, signal: stop.signal },
  );
  await clock.advance(130);
  assert.deepEqual(at, [0, 60, 120]);
  stop.abort();
  await ended;
  assert.equal(clock.alarms, 0);
});
