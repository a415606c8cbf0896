/** The launcher: what it does once, it does not do again. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { equal, match } from 'node:assert/strict';
import { launcher, root } from './support/cluster.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-launcher-'));
after(() => rmSync(folder, { recursive: true }));

test('a second start touches neither npm nor the bundler', () => {
  execFileSync(launcher, ['version']);
  const called = join(folder, 'called');
  writeFileSync(join(folder, 'npm'), `#!/bin/sh\ntouch ${called}\n`, { mode: 0o755 });
  const bundle = () =>
    [realpathSync(join(root, '.build/current')), statSync(join(root, '.build/stamp')).mtimeMs].join();
  const before = bundle();
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}` };
  match(execFileSync(launcher, ['version'], { env, encoding: 'utf8' }), /^orrery /);
  equal(existsSync(called), false);
  equal(bundle(), before);
});
