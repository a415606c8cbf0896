/** Reads the tree once: every source file with its syntax tree and imports, every Markdown file. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseSync } from 'oxc-parser';
import type { Program } from '@oxc-project/types';

export interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

export interface Source {
  /** From the root, with forward slashes. */
  readonly path: string;
  readonly text: string;
  readonly lineOf: (offset: number) => number;
  readonly program: Program;
  readonly imports: readonly Import[];
  /** The package it belongs to, e.g. `base/http`; `test` for the black-box tests. */
  readonly room: string;
  readonly isTest: boolean;
  readonly isData: boolean;
}

export interface Finding {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  /** One sentence: what is wrong and what to do. */
  readonly message: string;
}

export interface Tree {
  readonly root: string;
  readonly sources: readonly Source[];
  readonly documents: readonly { readonly path: string; readonly text: string }[];
  /** Every file and folder, from the root. */
  readonly paths: ReadonlySet<string>;
  /** Package name to room and its exports. */
  readonly packages: ReadonlyMap<string, { readonly room: string; readonly exports: Readonly<Record<string, string>> }>;
}

const leftOut = new Set(['node_modules', '.git', '.build']);

export function readTree(root: string): Tree {
  const paths = new Set<string>();
  const files: string[] = [];
  const walk = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (leftOut.has(entry.name)) continue;
      const path = join(folder, entry.name);
      paths.add(relative(root, path));
      if (entry.isDirectory()) walk(path);
      else files.push(relative(root, path));
    }
  };
  walk(root);
  const read = (path: string) => readFileSync(join(root, path), 'utf8');
  const packages = new Map<string, { room: string; exports: Record<string, string> }>();
  for (const path of files.filter(path => path.endsWith('/package.json'))) {
    const { name, exports = {} } = JSON.parse(read(path)) as { name: string; exports?: Record<string, string> };
    packages.set(name, { room: dirname(path), exports });
  }
  const rooms = [...packages.values()].map(({ room }) => room);
  const sources = files.filter(path => /\.tsx?$/.test(path)).map(path => parse(path, read(path), rooms));
  const documents = files.filter(path => path.endsWith('.md')).map(path => ({ path, text: read(path) }));
  return { root, sources, documents, paths, packages };
}

function parse(path: string, text: string, rooms: readonly string[]): Source {
  const { program, module, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse: ${errors[0]!.message}`);
  const newlines: number[] = [];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) newlines.push(at);
  const statics = module.staticImports.map(found => ({
    specifier: found.moduleRequest.value,
    typeOnly: found.entries.length > 0 && found.entries.every(entry => entry.isType),
  }));
  const exported = module.staticExports.flatMap(found =>
    found.entries
      .filter(entry => entry.moduleRequest)
      .map(entry => ({ specifier: entry.moduleRequest!.value, typeOnly: entry.isType })),
  );
  const dynamic = module.dynamicImports.flatMap(found => {
    const literal = /^['"`](.*)['"`]$/.exec(text.slice(found.moduleRequest.start, found.moduleRequest.end));
    return literal ? [{ specifier: literal[1]!, typeOnly: true }] : [];
  });
  return {
    path,
    text,
    program,
    imports: [...statics, ...exported, ...dynamic],
    lineOf: offset => 1 + lowerBound(newlines, offset),
    room: rooms.find(room => path.startsWith(`${room}/`)) ?? path.split('/')[0]!,
    isTest: /(^test\/|\.test\.ts$|\/(testing|conformance|fixtures)(\/|\.ts$))/.test(path),
    isData: path.endsWith('.data.ts'),
  };
}

function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The file that an import means, from the root; undefined for Node's modules and foreign packages. */
export function resolve(tree: Tree, from: Source, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return join(dirname(from.path), specifier);
  const [scope, name, ...rest] = specifier.split('/');
  const found = tree.packages.get(`${scope}/${name}`);
  if (!found) return undefined;
  const target = found.exports[rest.length > 0 ? `./${rest.join('/')}` : '.'];
  return target === undefined ? undefined : join(found.room, target);
}

/** Calls `visit` for every node of a tree, parents first. */
export function walk(
  node: unknown,
  visit: (node: SyntaxNode, parents: readonly SyntaxNode[]) => void,
  parents: SyntaxNode[] = [],
): void {
  if (Array.isArray(node)) {
    for (const item of node) walk(item, visit, parents);
    return;
  }
  if (node === null || typeof node !== 'object') return;
  const here = node as SyntaxNode;
  const isNode = typeof here.type === 'string';
  if (isNode) {
    visit(here, parents);
    parents.push(here);
  }
  for (const value of Object.values(here)) if (typeof value === 'object') walk(value, visit, parents);
  if (isNode) parents.pop();
}

export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}
