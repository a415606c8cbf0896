/** The log: one batch in flight; what comes meanwhile makes the next one (group commit). */
import { failpoint } from '@orrery/machinery/failpoint';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Prepared } from '../commits.ts';
import { StoreUnavailableError } from '../types.ts';
import { BatchWriter } from './batch.ts';
import { errorCode } from './files.ts';
import type { FileSystem } from './files.ts';
import { fileHeaderSize } from './layout.ts';
import { createSegment } from './segments.ts';
import type { OpenSegment, SealedSegment } from './segments.ts';

/** What waits to be written: a transaction, or the note of a compaction. */
type Waiting =
  | { readonly prepared: Prepared }
  | { readonly compacted: number; readonly done: () => void; readonly failed: (error: Error) => void };

export interface LogWriterOptions {
  readonly files: FileSystem;
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly segmentBytes: number;
  /** The first segment is small, so that opening is quick. */
  readonly firstSegmentBytes: number;
  readonly nextSegment: number;
  readonly nextBatch: number;
  readonly revision: number;
  /** Told each transaction when it is on disk, in order. */
  readonly settled: (prepared: Prepared, timeMs: number) => void;
  /** Told each transaction that is not, when the disk has failed. */
  readonly failed: (prepared: Prepared, error: StoreUnavailableError) => void;
  /** Told once, before the first `failed`. */
  readonly broken: (error: StoreUnavailableError) => void;
  /** Told when a segment is complete. */
  readonly sealed: (segment: SealedSegment) => void;
}

/** A batch is closed when it has this many bytes: writing it should not take much longer than a flush. */
const batchLimit = 2 * 1024 * 1024;

export class LogWriter {
  readonly #options: LogWriterOptions;
  readonly #batch = new BatchWriter();
  #waiting: Waiting[] = [];
  #current: OpenSegment;
  #position = fileHeaderSize;
  #next: Promise<OpenSegment> | undefined = undefined;
  #batchNumber: number;
  #lastRevision: number;
  #running: Promise<void> | undefined = undefined;
  #failure: StoreUnavailableError | undefined = undefined;

  private constructor(options: LogWriterOptions, first: OpenSegment) {
    this.#options = options;
    this.#current = first;
    this.#batchNumber = options.nextBatch;
    this.#lastRevision = options.revision;
  }

  static async open(options: LogWriterOptions): Promise<LogWriter> {
    const { files, directory, nextSegment, firstSegmentBytes } = options;
    return new LogWriter(options, await createSegment(files, directory, nextSegment, firstSegmentBytes));
  }

  /** The segment that is being written. */
  get currentSegment(): number {
    return this.#current.number;
  }

  append(prepared: Prepared): void {
    if (this.#failure) this.#options.failed(prepared, this.#failure);
    else this.#enqueue({ prepared });
  }

  compacted(revision: number): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((done, failed) => this.#enqueue({ compacted: revision, done, failed }));
  }

  /** Waits for what is queued, cuts the unused rest off and releases the files. */
  async close(): Promise<void> {
    await this.#running;
    const next = await this.#next?.catch(() => undefined);
    this.#next = undefined;
    await this.#current.file.close();
    await next?.file.close();
    if (this.#failure) return;
    const { files, directory } = this.#options;
    if (next) await files.remove(next.path);
    await cutOff(files, this.#current.path, this.#position);
    await files.syncDirectory(directory);
  }

  #enqueue(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // The rest of this turn of the event loop may bring more transactions for the first batch.
    await new Promise(resolve => setImmediate(resolve));
    try {
      while (this.#waiting.length > 0) await this.#writeBatch();
    } catch (error) {
      this.#break(error);
    } finally {
      this.#running = undefined;
    }
  }

  async #writeBatch(): Promise<void> {
    const count = this.#fill();
    if (this.#position + this.#batch.size > this.#current.capacity && this.#position > fileHeaderSize)
      await this.#roll();
    const timeMs = this.#options.clock.now();
    const bytes = this.#batch.finish(this.#current.number, this.#position, this.#batchNumber, timeMs);
    failpoint('store.batch.encoded');
    await this.#current.file.write(bytes, this.#position);
    failpoint('store.batch.written');
    this.#batchNumber++;
    this.#position += bytes.length;
    const written = this.#waiting.splice(0, count);
    this.#prepareNext();
    for (const each of written) {
      if ('compacted' in each) {
        each.done();
      } else {
        this.#lastRevision = each.prepared.revision;
        this.#options.settled(each.prepared, timeMs);
        failpoint('store.batch.settled');
      }
    }
  }

  /** Encodes what waits, up to the limit of a batch. Returns how many of them. */
  #fill(): number {
    this.#batch.clear();
    let count = 0;
    for (const each of this.#waiting) {
      if (this.#batch.size >= batchLimit) break;
      if ('compacted' in each) this.#batch.addCompaction(each.compacted);
      else this.#batch.addTransaction(each.prepared.revision, each.prepared.changes);
      count++;
    }
    return count;
  }

  /** Makes the next segment when the present one is half full; a failure shows when it is needed. */
  #prepareNext(): void {
    if (this.#next || this.#position < this.#current.capacity / 2) return;
    const { files, directory, segmentBytes } = this.#options;
    this.#next = createSegment(files, directory, this.#current.number + 1, segmentBytes);
    this.#next.catch(() => {});
  }

  async #roll(): Promise<void> {
    const { files, directory, segmentBytes, sealed, log } = this.#options;
    const full = this.#current;
    failpoint('store.roll.begin');
    const next = await (this.#next ?? Promise.reject(new Error('not prepared'))).catch(error => {
      log.debug('the next log segment is made only now', { error });
      return createSegment(files, directory, full.number + 1, segmentBytes);
    });
    this.#next = undefined;
    this.#current = next;
    const size = this.#position;
    this.#position = fileHeaderSize;
    failpoint('store.roll.done');
    await full.file.close();
    sealed({ number: full.number, size, lastRevision: this.#lastRevision });
  }

  /** After a failed write nobody knows what is on disk: nothing more is written, and opening again finds out. */
  #break(error: unknown): void {
    this.#failure = unavailable(this.#current.path, error);
    this.#options.log.error('the store is read-only now', { error, remedy: this.#failure.message });
    this.#options.broken(this.#failure);
    for (const each of this.#waiting.splice(0)) {
      if ('compacted' in each) each.failed(this.#failure);
      else this.#options.failed(each.prepared, this.#failure);
    }
  }
}

/** Cuts the zeros behind the last batch off. */
async function cutOff(files: FileSystem, path: string, size: number): Promise<void> {
  const file = await files.open(path, 'update');
  try {
    await file.truncate(size);
    await file.sync();
  } finally {
    await file.close();
  }
}

function unavailable(path: string, error: unknown): StoreUnavailableError {
  const code = errorCode(error);
  const full = code === 'ENOSPC' || code === 'EDQUOT';
  const remedy = full ? 'free some space on that disk' : 'check the disk (dmesg names the fault)';
  const what = full ? 'the disk is full' : `the disk refuses (${code || String(error)})`;
  return new StoreUnavailableError(`cannot write ${path}: ${what}; ${remedy}, then start Orrery again`, {
    cause: error,
  });
}
