/** Compiles a bundle once, so that not even its first start has to. */
import { spawn } from 'node:child_process';
import { basename, join } from 'node:path';
import type { Metafile } from './bundle.ts';

/** What `up` loads in its processes; the rest is compiled when it is first used. */
const entries = [
  'cli/commands/up.ts',
  'cli/run/run.ts',
  'cli/commands/server.ts',
  'cluster/embedded/server.ts',
  'cluster/embedded/agent.ts',
  'cli/run/platform.ts',
  // For the certificates of a first start.
  'cluster/apiserver/pki/issue.ts',
  'node_modules/reflect-metadata/Reflect.js',
  'node_modules/@peculiar/x509/build/x509.es.js',
];

/** Lies in the bundle, so that an unpacked archive can do this too: compiled code holds the paths of its sources. */
export const warmName = 'warm.js';

/** A program that loads what `up` loads, and leaves the code that was compiled. */
export function warmProgram({ outputs }: Pick<Metafile, 'outputs'>): string {
  const chunkOf = new Map(Object.entries(outputs).map(([path, { entryPoint }]) => [entryPoint, path]));
  const chunks = entries.map(entry => chunkOf.get(entry)).filter(path => path !== undefined);
  // In the order given: the certificate library expects reflection to be there.
  const loads = chunks.map(path => `await import(${JSON.stringify(`./${basename(path)}`)});\n`);
  return `${loads.join('')}process.getBuiltinModule('node:module').flushCompileCache();\nprocess.exit(0);\n`;
}

/**
 * Fills Node's compile cache in `cache` with the code of the bundle in `folder`. Keys are paths relative to `cache`: a copy of both
 * folders, side by side, is warm too. A failure costs nothing but time later, and is not reported.
 */
export function warm(folder: string, cache: string): Promise<void> {
  const child = spawn(process.execPath, [join(folder, warmName)], {
    stdio: 'ignore',
    env: { ...process.env, NODE_COMPILE_CACHE: cache, NODE_COMPILE_CACHE_PORTABLE: '1' },
  });
  return new Promise(resolve => {
    child.on('error', () => resolve());
    child.on('exit', () => resolve());
  });
}
