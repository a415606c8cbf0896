/** Scalars as upstream's types read and write them: quantities and times have a canonical form. */
import { formatMicroTime, formatTime } from '../clock.ts';
import { canonicalQuantity } from '../quantity.ts';
import type { Schema } from './types.ts';

/** A value that has the right JSON type but cannot be read; the message is upstream's. */
export class ScalarError extends Error {
  override readonly name = 'ScalarError';
}

/** Small amounts are canonical as they stand: no arithmetic for the usual `100m`, `2`, `512Mi`. */
const plainQuantity = /^(?:0|[1-9]\d{0,2}(?:m|k|M|G|Ki|Mi|Gi)?)$/;

/** The value in stored form, or undefined when its JSON type is wrong. @throws ScalarError when its text is. */
export function scalar(schema: Schema, value: unknown): unknown {
  const { format } = schema;
  switch (schema.type) {
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'integer':
      return typeof value === 'number' && isInteger(value, format) ? value : undefined;
    case 'number':
      return typeof value === 'number' ? value : undefined;
    default:
      return format === undefined ? (typeof value === 'string' ? value : undefined) : formatted(format, value);
  }
}

const isInteger = (value: number, format: string | undefined): boolean =>
  Number.isInteger(value) && (format !== 'int32' || (value >= -2147483648 && value <= 2147483647));

function formatted(format: string, value: unknown): unknown {
  switch (format) {
    case 'quantity':
      return quantity(value);
    case 'int-or-string':
      return intOrString(value);
    case 'time':
    case 'microtime':
      return time(value, format);
    case 'byte':
      return typeof value === 'string' ? base64(value) : undefined;
    default:
      return typeof value === 'string' ? value : undefined;
  }
}

function quantity(value: unknown): string {
  if (typeof value === 'string' && plainQuantity.test(value)) return value;
  try {
    return canonicalQuantity(typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value));
  } catch (error) {
    throw new ScalarError((error as Error).message);
  }
}

function intOrString(value: unknown): string | number {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && isInteger(value, 'int32')) return value;
  const kind = Array.isArray(value)
    ? 'array'
    : typeof value === 'boolean'
      ? 'bool'
      : typeof value === 'number'
        ? `number ${value}`
        : 'object';
  throw new ScalarError(`json: cannot unmarshal ${kind} into Go value of type int32`);
}

const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d+)?(Z|[-+]\d\d:\d\d)$/;

function time(value: unknown, format: 'time' | 'microtime'): string | undefined {
  if (typeof value !== 'string') return undefined;
  const layout = format === 'time' ? '2006-01-02T15:04:05Z07:00' : '2006-01-02T15:04:05.000000Z07:00';
  const epochMs = rfc3339.test(value) ? Date.parse(value) : NaN;
  if (Number.isNaN(epochMs)) throw new ScalarError(timeProblem(value, layout));
  if (format === 'time') return value.length === 20 ? value : formatTime(epochMs);
  const micros = /\.(\d{1,6})/.exec(value)?.[1]?.padEnd(6, '0') ?? '000000';
  return `${formatMicroTime(epochMs).slice(0, 20)}${micros}Z`;
}

/** Go names the first element of the layout that does not match. */
function timeProblem(value: string, layout: string): string {
  const elements: readonly [RegExp, string][] = [
    [/^\d{4}/, '2006'],
    [/^-/, '-'],
    [/^(0[1-9]|1[0-2])/, '01'],
    [/^-/, '-'],
    [/^\d\d/, '02'],
    [/^T/, 'T'],
    [/^\d\d/, '15'],
    [/^:/, ':'],
    [/^\d\d/, '04'],
    [/^:/, ':'],
    [/^\d\d(\.\d+)?/, '05'],
    [/^(Z|[-+]\d\d:\d\d)$/, 'Z07:00'],
  ];
  let rest = value;
  for (const [pattern, element] of elements) {
    const found = pattern.exec(rest);
    if (!found)
      return `parsing time ${JSON.stringify(value)} as ${JSON.stringify(layout)}: cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(element)}`;
    rest = rest.slice(found[0].length);
  }
  return `parsing time ${JSON.stringify(value)}: day out of range`;
}

const base64Text = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function base64(value: string): string {
  if (base64Text.test(value)) return value;
  const bare = value.replace(/[\r\n]/g, '');
  if (base64Text.test(bare)) return bare;
  throw new ScalarError(`illegal base64 data at input byte ${base64Problem(value)}`);
}

/** The offset at which Go's decoder gives up. */
function base64Problem(value: string): number {
  let quantum = 0;
  for (let at = 0; at < value.length; at++) {
    const letter = value[at]!;
    if (letter === '\r' || letter === '\n') continue;
    if (letter === '=') return quantum < 2 ? at : paddingProblem(value, at, quantum);
    if (!/[A-Za-z0-9+/]/.test(letter)) return at;
    quantum = (quantum + 1) % 4;
  }
  return value.length - quantum;
}

const paddingProblem = (value: string, at: number, quantum: number): number => {
  if (quantum === 3) return at + 1;
  return value[at + 1] === '=' ? at + 2 : at + 1 >= value.length ? value.length : at + 1;
};
