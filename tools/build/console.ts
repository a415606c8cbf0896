/**
 * The console as files: built by Vite, compressed beforehand, with a manifest that the platform reads. It is kept by the content of its sources,
 * so that a change elsewhere costs nothing.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { BundleError } from './bundle.ts';
import { packagesOf } from './licences.ts';

const root = join(import.meta.dirname, '../..');
/** Rooms that the console may import (tools/tidy/layers.ts): a change in one of them may change it. */
const rooms = [
  'console',
  'platform/contract',
  'platform/kinds',
  'base/machinery',
  'base/kinds',
  'base/http',
  'base/client',
];
const sources = [...rooms, 'package-lock.json', 'tools/build/console.ts', 'tsconfig.json'];
/** Smaller files are not worth a second form. */
const compressedBytesMin = 600;
/** Builds that stay: one goes back and forth between branches. */
const keptBuilds = 3;

/** Fills `directory` with the console; `cache` keeps what was built before. @throws BundleError for sources that cannot be built. */
export async function buildConsole(directory: string, cache: string): Promise<void> {
  const kept = join(cache, await hashOfSources());
  if (!existsSync(kept)) {
    const next = join(cache, `next-${process.pid}`);
    await rm(next, { recursive: true, force: true });
    try {
      await finish(next, await viteBuild(next));
      await rename(next, kept);
    } finally {
      await rm(next, { recursive: true, force: true });
    }
    await removeOld(cache, kept);
  }
  await cp(kept, directory, { recursive: true });
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256').update(process.version);
  for (const source of sources) {
    for (const path of await filesBelow(join(root, source))) {
      if (/\.test\.ts$|\.md$/.test(path)) continue;
      hash
        .update(relative(root, path))
        .update('\0')
        .update(await readFile(path))
        .update('\0');
    }
  }
  return `console-${hash.digest('hex').slice(0, 16)}`;
}

async function filesBelow(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (entries === undefined) return [path];
  return entries
    .filter(entry => entry.isFile() && !entry.parentPath.includes('node_modules'))
    .map(entry => join(entry.parentPath, entry.name))
    .sort();
}

/** @returns the packages of others that went into it. */
async function viteBuild(outDir: string): Promise<string[]> {
  await mkdir(outDir, { recursive: true });
  // Loaded here: most builds find the console unchanged.
  const { build } = await import('vite');
  try {
    const built = await build({
      root: join(root, 'console'),
      logLevel: 'silent',
      build: { outDir, emptyOutDir: true },
    });
    const outputs = Array.isArray(built) ? built : 'output' in built ? [built] : [];
    return packagesOf(
      outputs.flatMap(({ output }) => output.flatMap(part => ('moduleIds' in part ? part.moduleIds : []))),
    );
  } catch (error) {
    throw new BundleError(error instanceof Error ? error.message : String(error));
  }
}

interface ManifestFile {
  readonly immutable?: true;
  readonly encodings?: readonly ('br' | 'gzip')[];
}

interface Manifest {
  readonly files: Readonly<Record<string, ManifestFile>>;
  /** Folders, for their licences. */
  readonly packages: readonly string[];
}

/** Compresses what is worth it, and writes the list of all. */
async function finish(directory: string, packages: readonly string[]): Promise<void> {
  const paths = await filesBelow(directory);
  const files = await Promise.all(
    paths.map(async (path): Promise<[string, ManifestFile]> => {
      const name = relative(directory, path);
      // Vite puts a hash of the content into the names of these.
      const immutable = name.startsWith('assets/') && { immutable: true as const };
      // The page is filled in for each answer: it cannot be compressed beforehand.
      const encodings = name === 'index.html' ? [] : await compress(path);
      return [name, { ...immutable, ...(encodings.length > 0 && { encodings }) }];
    }),
  );
  const manifest: Manifest = { files: Object.fromEntries(files), packages };
  await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest, null, 1));
}

/** The packages of others that a finished console has, from `node_modules` on. */
export async function packagesOfConsole(directory: string): Promise<readonly string[]> {
  return (JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as Manifest).packages;
}

async function compress(path: string): Promise<('br' | 'gzip')[]> {
  const bytes = await readFile(path);
  if (bytes.length < compressedBytesMin) return [];
  // The highest quality takes seconds for a few percent.
  const br = await promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } });
  await Promise.all([writeFile(`${path}.br`, br), writeFile(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }))]);
  return ['br', 'gzip'];
}

async function removeOld(cache: string, kept: string): Promise<void> {
  const names = (await readdir(cache)).filter(name => name.startsWith('console-') && join(cache, name) !== kept);
  // Which is older does not matter much; no build is lost that cannot be made again.
  await Promise.all(
    names.slice(0, -(keptBuilds - 1)).map(name => rm(join(cache, name), { recursive: true, force: true })),
  );
}

/** What a browser fetches before the first page is there: the page, what it names, and what that imports at once; in bytes of gzip. */
export async function firstLoad(
  directory: string,
): Promise<{ readonly bytes: number; readonly files: readonly string[] }> {
  const page = await readFile(join(directory, 'index.html'), 'utf8');
  const named = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(match => match[1]!);
  const found = new Set(['index.html', ...named]);
  for (const name of found) {
    if (!name.endsWith('.js')) continue;
    const code = await readFile(join(directory, name), 'utf8');
    for (const [, other = ''] of code.matchAll(/(?:from|import)\s*["']\.\/([^"']+)["']/g)) found.add(`assets/${other}`);
  }
  const files = [...found];
  const sizes = await Promise.all(
    files.map(async name => (await promisify(gzip)(await readFile(join(directory, name)), { level: 9 })).length),
  );
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), files };
}
