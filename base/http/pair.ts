/** Two ends of a byte stream in memory: an upgraded connection without a socket. */
import type { Duplex } from './types.ts';

const highWater = 1 << 20;

/**
 * What is written to one end arrives at the other, in order and never synchronously. An end starts to deliver once `onData` was
 * called; until then, and while paused, bytes wait and the writer sees `false` above one MiB.
 */
export function createDuplexPair(): [Duplex, Duplex] {
  const left = createEnd();
  const right = createEnd();
  left.peer = right;
  right.peer = left;
  return [left.duplex, right.duplex];
}

interface End {
  peer: End | undefined;
  duplex: Duplex;
  receive(chunk: Uint8Array): void;
  receiveEnd(): void;
  broken(): void;
  readonly waiting: number;
  drained(): void;
}

function createEnd(): End {
  const inbox: Uint8Array[] = [];
  const drains: (() => void)[] = [];
  const closes: (() => void)[] = [];
  const ends: (() => void)[] = [];
  let listener: ((chunk: Uint8Array) => void) | undefined;
  let waiting = 0;
  let paused = false;
  let scheduled = false;
  let sentEnd = false;
  let gotEnd = false;
  let toldEnd = false;
  let closed = false;
  let behind = false;

  const close = () => {
    if (closed) return;
    closed = true;
    for (const callback of closes.splice(0)) callback();
  };
  const flush = () => {
    scheduled = false;
    while (listener && !paused && !closed && inbox.length > 0) {
      const chunk = inbox.shift()!;
      waiting -= chunk.length;
      listener(chunk);
    }
    if (waiting === 0) end.peer?.drained();
    if (!listener || paused || inbox.length > 0 || !gotEnd || toldEnd || closed) return;
    toldEnd = true;
    for (const callback of ends) callback();
    if (sentEnd) close();
  };
  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(flush);
  };
  const duplex: Duplex = {
    write(chunk) {
      if (closed || sentEnd || !end.peer) return true;
      if (chunk.length > 0) end.peer.receive(chunk);
      behind = end.peer.waiting >= highWater;
      return !behind;
    },
    end() {
      if (closed || sentEnd) return;
      sentEnd = true;
      end.peer?.receiveEnd();
      if (toldEnd) close();
    },
    destroy() {
      if (closed) return;
      close();
      queueMicrotask(() => end.peer?.broken());
    },
    get queuedBytes() {
      return end.peer?.waiting ?? 0;
    },
    get closed() {
      return closed;
    },
    onDrain: callback => void drains.push(callback),
    onClose: callback => void (closed ? callback() : closes.push(callback)),
    onData(callback) {
      listener = callback;
      schedule();
    },
    onEnd(callback) {
      ends.push(callback);
      schedule();
    },
    pause: () => void (paused = true),
    resume() {
      paused = false;
      schedule();
    },
  };
  const end: End = {
    peer: undefined,
    duplex,
    receive(chunk) {
      if (closed) return;
      inbox.push(chunk);
      waiting += chunk.length;
      schedule();
    },
    receiveEnd() {
      gotEnd = true;
      schedule();
    },
    broken: close,
    get waiting() {
      return waiting;
    },
    drained() {
      if (!behind) return;
      behind = false;
      for (const callback of drains) callback();
    },
  };
  return end;
}

/** Passes everything between two streams until both are over; a breaking one breaks the other. Back-pressure carries over. */
export function joinDuplexes(left: Duplex, right: Duplex): void {
  let ended = 0;
  const pass = (from: Duplex, to: Duplex) => {
    to.onDrain(() => from.resume());
    from.onEnd(() => {
      ended++;
      to.end();
    });
    from.onClose(() => (ended === 2 ? to.end() : to.destroy()));
    from.onData(chunk => {
      if (!to.write(chunk)) from.pause();
    });
  };
  pass(left, right);
  pass(right, left);
}
