/** Files and functions that a person reads in one sitting. Exceptions stand in ratchet.json with a number that only shrinks. */
import { walk, type Finding, type Source, type SyntaxNode, type Tree } from '../source.ts';

export interface Ratchet {
  readonly files: Readonly<Record<string, number>>;
  /** Keys are `path#name`. */
  readonly functions: Readonly<Record<string, number>>;
}

const fileLinesMax = 400;
const testFileLinesMax = 600;
const functionLinesMax = 70;
/** A view has a line per element. */
const viewFileLinesMax = 350;
const viewFunctionLinesMax = 120;

const isView = ({ path }: Source): boolean => path.endsWith('.tsx');

export function sizes(tree: Tree, ratchet: Ratchet): Finding[] {
  return tree.sources
    .filter(source => !source.isData)
    .flatMap(source => [...file(source, ratchet), ...functions(source, ratchet)]);
}

function file(source: Source, ratchet: Ratchet): Finding[] {
  const lines = source.text.split('\n').length - 1;
  const limit =
    ratchet.files[source.path] ?? (source.isTest ? testFileLinesMax : isView(source) ? viewFileLinesMax : fileLinesMax);
  if (lines <= limit) return [];
  return [
    {
      rule: 'sizes',
      path: source.path,
      line: 1,
      message: `has ${lines} lines, more than ${limit}: split it by what it does`,
    },
  ];
}

/** A function's own lines: those of functions inside it count there, so that a factory of small functions is not a long one. */
function functions(source: Source, ratchet: Ratchet): Finding[] {
  if (source.isTest) return [];
  const own = new Map<SyntaxNode, { name: string; lines: number }>();
  walk(source.program, (node, parents) => {
    if (!isFunction(node)) return;
    const lines = source.lineOf(node.end) - source.lineOf(node.start) + 1;
    const name = nameOf(node as Named) ?? nameOf(parents.at(-1) as Named | undefined) ?? 'anonymous';
    own.set(node, { name, lines });
    const outer = parents.findLast(isFunction);
    // Its first line is shared with what surrounds it.
    if (outer) own.get(outer)!.lines -= lines - 1;
  });
  return [...own].flatMap(([node, { name, lines }]) => {
    const limit =
      ratchet.functions[`${source.path}#${name}`] ?? (isView(source) ? viewFunctionLinesMax : functionLinesMax);
    if (lines <= limit) return [];
    const message = `${name} has ${lines} lines of its own, more than ${limit}: split it`;
    return [{ rule: 'sizes', path: source.path, line: source.lineOf(node.start), message }];
  });
}

const isFunction = (node: SyntaxNode): boolean =>
  /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression)$/.test(node.type);

interface Named {
  readonly id?: { readonly name?: string };
  readonly key?: { readonly name?: string };
}

const nameOf = (node: Named | undefined): string | undefined => node?.id?.name ?? node?.key?.name;
