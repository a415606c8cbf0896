/** Conversions between types: `int('5')`, `string(1.5)`. */
import { int, timestamp, uint } from './arithmetic.ts';
import { formatSeconds, formatTimestamp, parseGoDuration, parseTimestamp } from './time.ts';
import { Duration, fail, Opaque, Timestamp, typeNameOf, Uint } from './values.ts';
import type { Value } from './values.ts';

const impossible = (value: Value, to: string): Value =>
  fail(`type conversion error from '${typeNameOf(value)}' to '${to}'`);

/** Beyond this a double has no exact neighbours within 64 bits. */
const maxIntAsDouble = 2 ** 63;

export function toInt(value: Value): Value {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return int(value.value);
  if (typeof value === 'number') {
    const fits = value > -maxIntAsDouble && value < maxIntAsDouble;
    return fits ? BigInt(Math.trunc(value)) : fail('integer overflow');
  }
  if (typeof value === 'string') {
    if (!/^[-+]?\d{1,100}$/.test(value)) return impossible(value, 'int');
    const parsed = int(BigInt(value.replace(/^\+/, '')));
    return typeof parsed === 'bigint' ? parsed : impossible(value, 'int');
  }
  if (value instanceof Timestamp)
    return (value.nanos - (((value.nanos % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n)) / 1_000_000_000n;
  return value instanceof Duration ? value.nanos : impossible(value, 'int');
}

export function toUint(value: Value): Value {
  if (value instanceof Uint) return value;
  if (typeof value === 'bigint') return uint(value);
  if (typeof value === 'number')
    return value >= 0 && value < 2 ** 64 ? new Uint(BigInt(Math.trunc(value))) : fail('unsigned integer overflow');
  if (typeof value === 'string' && /^\d{1,100}$/.test(value)) {
    const parsed = uint(BigInt(value));
    if (parsed instanceof Uint) return parsed;
  }
  return impossible(value, 'uint');
}

const special: Readonly<Record<string, number>> = { nan: Number.NaN, inf: Infinity, infinity: Infinity };

export function toDouble(value: Value): Value {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (typeof value !== 'string') return impossible(value, 'double');
  if (value.length < 1000 && /^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(value)) {
    const parsed = Number(value);
    return Number.isFinite(parsed) ? parsed : impossible(value, 'double');
  }
  const [, sign, word = ''] = /^([-+]?)(nan|inf|infinity)$/i.exec(value) ?? [];
  const known = special[word.toLowerCase()];
  if (known === undefined) return impossible(value, 'double');
  return sign === '-' ? -known : known;
}

/** As Go's `%g` writes it. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits, exponent] = value.toExponential().split('e') as [string, string];
  const power = Number(exponent);
  if (power >= -4 && power < 6) return plainDouble(value);
  return `${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

function plainDouble(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(20).replace(/0+$/, '') : text;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export function toText(value: Value): Value {
  switch (typeof value) {
    case 'string':
      return value;
    case 'bigint':
    case 'boolean':
      return String(value);
    case 'number':
      return formatDouble(value);
  }
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Timestamp) return formatTimestamp(value.nanos);
  if (value instanceof Duration) return formatSeconds(value.nanos);
  if (value instanceof Uint8Array)
    try {
      return utf8.decode(value);
    } catch {
      return fail('invalid UTF-8 in bytes, cannot convert to string');
    }
  return value instanceof Opaque ? String(value) : impossible(value, 'string');
}

export function toBool(value: Value): Value {
  if (typeof value === 'boolean') return value;
  if (typeof value !== 'string') return impossible(value, 'bool');
  if (['1', 't', 'T', 'TRUE', 'true', 'True'].includes(value)) return true;
  if (['0', 'f', 'F', 'FALSE', 'false', 'False'].includes(value)) return false;
  return impossible(value, 'bool');
}

export const toBytes = (value: Value): Value =>
  typeof value === 'string' ? new Uint8Array(Buffer.from(value)) : value;

export function toTimestamp(value: Value): Value {
  if (value instanceof Timestamp) return value;
  if (typeof value === 'bigint') return timestamp(value * 1_000_000_000n);
  return (
    (typeof value === 'string' ? parseTimestamp(value) : undefined) ?? impossible(value, 'google.protobuf.Timestamp')
  );
}

export function toDuration(value: Value): Value {
  if (value instanceof Duration) return value;
  return (
    (typeof value === 'string' ? parseGoDuration(value) : undefined) ?? impossible(value, 'google.protobuf.Duration')
  );
}
