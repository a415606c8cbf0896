/** Kubernetes' `resource.Quantity`: exact decimal amounts down to 10^-9, written with SI, binary or exponent suffixes. */

export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

/** An amount in billionths, and the family of suffixes it is written with. Immutable. */
export interface Quantity {
  readonly nano: bigint;
  readonly format: QuantityFormat;
}

const formatWrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const suffixWrong = "unable to parse quantity's suffix";
const numberWrong = 'unable to parse numeric part of quantity';

const decimalSuffixes: readonly (readonly [string, number])[] = [
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
];
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const;
const nanoPerUnit = 1_000_000_000n;
const maxInt64 = (1n << 63n) - 1n;
/** Longer texts and larger exponents are refused: they only serve to make a server compute. */
const longestText = 512;
const largestExponent = 300;

/** A text taken apart, before any arithmetic. */
interface Parts {
  readonly sign: string;
  readonly whole: string;
  readonly fraction: string;
  readonly exponent: number;
  readonly format: QuantityFormat;
}

function takeApart(text: string): Parts {
  if (text === '') throw new Error(formatWrong);
  const match = /^([-+]?)0*(\d*)(?:\.(\d*))?([eEinumkKMGTP]*[-+]?\d*)$/.exec(text);
  if (!match) throw new Error(formatWrong);
  if (text.length > longestText) throw new Error(numberWrong);
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match;
  return { sign, whole: whole || '0', fraction, ...suffixOf(suffix) };
}

function suffixOf(suffix: string): { exponent: number; format: QuantityFormat } {
  const decimal = decimalSuffixes.find(([name]) => name === suffix);
  if (decimal) return { exponent: decimal[1], format: 'DecimalSI' };
  const binary = (binarySuffixes as readonly string[]).indexOf(suffix);
  if (binary > 0) return { exponent: binary * 10, format: 'BinarySI' };
  if (!/^[eE][-+]?\d+$/.test(suffix)) throw new Error(suffixWrong);
  const exponent = Number(suffix.slice(1));
  if (exponent > largestExponent) throw new Error(numberWrong);
  return { exponent, format: 'DecimalExponent' };
}

/**
 * Parses `1500m`, `2Gi`, `0.5`, `1e3` (or a JSON number). Amounts below a billionth are rounded up, as upstream does.
 * Throws an Error in upstream's words.
 */
export function parseQuantity(value: string | number): Quantity {
  return compute(takeApart(String(value)));
}

function compute({ sign, whole, fraction, exponent, format }: Parts): Quantity {
  const digits = BigInt(whole + fraction);
  let scale = 9 - fraction.length;
  let amount = digits;
  if (format === 'BinarySI') amount <<= BigInt(exponent);
  else scale += exponent;
  amount = scale >= 0 ? amount * 10n ** BigInt(scale) : roundUp(amount, -scale, digits);
  let actual = format;
  if (format === 'BinarySI') {
    if (amount > maxInt64 * nanoPerUnit) amount = maxInt64 * nanoPerUnit;
    if (amount > 0n && amount < nanoPerUnit) actual = 'DecimalSI';
  }
  return { nano: sign === '-' ? -amount : amount, format: actual };
}

function roundUp(amount: bigint, places: number, digits: bigint): bigint {
  if (digits === 0n) return 0n;
  if (places > longestText + largestExponent) return 1n;
  return divideUp(amount, 10n ** BigInt(places));
}

/** Division of a non-negative amount, rounded away from zero. */
const divideUp = (amount: bigint, by: bigint): bigint => (amount + by - 1n) / by;

