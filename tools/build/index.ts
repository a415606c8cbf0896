/**
 * Bundles the command line and everything it starts, with the data files beside it: `node tools/build/index.ts OUT`.
 *
 * A bundle starts in a seventh of the time that the .ts files take. It lands in a folder named by its content, and `OUT/current`
 * is switched to it in one step, so that a running cluster keeps the files it was started from.
 * `node tools/build/index.ts OUT loads FILE...` then prints what these sources load at their start.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { buildData } from '@orrery/gen';
import { BundleError, bundleInto, type Metafile } from './bundle.ts';
import { buildConsole, packagesOfConsole } from './console.ts';
import { noticeOf, packagesOf, sentencesPackage } from './licences.ts';
import { loadsOf, printLoads } from './loads.ts';
import { warm, warmName, warmProgram } from './warm.ts';

const root = join(import.meta.dirname, '../..');
/** Old bundles that stay for clusters still running from them. */
const keptBundles = 3;
/** A half-made folder older than this was left by a build that was killed. */
const abandonedMs = 10 * 60_000;

async function buildBundle(out: string): Promise<Metafile> {
  const next = join(out, `next-${process.pid}`);
  await rm(next, { recursive: true, force: true });
  await mkdir(next, { recursive: true });
  try {
    // All must have ended before anything is cleaned up.
    const [program, data, pages] = await Promise.allSettled([
      bundleInto(next),
      buildData(join(next, 'data')),
      buildConsole(join(next, 'console'), join(out, 'consoles')),
    ]);
    for (const part of [program, data, pages]) if (part.status === 'rejected') throw part.reason;
    const { value: metafile } = program as PromiseFulfilledResult<Metafile>;
    await writeFile(join(next, warmName), warmProgram(metafile));
    await writeFile(join(next, 'NOTICE'), await noticeOf(root, await packagesIn(next, metafile)));
    const target = join(out, await hashOf(next));
    if (!existsSync(target)) await rename(next, target);
    // The folder was written to a moment ago: the file system's own clock, by which all ages are told.
    const { mtimeMs: now } = await stat(out);
    await utimes(target, new Date(now), new Date(now));
    await switchTo(out, target);
    await removeOld(out, now);
    await warm(target, join(out, 'cache'));
    return metafile;
  } finally {
    await rm(next, { recursive: true, force: true });
  }
}

/** Whatever of others is in the program, the console and the data. */
async function packagesIn(folder: string, { inputs }: Metafile): Promise<string[]> {
  const pages = await packagesOfConsole(join(folder, 'console'));
  return [...new Set([...packagesOf(Object.keys(inputs)), ...pages, sentencesPackage])].sort();
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

async function removeOld(out: string, now: number): Promise<void> {
  const names = await readdir(out);
  const aged = async (prefix: string) =>
    Promise.all(
      names
        .filter(name => name.startsWith(prefix))
        .map(async name => ({ path: join(out, name), time: (await stat(join(out, name))).mtimeMs })),
    );
  const bundles = (await aged('bundle-')).toSorted((a, b) => b.time - a.time).slice(keptBundles);
  const abandoned = (await aged('next-')).filter(({ time }) => now - time > abandonedMs);
  // Compiled code is kept by the path of its chunk: that of former bundles would stay for ever.
  const gone = [...bundles.map(({ path }) => path), ...abandoned.map(({ path }) => path), join(out, 'cache')];
  await Promise.all(gone.map(path => rm(path, { recursive: true, force: true })));
}

const [out, command, ...entries] = process.argv.slice(2);
if (!out) throw new Error('usage: node tools/build/index.ts OUT [loads FILE...]');
try {
  const metafile = await buildBundle(resolve(out));
  if (command === 'loads')
    for (const entry of entries) console.log(`${entry}\n${printLoads(loadsOf(metafile, entry))}`);
} catch (error) {
  if (!(error instanceof BundleError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
