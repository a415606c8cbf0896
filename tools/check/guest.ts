/**
 * The platform is a guest: it must type-check in a copy of this repository that has no cluster/ at all. Tests stay behind, since they
 * run it on our own cluster.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const rooms = ['base', 'platform'];
const isTest = (path: string): boolean => /(\.test\.ts|\/(testing|conformance)(\.ts)?)$/.test(path);

const copy = mkdtempSync(join(tmpdir(), 'orrery-guest-'));
try {
  for (const room of rooms)
    cpSync(join(root, room), join(copy, room), { recursive: true, filter: path => !isTest(path) });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  linkModules();
  const config = { extends: './base.json', include: rooms.map(room => `${room}/**/*.ts`) };
  cpSync(join(root, 'tsconfig.json'), join(copy, 'base.json'));
  writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify(config));
  const { status } = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', copy], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(copy, { recursive: true });
}

/** Foreign packages as installed; of ours only those that were copied. */
function linkModules(): void {
  cpSync(join(root, 'node_modules'), join(copy, 'node_modules'), {
    recursive: true,
    verbatimSymlinks: true,
    filter: path => path === join(root, 'node_modules') || path.startsWith(join(root, 'node_modules/@orrery')),
  });
  for (const name of readdirSync(join(root, 'node_modules'))) {
    if (name !== '@orrery') symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  }
}
