/** From a directory to the state in memory: the snapshot, then the log after it. */
import type { Change, Versions } from '../versions.ts';
import { StoreOpenError } from '../types.ts';
import { corrupt, restoreRemedy } from './damage.ts';
import { batchAt, isReadableFormat, laterBatch, recordsOf } from './batch.ts';
import type { BatchAt, LogRecord, SegmentBytes } from './batch.ts';
import { readWhole } from './files.ts';
import type { FileSystem } from './files.ts';
import { decodeFileHeader, fileHeaderSize, numberIn, segmentName, snapshotName } from './layout.ts';
import type { SealedSegment } from './segments.ts';
import { readSnapshot } from './snapshot.ts';

export interface Torn {
  readonly path: string;
  readonly size: number;
}

/** A batch and its place. */
export interface LastBatch {
  readonly path: string;
  readonly position: number;
  readonly bytes: Buffer;
}

/** Where writing goes on. */
export interface Recovered {
  readonly segments: readonly SealedSegment[];
  readonly nextSegment: number;
  readonly nextBatch: number;
  /** The size of the snapshot; 0 when there is none. */
  readonly snapshotBytes: number;
  /** The segment that ends with an interrupted write, which nobody was told of, and the size of its sound part. */
  readonly torn: Torn | undefined;
  /** The last whole batch, in the last segment; without bytes where there is none. It must be on disk before it is served. */
  readonly last: LastBatch | undefined;
  /** Files that a crash left behind, or that are no longer needed, in the order in which to remove them. */
  readonly obsolete: readonly string[];
}

/** Work between two turns of the event loop, in bytes of log: a few milliseconds. */
const sliceBytes = 1024 * 1024;

const missing = (directory: string, number: number): StoreOpenError =>
  new StoreOpenError(`${directory}/${segmentName(number)} is missing; ${restoreRemedy}`);

/** Loads everything that was acknowledged, and changes nothing. Throws StoreOpenError when some of it cannot be read any more. */
export async function recover(
  files: FileSystem,
  directory: string,
  versions: Versions,
  nowMs: number,
): Promise<Recovered> {
  versions.gather();
  const names = await files.list(directory);
  const snapshot = newestOf(names, 'snapshot');
  const path = snapshot === undefined ? undefined : `${directory}/${snapshotName(snapshot)}`;
  const loaded = path === undefined ? undefined : await readSnapshot(files, path, versions);
  const first = loaded?.firstSegment ?? 1;
  const numbers = numbersOf(names, 'log').filter(number => number >= first);
  if (snapshot !== undefined && numbers.length === 0) throw missing(directory, first);
  const replay = new Replay(versions, nowMs);
  const segments: SealedSegment[] = [];
  for (const [index, number] of numbers.entries()) {
    if (number !== first + index) throw missing(directory, first + index);
    const path = `${directory}/${segmentName(number)}`;
    const size = await replay.segment(await readSegment(files, path, number), path);
    if (number === first || size > fileHeaderSize) segments.push({ number, size, lastRevision: versions.revision });
  }
  versions.ready();
  const nextSegment = (segments.at(-1)?.number ?? first - 1) + 1;
  const obsolete = names.filter(name => isObsolete(name, first, nextSegment, snapshot));
  return {
    segments,
    nextSegment,
    nextBatch: replay.nextBatch,
    torn: replay.torn,
    last: replay.last ?? emptyBatch(directory, segments.at(-1)),
    snapshotBytes: loaded?.bytes ?? 0,
    obsolete: obsolete.sort().reverse(),
  };
}

const emptyBatch = (directory: string, segment: SealedSegment | undefined): LastBatch | undefined =>
  segment && { path: `${directory}/${segmentName(segment.number)}`, position: 0, bytes: Buffer.alloc(0) };

/** Numbers in the names of one kind, ascending. */
const numbersOf = (names: readonly string[], kind: 'log' | 'snapshot'): number[] =>
  names
    .map(name => numberIn(name, kind))
    .filter(number => number !== undefined)
    .sort((left, right) => left - right);

const newestOf = (names: readonly string[], kind: 'snapshot'): number | undefined => numbersOf(names, kind).at(-1);

/** What a crash left unfinished, what the snapshot replaced, and segments that were made but not used. */
function isObsolete(name: string, first: number, nextSegment: number, snapshot: number | undefined): boolean {
  const segment = numberIn(name, 'log');
  if (segment !== undefined) return segment < first || segment >= nextSegment;
  const revision = numberIn(name, 'snapshot');
  if (revision !== undefined) return revision !== snapshot;
  return /^(format|log-\d+|snapshot-\d+)\.tmp$/.test(name);
}

