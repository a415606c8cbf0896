/** Keeps the log short: when enough of it is older than the kept past, a snapshot takes its place. */
import { failpoint } from '@orrery/machinery/failpoint';
import type { Log } from '@orrery/machinery/log';
import type { Versions } from '../versions.ts';
import type { FileSystem } from './files.ts';
import { numberIn, segmentName, snapshotName } from './layout.ts';
import type { SealedSegment } from './segments.ts';
import { writeSnapshot } from './snapshot.ts';

export interface CheckpointsOptions {
  readonly files: FileSystem;
  readonly directory: string;
  readonly log: Log;
  readonly versions: Versions;
  readonly checkpointBytes: number;
  /** Complete segments found at opening, oldest first. */
  readonly segments: readonly SealedSegment[];
  /** The size of the snapshot found at opening; 0 when there was none. */
  readonly snapshotBytes: number;
  /** The number of the segment that is being written. */
  readonly currentSegment: () => number;
}

/** Every start makes a segment, however little is written: so many are replaced even if they are small. */
const manySegments = 16;
/** Fewer are written in some hundredths of a second. */
const manyKeys = 10_000;

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #stop = new AbortController();
  #segments: SealedSegment[];
  #snapshotBytes: number;
  #running: Promise<void> | undefined = undefined;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
    this.#segments = [...options.segments];
    this.#snapshotBytes = options.snapshotBytes;
  }

  sealed(segment: SealedSegment): void {
    this.#segments.push(segment);
    this.consider();
  }

  /** Right after opening everybody is busy with starting, and a large snapshot can wait: but not where each process lives for moments only. */
  opened(): void {
    if (this.#options.versions.liveKeys < manyKeys || this.#segments.length >= manySegments) this.consider();
  }

  /** Starts a checkpoint if it would free enough; the snapshot is of the oldest revision that can still be read. */
  consider(): void {
    if (this.#running || this.#stop.signal.aborted) return;
    const { versions, checkpointBytes } = this.#options;
    const replaceable = this.#segments.filter(segment => segment.lastRevision <= versions.floor);
    const bytes = replaceable.reduce((sum, segment) => sum + segment.size, 0);
    // Half the state at least, so that a large one is not written again and again for little.
    const enough = Math.max(checkpointBytes, this.#snapshotBytes / 2);
    if (bytes < enough && (replaceable.length < manySegments || bytes > checkpointBytes)) return;
    this.#running = this.#run().finally(() => (this.#running = undefined));
  }

  /** Gives up a running checkpoint; the log holds everything it would have. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { files, directory, log, versions, currentSegment } = this.#options;
    const revision = versions.floor;
    versions.pin();
    try {
      const kept = this.#segments.filter(segment => segment.lastRevision > revision);
      const first = kept[0]?.number ?? currentSegment();
      const size = await writeSnapshot(files, directory, versions, revision, first, this.#stop.signal);
      this.#segments = this.#segments.filter(segment => segment.number >= first);
      this.#snapshotBytes = size;
      await this.#removeBefore(first, revision);
      log.info('checkpoint', { revision, bytes: size });
    } catch (error) {
      await files.remove(`${directory}/${snapshotName(revision)}.tmp`).catch(() => {});
      if (!this.#stop.signal.aborted) log.warn('no checkpoint; the log grows until one succeeds', { error });
    } finally {
      versions.unpin();
    }
  }

  async #removeBefore(first: number, revision: number): Promise<void> {
    const { files, directory } = this.#options;
    failpoint('store.checkpoint.removing');
    for (const name of await files.list(directory)) {
      const segment = numberIn(name, 'log');
      const snapshot = numberIn(name, 'snapshot');
      if ((segment ?? first) < first) await files.remove(`${directory}/${segmentName(segment!)}`);
      if ((snapshot ?? revision) < revision) await files.remove(`${directory}/${snapshotName(snapshot!)}`);
    }
    failpoint('store.checkpoint.removed');
    await files.syncDirectory(directory);
  }
}
