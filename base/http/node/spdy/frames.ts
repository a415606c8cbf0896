/** Frames of SPDY/3.1 on the wire. Reading is incremental: data goes through as it arrives, control frames are put together. */

export const frameTypes = {
  synStream: 1,
  synReply: 2,
  rstStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  headers: 8,
  windowUpdate: 9,
} as const;

/** The last frame of this side of a stream. */
export const flagFin = 1;
/** The side that receives the stream will not send on it. */
export const flagUnidirectional = 2;

export const resetReasons = {
  protocolError: 1,
  invalidStream: 2,
  refusedStream: 3,
  cancel: 5,
  internalError: 6,
} as const;

const version = 3;
const largestControlFrame = 64 * 1024;
const largestData = 0xffffff;

export interface FrameSink {
  /** A piece of a data frame; `fin` with the last piece of the last frame. */
  onData(stream: number, piece: Uint8Array, fin: boolean): void;
  onControl(type: number, flags: number, payload: Buffer): void;
}

/** Takes bytes in any division and calls `sink` for what they hold. Throws for what cannot be a frame. */
export function createFrameReader(sink: FrameSink): (bytes: Uint8Array) => void {
  /** The head of a frame, or a whole control frame, so far as it is here. */
  let pending: Buffer = Buffer.alloc(0);
  let data: { stream: number; fin: boolean; left: number } | undefined;

  /** The size that `pending` must have before it can be read. */
  const needed = () => (pending.length < 8 || (pending[0]! & 0x80) === 0 ? 8 : 8 + lengthIn(pending));
  const takeFrame = () => {
    const flags = pending[4]!;
    if ((pending[0]! & 0x80) === 0) {
      data = { stream: pending.readUInt32BE(0), fin: (flags & flagFin) !== 0, left: lengthIn(pending) };
      if (data.left === 0) endData();
    } else {
      if ((pending.readUInt16BE(0) & 0x7fff) !== version) throw new Error('SPDY: unknown version');
      sink.onControl(pending.readUInt16BE(2), flags, pending.subarray(8));
    }
    pending = Buffer.alloc(0);
  };
  const endData = () => {
    const { stream, fin } = data!;
    data = undefined;
    if (fin) sink.onData(stream, empty, true);
  };
  return bytes => {
    let rest = bytes;
    while (rest.length > 0) {
      if (data) {
        const piece = rest.subarray(0, data.left);
        rest = rest.subarray(piece.length);
        data.left -= piece.length;
        sink.onData(data.stream, piece, false);
        if (data.left === 0) endData();
        continue;
      }
      const missing = needed() - pending.length;
      pending = Buffer.concat([pending, rest.subarray(0, missing)]);
      rest = rest.subarray(missing);
      if (pending.length >= 8 && (pending[0]! & 0x80) !== 0 && lengthIn(pending) > largestControlFrame)
        throw new Error('SPDY: control frame is too large');
      if (pending.length >= 8 && pending.length === needed()) takeFrame();
    }
  };
}

const empty = new Uint8Array(0);

const lengthIn = (head: Buffer): number => head.readUIntBE(5, 3);

/** Pieces up to this size are copied behind their head: one write and one TLS record cost more than the copy. */
const copyUpTo = 64 * 1024;

/** A data frame, as one buffer or as head and data; data beyond the largest frame is divided. */
export function dataFrames(stream: number, data: Uint8Array, fin: boolean): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let at = 0;
  do {
    const piece = data.subarray(at, at + largestData);
    at += piece.length;
    const head = Buffer.alloc(8 + (piece.length <= copyUpTo ? piece.length : 0));
    head.writeUInt32BE(stream, 0);
    head[4] = fin && at >= data.length ? flagFin : 0;
    head.writeUIntBE(piece.length, 5, 3);
    if (piece.length <= copyUpTo) head.set(piece, 8);
    frames.push(head);
    if (piece.length > copyUpTo) frames.push(piece);
  } while (at < data.length);
  return frames;
}

/** A control frame whose payload is some 32-bit numbers, then bytes. */
export function controlFrame(
  type: number,
  flags: number,
  numbers: readonly number[],
  rest: Uint8Array = empty,
): Buffer {
  const length = numbers.length * 4 + rest.length;
  const frame = Buffer.alloc(8 + length);
  frame.writeUInt16BE(0x8000 | version, 0);
  frame.writeUInt16BE(type, 2);
  frame[4] = flags;
  frame.writeUIntBE(length, 5, 3);
  numbers.forEach((number, i) => frame.writeUInt32BE(number >>> 0, 8 + i * 4));
  frame.set(rest, 8 + numbers.length * 4);
  return frame;
}
