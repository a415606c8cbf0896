/** Protobuf bytes to plain values. Unknown fields are skipped; lengths and nesting are checked before they are believed. */
import { codes, type AnyMessage, type Field, type Message } from './table.ts';

/** Nesting beyond this is an attack or a mistake; the figure of the reference implementations. */
const deepest = 100;
const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** Bytes that are not a message of the table. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

/** Reads a stretch of UTF-8: Node's buffers do it without a detour over a view, browsers have only the decoder. */
type TextReader = (start: number, end: number) => string;

function textReader(bytes: Uint8Array): TextReader {
  if (typeof Buffer !== 'function') return (start, end) => utf8.decode(bytes.subarray(start, end));
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return (start, end) => buffer.toString('utf8', start, end);
}

class Reader {
  readonly buffer: Uint8Array;
  readonly view: DataView;
  readonly text: TextReader;
  at = 0;

  constructor(buffer: Uint8Array) {
    this.buffer = buffer;
    this.text = textReader(buffer);
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }

  /** Moves over `size` bytes that must lie before `end`; answers where they start. */
  take(size: number, end: number): number {
    const start = this.at;
    if (size > end - start) throw new ProtobufError('the message ends in the middle of a field');
    this.at = start + size;
    return start;
  }

  /** A varint of which only the low 32 bits count: tags and lengths. */
  uint32(end: number): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.buffer[this.take(1, end)]!;
      if (shift < 32) value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
    throw new ProtobufError('a number is longer than ten bytes');
  }

  /** All 64 bits as two halves in `low` and `high`. */
  low = 0;
  high = 0;
  wide(end: number): void {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.buffer[this.take(1, end)]!;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) {
        this.low = low >>> 0;
        this.high = high >>> 0;
        return;
      }
    }
    throw new ProtobufError('a number is longer than ten bytes');
  }
}

/** Decodes bytes by a table. Throws {@link ProtobufError} when they are cut off or malformed. */
export function decode<Value>(table: Message<Value>, bytes: Uint8Array): Value {
  const reader = new Reader(bytes);
  return readMessage(reader, table, bytes.length, 0, undefined) as Value;
}

function readMessage(reader: Reader, table: AnyMessage, end: number, depth: number, before: unknown): unknown {
  if (depth > deepest) throw new ProtobufError('messages are nested too deeply');
  // A field that occurs twice is merged, except behind a surface where the last one wins.
  const target = before !== undefined && !table.surface ? (before as Record<string, unknown>) : {};
  while (reader.at < end) {
    const tag = reader.uint32(end);
    const field = table.byNumber[tag >>> 3];
    const wire = tag & 7;
    if (field === undefined) skip(reader, wire, tag >>> 3, end, depth);
    else if (wire === field.wire) readField(reader, field, target, end, depth);
    else if (wire === 2 && field.packed) readPacked(reader, field, target, end, depth);
    else throw new ProtobufError(`field ${field.name} of ${table.name} has wire type ${wire}`);
  }
  return table.surface ? table.surface.fromFields(target) : target;
}

function readField(reader: Reader, field: Field, target: Record<string, unknown>, end: number, depth: number): void {
  if (field.shape === 'map') return readEntry(reader, field, target, end, depth);
  if (field.shape === 'repeated') {
    const list = (target[field.name] ??= []) as unknown[];
    list.push(readValue(reader, field, end, depth, undefined));
    return;
  }
  if (field.siblings) for (const other of field.siblings) delete target[other];
  target[field.name] = readValue(reader, field, end, depth, target[field.name]);
}

function readPacked(reader: Reader, field: Field, target: Record<string, unknown>, end: number, depth: number): void {
  const list = (target[field.name] ??= []) as unknown[];
  const size = reader.uint32(end);
  const start = reader.take(size, end);
  reader.at = start;
  while (reader.at < start + size) list.push(readValue(reader, field, start + size, depth, undefined));
}

function readEntry(reader: Reader, field: Field, target: Record<string, unknown>, end: number, depth: number): void {
  const size = reader.uint32(end);
  const start = reader.take(size, end);
  const stop = start + size;
  reader.at = start;
  const entry = field.entry!;
  let key: unknown;
  let value: unknown;
  while (reader.at < stop) {
    const tag = reader.uint32(stop);
    if (tag >>> 3 === 1 && (tag & 7) === entry.key.wire) key = readValue(reader, entry.key, stop, depth, undefined);
    else if (tag >>> 3 === 2 && (tag & 7) === entry.value.wire) {
      value = readValue(reader, entry.value, stop, depth, undefined);
    } else skip(reader, tag & 7, tag >>> 3, stop, depth);
  }
  const map = (target[field.name] ??= {}) as Record<string, unknown>;
  put(map, String(key ?? zero(entry.key)), value ?? zero(entry.value));
}

