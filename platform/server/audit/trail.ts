/** What writes: records wait in memory for a moment, are linked and stored together. Whoever tells of one is never held up. */
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { ownEvent } from './event.ts';
import { firstHash, headIn, headsOf, linkAfter, type Head } from './links.ts';
import { chainVerbs } from './names.ts';
import type { AuditStorage, Segment } from './storage.ts';

export interface TrailOptions {
  readonly storage: AuditStorage;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Records as they are stored, in their order. */
  readonly stored: (events: readonly AuditEvent[]) => void;
  /** What may wait for the store: 16 MiB unless given. */
  readonly waitingMax?: number;
}

export interface Trail {
  /** What there is no room for is counted, and told of by the chain when there is room again. */
  note(event: AuditEvent): void;
  /** There is no room, since the store does not take what waits. */
  readonly isFull: boolean;
  /** Resolves when all that was noted before is stored, or the store refused it, or this time has passed. */
  flush(withinMs: number): Promise<void>;
  /** Removes what is too old or too much; the chain tells of it first. */
  prune(keptMs: number, bytesMax: number): Promise<void>;
  /** After the signal has aborted: writes what waits, if the store takes it. */
  close(): Promise<void>;
}

const waitingMaxDefault = 16 * 1024 * 1024;
const batchMax = 500;
const retryMs = { first: 500, longest: 15_000 };
const closeMs = 2_000;

export function createTrail(options: TrailOptions): Trail {
  const { storage, clock, random, log, signal, waitingMax = waitingMaxDefault } = options;
  const chain = `${Math.floor(clock.now()).toString(36).padStart(8, '0')}-${random.uuid().slice(0, 8)}`;
  const waiting: { event: AuditEvent; size: number }[] = [];
  let waitingSize = 0;
  let lost = 0;
  let running: Promise<void> | undefined;
  let refused: (() => void)[] = [];
  let hurry = new AbortController();
  const writer = createWriter(options, chain);
  const room = () => waitingSize < waitingMax;

  const run = async (): Promise<void> => {
    let failures = 0;
    while (waiting.length > 0 || writer.pending) {
      try {
        if (storage.gatherMs > 0 && !signal.aborted) await clock.sleep(storage.gatherMs, hurry.signal);
        if (!writer.pending) {
          const batch = waiting.slice(0, batchMax);
          await writer.link(batch.map(({ event }) => event));
          waiting.splice(0, batch.length);
          waitingSize -= batch.reduce((sum, { size }) => sum + size, 0);
        }
        await writer.store();
        failures = 0;
        if (lost > 0 && room()) {
          const told = ownEvent(clock, random, chainVerbs.lost, `${lost} records had no room`, { lost });
          lost = 0;
          add(told);
        }
      } catch (error) {
        if (failures++ === 0) log.error('the audit cannot be written; trying again', { error });
        for (const resolve of refused.splice(0)) resolve();
        if (signal.aborted) return;
        await clock.sleep(Math.min(retryMs.first * 2 ** failures, retryMs.longest), signal);
      }
    }
    hurry = new AbortController();
  };
  const wake = () => {
    running ??= run().finally(() => {
      running = undefined;
      if (waiting.length > 0 && !signal.aborted) wake();
    });
  };
  const add = (event: AuditEvent) => {
    const size = sizeOf(event);
    waiting.push({ event, size });
    waitingSize += size;
    wake();
  };
  signal.addEventListener('abort', () => hurry.abort(), { once: true });
  const trail: Trail = {
    note: event => void (room() ? add(event) : lost++),
    get isFull() {
      return !room();
    },
    async flush(withinMs) {
      if (!running) return;
      hurry.abort();
      const over = new AbortController();
      const failed = new Promise<void>(resolve => refused.push(resolve));
      await Promise.race([running, failed, clock.sleep(withinMs, over.signal)]);
      over.abort();
    },
    async prune(keptMs, bytesMax) {
      const all = await storage.segments();
      const remove = planPruning(all, { keptMs, bytesMax, nowMs: clock.now(), own: chain });
      if (remove.length === 0) return;
      const heads = (await Promise.all(remove.map(segment => headIn(storage, segment)))).filter(
        head => head !== undefined,
      );
      trail.note(
        ownEvent(clock, random, chainVerbs.cut, `${remove.length} segments went for their age or size`, { heads }),
      );
      await trail.flush(closeMs);
      // What could not be told is not done.
      if (running && writer.pending) return;
      for (const segment of remove) await storage.remove(segment);
    },
    async close() {
      hurry.abort();
      if (!running) return;
      const over = new AbortController();
      await Promise.race([running, clock.sleep(closeMs, over.signal)]);
      over.abort();
    },
  };
  return trail;
}

/** Near enough, and much cheaper than the text. */
const sizeOf = (event: AuditEvent): number =>
  event.requestObject === undefined && event.responseObject === undefined ? 1024 : JSON.stringify(event).length;

/** Oldest first; the segment that is written to stays. Of each chain only beginnings go. */
export function planPruning(
  segments: readonly Segment[],
  { keptMs, bytesMax, nowMs, own }: { keptMs: number; bytesMax: number; nowMs: number; own: string },
): Segment[] {
  const newest = Math.max(...segments.filter(({ chain }) => chain === own).map(({ number }) => number));
  const oldest = segments
    .filter(({ chain, number }) => chain !== own || number < newest)
    .toSorted((left, right) => left.toMs - right.toMs || left.number - right.number);
  let size = segments.reduce((sum, { bytes }) => sum + bytes, 0);
  const remove: Segment[] = [];
  for (const segment of oldest) {
    if (size <= bytesMax && nowMs - segment.toMs <= keptMs) break;
    remove.push(segment);
    size -= segment.bytes;
  }
  return remove;
}

interface Writer {
  /** Lines are linked that the store has not taken yet. */
  readonly pending: boolean;
  link(events: readonly AuditEvent[]): Promise<void>;
  store(): Promise<void>;
}

function createWriter({ storage, clock, random, stored }: TrailOptions, chain: string): Writer {
  let head: Head = { chain, number: 0, hash: firstHash };
  let segment = { number: 1, bytes: 0 };
  let pending: { lines: string; events: AuditEvent[]; fromMs: number; toMs: number } | undefined;
  const link = async (events: readonly AuditEvent[]) => {
    let [next, lines] = [head, ''];
    const linked: AuditEvent[] = [];
    for (const event of events) {
      const made = await linkAfter(next, event);
      next = made.head;
      lines += made.line;
      linked.push(made.event);
    }
    const times = events.map(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp));
    head = next;
    pending = { lines, events: linked, fromMs: Math.min(...times), toMs: Math.max(...times) };
  };
  return {
    get pending() {
      return pending !== undefined;
    },
    async link(events) {
      const isFirst = head.number === 0;
      const heads = isFirst ? await headsOf(storage) : [];
      const began = isFirst ? [ownEvent(clock, random, chainVerbs.began, 'a chain begins', { heads })] : [];
      await link([...began, ...events]);
    },
    async store() {
      if (!pending) return;
      const { lines, events, ...span } = pending;
      await storage.append({ chain, number: segment.number }, lines, span);
      pending = undefined;
      segment.bytes += lines.length;
      if (segment.bytes >= storage.segmentBytesMax) segment = { number: segment.number + 1, bytes: 0 };
      stored(events);
    },
  };
}
