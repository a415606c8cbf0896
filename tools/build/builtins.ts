/**
 * Modules of Node's own of which single exports are expensive. An `import` makes Node read every export there is: for `node:http` it
 * then loads a whole second HTTP client (14 MB and 25 ms for each process) for a name that nobody asked for.
 */
import type { Plugin } from 'esbuild';

/** Only these: every replaced module is one more chunk to open. */
const expensive = /^(node:)?http$/;
const namespace = 'node-builtin';

/** Replaces `import { a } from 'node:http'` by a read of `a` alone. `require` is left as it is: it reads no exports. */
export const builtinsByName: Plugin = {
  name: 'builtins by name',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: expensive }, ({ path, kind }) =>
      kind === 'require-call' || kind === 'require-resolve'
        ? { path, external: true }
        : { path: path.startsWith('node:') ? path : `node:${path}`, namespace, sideEffects: false },
    );
    onLoad({ filter: /.*/, namespace }, ({ path }) => ({ contents: shimOf(path), loader: 'js' }));
  },
};

/** A module with the same exports, of which the bundler drops those that are not used. @throws when Node has no such module. */
export function shimOf(path: string): string {
  const exported = process.getBuiltinModule(path);
  if (exported === undefined) throw new Error(`Node.js ${process.version} has no module "${path}"`);
  // Keys, not values: reading a value is what is to be avoided.
  const named = Object.keys(exported).filter(name => name !== 'default');
  return [
    `const all = /* @__PURE__ */ process.getBuiltinModule(${JSON.stringify(path)});`,
    'const take = name => all[name];',
    ...named.map((name, at) => `const e${at} = /* @__PURE__ */ take(${JSON.stringify(name)});`),
    `export { ${named.map((name, at) => `e${at} as ${name}`).join(', ')} };`,
    'export default all;',
  ].join('\n');
}
