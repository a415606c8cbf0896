/**
 * The platform is a guest, and the console its client: both must type-check in a copy of this repository that has no cluster/ at all. Tests stay behind, since they
 * run it on our own cluster.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const rooms = ['base', 'platform', 'console'];
const isTest = (path: string): boolean => /(\.test\.ts|\/(testing|conformance)(\.ts)?)$/.test(path);

const copy = mkdtempSync(join(tmpdir(), 'orrery-guest-'));
try {
  for (const room of rooms)
    cpSync(join(root, room), join(copy, room), { recursive: true, filter: path => !isTest(path) });
  cpSync(join(root, 'package.json'), join(copy, 'package.json'));
  linkModules();
  // The console has a configuration of its own, since it runs in browsers.
  cpSync(join(root, 'tsconfig.json'), join(copy, 'tsconfig.json'));
  const statuses = [copy, join(copy, 'console')].map(
    project => spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', project], { stdio: 'inherit' }).status ?? 1,
  );
  process.exitCode = Math.max(...statuses);
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
