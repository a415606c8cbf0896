/**
 * HTTP/1.1 connections in the shape nearly all requests have: a plain head, a body of announced length or none, one answer after the
 * other. Everything else goes to the full parser, with the bytes that were read, and the connection stays there (decision 0266).
 *
 * One request of a connection is under way at a time; those that were sent ahead wait, unread once there is one of them.
 */
import type { Socket } from 'node:net';
import type { Clock } from '@orrery/machinery/clock';
import { errorAnswer } from '../answers.ts';
import { joinBytes } from '../body.ts';
import { isStream, type Connection as About, type Response, type StreamBody } from '../types.ts';
import { bodiless, noBody } from './body.ts';
import type { Exchange, Exchanges } from './exchanges.ts';
import { plainAddress } from './head.ts';
import { refuseWith, type Front, type FullFront } from './http1.ts';
import { answerHead, joinPieces, streamSink, type StreamSink } from './lean-answer.ts';
import { readHead, type HeaderBlock, type LeanHead } from './lean-head.ts';
import { byteLength, groupBytes, writeSlices } from './streams.ts';

/** Longer heads are not plain. */
const headBytesMax = 16 * 1024;
/** Nor are longer bodies: they are collected where their parts are looked at one by one. */
const bodyBytesMax = 256 * 1024;
/** Answers that wait to be written together are written when they are this many bytes. */
const batchBytes = 64 * 1024;

/** Serves HTTP/1.1; `full` takes over what is not plain. */
export function createLean(exchanges: Exchanges, full: FullFront, clock: Pick<Clock, 'now'>): Front {
  const shared: Shared = { exchanges, full, date: dateHeader(clock) };
  return { accept: (socket, clientCertificate) => void new LeanConnection(shared, socket, clientCertificate) };
}

interface Shared {
  readonly exchanges: Exchanges;
  readonly full: FullFront;
  date(): string;
}

/** `date: ...` with the end of its line; made once a second. */
function dateHeader(clock: Pick<Clock, 'now'>): () => string {
  let second = -1;
  let text = '';
  return () => {
    const now = Math.floor(clock.now() / 1000);
    if (now !== second) {
      second = now;
      text = `date: ${new Date(now * 1000).toUTCString()}\r\n`;
    }
    return text;
  };
}

/** A request whose body is still coming. */
interface Unfinished {
  readonly reading: LeanHead;
  readonly exchange: Exchange;
  readonly pieces: Uint8Array[];
  missing: number;
}

const nothing: Buffer = Buffer.alloc(0);

class LeanConnection {
  readonly #shared: Shared;
  readonly #socket: Socket;
  readonly #line: { begin(cut: () => void): Exchange; closed(): void };
  /** Bytes that were read and belong to no request yet, from `#at` on. */
  #bytes = nothing;
  #at = 0;
  #block: HeaderBlock | undefined;
  #unfinished: Unfinished | undefined;
  /** The request that is being answered. */
  #current: Exchange | undefined;
  #sink: StreamSink | undefined;
  /** Answers that were not written yet, and whose they are. */
  #pieces: (string | Uint8Array)[] = [];
  #size = 0;
  #answered: Exchange[] = [];
  #flushing = false;
  /** The peer reads more slowly than it asks. */
  #behind = false;
  #paused = false;
  /** The peer sends no more. */
  #ended = false;
  /** The handler has not answered the current request yet. */
  #asked = false;
  /** No further request is served. */
  #last = false;

