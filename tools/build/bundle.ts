/** What esbuild is told, and what its complaint looks like. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type BuildFailure, type Message, type Metafile } from 'esbuild';
import { builtinsByName } from './builtins.ts';
import { revisionOf } from './revision.ts';

export type { Metafile };

const root = join(import.meta.dirname, '../..');

/** Packages in CommonJS call `require` for Node's own modules; an ES module has none. */
const requireShim = `const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);`;

/** A source that cannot be bundled; the message names file, line and reason. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
}

/**
 * Writes the program into `directory` as `main.js` and chunks: what a command imports dynamically is in chunks of its own.
 * @returns esbuild's account of what went where.
 * @throws BundleError
 */
export async function bundleInto(directory: string): Promise<Metafile> {
  try {
    const { metafile } = await build({
      absWorkingDir: root,
      // Threads have programs of their own.
      entryPoints: { main: 'cli/main.ts', 'hash-thread': 'platform/server/node/hash-thread.ts' },
      outdir: directory,
      bundle: true,
      splitting: true,
      metafile: true,
      format: 'esm',
      platform: 'node',
      // ES modules where a package has both: only of these can single exports be taken by a dynamic import.
      mainFields: ['module', 'main'],
      target: 'node24',
      define: { ORRERY_REVISION: JSON.stringify(revisionOf(root)) },
      // Less to read and to keep in memory; names stay, so that stacks and profiles can be read.
      minifyWhitespace: true,
      minifySyntax: true,
      chunkNames: 'chunk-[hash]',
      legalComments: 'none',
      logLevel: 'silent',
      banner: { js: requireShim },
      plugins: [builtinsByName],
    });
    await markModules(directory);
    return metafile;
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    throw errors ? new BundleError(errors.map(line).join('\n')) : error;
  }
}

/** A copy elsewhere has no package around it: Node.js would parse each file twice to find out what it is, and keep what it found. */
async function markModules(directory: string): Promise<void> {
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }\n');
}

const line = ({ text, location }: Message): string =>
  location ? `${location.file}:${location.line}:${location.column + 1}: ${text}` : text;
