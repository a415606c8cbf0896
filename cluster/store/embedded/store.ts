/** The embedded store: the shared engine over the log, with checkpoints beside it. */
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { Engine } from '../engine.ts';
import type { Store } from '../types.ts';
import type { Retention, Versions } from '../versions.ts';
import { Checkpoints } from './checkpoints.ts';
import type { FileSystem } from './files.ts';
import { LogWriter } from './log-writer.ts';
import type { Recovered } from './recovery.ts';

export interface EmbeddedStoreOptions {
  readonly files: FileSystem;
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly retention: Retention;
  readonly versions: Versions;
  readonly recovered: Recovered;
  readonly segmentBytes: number;
  readonly checkpointBytes: number;
  /** Gives the directory free again. */
  readonly release: () => Promise<void>;
}

/** The first segment after opening is small: filling it with zeros is part of the time to start. */
const firstSegmentBytes = 1024 * 1024;
const checkpointPeriodMs = 15_000;

export async function startEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { versions, recovered, segmentBytes, clock } = options;
  const writer = await LogWriter.open({
    ...options,
    ...recovered,
    firstSegmentBytes: Math.min(segmentBytes, firstSegmentBytes),
    revision: versions.revision,
    settled: (prepared, timeMs) => engine.settle(prepared, timeMs),
    failed: (prepared, error) => engine.fail(prepared, error),
    broken: error => engine.refuse(error),
    sealed: segment => checkpoints.sealed(segment),
  });
  const checkpoints = new Checkpoints({
    ...options,
    segments: recovered.segments,
    snapshotBytes: recovered.snapshotBytes,
    currentSegment: () => writer.currentSegment,
  });
  const engine = new Engine({ ...options, journal: writer });
  checkpoints.opened();
  const checkpointing = clock.every(checkpointPeriodMs, () => checkpoints.consider()).unref();
  let closed: Promise<void> | undefined;
  const close = async () => {
    await engine.close();
    checkpointing.cancel();
    await checkpoints.close();
    await writer.close().finally(options.release);
  };
  return {
    revision: () => engine.revision(),
    get: (key, revision) => engine.get(key, revision),
    range: range => engine.range(range),
    commit: transaction => engine.commit(transaction),
    watch: (watch, listener) => engine.watch(watch, listener),
    compact: revision => engine.compact(revision),
    close: () => (closed ??= close()),
  };
}
