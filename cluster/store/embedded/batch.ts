/** Batches: the bytes of one disk write, made and read back. */
import { crc32 } from 'node:zlib';
import { currentFormat } from './layout.ts';
import type { Change } from '../versions.ts';

/**
 * A batch: magic u32, segment u32, number f64, payload size u32, time f64 (not in format 1), header checksum u32, mark u32;
 * payload; checksum of all before u32, mark u32. No mark ends with a zero byte: a header or batch that ends with one was written to its end.
 */
const batchMagic = 0x4742_524f;
const headerSizes: Readonly<Record<number, number>> = { 1: 28, 2: 36 };
const batchHeaderSize = headerSizes[currentFormat]!;
const batchTrailerSize = 8;
const headerMark = 0x5a5a_5a5a;
const endMark = 0xa5a5_a5a5;
/** The last byte of the mark of a batch that has whole sectors of zeros by itself; see {@link zerosMark}. */
const zerosMarkByte = 0x69;
const zerosMax = 0xfff;

/** Disks lose writes by the sector: a preallocated one then still holds the zeros. */
const sectorSize = 512;

const kindTransaction = 1;
const kindCompaction = 2;
const operationDelete = 0;
const operationPut = 1;
const operationPutExpiring = 2;

/** What a batch carries, in order. */
export type LogRecord =
  | { readonly kind: 'transaction'; readonly revision: number; readonly operations: readonly LoggedOperation[] }
  /** Versions superseded at or before `revision` were forgotten. */
  | { readonly kind: 'compaction'; readonly revision: number };

export interface LoggedOperation {
  readonly key: string;
  /** Undefined: the key was deleted. */
  readonly put:
    { readonly head: string; readonly value: Uint8Array; readonly expiresAtMs: number | undefined } | undefined;
}

/** Builds batches in a buffer that is used again and again. */
export class BatchWriter {
  #bytes = Buffer.allocUnsafeSlow(64 * 1024);
  #size = batchHeaderSize;

  /** Bytes of the batch so far. */
  get size(): number {
    return this.#size + batchTrailerSize;
  }

  get isEmpty(): boolean {
    return this.#size === batchHeaderSize;
  }

  clear(): void {
    this.#size = batchHeaderSize;
  }

  addTransaction(revision: number, changes: readonly Change[]): void {
    this.#reserve(13);
    this.#byte(kindTransaction);
    this.#double(revision);
    this.#word(changes.length);
    for (const { key, entry } of changes) {
      const valueSize = entry ? entry.value.length : 0;
      this.#reserve(32 + (key.length + (entry ? entry.head.length : 0)) * 3 + valueSize);
      this.#byte(!entry ? operationDelete : entry.expiresAtMs === undefined ? operationPut : operationPutExpiring);
      this.#text(key);
      if (!entry) continue;
      this.#text(entry.head);
      if (entry.expiresAtMs !== undefined) this.#double(entry.expiresAtMs);
      this.#word(valueSize);
      this.#bytes.set(entry.value, this.#size);
      this.#size += valueSize;
    }
  }

  addCompaction(revision: number): void {
    this.#reserve(9);
    this.#byte(kindCompaction);
    this.#double(revision);
  }

  /** The finished batch for a place in a segment; valid until the next call of another method. */
  finish(segment: number, position: number, number: number, timeMs: number): Buffer {
    const bytes = this.#bytes;
    const end = this.#size;
    bytes.writeUInt32LE(batchMagic, 0);
    bytes.writeUInt32LE(segment, 4);
    bytes.writeDoubleLE(number, 8);
    bytes.writeUInt32LE(end - batchHeaderSize, 16);
    bytes.writeDoubleLE(timeMs, 20);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 28), position), 28);
    const zeros = zeroSectors(bytes.subarray(0, end), position, 0, end);
    bytes.writeUInt32LE(zeros === 0 ? headerMark : zerosMark(zeros), 32);
    bytes.writeUInt32LE(crc32(bytes.subarray(0, end)), end);
    bytes.writeUInt32LE(endMark, end + 4);
    return bytes.subarray(0, end + batchTrailerSize);
  }

  /** Makes room for `size` more bytes and the trailer. */
  #reserve(size: number): void {
    const needed = this.#size + size + batchTrailerSize;
    if (needed <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.#bytes.length * 2));
    this.#bytes.copy(larger, 0, 0, this.#size);
    this.#bytes = larger;
  }

  #byte(value: number): void {
    this.#bytes[this.#size++] = value;
  }

  #word(value: number): void {
    this.#size = this.#bytes.writeUInt32LE(value, this.#size);
  }

  #double(value: number): void {
    this.#size = this.#bytes.writeDoubleLE(value, this.#size);
  }

  #text(value: string): void {
    const size = this.#bytes.write(value, this.#size + 4, 'utf8');
    this.#bytes.writeUInt32LE(size, this.#size);
    this.#size += 4 + size;
  }
}

/** A batch found whole in a segment. */
export interface Batch {
  /** Batches are numbered without gaps through all segments. */
  readonly number: number;
  /** When it was written, milliseconds since the epoch; undefined in format 1. */
  readonly timeMs: number | undefined;
  readonly payload: Buffer;
  /** Where the next batch begins. */
  readonly end: number;
}

