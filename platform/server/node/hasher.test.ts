/** The thread that hashes: who asked it is answered, whatever becomes of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { systemClock } from '@orrery/machinery/clock';
import { createHasher } from './hasher.ts';

/** What the thread does with a question. */
function threadOf(t: TestContext, answer: string): URL {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-hasher-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'thread.mjs');
  writeFileSync(
    path,
    `import { parentPort } from 'node:worker_threads';\nparentPort.on('message', ({ id }) => { ${answer} });\n`,
  );
  return pathToFileURL(path);
}

test('a thread that ends without a word leaves nobody waiting, and the next question has another', async t => {
  const hasher = createHasher(systemClock, threadOf(t, 'process.exit(0);'));
  for (const password of ['a', 'b'])
    await assert.rejects(hasher.hash(password, 10), /the thread that hashes has ended/);
  await hasher.close();
});

test('of a thread that fails those who wait are told why', async t => {
  const hasher = createHasher(systemClock, threadOf(t, "throw new Error('no memory');"));
  const asked = [hasher.hash('a', 10), hasher.compare('a', 'b')];
  for (const each of asked) await assert.rejects(each, { message: 'no memory' });
  await hasher.close();
});

test('who waits when it is closed is told, and nobody is taken after it', async t => {
  const hasher = createHasher(systemClock, threadOf(t, ''));
  const asked = assert.rejects(hasher.hash('a', 10), /the platform is closing/);
  await hasher.close();
  await asked;
  await assert.rejects(hasher.hash('a', 10), /the platform is closing/);
});
