import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { armFailpoints, failpoint } from '@orrery/machinery/failpoint';
import { armFaults, parseFaults } from './failpoints.ts';

test('what is no fault is refused with the remedy', () => {
  assert.throws(() => parseFaults('{'), /ORRERY_FAULTS is not JSON: unset it/);
  assert.throws(() => parseFaults('{"at":{"failpoint":"store.nowhere"}}'), /"store.nowhere", which does not exist/);
});

test('a failpoint signals when it is passed for the n-th time, and only then', t => {
  t.after(() => armFailpoints(undefined));
  const signals: string[] = [];
  const faults = parseFaults('{"at":{"failpoint":"store.batch.written","signal":"SIGKILL","hit":2}}');
  armFaults(faults, createManualClock(), signal => signals.push(signal));
  failpoint('store.batch.written');
  failpoint('store.batch.encoded');
  assert.deepEqual(signals, []);
  failpoint('store.batch.written');
  failpoint('store.batch.written');
  assert.deepEqual(signals, ['SIGKILL']);
});

test('the wall clock jumps when asked to, and nothing else of the clock does', async () => {
  const clock = createManualClock();
  const jumping = armFaults({ clock: { afterMs: 100, byMs: -5000 } }, clock, () => {});
  const start = clock.now();
  await clock.advance(99);
  assert.equal(jumping.now() - start, 99);
  await clock.advance(1);
  assert.equal(jumping.now() - start, 100 - 5000);
  assert.equal(jumping.monotonic(), clock.monotonic());
});