async function readSegment(files: FileSystem, path: string, number: number): Promise<SegmentBytes> {
  const bytes = await readWhole(files, path);
  const header = decodeFileHeader('segment', bytes);
  // A segment gets its name only when it is whole on disk, so a bad header is no interrupted write.
  if (header?.number !== number || !isReadableFormat(header.format)) throw corrupt(path, 0, 'its header');
  return { bytes, number, format: header.format };
}

/**
 * Makes a directory as {@link recover} found it: nothing unfinished, nothing obsolete, and all of it on disk. What was read may be in
 * the page cache only: a process that was killed, or whose disk refused, did not wait for the disk.
 */
export async function tidyUp(files: FileSystem, directory: string, { torn, last, obsolete }: Recovered): Promise<void> {
  if (last) await settle(files, last, torn?.path === last.path ? torn.size : undefined);
  // Names that were found are on disk before others come or go: the stamp before segments, a snapshot before what it replaces.
  await files.syncDirectory(directory);
  if (obsolete.length === 0) return;
  for (const name of obsolete) await files.remove(`${directory}/${name}`);
  await files.syncDirectory(directory);
}

/**
 * Writes a batch again where it is, since a sync alone does not bring back pages that the kernel gave up after a failure. The bytes
 * are the same, so a crash meanwhile changes nothing. `size` cuts off an interrupted write.
 */
async function settle(
  files: FileSystem,
  { path, position, bytes }: LastBatch,
  size: number | undefined,
): Promise<void> {
  const file = await files.open(path, 'update');
  try {
    if (size !== undefined) await file.truncate(size);
    if (bytes.length > 0) await file.write(bytes, position);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Applies segments in order, and tells an interrupted write from damage. */
class Replay {
  readonly #versions: Versions;
  readonly #nowMs: number;
  #nextBatch: number | undefined = undefined;
  /** The segment that ends with what looks like an interrupted write: there must be no batch after it. */
  torn: Torn | undefined = undefined;
  last: LastBatch | undefined = undefined;

  constructor(versions: Versions, nowMs: number) {
    this.#versions = versions;
    this.#nowMs = nowMs;
  }

  get nextBatch(): number {
    return this.#nextBatch ?? 1;
  }

  /** @returns the place behind the last whole batch */
  async segment(segment: SegmentBytes, path: string): Promise<number> {
    let position = fileHeaderSize;
    let breather = sliceBytes;
    for (;;) {
      const found = batchAt(segment, position);
      if (found.is !== 'batch') return this.#stop(found, segment, position, path);
      if (this.torn) throw corrupt(this.torn.path, this.torn.size, 'batches after it are whole');
      if (found.batch.number !== (this.#nextBatch ?? found.batch.number)) {
        throw corrupt(path, position, `batch ${this.nextBatch} is missing`);
      }
      this.#nextBatch = found.batch.number + 1;
      const timeMs = found.batch.timeMs ?? this.#nowMs;
      for (const record of recordsOf(found.batch.payload)) this.#apply(record, timeMs, path, position);
      this.last = { path, position, bytes: segment.bytes.subarray(position, found.batch.end) };
      position = found.batch.end;
      if (position < breather) continue;
      breather = position + sliceBytes;
      await new Promise(resolve => setImmediate(resolve));
    }
  }

  #stop(found: BatchAt, segment: SegmentBytes, position: number, path: string): number {
    // A batch is written only when the one before is on disk; so damage before a whole header is no interrupted write.
    if (laterBatch(segment, position + 1, this.#nextBatch ?? 0) !== undefined) {
      throw corrupt(path, position, 'batches after it are whole');
    }
    if (found.is === 'damaged' && !found.torn) throw corrupt(path, position, 'the checksum differs');
    if (found.is === 'damaged') this.torn = { path, size: position };
    return position;
  }

  #apply(record: LogRecord, timeMs: number, path: string, position: number): void {
    const versions = this.#versions;
    if (record.kind === 'compaction') return versions.compact(record.revision);
    const { revision } = record;
    if (revision <= versions.revision) return;
    if (revision !== versions.revision + 1)
      throw corrupt(path, position, `revision ${versions.revision + 1} is missing`);
    const changes = record.operations.map(({ key, put }): Change => {
      if (!put) return { key, entry: undefined };
      const { head, value, expiresAtMs } = put;
      const createRevision = versions.newest(key)?.createRevision ?? revision;
      return { key, entry: { key, revision, createRevision, head, value, expiresAtMs } };
    });
    versions.replay(revision, timeMs, changes, this.#nowMs);
  }
}
