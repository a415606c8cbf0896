/** Answers of HTTP/1.1 as bytes: the head as text, bounded bodies with it, streams in chunks. */
import { STATUS_CODES, validateHeaderName } from 'node:http';
import type { Headers, Sink } from '../types.ts';
import { aboutConnection, wireText } from './head.ts';

/** Names that were found to be valid; answers have few. */
const validNames = new Set<string>();
const validNamesMax = 256;

function checkName(name: string): void {
  if (validNames.has(name)) return;
  validateHeaderName(name);
  if (validNames.size < validNamesMax) validNames.add(name);
}

/**
 * Status line and headers, without the empty line that ends them.
 * @throws RangeError for a status that is none, TypeError for a name that is none
 */
export function answerHead(status: number, headers: Headers): string {
  if (!Number.isInteger(status) || status < 100 || status > 999) throw new RangeError(`Invalid status code: ${status}`);
  let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'unknown'}\r\n`;
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || aboutConnection.has(name)) continue;
    checkName(name);
    if (typeof value === 'string') text += `${name}: ${wireText(value)}\r\n`;
    else for (const one of value) text += `${name}: ${wireText(one)}\r\n`;
  }
  return text;
}

/** Texts (Latin-1) and bytes in one buffer. */
export function joinPieces(pieces: readonly (string | Uint8Array)[], size: number): Buffer {
  const joined = Buffer.allocUnsafe(size);
  let at = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') at += joined.write(piece, at, 'latin1');
    else {
      joined.set(piece, at);
      at += piece.length;
    }
  }
  return joined;
}

/** What a body that is produced over time is written to. */
export interface Wire {
  /** False when the peer is slower. */
  write(pieces: readonly (string | Uint8Array)[]): boolean;
  readonly queuedBytes: number;
  /** The body is complete; `whole` is false when it is not what its head announced. */
  finished(whole: boolean): void;
  cut(): void;
}

/** The sink of one streamed body, and what the connection tells it. */
export interface StreamSink extends Sink {
  drained(): void;
  /** The peer is gone, or has all of the body. */
  gone(): void;
}

/** The chunk that was framed last: a change is written to all its watchers in one go, and framed for the first of them. */
let framed: { readonly chunk: Uint8Array; readonly bytes: Buffer } | undefined;
/** Larger chunks are not copied to be framed. */
const framedMax = 256 * 1024;

function frame(chunk: Uint8Array): Buffer {
  if (framed?.chunk === chunk) return framed.bytes;
  const size = chunk.length.toString(16);
  const bytes = joinPieces([size, '\r\n', chunk, '\r\n'], size.length + chunk.length + 4);
  // Forgotten in the same turn: until then nobody can have changed what was only just queued.
  if (framed === undefined) process.nextTick(() => (framed = undefined));
  framed = { chunk, bytes };
  return bytes;
}

/** Chunked, or as it is when the head announced a length. */
export function streamSink(wire: Wire, announced: number | undefined): StreamSink {
  const drains: (() => void)[] = [];
  const closes: (() => void)[] = [];
  let left = announced ?? 0;
  let ended = false;
  let gone = false;
  const put = (chunk: Uint8Array): boolean => {
    if (announced !== undefined) {
      const fitting = chunk.length <= left ? chunk : chunk.subarray(0, left);
      left -= chunk.length;
      return wire.write([fitting]);
    }
    if (chunk.length <= framedMax) return wire.write([frame(chunk)]);
    return wire.write([`${chunk.length.toString(16)}\r\n`, chunk, '\r\n']);
  };
  return {
    // An empty chunk would end the body.
    write: chunk => (ended || gone || chunk.length === 0 ? true : put(chunk)),
    end() {
      if (ended || gone) return;
      ended = true;
      if (announced === undefined) wire.write(['0\r\n\r\n']);
      wire.finished(left === 0);
    },
    destroy() {
      if (gone) return;
      ended = true;
      wire.cut();
    },
    get queuedBytes() {
      return gone ? 0 : wire.queuedBytes;
    },
    get closed() {
      return ended || gone;
    },
    onDrain: callback => void drains.push(callback),
    onClose: callback => void (gone ? callback() : closes.push(callback)),
    drained() {
      for (const callback of drains) callback();
    },
    gone() {
      if (gone) return;
      gone = true;
      for (const callback of closes.splice(0)) callback();
    },
  };
}
