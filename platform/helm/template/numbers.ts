/** Numbers as Go writes them (`strconv.FormatFloat`). Pure. */

/** Digits and exponent of a finite, non-negative number: 0.d1d2d3 x 10^point. */
interface Decimal {
  readonly digits: string;
  readonly point: number;
}

function decimalOf(value: number, shortestOr?: number): Decimal {
  if (value === 0) return { digits: '0', point: 1 };
  const [mantissa = '', exponent = '0'] = (
    shortestOr === undefined ? value.toExponential() : value.toExponential(Math.min(100, Math.max(0, shortestOr - 1)))
  ).split('e');
  return { digits: mantissa.replace('.', ''), point: Number(exponent) + 1 };
}

function exponentOf(point: number, letter: string): string {
  const exponent = point - 1;
  return `${letter}${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

const scientific = (digits: string, point: number, letter: string): string =>
  `${digits[0]}${digits.length > 1 ? `.${digits.slice(1)}` : ''}${exponentOf(point, letter)}`;

function plain({ digits, point }: Decimal): string {
  if (point <= 0) return `0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return digits + '0'.repeat(point - digits.length);
  return `${digits.slice(0, point)}.${digits.slice(point)}`;
}

/** Exactly rounded fixed notation, also beyond where JavaScript's goes over to exponents. */
function fixed(value: number, precision: number): string {
  if (value < 1e21) return value.toFixed(Math.min(100, precision));
  return BigInt(value).toString() + (precision > 0 ? `.${'0'.repeat(precision)}` : '');
}

/**
 * @param verb one of `e E f F g G`
 * @param precision digits behind the point (all of them for `g`); -1 for as few as tell the number from its neighbours
 */
export function formatFloat(value: number, verb: string, precision = -1): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const size = Math.abs(value);
  const letter = verb === 'E' || verb === 'G' ? 'E' : 'e';
  if (verb === 'f' || verb === 'F') return sign + (precision < 0 ? plain(decimalOf(size)) : fixed(size, precision));
  if (verb === 'e' || verb === 'E') {
    const { digits, point } = decimalOf(size, precision < 0 ? undefined : precision + 1);
    return sign + scientific(precision < 0 ? digits : digits.padEnd(precision + 1, '0'), point, letter);
  }
  const wanted = precision === 0 ? 1 : precision;
  const { digits: all, point } = decimalOf(size, wanted < 0 ? undefined : wanted);
  const digits = wanted < 0 ? all : all.replace(/(?<=.)0+$/, '');
  const limit = wanted < 0 ? 6 : wanted > digits.length && digits.length >= point ? digits.length : wanted;
  const isLarge = point - 1 < -4 || point - 1 >= (wanted < 0 ? 6 : limit);
  return sign + (isLarge ? scientific(digits, point, letter) : plain({ digits, point }));
}

/** Go's `%v` of a float64. */
export const floatText = (value: number): string => formatFloat(value, 'g');
