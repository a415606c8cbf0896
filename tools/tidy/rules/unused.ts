/** Files that nothing reaches: not exported by their package, not imported, not started by a command. */
import { resolve, type Finding, type Tree } from '../source.ts';

/** What the launcher, the test command and the bundler start. */
const entries = [
  'cli/main.ts',
  'tools/build/index.ts',
  'tools/check/index.ts',
  'tools/check/packages.ts',
  'tools/check/guest.ts',
  'tools/check/limit.ts',
  'tools/bench/commits/index.ts',
  'tools/tidy/index.ts',
  'tools/gen/main.ts',
  'console/main.tsx',
  'console/vite.config.ts',
];

export function unused(tree: Tree): Finding[] {
  const reached = new Set<string>(entries);
  for (const { room, exports } of tree.packages.values()) {
    for (const target of Object.values(exports)) reached.add(`${room}/${target.slice(2)}`);
  }
  for (const source of tree.sources) {
    for (const { specifier } of source.imports) {
      const target = resolve(tree, source, specifier);
      if (target !== undefined && target !== source.path) reached.add(target);
    }
  }
  return tree.sources
    .filter(source => !source.isTest && !source.path.endsWith('.d.ts') && !reached.has(source.path))
    .map(({ path }) => ({ rule: 'unused', path, line: 1, message: 'is reached by nothing: delete it or use it' }));
}
