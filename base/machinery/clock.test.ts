import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from './clock.ts';

test('an alarm years ahead does not ring at once, holds no process, and can be taken back', async () => {
  let rang = 0;
  const alarms = [2 ** 31, 40 * 365 * 24 * 3600 * 1000].map(delay => systemClock.after(delay, () => rang++).unref());
  await systemClock.sleep(20);
  assert.equal(rang, 0);
  for (const alarm of alarms) alarm.cancel();
});