  constructor(shared: Shared, socket: Socket, clientCertificate: Uint8Array | undefined) {
    this.#shared = shared;
    this.#socket = socket;
    const about: About = {
      remoteAddress: plainAddress(socket.remoteAddress),
      protocol: 'http/1.1',
      ...(clientCertificate && { clientCertificate }),
    };
    this.#line = shared.exchanges.connected({ about, cut: this.#cut, end: () => socket.destroySoon() });
    socket.once('close', () => this.#gone());
    socket.on('data', this.#receive);
    socket.on('end', this.#receiveEnd);
    socket.on('drain', this.#drain);
  }

  readonly #cut = (): void => void this.#socket.destroy();

  readonly #receive = (chunk: Buffer): void => {
    this.#bytes = this.#at < this.#bytes.length ? Buffer.concat([this.#bytes.subarray(this.#at), chunk]) : chunk;
    this.#at = 0;
    if (this.#unfinished) this.#collect(this.#unfinished);
    this.#advance();
  };

  /** Serves the next request, if it is there and may be served. */
  #advance(): void {
    while (!this.#current && !this.#unfinished && !this.#behind && !this.#last && this.#at < this.#bytes.length) {
      const { headerBytes, bodyBytes } = this.#shared.exchanges.limits;
      const limit = Math.min(headBytesMax, headerBytes >>> 1);
      const reading = readHead(this.#bytes, this.#at, limit, this.#block);
      if (reading === 'partial') break;
      if (reading === 'odd' || reading.block.bodyBytes > Math.min(bodyBytesMax, bodyBytes)) return this.#passOn();
      this.#block = reading.block;
      this.#at = reading.end;
      const exchange = this.#line.begin(this.#cut);
      const unfinished: Unfinished = { reading, exchange, pieces: [], missing: reading.block.bodyBytes };
      if (unfinished.missing === 0) this.#serve(reading, exchange, noBody);
      else this.#collect(unfinished);
    }
    this.#hold();
  }

  /** Reads no further while something that was read has to wait: it might be followed by anything, or by the end. */
  #hold(): void {
    const waits = this.#at < this.#bytes.length && (this.#current !== undefined || this.#behind || this.#last);
    if (waits === this.#paused) return;
    this.#paused = waits;
    if (waits) this.#socket.pause();
    else this.#socket.resume();
  }

  /** Takes what is there of a body; serves the request when that is all. */
  #collect(unfinished: Unfinished): void {
    const piece = this.#bytes.subarray(this.#at, this.#at + unfinished.missing);
    this.#at += piece.length;
    unfinished.missing -= piece.length;
    if (piece.length > 0) unfinished.pieces.push(piece);
    this.#unfinished = unfinished.missing > 0 ? unfinished : undefined;
    if (unfinished.missing === 0) this.#serve(unfinished.reading, unfinished.exchange, joinBytes(unfinished.pieces));
  }

  #serve({ head }: LeanHead, exchange: Exchange, body: Uint8Array): void {
    this.#current = exchange;
    this.#asked = true;
    const isHead = head.method === 'HEAD';
    void exchange.answer(head, body).then(answer => this.#send(exchange, isHead, answer));
  }

  #send(exchange: Exchange, isHead: boolean, answer: Response): void {
    this.#asked = false;
    if (this.#socket.destroyed) return;
    const before = this.#pieces.length;
    try {
      this.#write(exchange, isHead, answer);
    } catch (error) {
      exchange.failed(error);
      // Nothing was queued of an answer that cannot be said; of a stream that failed to start, its head was.
      if (this.#sink || this.#pieces.length > before) this.#cut();
      else this.#write(exchange, isHead, errorAnswer(error));
    }
  }

  #write(exchange: Exchange, isHead: boolean, answer: Response): void {
    // A switch of protocols that was not asked for.
    const { status, body } = answer.status === 101 ? { status: 501, body: undefined } : answer;
    let head = answerHead(status, answer.headers);
    head += this.#shared.date();
    this.#last ||= this.#ended || this.#shared.exchanges.closing;
    if (this.#last) head += 'connection: close\r\n';
    const skip = isHead || bodiless(status);
    if (isStream(body)) {
      if (!skip) return this.#stream(exchange, head, body, answer.headers['content-length']);
      this.#queue(`${head}\r\n`);
      return this.#answeredWith(exchange);
    }
    const slices = body === undefined ? [] : body instanceof Uint8Array ? [body] : body;
    const size = byteLength(slices);
    if (!bodiless(status) && answer.headers['content-length'] === undefined) head += `content-length: ${size}\r\n`;
    head += '\r\n';
    if (!skip && size > groupBytes) return this.#writeLarge(exchange, head, slices);
    this.#queue(head);
    if (!skip) for (const slice of slices) this.#queue(slice);
    this.#answeredWith(exchange);
  }

  #queue(piece: string | Uint8Array): void {
    this.#pieces.push(piece);
    this.#size += piece.length;
  }

  /** The answer is queued as a whole. It is written at once, or with those that are ready in the same turn. */
  #answeredWith(exchange: Exchange): void {
    this.#answered.push(exchange);
    this.#current = undefined;
    if (this.#at >= this.#bytes.length || this.#last || this.#size >= batchBytes) this.#flush();
    else if (!this.#flushing) {
      this.#flushing = true;
      process.nextTick(() => this.#flush());
    }
    this.#advance();
  }

  #flush(): void {
    this.#flushing = false;
    if (this.#pieces.length === 0 || this.#socket.destroyed) return;
    const bytes = joinPieces(this.#pieces, this.#size);
    const answered = this.#answered;
    this.#pieces = [];
    this.#size = 0;
    this.#answered = [];
    const written = (): void => {
      for (const exchange of answered) exchange.over();
    };
    if (this.#last && !this.#current)
      return void this.#socket.end(bytes, () => (written(), this.#socket.destroySoon()));
    if (!this.#socket.write(bytes, written)) this.#behind = true;
  }

  /** Larger bodies are written in groups, with a wait between them. */
  #writeLarge(exchange: Exchange, head: string, slices: readonly Uint8Array[]): void {
    this.#flush();
    const socket = this.#socket;
    const target = {
      get destroyed() {
        return socket.destroyed;
      },
      write: (chunk: Uint8Array) => socket.write(chunk),
      once: (event: 'close' | 'drain', listener: () => void) => socket.once(event, listener),
      end: (chunk: Uint8Array) => {
        this.#queue(chunk);
        this.#answeredWith(exchange);
      },
    };
    void writeSlices(target, [Buffer.from(head, 'latin1'), ...slices]);
  }

  #stream(exchange: Exchange, head: string, body: StreamBody, announced: Response['headers'][string]): void {
    const length = typeof announced === 'string' ? Number(announced) : undefined;
    this.#queue(`${head}${length === undefined ? 'transfer-encoding: chunked\r\n' : ''}\r\n`);
    this.#flush();
    const socket = this.#socket;
    const sink = streamSink(
      {
        write: pieces => this.#put(pieces),
        get queuedBytes() {
          return socket.writableLength;
        },
        finished: whole => this.#streamed(exchange, whole),
        cut: this.#cut,
      },
      length,
    );
    this.#sink = sink;
    exchange.streams();
    body.start(sink);
    // The peer may have left in between.
    if (this.#ended) this.#socket.end();
  }

  #put(pieces: readonly (string | Uint8Array)[]): boolean {
    if (this.#socket.destroyed) return true;
    if (pieces.length === 1 && typeof pieces[0] !== 'string') return this.#socket.write(pieces[0]!);
    this.#socket.cork();
    let more = true;
    for (const piece of pieces)
      more = typeof piece === 'string' ? this.#socket.write(piece, 'latin1') : this.#socket.write(piece);
    this.#socket.uncork();
    return more;
  }

  #streamed(exchange: Exchange, whole: boolean): void {
    const sink = this.#sink;
    if (!whole) return this.#cut();
    const done = (): void => {
      sink?.gone();
      exchange.over();
      if (this.#sink === sink) this.#sink = undefined;
    };
    if (this.#last || this.#shared.exchanges.closing)
      return void this.#socket.end(() => (done(), this.#socket.destroySoon()));
    // An empty write is through when all before it are.
    this.#socket.write(nothing, () => {
      done();
      this.#current = undefined;
      this.#advance();
    });
  }

  readonly #drain = (): void => {
    this.#behind = false;
    this.#sink?.drained();
    this.#advance();
  };

  readonly #receiveEnd = (): void => {
    this.#ended = true;
    this.#flush();
    if (this.#unfinished || this.#at < this.#bytes.length) return refuseWith(this.#socket, '400 Bad Request');
    // Whoever ends its side before the answer, or amid a stream, has left (so do net/http and node:http); what was begun is finished.
    if (this.#asked) return this.#cut();
    if (this.#sink || !this.#current) this.#socket.end();
  };

  /** Hands the connection over, with all that was not served, for good. */
  #passOn(): void {
    this.#flush();
    const socket = this.#socket;
    if (socket.destroyed) return;
    socket.off('data', this.#receive);
    socket.off('end', this.#receiveEnd);
    socket.off('drain', this.#drain);
    socket.pause();
    socket.unshift(this.#bytes.subarray(this.#at));
    this.#bytes = nothing;
    this.#shared.full.take(socket, () => this.#line.begin(this.#cut));
    socket.resume();
  }

  #gone(): void {
    this.#line.closed();
    this.#unfinished?.exchange.over();
    this.#current?.over();
    for (const exchange of this.#answered) exchange.over();
    this.#sink?.gone();
  }
}
