import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { warm, warmName, warmProgram } from './warm.ts';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'orrery-warm-')));
after(() => rmSync(root, { recursive: true, force: true }));

const output = (entryPoint?: string) => ({
  bytes: 0,
  exports: [],
  imports: [],
  inputs: {},
  ...(entryPoint && { entryPoint }),
});
const outputs = {
  'out/a.js': output('cli/run/run.ts'),
  'out/b.js': output('cli/commands/doctor.ts'),
  'out/c.js': output(),
};

/** What Node says about its cache when it imports the file. */
const heard = (file: string, cache: string): string => {
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', `import(${JSON.stringify(file)})`], {
    env: { NODE_COMPILE_CACHE: cache, NODE_COMPILE_CACHE_PORTABLE: '1', NODE_DEBUG_NATIVE: 'COMPILE_CACHE' },
    encoding: 'utf8',
  });
  return stdout + stderr;
};

test('what up loads is compiled, also for a copy of the two folders', async () => {
  const bundle = join(root, 'bundle');
  mkdirSync(bundle);
  for (const name of ['a', 'b', 'c']) writeFileSync(join(bundle, `${name}.js`), `export const ${name} = () => 1;\n`);
  writeFileSync(join(bundle, warmName), warmProgram({ outputs }));
  writeFileSync(join(bundle, 'package.json'), '{ "type": "module" }');
  await warm(bundle, join(root, 'cache'));
  const copy = join(root, 'elsewhere');
  cpSync(bundle, join(copy, 'bundle'), { recursive: true });
  cpSync(join(root, 'cache'), join(copy, 'compiled'), { recursive: true });
  assert.match(heard(join(copy, 'bundle/a.js'), join(copy, 'compiled')), /a\.js was accepted/);
  assert.doesNotMatch(heard(join(copy, 'bundle/b.js'), join(copy, 'compiled')), /b\.js was accepted/);
});

test('a bundle that cannot be loaded is no failure', async () => {
  await warm(join(root, 'nowhere'), join(root, 'other'));
});
