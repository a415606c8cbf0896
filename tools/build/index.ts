/**
 * Bundles the command line and everything it starts, with the data files beside it: `node tools/build/index.ts OUT`.
 *
 * A bundle starts in a seventh of the time that the .ts files take. It lands in a folder named by its content, and `OUT/current`
 * is switched to it in one step, so that a running cluster keeps the files it was started from.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildData } from '@orrery/gen';

/** Old bundles that stay for clusters still running from them. */
const keptBundles = 3;

/** Packages in CommonJS call `require` for Node's own modules; an ES module has none. */
const requireShim = `import { createRequire as orreryRequire } from 'node:module'; const require = orreryRequire(import.meta.url);`;

async function bundle(out: string): Promise<void> {
  const next = join(out, `next-${process.pid}`);
  await rm(next, { recursive: true, force: true });
  await mkdir(next, { recursive: true });
  await build({
    entryPoints: { main: 'cli/main.ts' },
    outdir: next,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    // ES modules where a package has both: only of these can single exports be taken by a dynamic import.
    mainFields: ['module', 'main'],
    target: 'node24',
    chunkNames: 'chunk-[hash]',
    legalComments: 'none',
    logLevel: 'warning',
    banner: { js: requireShim },
  });
  await buildData(join(next, 'data'));
  const target = join(out, await hashOf(next));
  if (existsSync(target)) await rm(next, { recursive: true });
  else await rename(next, target);
  await utimes(target, new Date(), new Date());
  await switchTo(out, target);
  await removeOld(out);
}

async function hashOf(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const names = (await readdir(folder, { recursive: true })).sort();
  for (const name of names) {
    const path = join(folder, name);
    if ((await stat(path)).isFile()) hash.update(name).update(await readFile(path));
  }
  return `bundle-${hash.digest('hex').slice(0, 12)}`;
}

async function switchTo(out: string, target: string): Promise<void> {
  const link = join(out, `current-${process.pid}`);
  await rm(link, { force: true });
  await symlink(target, link);
  await rename(link, join(out, 'current'));
}

async function removeOld(out: string): Promise<void> {
  const folders = (await readdir(out)).filter(name => name.startsWith('bundle-')).map(name => join(out, name));
  const aged = await Promise.all(folders.map(async path => ({ path, time: (await stat(path)).mtimeMs })));
  aged.sort((a, b) => b.time - a.time);
  await Promise.all(aged.slice(keptBundles).map(({ path }) => rm(path, { recursive: true, force: true })));
}

const out = process.argv[2];
if (!out) throw new Error('usage: node tools/build/index.ts OUT');
process.chdir(join(import.meta.dirname, '../..'));
await bundle(out);
