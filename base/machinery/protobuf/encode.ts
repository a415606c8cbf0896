/**
 * Plain values to protobuf bytes. The buffer is filled from its end towards its start, so that the length of a nested message is
 * known when its prefix is due: one pass, no sizes computed beforehand, nothing copied.
 */
import { codes, type AnyMessage, type Field, type Message } from './table.ts';

const utf8 = new TextEncoder();
/** Strings up to this length are written character by character: cheaper than a call into the encoder. */
const shortString = 32;

class Writer {
  buffer = new Uint8Array(1024);
  view = new DataView(this.buffer.buffer);
  /** First used byte. */
  at = this.buffer.length;

  /** Makes room for `size` bytes and moves the start to them. May replace `buffer` and `view`: look them up afterwards. */
  reserve(size: number): number {
    if (size > this.at) this.grow(size);
    return (this.at -= size);
  }

  grow(size: number): void {
    const used = this.buffer.length - this.at;
    const larger = new Uint8Array(Math.max(this.buffer.length * 2, used + size + 256));
    larger.set(this.buffer.subarray(this.at), larger.length - used);
    this.buffer = larger;
    this.view = new DataView(larger.buffer);
    this.at = larger.length - used;
  }

  varint(value: number): void {
    if (value < 128) {
      const start = this.reserve(1);
      this.buffer[start] = value;
      return;
    }
    let size = 1;
    for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
    const start = this.reserve(size);
    let rest = value;
    for (let i = 0; i < size - 1; i++, rest = Math.floor(rest / 128)) this.buffer[start + i] = (rest % 128) | 128;
    this.buffer[start + size - 1] = rest;
  }

  /** Any 64 bits, worked off as two halves: arithmetic on bigints is slow. */
  bigVarint(value: bigint): void {
    const bits = BigInt.asUintN(64, value);
    let low = Number(bits & 0xffffffffn);
    let high = Number(bits >> 32n);
    const size = Math.max(1, Math.ceil((high > 0 ? 64 - Math.clz32(high) : 32 - Math.clz32(low)) / 7));
    const start = this.reserve(size);
    for (let i = 0; i < size - 1; i++) {
      this.buffer[start + i] = (low & 127) | 128;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.buffer[start + size - 1] = low & 127;
  }

  /** A signed or unsigned integer in up to ten bytes. */
  integer(value: number | bigint): void {
    if (typeof value === 'number' && value >= 0 && Number.isSafeInteger(value)) this.varint(value);
    else this.bigVarint(BigInt(value));
  }

  bytes(value: Uint8Array): void {
    const start = this.reserve(value.length);
    this.buffer.set(value, start);
    this.varint(value.length);
  }

  string(value: string): void {
    if (value.length <= shortString ? this.ascii(value) : this.longAscii(value)) this.varint(value.length);
    else this.bytes(utf8.encode(value));
  }

  /** Room for as many bytes as characters is enough for ASCII, and the encoder tells when it was not. */
  longAscii(value: string): boolean {
    const start = this.reserve(value.length);
    const { read, written } = utf8.encodeInto(value, this.buffer.subarray(start, start + value.length));
    if (read === value.length && written === value.length) return true;
    this.at = start + value.length;
    return false;
  }

  ascii(value: string): boolean {
    const start = this.reserve(value.length);
    for (let i = 0; i < value.length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 128) {
        this.at = start + value.length;
        return false;
      }
      this.buffer[start + i] = unit;
    }
    return true;
  }
}

/** Encodes `value` by its table. Undefined and null fields are left out; zero values are written. Throws a TypeError on a wrong type. */
export function encode<Value>(table: Message<Value>, value: NoInfer<Value>): Uint8Array<ArrayBuffer> {
  const writer = new Writer();
  writeFields(writer, table, value);
  return writer.buffer.subarray(writer.at);
}

