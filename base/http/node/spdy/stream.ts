/** One stream of a SPDY connection, as a {@link Duplex}. */
import { createInlet } from '../../inlet.ts';
import type { Duplex } from '../../types.ts';
import type { SpdyHeaders } from './headers.ts';

export interface SpdyStream extends Duplex {
  readonly id: number;
  /** What the opener said of it, e.g. `streamtype`. */
  readonly headers: SpdyHeaders;
}

/** How a stream reaches its connection. */
export interface StreamWire {
  data(id: number, bytes: Uint8Array, fin: boolean): boolean;
  reset(id: number): void;
  /** That many bytes more or less are waiting for the reader of a stream. */
  waiting(delta: number): void;
  /** This many bytes were taken. */
  taken(id: number, bytes: number): void;
  /** Both sides are done. */
  over(id: number): void;
  readonly queuedBytes: number;
}

/** The connection's hold on a stream. */
export interface StreamState {
  readonly stream: SpdyStream;
  receive(bytes: Uint8Array): void;
  receiveFin(): void;
  /** The peer reset the stream, or the connection is gone. What came before is still delivered. */
  cut(): void;
  drained(): void;
}

const nothing = new Uint8Array(0);

export function createStream(
  id: number,
  headers: SpdyHeaders,
  wire: StreamWire,
  done: { read: boolean; write: boolean },
): StreamState {
  const drains: (() => void)[] = [];
  const closes: (() => void)[] = [];
  let closed = false;
  let finSent = done.write;
  let isCut = false;

  const close = () => {
    if (closed) return;
    closed = true;
    inlet.drop();
    wire.over(id);
    for (const callback of closes.splice(0)) callback();
  };
  const inlet = createInlet({
    changed: delta => wire.waiting(delta),
    taken: bytes => isCut || wire.taken(id, bytes),
    empty: () => (isCut || (finSent && inlet.ended)) && close(),
  });
  if (done.read) inlet.receiveEnd();
  const stream: SpdyStream = {
    id,
    headers,
    write: bytes => (closed || isCut || finSent || bytes.length === 0 ? true : wire.data(id, bytes, false)),
    end() {
      if (closed || isCut || finSent) return;
      finSent = true;
      wire.data(id, nothing, true);
      if (inlet.ended) close();
    },
    destroy() {
      if (closed) return;
      if (!isCut) wire.reset(id);
      close();
    },
    get queuedBytes() {
      return closed ? 0 : wire.queuedBytes;
    },
    get closed() {
      return closed || isCut || finSent;
    },
    onDrain: callback => void drains.push(callback),
    onClose: callback => void (closed ? callback() : closes.push(callback)),
    onData: inlet.onData,
    onEnd: inlet.onEnd,
    pause: inlet.pause,
    resume: inlet.resume,
  };
  return {
    stream,
    receive: bytes => closed || inlet.receive(bytes),
    receiveFin: () => closed || inlet.receiveEnd(),
    cut() {
      isCut = true;
      if (inlet.waiting === 0) close();
    },
    drained: () => drains.forEach(callback => callback()),
  };
}
