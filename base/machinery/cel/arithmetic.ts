/** Sums, products and their overflows (cel-go `common/types/overflow.go`). */
import { ArrayList, Duration, fail, JoinedList, List, Timestamp, Uint } from './values.ts';
import type { Value } from './values.ts';
import type { Meter } from './environment.ts';

const minInt = -(1n << 63n);
const maxInt = (1n << 63n) - 1n;
const maxUint = (1n << 64n) - 1n;
/** Years 1 to 9999. */
const firstMoment = -62_135_596_800n * 1_000_000_000n;
const lastMoment = 253_402_300_800n * 1_000_000_000n - 1n;

const noOverload = (): Value => fail('no such overload');

export const int = (value: bigint): Value => (value < minInt || value > maxInt ? fail('integer overflow') : value);
export const uint = (value: bigint): Value =>
  value < 0n || value > maxUint ? fail('unsigned integer overflow') : new Uint(value);
export const duration = (nanos: bigint): Value =>
  nanos < minInt || nanos > maxInt ? fail('duration overflow') : new Duration(nanos);
export const timestamp = (nanos: bigint): Value =>
  nanos < firstMoment || nanos > lastMoment ? fail('timestamp overflow') : new Timestamp(nanos);

export function add(a: Value, b: Value, meter: Meter): Value {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int(a + b) : noOverload();
  if (typeof a === 'number') return typeof b === 'number' ? a + b : noOverload();
  if (typeof a === 'string') {
    if (typeof b !== 'string') return noOverload();
    meter.work(a.length + b.length);
    return a + b;
  }
  if (a instanceof Uint) return b instanceof Uint ? uint(a.value + b.value) : noOverload();
  if (a instanceof Timestamp) return b instanceof Duration ? timestamp(a.nanos + b.nanos) : noOverload();
  if (a instanceof Duration) {
    if (b instanceof Timestamp) return timestamp(a.nanos + b.nanos);
    return b instanceof Duration ? duration(a.nanos + b.nanos) : noOverload();
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) {
    meter.work(a.length + b.length);
    return new Uint8Array(Buffer.concat([a, b]));
  }
  return a instanceof List && b instanceof List ? join(a, b, meter) : noOverload();
}

function join(a: List, b: List, meter: Meter): Value {
  if (a.plus) {
    meter.work(a.size * b.size);
    return a.plus(b, (x, y) => x === y);
  }
  if (a.size === 0) return b;
  if (b.size === 0) return a;
  return a.size + b.size <= 8 ? new ArrayList([...a, ...b]) : new JoinedList(a, b);
}

export function subtract(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a - b);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a instanceof Uint && b instanceof Uint) return uint(a.value - b.value);
  if (a instanceof Timestamp && b instanceof Timestamp) return duration(a.nanos - b.nanos);
  if (a instanceof Timestamp && b instanceof Duration) return timestamp(a.nanos - b.nanos);
  return a instanceof Duration && b instanceof Duration ? duration(a.nanos - b.nanos) : noOverload();
}

export function multiply(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') return int(a * b);
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  return a instanceof Uint && b instanceof Uint ? uint(a.value * b.value) : noOverload();
}

export function divide(a: Value, b: Value): Value {
  if (typeof a === 'number' && typeof b === 'number') return a / b;
  if (typeof a === 'bigint' && typeof b === 'bigint') return b === 0n ? fail('division by zero') : int(a / b);
  if (!(a instanceof Uint && b instanceof Uint)) return noOverload();
  return b.value === 0n ? fail('division by zero') : uint(a.value / b.value);
}

export function modulo(a: Value, b: Value): Value {
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    if (b === 0n) return fail('modulus by zero');
    return a === minInt && b === -1n ? fail('integer overflow') : a % b;
  }
  if (!(a instanceof Uint && b instanceof Uint)) return noOverload();
  return b.value === 0n ? fail('modulus by zero') : uint(a.value % b.value);
}

export function negate(a: Value): Value {
  if (typeof a === 'bigint') return int(-a);
  return typeof a === 'number' ? -a : noOverload();
}
