import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const directory = mkdtempSync(join(tmpdir(), 'orrery-limit-'));
after(() => rmSync(directory, { recursive: true }));

const files = {
  'hangs.test.ts': "import { createServer } from 'node:net';\nimport { test } from 'node:test';\n".concat(
    "test('it hangs', async () => { createServer().listen(0, '127.0.0.1'); await new Promise(() => {}); });\n",
  ),
  'ends.test.ts': "import { test } from 'node:test';\ntest('it ends', () => {});\n",
};

test('a file that does not end is named with what it waits for, and costs no other', () => {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  const limit = new URL('limit.ts?minutes=0.05', import.meta.url).href;
  // As from a command line: not as a test of this one.
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const names = Object.keys(files).map(name => join(directory, name));
  const args = ['--import', limit, '--test', '--test-reporter=spec', ...names];
  const { status, stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stdout, /hangs\.test\.ts did not end within 0\.05 minutes; it waits for\n.*TCPServerWrap/);
  assert.match(stdout, /"type":"tcp".*"ip4":"127\.0\.0\.1"/);
  assert.match(stdout, /✔ it ends/);
  assert.match(stdout, /^ℹ pass 1$/m);
  assert.match(stdout, /^ℹ fail 1$/m);
});
