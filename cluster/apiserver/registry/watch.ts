/**
 * Watch: first what is there (when asked), then what was missed, then what comes.
 *
 * What was missed is read from the store's history; the watcher joins its group as soon as it has seen as much as the hub has
 * handed out, so that nothing is lost or told twice in between.
 */
import { failpoint } from '@orrery/machinery/failpoint';
import type { Sink, StreamBody } from '@orrery/http';
import type { Timer } from '@orrery/machinery/clock';
import { StatusError } from '@orrery/machinery/status';
import { CompactedError } from '@orrery/store';
import type { Entry, Watch, WatchBatch } from '@orrery/store';
import type { Selection } from './filter.ts';
import { prepare } from './fresh.ts';
import { badVersion, parseVersion } from './get.ts';
import { entriesOf, eventFor, hubEvents, maxQueuedBytes } from './hub.ts';
import type { EventForm, Hub, Interest, Member } from './hub.ts';
import type { ListOptions } from './list.ts';
import type { Machine } from './machine.ts';
import { nameOfKey, storagePrefix } from './resource.ts';
import type { ResourceInfo } from './resource.ts';
import { Turns } from './turns.ts';
import { rangeInTurns } from './walk.ts';

/** Without `timeoutSeconds` a watch ends after 30 to 60 minutes, so that clients spread over replicas anew. */
const minTimeoutMs = 30 * 60_000;
/** A watcher that was told to end but does not read is cut off after this time. */
const lingerMs = 30_000;
/** Initial events are written in groups of about this many bytes. */
const initialChunk = 256 * 1024;

interface Start {
  /** What is there is told first. */
  readonly initial: boolean;
  /** Changes after this one are told; undefined means after the initial events or from now on. */
  readonly after: number | undefined;
  readonly endBookmark: boolean;
}

function startOf(options: ListOptions): Start {
  const { resourceVersion: text, sendInitialEvents, allowWatchBookmarks } = options;
  const version = text === '' ? 0 : parseVersion(text);
  if (version === undefined) throw new StatusError(500, undefined, badVersion(text));
  if (sendInitialEvents === true) return { initial: true, after: undefined, endBookmark: allowWatchBookmarks };
  if (sendInitialEvents === false)
    return { initial: false, after: version === 0 ? undefined : version, endBookmark: false };
  return { initial: version === 0, after: version === 0 ? undefined : version, endBookmark: false };
}

/** @throws StatusError 500 for a resourceVersion that is no number, as upstream. */
export function watch(
  machine: Machine,
  info: ResourceInfo,
  namespace: string,
  selection: Selection,
  form: EventForm,
  options: ListOptions,
  signal: AbortSignal,
): StreamBody {
  const start = startOf(options);
  const timeoutMs =
    options.timeoutSeconds !== undefined && options.timeoutSeconds > 0
      ? options.timeoutSeconds * 1000
      : minTimeoutMs * (1 + machine.random.float());
  return {
    start: sink => {
      const watcher = new Watcher(machine, info, { namespace, selection, form }, options.allowWatchBookmarks, sink);
      watcher.endAfter(timeoutMs);
      watcher.endOn(signal);
      watcher.run(start).catch((error: unknown) => watcher.fail(error));
    },
  };
}

class Watcher implements Member {
  readonly sink: Sink;
  readonly bookmarks: boolean;
  after = 0;
  readonly #machine: Machine;
  readonly #info: ResourceInfo;
  readonly #interest: Interest;
  readonly #hub: Hub;
  readonly #cleanups: (() => void)[] = [];
  #timer: Timer | undefined;
  #ended = false;
  #joined = false;

