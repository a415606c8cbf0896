/**
 * The layout on disk. Numbers are little-endian.
 *
 *     format                 one line: the format's number and its checksum
 *     lock                   empty; whoever holds its lock owns the directory
 *     snapshot-<revision>    header, frames of entries in key order, an end frame
 *     log-<segment>          header, batches one after the other, zeros to the end
 *
 * A batch is what one disk write carries: whole transactions, one checksum. Its header has a checksum of its own, over the
 * segment's number and the place in the file, so that stale bytes are never taken for a batch.
 */
import { crc32 } from 'node:zlib';

/**
 * The format this code writes. Older ones are migrated at opening, newer ones refused.
 * 1: the first. 2: batches carry their time, so that the kept past survives a restart with its age.
 */
export const currentFormat = 2;

/** Segments and snapshots begin with: magic 8, format u32, number u32, revision f64, zero u32, checksum u32. */
export const fileHeaderSize = 32;
const segmentMagic = 'ORRYLOG\n';
const snapshotMagic = 'ORRYSNP\n';

export interface FileHeader {
  readonly format: number;
  /** A segment's number; for a snapshot that of the first segment to be read after it. */
  readonly number: number;
  /** A snapshot's revision; 0 in a segment. */
  readonly revision: number;
}

export function encodeFileHeader(kind: 'segment' | 'snapshot', header: FileHeader): Buffer {
  const bytes = Buffer.alloc(fileHeaderSize);
  bytes.write(kind === 'segment' ? segmentMagic : snapshotMagic, 'latin1');
  bytes.writeUInt32LE(header.format, 8);
  bytes.writeUInt32LE(header.number, 12);
  bytes.writeDoubleLE(header.revision, 16);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 28)), 28);
  return bytes;
}

/** @returns undefined when the bytes are no such header */
export function decodeFileHeader(kind: 'segment' | 'snapshot', bytes: Buffer): FileHeader | undefined {
  if (bytes.length < fileHeaderSize) return undefined;
  if (bytes.toString('latin1', 0, 8) !== (kind === 'segment' ? segmentMagic : snapshotMagic)) return undefined;
  if (bytes.readUInt32LE(28) !== crc32(bytes.subarray(0, 28))) return undefined;
  return { format: bytes.readUInt32LE(8), number: bytes.readUInt32LE(12), revision: bytes.readDoubleLE(16) };
}

export const segmentName = (number: number): string => `log-${String(number).padStart(10, '0')}`;
export const snapshotName = (revision: number): string => `snapshot-${String(revision).padStart(16, '0')}`;

/** The number in a segment's or snapshot's name; undefined for any other name. */
export function numberIn(name: string, kind: 'log' | 'snapshot'): number | undefined {
  const match = /^(log|snapshot)-(\d+)$/.exec(name);
  return match?.[1] === kind ? Number(match[2]) : undefined;
}

export const formatFileName = 'format';
export const lockFileName = 'lock';

export function encodeFormat(format: number): Buffer {
  const line = `orrery-store ${format}`;
  return Buffer.from(`${line} ${crc32(line).toString(16).padStart(8, '0')}\n`);
}

/** @returns undefined when the text is not a format stamp */
export function decodeFormat(text: string): number | undefined {
  const match = /^(orrery-store (\d+)) ([0-9a-f]{8})\n$/.exec(text);
  if (!match || crc32(match[1]!) !== parseInt(match[3]!, 16)) return undefined;
  return Number(match[2]);
}
