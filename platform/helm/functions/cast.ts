/** How sprig turns values into numbers and texts (`spf13/cast`, `strval`). Pure. */
import { wholeOf } from '../template/constants.ts';
import { textOf } from '../template/print.ts';
import {
  GoObject,
  Integer,
  integerOf,
  isInteger,
  kindOf,
  ValueError,
  type Count,
  type Value,
} from '../template/values.ts';

const wrap = (value: bigint): bigint => BigInt.asIntN(64, value);

/** What is no number counts as zero. */
export function toInt64(value: Value): bigint {
  if (value === null) return 0n;
  if (isInteger(value)) return wrap(integerOf(value));
  if (typeof value === 'number') return Number.isFinite(value) ? wrap(BigInt(Math.trunc(value))) : -(2n ** 63n);
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value !== 'string') return 0n;
  const whole = wholeOf(value.replace(/\.0+$/, ''));
  return whole === undefined || whole !== wrap(whole) ? 0n : whole;
}

const realShape = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

export function toFloat64(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return realShape.test(value) ? Number(value) : 0;
  return Number(toInt64(value));
}

/** A text of anything. */
export function toText(value: Value, count: Count): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString();
  if (value instanceof Integer && value.text !== undefined) return value.text;
  return textOf(value, count);
}

/** A list of texts; nothing stands for nil. */
export function toTexts(value: Value, count: Count): string[] {
  if (value === null) return [];
  if (value instanceof Uint8Array) return [...value].map(String);
  return Array.isArray(value)
    ? value.filter(item => item !== null).map(item => toText(item, count))
    : [toText(value, count)];
}

/** A number of things that something is done to. */
export function smallOf(value: Value, max = 1 << 24): number {
  const whole = isInteger(value!) ? integerOf(value as bigint) : 0n;
  if (whole > BigInt(max)) throw new ValueError(`${whole} is more than ${max}`);
  return whole < -BigInt(max) ? -max : Number(whole);
}

/** `empty`: the zero value of its type. */
export function isEmptyValue(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length === 0;
  if (value instanceof Map) return value.size === 0;
  if (value instanceof Integer) return value.value === 0n;
  const elements = value instanceof GoObject ? value.elements() : undefined;
  return elements !== undefined && isEmptyValue(elements);
}

/** A list, or an error in sprig's words. */
export function listOf(value: Value, verb: string): Value[] {
  if (Array.isArray(value)) return value;
  if (value instanceof Uint8Array) return [...value].map(BigInt);
  if (value === null) throw new ValueError('runtime error: invalid memory address or nil pointer dereference');
  throw new ValueError(verb.replace('%s', kindOf(value)));
}

/** Texts of one byte per letter need no bytes of their own. */
export const isAscii = (text: string): boolean => !/[^\0-\x7f]/.test(text);

export const byteLength = (text: string): number => (isAscii(text) ? text.length : Buffer.byteLength(text));

/** Part of a text by bytes, as Go cuts texts. @throws ValueError beyond its ends */
export function cutBytes(text: string, start: number, end: number): string {
  const length = byteLength(text);
  if (start < 0 || end > length || start > end) {
    throw new ValueError(`runtime error: slice bounds out of range [${start}:${end}] with length ${length}`);
  }
  return isAscii(text) ? text.slice(start, end) : Buffer.from(text).subarray(start, end).toString();
}