function writeFields(writer: Writer, table: AnyMessage, value: unknown): void {
  const fields = table.surface ? table.surface.toFields(value) : (value as Record<string, unknown>);
  if (fields === undefined) return;
  for (let i = table.fields.length - 1; i >= 0; i--) {
    const field = table.fields[i]!;
    const member = fields[field.name];
    if (member === undefined || member === null) continue;
    if (field.shape === 'single') writeTagged(writer, field, member);
    else if (field.shape === 'map') writeMap(writer, field, member as Record<string, unknown>);
    else writeRepeated(writer, field, member as readonly unknown[]);
  }
}

function writeTagged(writer: Writer, field: Field, value: unknown): void {
  writeValue(writer, field, value);
  writer.varint(field.number * 8 + field.wire);
}

function writeRepeated(writer: Writer, field: Field, values: readonly unknown[]): void {
  if (!field.packed) {
    for (let i = values.length - 1; i >= 0; i--) writeTagged(writer, field, values[i]);
    return;
  }
  if (values.length === 0) return;
  const end = writer.buffer.length - writer.at;
  for (let i = values.length - 1; i >= 0; i--) writeValue(writer, field, values[i]);
  writer.varint(writer.buffer.length - writer.at - end);
  writer.varint(field.number * 8 + 2);
}

function writeMap(writer: Writer, field: Field, entries: Record<string, unknown>): void {
  const { key, value } = field.entry!;
  const names = Object.keys(entries);
  for (let i = names.length - 1; i >= 0; i--) {
    const name = names[i]!;
    const end = writer.buffer.length - writer.at;
    writeTagged(writer, value, entries[name]);
    writeTagged(writer, key, keyValue(key, name));
    writer.varint(writer.buffer.length - writer.at - end);
    writer.varint(field.number * 8 + 2);
  }
}

function keyValue(key: Field, name: string): unknown {
  if (key.code === codes.string) return name;
  if (key.code === codes.bool) return name === 'true';
  return BigInt(name);
}

function writeValue(writer: Writer, field: Field, value: unknown): void {
  switch (field.code) {
    case codes.string:
      if (typeof value !== 'string') throw wrongType(field, value);
      return writer.string(value);
    case codes.bytes:
      if (!(value instanceof Uint8Array)) throw wrongType(field, value);
      return writer.bytes(value);
    case codes.message: {
      const end = writer.buffer.length - writer.at;
      writeFields(writer, field.message!(), value);
      return writer.varint(writer.buffer.length - writer.at - end);
    }
    case codes.bool:
      return writer.varint(value ? 1 : 0);
    case codes.enumeration:
      return writer.integer(enumerationNumber(field, value));
    default:
      return writeNumber(writer, field, value);
  }
}

function enumerationNumber(field: Field, value: unknown): number {
  const number = typeof value === 'number' ? value : field.enumeration!.numbers.get(value as string);
  if (number === undefined) throw wrongType(field, value);
  return number;
}

function writeNumber(writer: Writer, field: Field, value: unknown): void {
  if (typeof value !== 'number' && typeof value !== 'bigint') throw wrongType(field, value);
  switch (field.code) {
    case codes.double:
      return room(writer, 8).setFloat64(writer.at, Number(value), true);
    case codes.float:
      return room(writer, 4).setFloat32(writer.at, Number(value), true);
    case codes.fixed32:
    case codes.sfixed32:
      return room(writer, 4).setInt32(writer.at, Number(value), true);
    case codes.fixed64:
    case codes.sfixed64:
      return room(writer, 8).setBigInt64(writer.at, BigInt.asIntN(64, BigInt(value)), true);
    case codes.sint32:
    case codes.sint64: {
      const wide = BigInt(value);
      return writer.bigVarint((wide << 1n) ^ (wide >> 63n));
    }
    default:
      if (typeof value === 'number' && !Number.isInteger(value)) throw wrongType(field, value);
      return writer.integer(value);
  }
}

/** Reserves first and then looks the view up, because growing replaces it. */
function room(writer: Writer, size: number): DataView {
  writer.reserve(size);
  return writer.view;
}

const wrongType = (field: Field, value: unknown): TypeError =>
  new TypeError(`field ${field.name} cannot hold ${typeof value === 'object' ? 'an object' : String(value)}`);
