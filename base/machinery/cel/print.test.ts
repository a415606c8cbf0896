/** What is printed is read again as the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from './parser.ts';
import { print } from './print.ts';
import type { Expr } from './syntax.ts';

/** A tree without its places. */
function shapeOf(expr: Expr): string {
  return JSON.stringify(expr, (key, value: unknown) => {
    if (key === 'at' || key === 'written') return undefined;
    if (typeof value === 'bigint') return `int ${value}`;
    return value instanceof Set ? [...value] : value;
  });
}

const atoms = [
  '1',
  '-2',
  '3u',
  '1.5',
  "'a\\n\\'b'",
  "b'\\xff'",
  'true',
  'null',
  'self',
  '.self.a',
  'Object{a: 1, ?b: x}',
  '[1, ?x]',
  "{'a': 1, ?2: x}",
];
const shapes: readonly ((a: string, b: string, c: string) => string)[] = [
  (a, b) => `(${a}) + (${b})`,
  (a, b, c) => `((${a}) - (${b})) * (${c})`,
  (a, b, c) => `(${a}) - ((${b}) - (${c}))`,
  (a, b) => `(${a}) in [${b}]`,
  (a, b, c) => `(${a}) ? (${b}) : (${c}) ? 1 : 2`,
  (a, b) => `!((${a}) && (${b})) || -(${a}) == (${b})`,
  (a, b) => `(${a})[${b}]`,
  (a, b) => `(${a}).?f[?${b}]`,
  (a, b) => `(${a}).f(${b}, 1).g`,
  (a, b) => `(${a}).all(x, ${b})`,
  (a, b, c) => `(${a}).map(x, ${b}, ${c})`,
  (a, b) => `(${a}).optMap(x, ${b})`,
  a => `has((${a}).b.c)`,
  (a, b) => `cel.bind(v, ${a}, ${b})`,
];

test('printing and reading again changes nothing', () => {
  let seed = 7;
  const pick = <T>(from: readonly T[]): T => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return from[seed % from.length]!;
  };
  const grow = (depth: number): string =>
    depth === 0 ? pick(atoms) : pick(shapes)(grow(depth - 1), grow(depth - 1), pick(atoms));
  for (let round = 0; round < 500; round++) {
    const source = grow(round % 5);
    const first = parse(source);
    assert.ok(first.expr, source);
    const printed = print(first.expr);
    const second = parse(printed);
    assert.ok(second.expr, `${source} was printed as ${printed}`);
    assert.equal(shapeOf(second.expr), shapeOf(first.expr), `${source} was printed as ${printed}`);
    assert.equal(print(second.expr), printed);
  }
});
