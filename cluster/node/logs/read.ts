/** Reads a container's log file as `kubectl logs` wants it; follows it through rotation without polling. */
import { watch, type FSWatcher } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { isMissing } from '../volumes/errors.ts';
import { nanosecondsOf, parseLine } from './line.ts';
import type { LogOptions } from './options.ts';

const chunkSize = 64 * 1024;
const lineFeed = 0x0a;

export interface Following {
  /** Whether the container may still write. */
  running(): Promise<boolean>;
  /** Calls back when that may have changed; answers how to unsubscribe. */
  onStateChange?(callback: () => void): () => void;
  signal: AbortSignal;
}

/** The bytes to send, in pieces. Ends when the file ends or, following, when the container does. */
export async function* readLog(file: string, options: LogOptions, following?: Following): AsyncGenerator<Uint8Array> {
  const out = new Selector(options);
  let handle = await open(file, 'r');
  const watcher = following && watchFile(file, following);
  try {
    let records = new Records(handle, await tailOffset(handle, options.tailLines));
    for (;;) {
      yield* selected(records, out);
      if (out.full) return;
      if (!watcher || following.signal.aborted) break;
      const next = await rotated(file, handle);
      if (next) {
        // What was still written before the runtime opened the new file.
        yield* selected(records, out);
        await handle.close();
        handle = next;
        records = new Records(handle, 0);
        continue;
      }
      // Asked before the wait: what is written after it wakes the watcher.
      const running = await following.running();
      if (!running && !(await records.hasMore())) break;
      if (running) await watcher.changed();
    }
    const rest = records.rest();
    const bytes = rest && out.take(rest);
    if (bytes) yield bytes;
  } finally {
    watcher?.close();
    await handle.close();
  }
}

async function* selected(records: Records, out: Selector): AsyncGenerator<Uint8Array> {
  for await (const record of records.available()) {
    const bytes = out.take(record);
    if (bytes) yield bytes;
    if (out.full) return;
  }
}

/** Picks and shapes records: since, stream, timestamps, limit. */
class Selector {
  readonly #options: LogOptions;
  readonly #since: bigint | undefined;
  #left: number;
  /** Streams in the middle of a line: their next record gets no second time stamp. */
  readonly #open = new Set<string>();

  constructor(options: LogOptions) {
    this.#options = options;
    this.#since = options.since === undefined ? undefined : BigInt(Math.round(options.since)) * 1_000_000n;
    this.#left = options.limitBytes ?? Infinity;
  }

  get full(): boolean {
    return this.#left <= 0;
  }

  take(record: Uint8Array): Uint8Array | undefined {
    const line = parseLine(record);
    if (!line || (this.#options.stream && line.stream !== this.#options.stream)) return undefined;
    if (this.#since !== undefined && nanosecondsOf(line.time) < this.#since) return undefined;
    const stamped = this.#options.timestamps && !this.#open.has(line.stream);
    if (line.partial) this.#open.add(line.stream);
    else this.#open.delete(line.stream);
    const bytes = stamped ? Buffer.concat([Buffer.from(`${line.time} `), line.content]) : line.content;
    const cut = bytes.subarray(0, Math.min(bytes.length, this.#left));
    this.#left -= cut.length;
    return cut.length > 0 ? cut : undefined;
  }
}

/** Cuts a growing file into records. */
class Records {
  readonly #handle: FileHandle;
  #position: number;
  #pending: Uint8Array = new Uint8Array();

  constructor(handle: FileHandle, position: number) {
    this.#handle = handle;
    this.#position = position;
  }

  /** All whole records up to the present end of the file. */
  async *available(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const { bytesRead, buffer } = await this.#handle.read(Buffer.alloc(chunkSize), 0, chunkSize, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      let bytes: Uint8Array = buffer.subarray(0, bytesRead);
      if (this.#pending.length > 0) bytes = Buffer.concat([this.#pending, bytes]);
      let start = 0;
      for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, start)) {
        yield bytes.subarray(start, end + 1);
        start = end + 1;
      }
      this.#pending = bytes.subarray(start);
    }
  }

  async hasMore(): Promise<boolean> {
    return (await this.#handle.stat()).size > this.#position;
  }

  /** What is left without a line feed. */
  rest(): Uint8Array | undefined {
    return this.#pending.length > 0 ? this.#pending : undefined;
  }
}

/** Where the last `lines` records begin. */
async function tailOffset(handle: FileHandle, lines: number | undefined): Promise<number> {
  const { size } = await handle.stat();
  if (lines === undefined) return 0;
  if (lines === 0) return size;
  let seen = 0;
  for (let end = size; end > 0; end -= chunkSize) {
    const start = Math.max(0, end - chunkSize);
    const { buffer } = await handle.read(Buffer.alloc(end - start), 0, end - start, start);
    for (let index = buffer.length - 1; index >= 0; index--) {
      // The line feed at the very end closes the last line.
      if (buffer[index] !== lineFeed || start + index === size - 1) continue;
      if (++seen === lines) return start + index + 1;
    }
  }
  return 0;
}

/** The new file when the one we read was renamed away. */
async function rotated(file: string, handle: FileHandle): Promise<FileHandle | undefined> {
  try {
    const [named, held] = [await stat(file), await handle.stat()];
    if (named.ino === held.ino && named.dev === held.dev) return undefined;
    return await open(file, 'r');
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

interface Watch {
  /** Resolves at the next change since it last resolved, or at the end. */
  changed(): Promise<void>;
  close(): void;
}

/** Watches the directory: the file itself changes its identity when it is rotated. */
function watchFile(file: string, { signal, onStateChange }: Following): Watch {
  let dirty = false;
  let wake = (): void => {};
  const name = path.basename(file);
  const poke = (): void => {
    dirty = true;
    wake();
  };
  const watcher: FSWatcher = watch(path.dirname(file), (_, changed) => {
    if (changed === null || changed === name) poke();
  });
  watcher.on('error', poke);
  signal.addEventListener('abort', poke, { once: true });
  const unsubscribe = onStateChange?.(poke);
  return {
    changed: () =>
      new Promise(resolve => {
        wake = () => {
          dirty = false;
          wake = () => {};
          resolve();
        };
        if (dirty || signal.aborted) wake();
      }),
    close() {
      signal.removeEventListener('abort', poke);
      unsubscribe?.();
      watcher.close();
    },
  };
}
