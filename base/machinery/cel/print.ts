/** A tree as text again, macros as they were written (cel-go `parser/unparser.go`). */
import { operators } from './syntax.ts';
import type { Call, Expr } from './syntax.ts';
import { Uint } from './values.ts';
import type { Value } from './values.ts';

const binary: Readonly<Record<string, readonly [symbol: string, rank: number]>> = {
  '_||_': ['||', 2],
  '_&&_': ['&&', 3],
  '_==_': ['==', 4],
  '_!=_': ['!=', 4],
  '_<_': ['<', 4],
  '_<=_': ['<=', 4],
  '_>_': ['>', 4],
  '_>=_': ['>=', 4],
  [operators.in]: ['in', 4],
  '_+_': ['+', 5],
  '_-_': ['-', 5],
  '_*_': ['*', 6],
  '_/_': ['/', 6],
  '_%_': ['%', 6],
};

const unaryRank = 7;
const memberRank = 8;

/** @param rank what stands around it: looser operators get parentheses */
export function print(expr: Expr, rank = 0): string {
  const [text, own] = printed(expr.written ?? expr);
  return own < rank ? `(${text})` : text;
}

const list = (exprs: readonly Expr[]): string => exprs.map(expr => print(expr)).join(', ');

function printed(expr: Expr): readonly [text: string, rank: number] {
  switch (expr.kind) {
    case 'literal':
      return [literal(expr.value), isNegative(expr.value) ? unaryRank : memberRank];
    case 'ident':
      return [expr.name, memberRank];
    case 'select': {
      const text = `${print(expr.operand, memberRank)}.${expr.field}`;
      return [expr.test ? `has(${text})` : text, memberRank];
    }
    case 'call':
      return printedCall(expr);
    case 'list':
      return [
        `[${expr.items.map((item, at) => (expr.optionals.has(at) ? '?' : '') + print(item)).join(', ')}]`,
        memberRank,
      ];
    case 'map': {
      const entries = expr.entries.map(
        ({ key, value, optional }) => `${optional ? '?' : ''}${print(key)}: ${print(value)}`,
      );
      return [`{${entries.join(', ')}}`, memberRank];
    }
    case 'struct': {
      const fields = expr.fields.map(({ name, value, optional }) => `${optional ? '?' : ''}${name}: ${print(value)}`);
      return [`${expr.name}{${fields.join(', ')}}`, memberRank];
    }
    case 'fold':
      throw new Error('only macros make folds');
  }
}

function printedCall({ name, target, args }: Call): readonly [text: string, rank: number] {
  const operator = binary[name];
  if (operator && !target) {
    const [symbol, rank] = operator;
    return [`${print(args[0]!, rank)} ${symbol} ${print(args[1]!, rank + 1)}`, rank];
  }
  switch (name) {
    case operators.conditional:
      return [`${print(args[0]!, 2)} ? ${print(args[1]!, 2)} : ${print(args[2]!, 1)}`, 1];
    case operators.not:
      return [`!${print(args[0]!, unaryRank)}`, unaryRank];
    case operators.negate:
      return [`-${print(args[0]!, memberRank)}`, unaryRank];
    case operators.index:
      return [`${print(args[0]!, memberRank)}[${print(args[1]!)}]`, memberRank];
    case operators.optionalIndex:
      return [`${print(args[0]!, memberRank)}[?${print(args[1]!)}]`, memberRank];
    case operators.optionalSelect: {
      const field = args[1]!;
      return [`${print(args[0]!, memberRank)}.?${field.kind === 'literal' ? String(field.value) : ''}`, memberRank];
    }
  }
  const receiver = target ? `${print(target, memberRank)}.` : '';
  return [`${receiver}${name}(${list(args)})`, memberRank];
}

const isNegative = (value: Value): boolean =>
  (typeof value === 'bigint' && value < 0n) || (typeof value === 'number' && (value < 0 || Object.is(value, -0)));

function literal(value: Value): string {
  if (typeof value === 'string') return JSON.stringify(value).replaceAll('\u007f', '\\x7f');
  if (typeof value === 'number') return double(value);
  if (value instanceof Uint) return `${value.value}u`;
  if (value instanceof Uint8Array)
    return `b"${[...value].map(byte => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}"`;
  return String(value);
}

function double(value: number): string {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}
