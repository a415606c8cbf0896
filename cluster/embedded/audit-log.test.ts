import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLog } from '@orrery/machinery/log';
import { openAuditLog } from './audit-log.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-audit-'));
after(() => rmSync(folder, { recursive: true }));
const lines = (path: string): string[] => readFileSync(path, 'utf8').trim().split('\n');

test('lines go to the file in their order, readable by the owner only, and are added to what is there', () => {
  const path = join(folder, 'audit.log');
  for (const batch of [['1', '2'], ['3']]) {
    const log = openAuditLog(path, silentLog);
    batch.forEach(line => log.write(line));
    log.close();
  }
  assert.deepEqual(lines(path), ['1', '2', '3']);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a file that is full is set aside, and the oldest goes', async () => {
  const path = join(folder, 'small.log');
  const log = openAuditLog(path, silentLog, { bytesMax: 8, generations: 3 });
  for (const line of ['aaaa', 'bbbb', 'cccc', 'dddd']) {
    log.write(line);
    await new Promise(setImmediate);
  }
  log.close();
  assert.deepEqual([path, `${path}.1`, `${path}.2`].flatMap(lines), ['dddd', 'cccc', 'bbbb']);
  assert.ok(!existsSync(`${path}.3`));
});

test('a file that cannot be written is told with the remedy', () => {
  assert.throws(() => openAuditLog('/proc/none/audit.log', silentLog), /name a file in a folder of its own/);
});
