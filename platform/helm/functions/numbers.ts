/** sprig: arithmetic. Whole numbers are int64 and wrap around as Go's do; the functions in `f` are decimal. Pure. */
import { decimalOf, divide, type Decimal } from './decimal.ts';
import { fn, type TemplateFunction } from '../template/function.ts';
import { sprint } from '../template/print.ts';
import { int64, ValueError, type Value } from '../template/values.ts';
import { smallOf, toFloat64, toInt64 } from './cast.ts';

const whole = (call: (a: bigint, b: bigint) => bigint): TemplateFunction =>
  fn('any, any', ([a, b]) => int64(call(toInt64(a!), toInt64(b!))));

const nonZero = (value: bigint): bigint => {
  if (value === 0n) throw new ValueError('runtime error: integer divide by zero');
  return value;
};

const best = (better: (a: bigint, b: bigint) => boolean): TemplateFunction =>
  fn('any, any...', args => int64(args.map(toInt64).reduce((a, b) => (better(b, a) ? b : a))));

const real = (pick: (...values: number[]) => number): TemplateFunction =>
  fn('any, any...', args => args.map(toFloat64).reduce((a, b) => pick(a, b)));

const decimal = (call: (a: Decimal, b: Decimal) => Decimal, start?: Value): TemplateFunction =>
  fn(start === undefined ? 'any, any...' : 'any...', args => {
    const all = start === undefined ? args : [start, ...args];
    const [first, ...others] = all.map(value => decimalOf(toFloat64(value)));
    return Number(others.reduce(call, first!).text());
  });

function round(value: number, places: number, from: number): number {
  const power = 10 ** places;
  const digit = power * value;
  return (digit - Math.trunc(digit) >= from ? Math.ceil(digit) : Math.floor(digit)) / power;
}

function octal(text: string): bigint {
  return /^[+-]?[0-7]+$/.test(text) ? BigInt(`0o${text.replace(/^[+-]/, '')}`) * (text.startsWith('-') ? -1n : 1n) : 0n;
}

const plus = (a: Decimal, b: Decimal): Decimal => a.plus(b);

export const numbers: Readonly<Record<string, TemplateFunction>> = {
  atoi: fn('string', ([text]) =>
    /^[+-]?\d+$/.test(text as string) ? toInt64((text as string).replace(/^([+-]?)0+(?=\d)/, '$1')) : 0n,
  ),
  int: fn('any', ([value]) => toInt64(value!)),
  int64: fn('any', ([value]) => int64(toInt64(value!))),
  float64: fn('any', ([value]) => toFloat64(value!)),
  toDecimal: fn('any', ([value], { count }) => int64(octal(sprint([value!], count)))),
  add1: fn('any', ([value]) => int64(toInt64(value!) + 1n)),
  add: fn('any...', args => int64(args.reduce<bigint>((sum, value) => sum + toInt64(value), 0n))),
  sub: whole((a, b) => a - b),
  div: whole((a, b) => a / nonZero(b)),
  mod: whole((a, b) => a % nonZero(b)),
  mul: fn('any, any...', args =>
    int64(args.reduce<bigint>((product, value) => BigInt.asIntN(64, product * toInt64(value)), 1n)),
  ),
  max: best((a, b) => a > b),
  biggest: best((a, b) => a > b),
  min: best((a, b) => a < b),
  maxf: real(Math.max),
  minf: real(Math.min),
  add1f: fn('any', ([value]) => Number(decimalOf(toFloat64(value!)).plus(decimalOf(1)).text())),
  addf: decimal(plus, 0),
  subf: decimal((a, b) => a.minus(b)),
  mulf: decimal((a, b) => a.times(b)),
  divf: decimal(divide),
  ceil: fn('any', ([value]) => Math.ceil(toFloat64(value!))),
  floor: fn('any', ([value]) => Math.floor(toFloat64(value!))),
  round: fn('any, int, float64...', ([value, places, from = 0.5]) =>
    round(toFloat64(value!), smallOf(places!, 308), from as number),
  ),
  randInt: fn('int, int', ([min, max], { random }) => {
    const [from, until] = [smallOf(min!, 2 ** 52), smallOf(max!, 2 ** 52)];
    if (until <= from) throw new ValueError('invalid argument to Intn');
    return BigInt(from + Math.floor(random.float() * (until - from)));
  }),
};
