/** Reading bodies: the receiving side of {@link Body}, used by clients and by tests of handlers. */
import { isStream, type Body, type Sink } from './types.ts';

const nothing = new Uint8Array(0);

/** The sending side broke a streamed body off before its end. */
export class BrokenStreamError extends Error {
  override readonly name = 'BrokenStreamError';
  constructor() {
    super('the body was broken off before its end');
  }
}

export interface ReadBodyOptions {
  /** Rejects with a RangeError once more than this many bytes came. No bound unless given. */
  limit?: number;
  /** Rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** The pieces as one array; the piece itself when there is only one. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** The whole body as one array. Rejects with {@link BrokenStreamError} when a stream is broken off. */
export async function readBody(body: Body | undefined, options: ReadBodyOptions = {}): Promise<Uint8Array> {
  if (body === undefined) return nothing;
  if (body instanceof Uint8Array) return body;
  if (!isStream(body)) return joinBytes(body);
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of chunksOf(body, options.signal)) {
    size += piece.length;
    if (size > (options.limit ?? Infinity)) throw new RangeError(`the body is larger than ${options.limit} bytes`);
    pieces.push(piece);
  }
  return joinBytes(pieces);
}

/**
 * The pieces of a body as they come. The producer is held back once `highWater` bytes wait to be taken. Leaving the loop
 * early closes the producer's sink. Throws {@link BrokenStreamError} for a body broken off, the reason of `signal` for an abort.
 */
export async function* chunksOf(
  body: Body | undefined,
  signal?: AbortSignal,
  highWater = 1 << 20,
): AsyncGenerator<Uint8Array, void, undefined> {
  if (body === undefined) return;
  if (body instanceof Uint8Array) return yield body;
  if (!isStream(body)) return yield* body;
  const inbox = createInbox(highWater);
  const abort = () => inbox.sink.destroy();
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    body.start(inbox.sink);
    for (;;) {
      const piece = await inbox.next();
      signal?.throwIfAborted();
      if (piece === 'broken') throw new BrokenStreamError();
      if (piece === undefined) return;
      yield piece;
    }
  } finally {
    signal?.removeEventListener('abort', abort);
    inbox.close();
  }
}

interface Inbox {
  readonly sink: Sink;
  next(): Promise<Uint8Array | 'broken' | undefined>;
  close(): void;
}

function createInbox(highWater: number): Inbox {
  const queue: Uint8Array[] = [];
  const drains: (() => void)[] = [];
  const closes: (() => void)[] = [];
  let queuedBytes = 0;
  let state: 'open' | 'ended' | 'broken' = 'open';
  let behind = false;
  let wake: (() => void) | undefined;
  const finish = (how: 'ended' | 'broken') => {
    if (state !== 'open') return;
    state = how;
    wake?.();
    for (const callback of closes.splice(0)) callback();
  };
  const sink: Sink = {
    write(chunk) {
      if (state !== 'open') return true;
      if (chunk.length > 0) queue.push(chunk);
      queuedBytes += chunk.length;
      wake?.();
      behind = queuedBytes >= highWater;
      return !behind;
    },
    end: () => finish('ended'),
    destroy: () => finish('broken'),
    get queuedBytes() {
      return queuedBytes;
    },
    get closed() {
      return state !== 'open';
    },
    onDrain: callback => void drains.push(callback),
    onClose: callback => void (state === 'open' ? closes.push(callback) : callback()),
  };
  const next = async () => {
    while (queue.length === 0) {
      if (behind) {
        behind = false;
        for (const callback of drains) callback();
        continue;
      }
      if (state !== 'open') return state === 'broken' ? ('broken' as const) : undefined;
      await new Promise<void>(resolve => (wake = resolve));
    }
    const piece = queue.shift()!;
    queuedBytes -= piece.length;
    return piece;
  };
  return { sink, next, close: () => finish('broken') };
}
