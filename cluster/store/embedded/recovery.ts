/** From a directory to the state in memory: the snapshot, then the log after it. */
import type { Change, Versions } from '../versions.ts';
import { StoreOpenError } from '../types.ts';
import { corrupt, restoreRemedy } from './damage.ts';
import { batchAt, laterBatch, recordsOf } from './batch.ts';
import type { BatchAt, LogRecord } from './batch.ts';
import { readWhole } from './files.ts';
import type { FileSystem } from './files.ts';
import { decodeFileHeader, fileHeaderSize, numberIn, segmentName, snapshotName } from './layout.ts';
import type { SealedSegment } from './segments.ts';
import { readSnapshot } from './snapshot.ts';

/** Where writing goes on. */
export interface Recovered {
  readonly segments: readonly SealedSegment[];
  readonly nextSegment: number;
  readonly nextBatch: number;
  /** Files that a crash left behind, or that are no longer needed. */
  readonly obsolete: readonly string[];
}

/** Work between two turns of the event loop, in bytes of log: a few milliseconds. */
const sliceBytes = 1024 * 1024;

const missing = (directory: string, number: number): StoreOpenError =>
  new StoreOpenError(`${directory}/${segmentName(number)} is missing; ${restoreRemedy}`);

/** Loads everything that was acknowledged. Throws StoreOpenError when some of it cannot be read any more. */
export async function recover(
  files: FileSystem,
  directory: string,
  versions: Versions,
  nowMs: number,
): Promise<Recovered> {
  const names = await files.list(directory);
  const snapshot = newestOf(names, 'snapshot');
  const first =
    snapshot === undefined ? 1 : await readSnapshot(files, `${directory}/${snapshotName(snapshot)}`, versions);
  const numbers = numbersOf(names, 'log').filter(number => number >= first);
  if (snapshot !== undefined && numbers.length === 0) throw missing(directory, first);
  const replay = new Replay(versions, nowMs);
  const segments: SealedSegment[] = [];
  for (const [index, number] of numbers.entries()) {
    if (number !== first + index) throw missing(directory, first + index);
    const path = `${directory}/${segmentName(number)}`;
    const size = await replay.segment(await readSegment(files, path, number), number, path);
    if (number === first || size > fileHeaderSize) segments.push({ number, size, lastRevision: versions.revision });
  }
  if (replay.torn) await truncate(files, replay.torn.path, replay.torn.size);
  const nextSegment = (segments.at(-1)?.number ?? first - 1) + 1;
  const obsolete = names.filter(name => isObsolete(name, first, nextSegment, snapshot));
  return { segments, nextSegment, nextBatch: replay.nextBatch, obsolete: obsolete.sort().reverse() };
}

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

async function readSegment(files: FileSystem, path: string, number: number): Promise<Buffer> {
  const bytes = await readWhole(files, path);
  // A segment gets its name only when it is whole on disk, so a bad header is no interrupted write.
  if (decodeFileHeader('segment', bytes)?.number !== number) throw corrupt(path, 0, 'its header');
  return bytes;
}

async function truncate(files: FileSystem, path: string, size: number): Promise<void> {
  const file = await files.open(path, 'update');
  try {
    await file.truncate(size);
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
  torn: { readonly path: string; readonly size: number } | undefined = undefined;

  constructor(versions: Versions, nowMs: number) {
    this.#versions = versions;
    this.#nowMs = nowMs;
  }

  get nextBatch(): number {
    return this.#nextBatch ?? 1;
  }

  /** @returns the place behind the last whole batch */
  async segment(bytes: Buffer, number: number, path: string): Promise<number> {
    let position = fileHeaderSize;
    let breather = sliceBytes;
    for (;;) {
      const found = batchAt(bytes, position, number);
      if (found.is !== 'batch') return this.#stop(found, bytes, position, number, path);
      if (this.torn) throw corrupt(this.torn.path, this.torn.size, 'batches after it are whole');
      if (found.batch.number !== (this.#nextBatch ?? found.batch.number)) {
        throw corrupt(path, position, `batch ${this.nextBatch} is missing`);
      }
      this.#nextBatch = found.batch.number + 1;
      for (const record of recordsOf(found.batch.payload)) this.#apply(record, path, position);
      position = found.batch.end;
      if (position < breather) continue;
      breather = position + sliceBytes;
      await new Promise(resolve => setImmediate(resolve));
    }
  }

  #stop(found: BatchAt, bytes: Buffer, position: number, number: number, path: string): number {
    // A batch is written only when the one before is on disk; so damage before a whole header is no interrupted write.
    if (laterBatch(bytes, position + 1, number, this.#nextBatch ?? 0) !== undefined) {
      throw corrupt(path, position, 'batches after it are whole');
    }
    if (found.is === 'damaged' && !found.torn) throw corrupt(path, position, 'the checksum differs');
    if (found.is === 'damaged') this.torn = { path, size: position };
    return position;
  }

  #apply(record: LogRecord, path: string, position: number): void {
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
    versions.apply(revision, this.#nowMs, changes);
  }
}
