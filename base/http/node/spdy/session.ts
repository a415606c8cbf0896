/** A SPDY/3.1 connection, either side, over any {@link Duplex}: what Kubernetes' exec, attach and port-forward speak. */
import type { Clock } from '@orrery/machinery/clock';
import type { Duplex } from '../../types.ts';
import {
  controlFrame,
  createFrameReader,
  dataFrames,
  flagFin,
  flagUnidirectional,
  frameTypes,
  resetReasons,
} from './frames.ts';
import { createHeaderDecoder, createHeaderEncoder, type SpdyHeaders } from './headers.ts';
import { createStream, type SpdyStream, type StreamState, type StreamWire } from './stream.ts';

export interface SpdyOptions {
  readonly role: 'client' | 'server';
  readonly clock: Pick<Clock, 'after'>;
  /** Called for each stream the peer opens; false refuses it. Without it all are refused. */
  onStream?(stream: SpdyStream): boolean | void;
}

export interface SpdySession {
  /** Opens a stream; bytes may be written to it at once. */
  open(headers: SpdyHeaders): SpdyStream;
  /** Resolves when the peer has answered; rejects when the connection ends before. */
  ping(): Promise<void>;
  /** Says good-bye, lets what was written go out, and ends the connection. */
  close(): void;
  /** Breaks the connection off. */
  destroy(): void;
  /** Called once, when the connection is over. */
  onClose(callback: () => void): void;
  readonly closed: boolean;
}

/**
 * Bytes that may wait for slow readers before the whole connection is held back. Kubernetes' own peers know no windows: they
 * neither grant nor respect them, and rely on the connection being held back, as we do towards them.
 */
const mostWaiting = 4 << 20;
/** For peers that do respect windows (64 KiB at the start) each stream's is topped up after so many bytes. */
const grantAfter = 32 * 1024;
const mostStreams = 4_096;
/** How long a connection stays open after the good-bye for the peer to end it. */
const lingerMs = 2_000;

