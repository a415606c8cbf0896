/** The tab's one connection for live data: opens it, keeps it, and says again what is wanted after it broke. */
import type { Clock, Timer } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import type { ClientFrame, ServerFrame } from '@orrery/platform-contract/stream';
import { nothing, reduce, type LiveState } from './reduce.ts';

/** What a page wants to see: the answer of a route. */
export interface Topic {
  readonly route: string;
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
}

export interface Socket {
  send(text: string): void;
  close(): void;
}

export interface SocketEvents {
  open(): void;
  message(text: string): void;
  /** Once, whether it had been open or not. */
  close(): void;
}

export type StreamStatus = 'idle' | 'connecting' | 'open' | 'down';

export interface StreamOptions {
  readonly connect: (events: SocketEvents) => Socket;
  readonly clock: Clock;
  readonly random: Random;
  /** An open connection broke: perhaps the session is over. */
  readonly onBroken?: () => void;
}

export interface Stream {
  /** Identical topics share one subscription. Returns the end of it. */
  subscribe(topic: Topic, listener: () => void): () => void;
  state(topic: Topic): LiveState;
  readonly status: StreamStatus;
  onStatus(listener: () => void): () => void;
  close(): void;
}

/** A subscription outlives its page this long: coming back, or drawing twice, costs nothing. */
const lingerMs = 3000;
const backoffMsMin = 500;
const backoffMsMax = 30_000;
/** The server speaks every 30 s. */
const silenceMsMax = 75_000;

/** The same topic has the same key, in whatever order its values were written. */
export const topicKey = ({ route, path = {}, query = {} }: Topic): string => {
  const sorted = (values: Readonly<Record<string, string>>) =>
    Object.entries(values).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([route, sorted(path), sorted(query)]);
};

interface Entry {
  readonly id: string;
  readonly topic: Topic;
  readonly listeners: Set<() => void>;
  state: LiveState;
  leaving?: Timer;
}

export function createStream({ connect, clock, random, onBroken }: StreamOptions): Stream {
  const byKey = new Map<string, Entry>();
  const byId = new Map<string, Entry>();
  const statusListeners = new Set<() => void>();
  let status: StreamStatus = 'idle';
  let socket: Socket | undefined;
  let retry: Timer | undefined;
  let silence: Timer | undefined;
  let failures = 0;
  let lastId = 0;
  let closed = false;

  const turn = (next: StreamStatus) => {
    if (status === next) return;
    status = next;
    for (const listener of statusListeners) listener();
  };
  const send = (frame: ClientFrame) => {
    if (status === 'open') socket?.send(JSON.stringify(frame));
  };
  const listen = () => {
    silence?.cancel();
    silence = clock.after(silenceMsMax, () => socket?.close());
  };
  const dial = () => {
    if (closed || socket) return;
    retry?.cancel();
    if (status !== 'down') turn('connecting');
    socket = connect({
      open() {
        failures = 0;
        turn('open');
        listen();
        for (const { id, topic } of byId.values()) send({ op: 'subscribe', id, ...topic });
      },
      message(text) {
        listen();
        receive(JSON.parse(text) as ServerFrame);
      },
      close() {
        const wasOpen = status === 'open';
        socket = undefined;
        silence?.cancel();
        if (closed) return;
        turn('down');
        if (wasOpen) onBroken?.();
        const waitMs = Math.min(backoffMsMax, backoffMsMin * 2 ** failures++);
        retry = clock.after(waitMs * (0.5 + random.float() / 2), dial);
      },
    });
  };
  const receive = (frame: ServerFrame) => {
    if (frame.type === 'ping') return;
    const entry = byId.get(frame.id);
    if (!entry) return;
    entry.state = reduce(entry.state, frame);
    for (const listener of entry.listeners) listener();
  };
  const forget = (key: string, entry: Entry) => {
    byKey.delete(key);
    byId.delete(entry.id);
    // The server has forgotten it already when it refused it.
    if (!entry.state.error) send({ op: 'unsubscribe', id: entry.id });
  };
  const entryOf = (key: string, topic: Topic): Entry => {
    const known = byKey.get(key);
    // A refusal is asked again by whoever comes next: rights change.
    if (known && (!known.state.error || known.listeners.size > 0)) return known;
    if (known) forget(key, known);
    const entry: Entry = { id: `s${++lastId}`, topic, listeners: new Set(), state: nothing };
    byKey.set(key, entry);
    byId.set(entry.id, entry);
    send({ op: 'subscribe', id: entry.id, ...topic });
    return entry;
  };

  return {
    subscribe(topic, listener) {
      const key = topicKey(topic);
      const entry = entryOf(key, topic);
      entry.leaving?.cancel();
      // One object per subscriber, also when two pass the same function.
      const own = () => listener();
      entry.listeners.add(own);
      dial();
      return () => {
        entry.listeners.delete(own);
        if (entry.listeners.size > 0) return;
        entry.leaving?.cancel();
        entry.leaving = clock.after(lingerMs, () => forget(key, entry));
      };
    },
    state: topic => byKey.get(topicKey(topic))?.state ?? nothing,
    get status() {
      return status;
    },
    onStatus(listener) {
      statusListeners.add(listener);
      return () => void statusListeners.delete(listener);
    },
    close() {
      closed = true;
      retry?.cancel();
      silence?.cancel();
      for (const { leaving } of byId.values()) leaving?.cancel();
      byKey.clear();
      byId.clear();
      socket?.close();
      turn('idle');
    },
  };
}
