/** Filters of JSONPath: `(@.type=="Ready")`, `(@.spec.on)`, `(@.n > 3)`. One comparison, as upstream. */
import type { Reader } from './reader.ts';

/** Whether an element of a list stays; `root` is the list. */
export type Filter = (item: unknown, root: unknown) => boolean;

type Operand = (item: unknown, root: unknown) => unknown[];

/** Reads a filter behind its `?`. `path` reads an operand that begins with `@` or `$`. @throws Error. */
export function readFilter(reader: Reader, path: () => Operand): Filter {
  reader.space();
  reader.expect('(');
  const left = operand(reader, path);
  reader.space();
  const operator = reader.operator();
  if (operator === '') {
    reader.expect(')');
    return (item, root) => left(item, root).length > 0;
  }
  const right = operand(reader, path);
  reader.space();
  reader.expect(')');
  return (item, root) => {
    const a = left(item, root);
    const b = right(item, root);
    return a.length > 0 && b.length > 0 && compare(a[0], operator, b[0]);
  };
}

function operand(reader: Reader, path: () => Operand): Operand {
  reader.space();
  const letter = reader.peek();
  if (letter === '@' || letter === '$') return path();
  if (letter === "'" || letter === '"') {
    const text = reader.quoted();
    return () => [text];
  }
  const literal = reader.literal();
  if (literal === undefined) throw new Error(`unrecognized character in filter: ${letter || 'the end'}`);
  return () => [literal.value];
}

function compare(a: unknown, operator: string, b: unknown): boolean {
  if (operator === '==') return a === b;
  if (operator === '!=') return a !== b;
  if (typeof a !== typeof b || (typeof a !== 'number' && typeof a !== 'string')) return false;
  const left = a as number;
  const right = b as number;
  switch (operator) {
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    default:
      return left >= right;
  }
}