/** The canonical text: no needless digits, the largest suffix that keeps an integer in front. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return '0';
  const small = nano > -1024n * nanoPerUnit && nano < 1024n * nanoPerUnit;
  if (format === 'BinarySI' && !small && nano % nanoPerUnit === 0n) return formatBinary(nano / nanoPerUnit);
  return formatDecimal(nano, format === 'DecimalExponent' ? 'DecimalExponent' : 'DecimalSI');
}

function formatBinary(units: bigint): string {
  let amount = units;
  let power = 0;
  while (power < binarySuffixes.length - 1 && amount % 1024n === 0n) {
    amount /= 1024n;
    power++;
  }
  return `${amount}${binarySuffixes[power]}`;
}

function formatDecimal(nano: bigint, format: QuantityFormat): string {
  let amount = nano;
  let exponent = -9;
  // Upstream writes no suffix beyond E in SI form; larger amounts keep their digits.
  const highest = format === 'DecimalSI' ? 18 : Infinity;
  while (exponent < highest && amount % 1000n === 0n) {
    amount /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return exponent === 0 ? `${amount}` : `${amount}e${exponent}`;
  return `${amount}${decimalSuffixes.find(([, power]) => power === exponent)![0]}`;
}

/**
 * The text under which a quantity is stored. Like upstream, a text that already counts in thousands (or in 1024s) is kept to
 * the letter, e.g. `+5` or `1E3`. Throws as {@link parseQuantity}.
 */
export function canonicalQuantity(value: string | number): string {
  const text = String(value);
  const parts = takeApart(text);
  return keepsItsText(parts) ? text : formatQuantity(compute(parts));
}

function keepsItsText({ whole, fraction, exponent, format }: Parts): boolean {
  const digits = whole + fraction;
  if (format === 'BinarySI') {
    const room = 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1;
    return fraction === '' && room >= 0 && BigInt(whole) % 8n !== 0n;
  }
  const scale = exponent - fraction.length;
  return digits.length <= 18 && scale >= -9 && scale % 3 === 0 && !digits.endsWith('000') && !digits.startsWith('0');
}

/** -1, 0 or 1. */
export const compareQuantities = (a: Quantity, b: Quantity): number => (a.nano < b.nano ? -1 : a.nano > b.nano ? 1 : 0);

/** The sum; a zero takes over the other's suffixes. */
export const addQuantities = (a: Quantity, b: Quantity): Quantity => ({
  nano: a.nano + b.nano,
  format: a.nano === 0n ? b.format : a.format,
});

/** The difference; a zero takes over the other's suffixes. */
export const subtractQuantities = (a: Quantity, b: Quantity): Quantity => ({
  nano: a.nano - b.nano,
  format: a.nano === 0n ? b.format : a.format,
});

export const quantityOf = (units: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity => ({
  nano: BigInt(units) * nanoPerUnit,
  format,
});

/** So many thousandths, e.g. millicores. */
export const quantityOfMilli = (milli: number | bigint, format: QuantityFormat = 'DecimalSI'): Quantity => ({
  nano: BigInt(milli) * 1_000_000n,
  format,
});

export const zeroQuantity: Quantity = { nano: 0n, format: 'DecimalSI' };

const asQuantity = (value: Quantity | string | number): Quantity =>
  typeof value === 'object' ? value : parseQuantity(value);

const scaled = (nano: bigint, by: bigint): number => Number(nano < 0n ? -divideUp(-nano, by) : divideUp(nano, by));

/** Whole units (bytes, cores, pods), rounded away from zero. Exact up to 2^53. */
export const toNumber = (value: Quantity | string | number): number => scaled(asQuantity(value).nano, nanoPerUnit);

/** Thousandths (millicores), rounded away from zero. Exact up to 2^53. */
export const toMilli = (value: Quantity | string | number): number => scaled(asQuantity(value).nano, 1_000_000n);

/** Above this many units upstream no longer counts in thousandths (`resource.MaxMilliValue`). */
const mostInMilli = 9_223_372_036_854_775n;

/** `a` over `b`, both counted in thousandths where that is exact for them and `others` too, else in whole units. */
export function ratioOf(
  a: Quantity | string | number,
  b: Quantity | string | number,
  ...others: readonly (Quantity | string | number)[]
): number {
  const isLarge = [a, b, ...others].some(value => asQuantity(value).nano > mostInMilli * nanoPerUnit);
  return isLarge ? toNumber(a) / toNumber(b) : toMilli(a) / toMilli(b);
}
