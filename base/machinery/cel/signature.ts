/** Signatures of functions as short texts: `list(T).slice(int, int): list(T)`, `optional.of(V): optional(V)`. */
import * as types from './types.ts';
import type { Type } from './types.ts';

export interface Signature {
  readonly name: string;
  readonly isMethod: boolean;
  readonly params: readonly Type[];
  readonly result: Type;
  readonly generics: readonly string[];
}

const named: Readonly<Record<string, Type>> = {
  dyn: types.dynType,
  null: types.nullType,
  bool: types.boolType,
  int: types.intType,
  uint: types.uintType,
  double: types.doubleType,
  string: types.stringType,
  bytes: types.bytesType,
  timestamp: types.timestampType,
  duration: types.durationType,
  type: types.typeType(),
};

/** Types of Kubernetes' libraries, by the names used in signatures. Those of kind struct may be compared with null. */
export const libraryTypes = {
  URL: types.structType('kubernetes.URL'),
  Quantity: types.structType('kubernetes.Quantity'),
  IP: types.opaqueType('net.IP'),
  CIDR: types.opaqueType('net.CIDR'),
  Format: types.structType('kubernetes.NamedFormat'),
  Semver: types.structType('kubernetes.Semver'),
  Authorizer: types.structType('kubernetes.authorization.Authorizer'),
  PathCheck: types.structType('kubernetes.authorization.PathCheck'),
  GroupCheck: types.structType('kubernetes.authorization.GroupCheck'),
  ResourceCheck: types.structType('kubernetes.authorization.ResourceCheck'),
  Decision: types.structType('kubernetes.authorization.Decision'),
} as const;

/** Functions whose names have a dot. */
const namespaces = new Set([
  'optional',
  'strings',
  'lists',
  'sets',
  'base64',
  'format',
  'ip',
  'jsonpatch',
  'cel',
  'math',
]);

export function parseSignature(text: string): Signature {
  const generics = new Set<string>();
  const end = matching(text, text.lastIndexOf('):'));
  const result = typeOf(text.slice(text.lastIndexOf('):') + 3), generics);
  const head = text.slice(0, end);
  const args = split(text.slice(end + 1, text.lastIndexOf('):'))).map(part => typeOf(part, generics));
  const dot = head.lastIndexOf('.');
  const receiver =
    dot > 0 && /^[A-Za-z]/.test(head) && !namespaces.has(head.slice(0, dot))
      ? typeOf(head.slice(0, dot), generics)
      : undefined;
  return {
    name: receiver ? head.slice(dot + 1) : head,
    isMethod: receiver !== undefined,
    params: receiver ? [receiver, ...args] : args,
    result,
    generics: [...generics],
  };
}

/** The place of the parenthesis that the one at `end` closes. */
function matching(text: string, end: number): number {
  let depth = 0;
  for (let at = end; at >= 0; at--) {
    if (text[at] === ')') depth++;
    if (text[at] === '(' && --depth === 0) return at;
  }
  throw new Error(`no signature: ${text}`);
}

/** Parts between commas that are not inside parentheses. */
function split(text: string): string[] {
  if (text === '') return [];
  const parts: string[] = [''];
  let depth = 0;
  for (const letter of text) {
    if (letter === '(') depth++;
    if (letter === ')') depth--;
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts.map(part => part.trim());
}

function typeOf(text: string, generics: Set<string>): Type {
  const open = text.indexOf('(');
  if (open > 0) {
    const params = split(text.slice(open + 1, -1)).map(part => typeOf(part, generics));
    const name = text.slice(0, open);
    if (name === 'list') return types.listType(params[0]!);
    if (name === 'map') return types.mapType(params[0]!, params[1]!);
    if (name === 'type') return types.typeType(params[0]);
    return types.optionalType(params[0]!);
  }
  if (Object.hasOwn(named, text)) return named[text]!;
  if (text in libraryTypes) return libraryTypes[text as keyof typeof libraryTypes];
  if (!/^[A-Z]$/.test(text)) throw new Error(`no type: ${text}`);
  generics.add(text);
  return types.paramType(text);
}
