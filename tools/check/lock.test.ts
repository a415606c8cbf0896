/** package-lock.json is whole: npm writes one that `npm ci` refuses when it runs beside packages of a single platform. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

interface Entry {
  readonly link?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly integrity?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const root = join(import.meta.dirname, '../..');
const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as { packages: Record<string, Entry> };
const entries = Object.entries(lock.packages);

/** As Node resolves: the nearest `node_modules` above. */
function isLocked(name: string, from: string): boolean {
  for (let place = from; ; place = place.slice(0, Math.max(place.lastIndexOf('/node_modules/'), 0))) {
    if (lock.packages[place === '' ? `node_modules/${name}` : `${place}/node_modules/${name}`]) return true;
    if (place === '') return false;
  }
}

test('every dependency of a locked package is locked, also those of other platforms', () => {
  const missing = entries.flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter(name => !isLocked(name, path))
      .map(name => `${name}, needed by ${path}`),
  );
  assert.deepEqual(missing, []);
});

const isForOurMachines = ({ os, cpu, libc }: Entry): boolean =>
  (os?.includes('linux') ?? true) && /x64|arm64/.test(cpu?.join() ?? 'x64') && (libc?.includes('glibc') ?? true);

test('what is installed on Linux is known by its checksum', () => {
  const unknown = entries.filter(
    ([path, entry]) =>
      path.startsWith('node_modules/') && !entry.link && isForOurMachines(entry) && entry.integrity === undefined,
  );
  assert.deepEqual(
    unknown.map(([path]) => path),
    [],
  );
});
