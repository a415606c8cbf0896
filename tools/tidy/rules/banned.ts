/** Calls that would make a run unrepeatable, and escapes from the type checker; each with its replacement. */
import { walk, type Finding, type Source, type SyntaxNode, type Tree } from '../source.ts';

/** The modules that wrap the real thing. */
const home = ['base/machinery/clock.ts', 'base/machinery/random.ts', 'base/machinery/webcrypto.ts'];

const bannedCalls: Readonly<Record<string, string>> = {
  'Date.now': 'take a Clock and call now()',
  'performance.now': 'take a Clock and call monotonic()',
  'process.hrtime': 'take a Clock and call monotonic()',
  setTimeout: 'take a Clock and call after() or sleep()',
  setInterval: 'take a Clock and call every()',
  'Math.random': 'take a Random and call float()',
  'crypto.randomUUID': 'take a Random and call uuid()',
  randomUUID: 'take a Random and call uuid()',
  'crypto.getRandomValues': 'take a Random and call bytes()',
};

export function banned(tree: Tree): Finding[] {
  return tree.sources
    .filter(source => !home.includes(source.path))
    .flatMap(source => [...calls(source), ...comments(source)]);
}

/** Tests and developers' tools run in real time; what ships does not. */
const runsInRealTime = (source: Source): boolean => source.isTest || source.room.startsWith('tools/');

function calls(source: Source): Finding[] {
  if (runsInRealTime(source)) return [];
  const found: Finding[] = [];
  walk(source.program, node => {
    const name = calledName(node);
    const remedy = name !== undefined && Object.hasOwn(bannedCalls, name) ? bannedCalls[name] : undefined;
    if (remedy)
      found.push({
        rule: 'banned',
        path: source.path,
        line: source.lineOf(node.start),
        message: `calls ${name}: ${remedy}`,
      });
  });
  return found;
}

function calledName(node: SyntaxNode): string | undefined {
  if (node.type === 'NewExpression') {
    const { name } = node.callee as { name?: string };
    return name === 'Date' && (node.arguments as unknown[]).length === 0 ? 'Date.now' : undefined;
  }
  if (node.type !== 'CallExpression') return undefined;
  const callee = node.callee as SyntaxNode & {
    name?: string;
    object?: { name?: string };
    property?: { name?: string };
  };
  if (callee.type === 'Identifier') return callee.name;
  return callee.type === 'MemberExpression' ? `${callee.object?.name}.${callee.property?.name}` : undefined;
}

const bannedComment = /@ts-(ignore|expect-error|nocheck)|\b(TODO|FIXME|XXX)\b/;

function comments(source: Source): Finding[] {
  if (source.room === 'tools/tidy') return [];
  return source.text.split('\n').flatMap((text, index) => {
    const found = bannedComment.exec(text);
    return found
      ? [{ rule: 'banned', path: source.path, line: index + 1, message: `has ${found[0]}: finish it, or leave it out` }]
      : [];
  });
}
