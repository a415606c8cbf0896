/** .helmignore: which files of a folder are no part of the chart. Pure. */
import { ChartError } from '../errors.ts';
import { compileGlob } from './glob.ts';

interface Rule {
  readonly isExcept: boolean;
  readonly onlyFolders: boolean;
  readonly matches: (path: string) => boolean;
}

function ruleOf(line: string): Rule | undefined {
  const written = line.trim();
  if (written === '' || written.startsWith('#')) return undefined;
  if (written.includes('**')) throw new ChartError('double-star (**) syntax is not supported');
  const isExcept = written.startsWith('!');
  const bare = isExcept ? written.slice(1) : written;
  const onlyFolders = bare.endsWith('/');
  const pattern = bare.replace(/\/$/, '');
  const isRooted = pattern.includes('/');
  const glob = compileGlob(pattern.replace(/^\//, '').replace(/[{},]/g, '\\$&'));
  if (!glob) throw new ChartError(`.helmignore: syntax error in pattern ${JSON.stringify(written)}`);
  return {
    isExcept,
    onlyFolders,
    matches: path => glob.test(isRooted ? path : path.slice(path.lastIndexOf('/') + 1)),
  };
}

function isIgnored(rules: readonly Rule[], path: string, isFolder: boolean): boolean {
  for (const { isExcept, onlyFolders, matches } of rules) {
    if (isExcept) {
      if (onlyFolders && !isFolder) return true;
      if (!matches(path)) return true;
    } else if (!(onlyFolders && !isFolder) && matches(path)) return true;
  }
  return false;
}

/** The files that are left. A folder that is ignored takes what is in it along. */
export function withoutIgnored(files: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  const written = files.get('.helmignore');
  const lines = written === undefined ? [] : Buffer.from(written).toString().split(/\r?\n/);
  const rules = [...lines, 'templates/.?*'].map(ruleOf).filter(rule => rule !== undefined);
  return new Map(
    [...files].filter(([path]) => {
      const parts = path.split('/');
      const folders = parts.slice(0, -1).map((_, at) => parts.slice(0, at + 1).join('/'));
      return !folders.some(folder => isIgnored(rules, folder, true)) && !isIgnored(rules, path, false);
    }),
  );
}
