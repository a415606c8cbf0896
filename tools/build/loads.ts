/** What a part of the program loads before its first line runs: the reason why start-up and memory are what they are. */
import type { Metafile } from './bundle.ts';

/** Room (`cluster/store`) or package (`npm:ws`) to the bytes of it that are loaded. */
export type Loads = ReadonlyMap<string, number>;

/**
 * What is loaded when the source file `entry` (a path from the root, imported dynamically or the program itself) is: all chunks
 * that its chunk imports statically, and theirs.
 * @throws when `entry` is not the beginning of a chunk.
 */
export function loadsOf({ outputs }: Pick<Metafile, 'outputs'>, entry: string): Loads {
  const first = Object.keys(outputs).find(path => outputs[path]!.entryPoint === entry);
  if (first === undefined) throw new Error(`${entry} has no chunk of its own: nothing imports it dynamically`);
  const seen = new Set([first]);
  for (const path of seen) {
    for (const { path: next, kind } of outputs[path]!.imports)
      if (kind === 'import-statement' && outputs[next]) seen.add(next);
  }
  const loads = new Map<string, number>();
  for (const path of seen) {
    for (const [input, { bytesInOutput }] of Object.entries(outputs[path]!.inputs)) {
      const place = placeOf(input);
      loads.set(place, (loads.get(place) ?? 0) + bytesInOutput);
    }
  }
  return new Map([...loads].filter(([, bytes]) => bytes > 0).toSorted(([, a], [, b]) => b - a));
}

/** The room or package that a source file belongs to. */
export function placeOf(path: string): string {
  const inPackage = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  if (path.includes('node_modules/')) return `npm:${/^(@[^/]+\/)?[^/]+/.exec(inPackage)![0]}`;
  const [folder = '', room = ''] = path.split('/');
  return folder === 'cli' ? 'cli' : `${folder}/${room}`;
}

/** A line per room or package, largest first. */
export const printLoads = (loads: Loads): string =>
  [...loads].map(([place, bytes]) => `${(bytes / 1024).toFixed(0).padStart(7)} KiB  ${place}\n`).join('');