export type BatchAt =
  | { readonly is: 'batch'; readonly batch: Batch }
  /** Zeros, or the end of the file. */
  | { readonly is: 'end' }
  /** Not whole. `torn`: as an interrupted write leaves it; otherwise the bytes were written to the end, and changed later. */
  | { readonly is: 'damaged'; readonly torn: boolean };

/** A segment's bytes, and how they are to be read. */
export interface SegmentBytes {
  readonly bytes: Buffer;
  readonly number: number;
  /** 1 or {@link currentFormat}. */
  readonly format: number;
}

/** Whether batches of this format can be read. */
export const isReadableFormat = (format: number): boolean => headerSizes[format] !== undefined;

/** Reads what stands at `position` of a segment. */
export function batchAt(segment: SegmentBytes, position: number): BatchAt {
  const { bytes, format } = segment;
  const headerSize = headerSizes[format]!;
  const header = bytes.subarray(position, position + headerSize);
  const size = payloadSize(segment, position);
  if (size === undefined) {
    if (header.every(byte => byte === 0)) return { is: 'end' };
    const torn = header.length < headerSize || header[0] === 0 || header[headerSize - 1] === 0;
    return { is: 'damaged', torn };
  }
  const payloadEnd = position + headerSize + size;
  const end = payloadEnd + batchTrailerSize;
  if (end > bytes.length) return { is: 'damaged', torn: true };
  if (bytes.readUInt32LE(payloadEnd) !== crc32(bytes.subarray(position, payloadEnd))) {
    const ownZeros = zerosIn(bytes.readUInt32LE(position + headerSize - 4));
    const lostSector = ownZeros !== undefined && zeroSectors(bytes, 0, position, end + sectorSize - 1) > ownZeros;
    return { is: 'damaged', torn: bytes[end - 1] === 0 || lostSector };
  }
  const number = bytes.readDoubleLE(position + 8);
  const timeMs = format === 1 ? undefined : bytes.readDoubleLE(position + 20);
  return { is: 'batch', batch: { number, timeMs, payload: bytes.subarray(position + headerSize, payloadEnd), end } };
}

/** The place of a batch header from `position` on whose number is greater than `number`; undefined when there is none. */
export function laterBatch(segment: SegmentBytes, position: number, number: number): number | undefined {
  const { bytes } = segment;
  const magic = Buffer.alloc(4);
  magic.writeUInt32LE(batchMagic);
  for (let at = bytes.indexOf(magic, position); at >= 0; at = bytes.indexOf(magic, at + 1)) {
    if (payloadSize(segment, at) !== undefined && bytes.readDoubleLE(at + 8) > number) return at;
  }
  return undefined;
}

/** The payload size that a valid batch header states; undefined when there is none at `position`. */
function payloadSize({ bytes, number, format }: SegmentBytes, position: number): number | undefined {
  const headerSize = headerSizes[format]!;
  if (position + headerSize > bytes.length || bytes.readUInt32LE(position) !== batchMagic) return undefined;
  const checksumAt = position + headerSize - 8;
  if (bytes.readUInt32LE(checksumAt) !== crc32(bytes.subarray(position, checksumAt), position)) return undefined;
  if (bytes.readUInt32LE(position + 4) !== number) return undefined;
  return bytes.readUInt32LE(position + 16);
}

/** How many of the sectors that lie in `bytes` from `start` to `end` are zeros; `bytes` stand at `position` in the file. */
function zeroSectors(bytes: Buffer, position: number, start: number, end: number): number {
  let count = 0;
  const first = Math.ceil((position + start) / sectorSize) * sectorSize - position;
  for (let at = first; at + sectorSize <= end && at < bytes.length; at += sectorSize) {
    if (bytes[at] === 0 && bytes.subarray(at, at + sectorSize).every(byte => byte === 0)) count++;
  }
  return count;
}

/**
 * The header's mark when `count` sectors of the batch are zeros because such values were written: a sector of zeros is then no sign
 * of an interrupted write. The count stands there twice, once inverted, as a changed bit of it must not make damage look interrupted.
 */
function zerosMark(count: number): number {
  const bounded = Math.min(count, zerosMax);
  return ((zerosMarkByte << 24) | ((bounded ^ zerosMax) << 12) | bounded) >>> 0;
}

/** How many sectors of zeros a batch with this mark was written with; undefined when that cannot be known. */
function zerosIn(mark: number): number | undefined {
  if (mark === headerMark || mark >>> 24 === 0) return 0;
  const count = mark & zerosMax;
  return count < zerosMax && mark === zerosMark(count) ? count : undefined;
}

/** The records of a payload, in order. Values are copies. */
export function* recordsOf(payload: Buffer): Generator<LogRecord> {
  let at = 0;
  const word = () => payload.readUInt32LE((at += 4) - 4);
  const double = () => payload.readDoubleLE((at += 8) - 8);
  const text = () => {
    const size = word();
    return payload.toString('utf8', at, (at += size));
  };
  const operation = (): LoggedOperation => {
    const kind = payload[at++];
    const key = text();
    if (kind === operationDelete) return { key, put: undefined };
    const head = text();
    const expiresAtMs = kind === operationPutExpiring ? double() : undefined;
    const size = word();
    return { key, put: { head, expiresAtMs, value: Buffer.from(payload.subarray(at, (at += size))) } };
  };
  while (at < payload.length) {
    const kind = payload[at++];
    const revision = double();
    if (kind === kindCompaction) yield { kind: 'compaction', revision };
    else yield { kind: 'transaction', revision, operations: Array.from({ length: word() }, operation) };
  }
}
