/** The receiving half of a {@link Duplex}: holds what arrives until somebody listens and is not paused. */
import type { Duplex } from './types.ts';

export type Source = Pick<Duplex, 'onData' | 'onEnd' | 'pause' | 'resume'>;

export interface Inlet extends Source {
  receive(bytes: Uint8Array): void;
  /** No more will come. Told to the listener after all that came. */
  receiveEnd(): void;
  /** Throws away what waits. */
  drop(): void;
  /** Bytes that wait. */
  readonly waiting: number;
  /** The end came and was told, with everything before it. */
  readonly ended: boolean;
}

export interface InletHooks {
  /** That many bytes more (or less) are waiting. */
  changed?(delta: number): void;
  /** This many bytes were taken by the listener. */
  taken?(bytes: number): void;
  /** Nothing waits (any more); called after deliveries. */
  empty?(): void;
}

export function createInlet(hooks: InletHooks = {}): Inlet {
  const inbox: Uint8Array[] = [];
  const ends: (() => void)[] = [];
  let listener: ((bytes: Uint8Array) => void) | undefined;
  let waiting = 0;
  let paused = false;
  let flushing = false;
  let endReceived = false;
  let endTold = false;

  const change = (delta: number) => {
    waiting += delta;
    if (delta !== 0) hooks.changed?.(delta);
  };
  const flush = () => {
    if (flushing) return;
    flushing = true;
    while (listener && !paused && inbox.length > 0) {
      const bytes = inbox.shift()!;
      change(-bytes.length);
      hooks.taken?.(bytes.length);
      listener(bytes);
    }
    flushing = false;
    if (inbox.length > 0) return;
    // Who only waits for the end need not listen to the data; a paused reader is told when it resumes.
    if (endReceived && !endTold && !paused && (listener || ends.length > 0)) {
      endTold = true;
      for (const callback of ends) callback();
    }
    hooks.empty?.();
  };
  return {
    receive(bytes) {
      if (endReceived || bytes.length === 0) return;
      inbox.push(bytes);
      change(bytes.length);
      flush();
    },
    receiveEnd() {
      endReceived = true;
      flush();
    },
    drop() {
      inbox.length = 0;
      change(-waiting);
    },
    get waiting() {
      return waiting;
    },
    get ended() {
      return endTold;
    },
    onData(callback) {
      listener = callback;
      // Not at once, so that the listener can set up the rest before the first bytes.
      queueMicrotask(flush);
    },
    onEnd(callback) {
      if (endTold) return callback();
      ends.push(callback);
      queueMicrotask(flush);
    },
    pause: () => void (paused = true),
    resume() {
      paused = false;
      flush();
    },
  };
}
