/** Snapshots: the whole state at one revision, so that opening needs only the log after it. */
import { failpoint } from '@orrery/machinery/failpoint';
import { crc32 } from 'node:zlib';
import type { Entry } from '../types.ts';
import type { Versions } from '../versions.ts';
import { corrupt } from './damage.ts';
import type { FileSystem, StoreFile } from './files.ts';
import { currentFormat, decodeFileHeader, encodeFileHeader, fileHeaderSize, snapshotName } from './layout.ts';

/** A frame: payload size u32, entry count u32, checksum of both and the payload u32; payload. */
const frameHeaderSize = 12;
/** The payload size of the last frame, which has no payload and counts all entries. */
const endOfSnapshot = 0xffff_ffff;
/** Encoding or decoding a frame of this size takes about a millisecond. */
const frameBytes = 256 * 1024;
const pageEntries = 256;

/** Flags u8, revision f64, create revision f64, then expiry f64 if flagged; key, head, value, each with its size u32. */
const flagExpires = 1;
const entryOverhead = 1 + 8 + 8 + 8 + 3 * 4;

/**
 * Writes the state at `revision`, whose versions the caller has pinned, a frame at a time so that the event loop goes on.
 * After a crash the snapshot is there as a whole or not at all.
 * @param firstSegment the number of the first segment with later transactions
 * @returns the size in bytes
 */
export async function writeSnapshot(
  files: FileSystem,
  directory: string,
  versions: Versions,
  revision: number,
  firstSegment: number,
  signal?: AbortSignal,
): Promise<number> {
  const path = `${directory}/${snapshotName(revision)}`;
  const temporary = `${path}.tmp`;
  const file = await files.open(temporary, 'create');
  let size = 0;
  try {
    size = await writeFrames(file, versions, revision, firstSegment, signal);
    await file.sync();
    failpoint('store.snapshot.synced');
  } finally {
    await file.close();
  }
  await files.rename(temporary, path);
  failpoint('store.snapshot.named');
  await files.syncDirectory(directory);
  return size;
}

async function writeFrames(
  file: StoreFile,
  versions: Versions,
  revision: number,
  firstSegment: number,
  signal: AbortSignal | undefined,
): Promise<number> {
  await file.write(encodeFileHeader('snapshot', { format: currentFormat, number: firstSegment, revision }), 0);
  let position = fileHeaderSize;
  let total = 0;
  let after: string | undefined;
  for (;;) {
    signal?.throwIfAborted();
    const entries = frameOf(versions, revision, after);
    const bytes = entries.length > 0 ? encodeFrame(entries) : encodeEnd(total);
    await file.write(bytes, position);
    failpoint('store.snapshot.frame');
    position += bytes.length;
    if (entries.length === 0) return position;
    total += entries.length;
    after = entries.at(-1)!.key;
  }
}

/** The next entries that fill a frame. */
function frameOf(versions: Versions, revision: number, after: string | undefined): Entry[] {
  const entries = versions.pinnedPage(revision, after, pageEntries);
  let size = 0;
  const full = entries.findIndex(entry => (size += entry.value.length + entry.head.length) > frameBytes);
  return full < 0 ? entries : entries.slice(0, full + 1);
}

function encodeFrame(entries: readonly Entry[]): Buffer {
  let bound = frameHeaderSize;
  for (const { key, head, value } of entries) bound += entryOverhead + (key.length + head.length) * 3 + value.length;
  const bytes = Buffer.allocUnsafe(bound);
  let at = frameHeaderSize;
  const text = (value: string) => {
    const size = bytes.write(value, at + 4, 'utf8');
    at = bytes.writeUInt32LE(size, at) + size;
  };
  for (const { key, head, value, revision, createRevision, expiresAtMs } of entries) {
    at = bytes.writeUInt8(expiresAtMs === undefined ? 0 : flagExpires, at);
    at = bytes.writeDoubleLE(revision, at);
    at = bytes.writeDoubleLE(createRevision, at);
    if (expiresAtMs !== undefined) at = bytes.writeDoubleLE(expiresAtMs, at);
    text(key);
    text(head);
    at = bytes.writeUInt32LE(value.length, at);
    bytes.set(value, at);
    at += value.length;
  }
  return seal(bytes.subarray(0, at), at - frameHeaderSize, entries.length);
}

const encodeEnd = (total: number): Buffer => seal(Buffer.alloc(frameHeaderSize), endOfSnapshot, total);

function seal(frame: Buffer, size: number, count: number): Buffer {
  frame.writeUInt32LE(size, 0);
  frame.writeUInt32LE(count, 4);
  frame.writeUInt32LE(frameChecksum(frame, frame.subarray(frameHeaderSize)), 8);
  return frame;
}

const frameChecksum = (header: Buffer, payload: Buffer): number => crc32(payload, crc32(header.subarray(0, 8)));

/**
 * Loads a snapshot into empty versions.
 * @returns the number of the first segment to be read after it, and the snapshot's size
 * @throws StoreOpenError when it is damaged
 */
export async function readSnapshot(
  files: FileSystem,
  path: string,
  versions: Versions,
): Promise<{ firstSegment: number; bytes: number }> {
  const file = await files.open(path, 'read');
  try {
    const head = Buffer.alloc(fileHeaderSize);
    const header = (await file.read(head, 0)) === head.length ? decodeFileHeader('snapshot', head) : undefined;
    if (!header || header.format > currentFormat) throw corrupt(path, 0, 'its header');
    await readFrames(file, path, versions);
    versions.loaded(header.revision);
    return { firstSegment: header.number, bytes: await file.size() };
  } finally {
    await file.close();
  }
}

async function readFrames(file: StoreFile, path: string, versions: Versions): Promise<void> {
  const header = Buffer.alloc(frameHeaderSize);
  const size = await file.size();
  let buffer = Buffer.allocUnsafeSlow(frameBytes * 2);
  let position = fileHeaderSize;
  for (let total = 0; ;) {
    if ((await file.read(header, position)) < header.length) throw corrupt(path, position, 'it ends too early');
    const stated = header.readUInt32LE(0);
    const length = stated === endOfSnapshot ? 0 : stated;
    if (position + frameHeaderSize + length > size) throw corrupt(path, position, 'it ends too early');
    if (buffer.length < length) buffer = Buffer.allocUnsafeSlow(length);
    const payload = buffer.subarray(0, length);
    await file.read(payload, position + frameHeaderSize);
    if (frameChecksum(header, payload) !== header.readUInt32LE(8))
      throw corrupt(path, position, 'the checksum differs');
    const count = header.readUInt32LE(4);
    if (stated === endOfSnapshot) {
      if (count !== total) throw corrupt(path, position, `it has ${total} of ${count} entries`);
      return;
    }
    for (const entry of entriesOf(payload)) versions.load(entry);
    total += count;
    position += frameHeaderSize + length;
  }
}

/** The entries of a frame. Values are copies. */
function* entriesOf(payload: Buffer): Generator<Entry> {
  let at = 0;
  const word = () => payload.readUInt32LE((at += 4) - 4);
  const double = () => payload.readDoubleLE((at += 8) - 8);
  const text = () => {
    const size = word();
    return payload.toString('utf8', at, (at += size));
  };
  while (at < payload.length) {
    const flags = payload[at++]!;
    const revision = double();
    const createRevision = double();
    const expiresAtMs = (flags & flagExpires) !== 0 ? double() : undefined;
    const key = text();
    const head = text();
    const size = word();
    const value = Buffer.from(payload.subarray(at, (at += size)));
    yield { key, revision, createRevision, head, value, expiresAtMs };
  }
}
