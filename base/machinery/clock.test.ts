import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from './clock.ts';

test('an alarm years ahead does not ring at once, holds no process, and can be taken back', async () => {
  let rang = 0;
  const alarms = [2 ** 31, 40 * 365 * 24 * 3600 * 1000].map(delay => systemClock.after(delay, () => rang++).unref());
  await systemClock.sleep(20);
  assert.equal(rang, 0);
  for (const alarm of alarms) alarm.cancel();
});

test('work in slices by alarms of no delay leaves sockets and files their turn', async () => {
  const { readFile } = await import('node:fs/promises');
  let slices = 0;
  let isRead = false;
  const slice = (): void => {
    slices++;
    const until = performance.now() + 2;
    while (performance.now() < until);
    if (!isRead) systemClock.after(0, slice);
  };
  slice();
  await readFile(import.meta.filename);
  isRead = true;
  assert.ok(slices > 0);
  const alarm = systemClock.after(0, () => assert.fail('it was taken back'));
  alarm.cancel();
  await systemClock.sleep(0);
});

test('an alarm of no delay that holds no process rings at once, not when something else wakes the loop', async () => {
  const script = `
    import { systemClock } from ${JSON.stringify(join(import.meta.dirname, 'clock.ts'))};
    systemClock.after(3_000, () => process.exit(1));
    systemClock.after(500, () => {
      systemClock.after(0, () => systemClock.after(0, () => process.exit(0)).unref()).unref();
    });`;
  const [code] = (await once(spawn(process.execPath, ['--input-type=module', '-e', script]), 'exit')) as [number];
  assert.equal(code, 0);
});