  constructor(machine: Machine, info: ResourceInfo, interest: Interest, bookmarks: boolean, sink: Sink) {
    this.#machine = machine;
    this.#info = info;
    this.#interest = interest;
    this.bookmarks = bookmarks;
    this.sink = sink;
    const converted = info.converter && {
      version: info.version,
      prepare: (entries: readonly Entry[]) => prepare(info, entries),
    };
    this.#hub = machine.hubs.of(info.storage, info.namespaced, converted);
    sink.onClose(() => this.#release());
  }

  endAfter(ms: number): void {
    this.#timer = this.#machine.clock.after(ms, () => this.close()).unref();
  }

  /** The server that carries the stream stops: the client is told by an orderly end. */
  endOn(signal: AbortSignal): void {
    const end = (): void => this.close();
    signal.addEventListener('abort', end, { once: true });
    this.#cleanups.push(() => signal.removeEventListener('abort', end));
    if (signal.aborted) end();
  }

  /** Ends in order; what is queued can still be read for a while. */
  close(): void {
    if (this.#ended) return;
    this.#release();
    this.sink.end();
    const cut = this.#machine.clock.after(lingerMs, () => this.sink.destroy()).unref();
    this.sink.onClose(() => cut.cancel());
  }

  #release(): void {
    this.#ended = true;
    this.#timer?.cancel();
    for (const cleanup of this.#cleanups.splice(0)) cleanup();
  }

  /** Tells the client why, as an ERROR event, and ends. */
  fail(error: unknown): void {
    const status =
      error instanceof CompactedError
        ? tooOld(this.after, error.compactedRevision)
        : error instanceof StatusError
          ? error
          : new StatusError(500, 'InternalError', error instanceof Error ? error.message : String(error));
    if (!this.#ended) this.sink.write(this.#interest.form.error(status.toStatus()));
    this.close();
  }

  async run(start: Start): Promise<void> {
    if (start.initial) {
      const { store, clock } = this.#machine;
      const { namespace } = this.#interest;
      const prefix = storagePrefix(this.#info.storage, this.#info.namespaced ? namespace : '');
      const found = await rangeInTurns(store, clock, { prefix });
      await this.#writeInitial(found.entries);
      this.after = found.revision;
      if (start.endBookmark) this.sink.write(this.#interest.form.bookmark(found.revision, true));
    } else {
      this.after = start.after ?? this.#machine.store.revision();
    }
    if (!this.#ended) this.#follow();
  }

  async #writeInitial(entries: readonly Entry[]): Promise<void> {
    const { filter } = this.#interest.selection;
    if (this.#info.converter) await prepare(this.#info, entries);
    const turns = new Turns(this.#machine.clock);
    let gathered: Uint8Array[] = [];
    let size = 0;
    for (const entry of entries) {
      const turn = turns.next();
      if (turn) await turn;
      if (this.#ended) return;
      const name = nameOfKey(entry.key, this.#hub.prefix.length, this.#info.namespaced);
      if (filter !== undefined && !filter({ head: entry.head, ...name })) continue;
      const bytes = this.#interest.form.encode('ADDED', entry, entry.revision);
      gathered.push(bytes);
      size += bytes.length;
      if (size < initialChunk) continue;
      await writeAndDrain(this.sink, Buffer.concat(gathered));
      gathered = [];
      size = 0;
    }
    if (gathered.length > 0) this.sink.write(Buffer.concat(gathered));
  }

  /** Reads the history until it has seen as much as the hub, then joins the group. */
  #follow(): void {
    const hub = this.#hub;
    const { store } = this.#machine;
    if (this.after > store.revision()) return this.#await();
    if (this.after >= hub.revision) return this.#join();
    let seen = this.after;
    let history: Watch | undefined;
    const stop = (): void => {
      history?.close();
      unwatch();
    };
    const tryJoin = (): void => {
      // While the history is read synchronously there is nothing to close yet.
      if (history === undefined || this.#ended || this.#joined || seen < hub.revision) return;
      stop();
      this.after = seen;
      this.#join();
    };
    const unwatch = hub.onBatch(tryJoin);
    this.#cleanups.push(stop);
    const take = (batch: WatchBatch): void => {
      if (this.#joined || this.#ended) return;
      for (const event of hubEvents(batch, hub.prefix.length, hub.namespaced)) {
        const bytes = eventFor(this.#interest, event);
        if (bytes !== undefined) this.sink.write(bytes);
      }
      seen = Math.max(seen, batch.revision);
      if (this.sink.queuedBytes > maxQueuedBytes) this.close();
      else tryJoin();
    };
    history = store.watch({ prefix: hub.prefix, after: seen }, this.#info.converter ? this.#oneByOne(take) : take);
    tryJoin();
  }

  /** Each batch is prepared before it is taken. */
  #oneByOne(take: (batch: WatchBatch) => void): (batch: WatchBatch) => void {
    let turn: Promise<void> = Promise.resolve();
    return batch => {
      turn = turn
        .then(() => prepare(this.#info, entriesOf(batch, this.#interest.selection.filter !== undefined)))
        .then(() => take(batch))
        .catch((error: unknown) => this.fail(error));
    };
  }

  /** A start in the future: nothing is told until the store has come so far. */
  #await(): void {
    const unwatch = this.#hub.onBatch(() => {
      if (this.#hub.revision < this.after) return;
      unwatch();
      this.#join();
    });
    this.#cleanups.push(unwatch);
  }

  #join(): void {
    if (this.#ended || this.#joined) return;
    this.#joined = true;
    this.#cleanups.push(this.#hub.join(this.#interest, this));
    failpoint('apiserver.watch.joined');
  }
}

/** Resolves when the peer is ready for more, or gone. */
export function writeAndDrain(sink: Sink, bytes: Uint8Array): Promise<void> | undefined {
  if (sink.write(bytes) || sink.closed) return undefined;
  return new Promise(resolve => {
    sink.onDrain(resolve);
    sink.onClose(resolve);
  });
}

const tooOld = (asked: number, compacted: number): StatusError =>
  new StatusError(410, 'Expired', `too old resource version: ${asked} (${compacted + 1})`);