/** Keys come from strangers: `__proto__` must become a plain member. */
function put(map: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== '__proto__') map[key] = value;
  else Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}

function zero(field: Field): unknown {
  if (field.code === codes.string) return '';
  if (field.code === codes.bytes) return new Uint8Array();
  if (field.code === codes.bool) return false;
  if (field.code === codes.enumeration) return field.enumeration!.names.get(0) ?? 0;
  if (field.code !== codes.message) return 0;
  const { surface } = field.message!();
  return surface ? surface.fromFields({}) : {};
}

function readValue(reader: Reader, field: Field, end: number, depth: number, before: unknown): unknown {
  switch (field.code) {
    case codes.string: {
      const size = reader.uint32(end);
      return readString(reader, reader.take(size, end), size);
    }
    case codes.message: {
      const size = reader.uint32(end);
      const start = reader.take(size, end);
      reader.at = start;
      return readMessage(reader, field.message!(), start + size, depth + 1, before);
    }
    case codes.bytes: {
      const size = reader.uint32(end);
      const start = reader.take(size, end);
      return reader.buffer.slice(start, start + size);
    }
    case codes.int32:
      return reader.uint32(end) | 0;
    case codes.uint32:
      return reader.uint32(end);
    case codes.bool:
      reader.wide(end);
      return reader.low !== 0 || reader.high !== 0;
    case codes.enumeration: {
      const number = reader.uint32(end) | 0;
      return field.enumeration!.names.get(number) ?? number;
    }
    case codes.sint32: {
      const value = reader.uint32(end);
      return (value >>> 1) ^ -(value & 1);
    }
    default:
      return readWide(reader, field, end);
  }
}

function readWide(reader: Reader, field: Field, end: number): number | bigint {
  switch (field.code) {
    case codes.int64:
      reader.wide(end);
      return signed(reader.high | 0, reader.low);
    case codes.uint64:
      reader.wide(end);
      return unsigned(reader.high, reader.low);
    case codes.sint64: {
      reader.wide(end);
      const value = (BigInt(reader.high) << 32n) | BigInt(reader.low);
      return narrowed((value >> 1n) ^ -(value & 1n));
    }
    case codes.double:
      return reader.view.getFloat64(reader.take(8, end), true);
    case codes.float:
      return reader.view.getFloat32(reader.take(4, end), true);
    case codes.fixed32:
      return reader.view.getUint32(reader.take(4, end), true);
    case codes.sfixed32:
      return reader.view.getInt32(reader.take(4, end), true);
    case codes.fixed64:
      return narrowed(reader.view.getBigUint64(reader.take(8, end), true));
    default:
      return narrowed(reader.view.getBigInt64(reader.take(8, end), true));
  }
}

const signed = (high: number, low: number): number | bigint => {
  const value = high * 4294967296 + low;
  return Number.isSafeInteger(value) ? value : BigInt.asIntN(64, (BigInt(high) << 32n) | BigInt(low));
};

const unsigned = (high: number, low: number): number | bigint => {
  const value = high * 4294967296 + low;
  return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) | BigInt(low);
};

const narrowed = (value: bigint): number | bigint => {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

/** Short ASCII strings are built directly: cheaper than a call. */
function readString(reader: Reader, start: number, size: number): string {
  if (size > 16) return reader.text(start, start + size);
  let text = '';
  for (let i = start; i < start + size; i++) {
    const byte = reader.buffer[i]!;
    if (byte >= 128) return reader.text(start, start + size);
    text += String.fromCharCode(byte);
  }
  return text;
}

function skip(reader: Reader, wire: number, number: number, end: number, depth: number): void {
  if (number === 0) throw new ProtobufError('a field has number 0');
  if (wire === 0) reader.wide(end);
  else if (wire === 1) reader.take(8, end);
  else if (wire === 2) reader.take(reader.uint32(end), end);
  else if (wire === 5) reader.take(4, end);
  else if (wire === 3) skipGroup(reader, number, end, depth + 1);
  else throw new ProtobufError(`wire type ${wire} does not exist`);
}

function skipGroup(reader: Reader, number: number, end: number, depth: number): void {
  if (depth > deepest) throw new ProtobufError('messages are nested too deeply');
  for (;;) {
    const tag = reader.uint32(end);
    if (tag === number * 8 + 4) return;
    skip(reader, tag & 7, tag >>> 3, end, depth);
  }
}