/** Speaks SPDY/3.1 over `wire`, from now on. */
export function createSpdySession(wire: Duplex, options: SpdyOptions): SpdySession {
  const encode = createHeaderEncoder();
  const decode = createHeaderDecoder();
  const streams = new Map<number, StreamState>();
  const ungranted = new Map<number, number>();
  const pings = new Map<number, { resolve(): void; reject(error: Error): void }>();
  const closes: (() => void)[] = [];
  let nextId = options.role === 'client' ? 1 : 2;
  let nextPing = nextId;
  let lastPeerId = 0;
  let waiting = 0;
  let held = false;
  let leaving = false;
  let peerLeft = false;
  let over = false;

  const send = (type: number, flags: number, numbers: readonly number[], rest?: Uint8Array) =>
    wire.write(controlFrame(type, flags, numbers, rest));
  const streamWire: StreamWire = {
    data: (id, bytes, fin) => dataFrames(id, bytes, fin).reduce((more, frame) => wire.write(frame) && more, true),
    reset: id => void send(frameTypes.rstStream, 0, [id, resetReasons.cancel]),
    waiting(delta) {
      waiting += delta;
      if (!held && waiting > mostWaiting) {
        held = true;
        wire.pause();
      } else if (held && waiting < mostWaiting / 2) {
        held = false;
        wire.resume();
      }
    },
    taken(id, bytes) {
      const sum = (ungranted.get(id) ?? 0) + bytes;
      if (sum >= grantAfter) send(frameTypes.windowUpdate, 0, [id, sum]);
      ungranted.set(id, sum >= grantAfter ? 0 : sum);
    },
    over(id) {
      streams.delete(id);
      ungranted.delete(id);
    },
    get queuedBytes() {
      return wire.queuedBytes;
    },
  };
  const finish = () => {
    if (over) return;
    over = true;
    for (const state of [...streams.values()]) state.cut();
    for (const { reject } of pings.values()) reject(new Error('SPDY: the connection is closed'));
    for (const callback of closes.splice(0)) callback();
  };
  const fail = () => {
    send(frameTypes.goAway, 0, [lastPeerId, 1]);
    wire.end();
    finish();
  };
  const accept = (id: number, flags: number, headers: SpdyHeaders) => {
    const fromPeer = id % 2 === (options.role === 'client' ? 0 : 1) && id > lastPeerId;
    if (!fromPeer) return void send(frameTypes.rstStream, 0, [id, resetReasons.protocolError]);
    lastPeerId = id;
    if (leaving || peerLeft) return;
    const done = { read: (flags & flagFin) !== 0, write: (flags & flagUnidirectional) !== 0 };
    const state = createStream(id, headers, streamWire, done);
    streams.set(id, state);
    // Go's side drops data for a stream it has seen no reply for: the reply goes before anything the listener writes.
    if (streams.size <= mostStreams && options.onStream) {
      send(frameTypes.synReply, 0, [id], encode({}));
      if (options.onStream(state.stream) !== false) return;
      return state.stream.destroy();
    }
    send(frameTypes.rstStream, 0, [id, resetReasons.refusedStream]);
    state.cut();
  };
  const control = (type: number, flags: number, payload: Buffer) => {
    if (type === frameTypes.ping) return answerPing(payload);
    if (type === frameTypes.goAway) return goneAway();
    if (type === frameTypes.settings || type === frameTypes.windowUpdate) return;
    const id = payload.readUInt32BE(0) & 0x7fffffff;
    if (type === frameTypes.synStream) return accept(id, flags, decode(payload.subarray(10)));
    if (type === frameTypes.rstStream) return streams.get(id)?.cut();
    // Every header block must pass the decoder, wanted or not: the next one refers to it.
    if (type === frameTypes.synReply || type === frameTypes.headers) decode(payload.subarray(4));
    if ((flags & flagFin) !== 0) streams.get(id)?.receiveFin();
  };
  const end = () => {
    if (over) return;
    wire.end();
    finish();
  };
  const goneAway = () => {
    peerLeft = true;
    if (leaving) end();
  };
  const answerPing = (payload: Buffer) => {
    const id = payload.readUInt32BE(0);
    if (id % 2 !== nextPing % 2) return void send(frameTypes.ping, 0, [id]);
    pings.get(id)?.resolve();
    pings.delete(id);
  };
  const read = createFrameReader({
    onData(id, piece, fin) {
      const state = streams.get(id & 0x7fffffff);
      if (piece.length > 0) state?.receive(piece);
      if (fin) state?.receiveFin();
    },
    onControl: control,
  });
  wire.onData(bytes => {
    if (over) return;
    try {
      read(bytes);
    } catch {
      fail();
    }
  });
  wire.onDrain(() => streams.forEach(state => state.drained()));
  wire.onEnd(() => {
    wire.end();
    finish();
  });
  wire.onClose(finish);

  return {
    open(headers) {
      const id = nextId;
      nextId += 2;
      const state = createStream(id, headers, streamWire, { read: false, write: false });
      if (over || leaving || peerLeft) {
        state.cut();
        return state.stream;
      }
      streams.set(id, state);
      // Stream, associated stream, then two bytes of priority and slot.
      send(frameTypes.synStream, 0, [id, 0], Buffer.concat([Buffer.alloc(2), encode(headers)]));
      return state.stream;
    },
    ping() {
      const id = nextPing;
      nextPing += 2;
      return new Promise((resolve, reject) => {
        if (over) return reject(new Error('SPDY: the connection is closed'));
        pings.set(id, { resolve, reject });
        send(frameTypes.ping, 0, [id]);
      });
    },
    close() {
      if (over) return;
      if (!leaving) send(frameTypes.goAway, 0, [lastPeerId, 0]);
      if (peerLeft) return end();
      leaving = true;
      // Go's side forgets what it has not worked off when the connection ends: it is given the time to end it itself.
      options.clock.after(lingerMs, end).unref();
    },
    destroy() {
      wire.destroy();
      finish();
    },
    onClose: callback => void (over ? callback() : closes.push(callback)),
    get closed() {
      return over;
    },
  };
}
