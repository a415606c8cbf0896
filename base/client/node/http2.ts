/** HTTP/2 to one server: many requests over few connections. */
import {
  connect,
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { TLSSocket } from 'node:tls';
import type { Request, Response } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import { closedEarly, type Dial } from './dial.ts';
import { receive, receivedHeaders } from './receive.ts';

export interface Http2Session {
  send(request: Request): Promise<Response>;
}

export interface Http2Pool {
  /** A connection with room for a request; undefined when the server does not speak HTTP/2. */
  session(signal: AbortSignal): Promise<Http2Session | undefined>;
  close(): void;
}

/** As Kubernetes' own clients: a connection silent for 30 s is pinged, and given up without an answer after 15 s. */
const pingMs = 30_000;
const pingAnswerMs = 15_000;
/** Until a server says how many streams it takes, and at most. */
const mostStreams = 200;

interface Member extends Http2Session {
  readonly open: boolean;
  readonly active: number;
  destroy(): void;
}

export function createHttp2Pool(dial: Dial, url: URL, clock: Clock): Http2Pool {
  let members: Member[] = [];
  let opening: Promise<Member | undefined> | undefined;
  let speaksHttp2 = true;
  /** Of connections that are being made. */
  let dialling = new AbortController();

  const openOne = async (): Promise<Member | undefined> => {
    const socket = (await dial(['h2', 'http/1.1'], dialling.signal)) as TLSSocket;
    if (socket.alpnProtocol !== 'h2') {
      speaksHttp2 = false;
      socket.destroy();
      return undefined;
    }
    const member = createMember(socket, url, clock);
    members.push(member);
    return member;
  };
  return {
    async session(signal) {
      for (;;) {
        if (!speaksHttp2) return undefined;
        members = members.filter(member => member.open);
        const free = members.find(member => member.active < mostStreams);
        if (free) return free;
        // All who wait share one attempt; whoever stops waiting does not stop it for the others.
        opening ??= openOne().finally(() => (opening = undefined));
        await orAborted(opening, signal);
      }
    },
    close() {
      for (const member of members) member.destroy();
      members = [];
      dialling.abort(closedEarly());
      dialling = new AbortController();
    },
  };
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    if (signal.aborted) abort();
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function createMember(socket: TLSSocket, url: URL, clock: Clock): Member {
  const session = connect(url.origin, {
    createConnection: () => socket,
    settings: { enablePush: false, initialWindowSize: 1 << 20 },
    maxSessionMemory: 256,
  });
  let open = true;
  let active = 0;
  const shut = () => {
    open = false;
    pings.cancel();
  };
  const pings = keepAlive(session, clock);
  session.once('goaway', shut);
  session.once('close', shut);
  session.on('error', shut);
  session.setLocalWindowSize(16 << 20);
  session.unref();
  return {
    get open() {
      return open && !session.closed && !session.destroyed;
    },
    get active() {
      return active;
    },
    destroy: () => session.destroy(),
    send(request) {
      const reused = active > 0 || session.state.nextStreamID !== 1;
      const stream = session.request(headersFor(request, url), {
        endStream: request.body.length === 0,
        // Resets the stream as cancelled, whatever state it is in.
        signal: request.signal,
      });
      if (active++ === 0) session.ref();
      stream.once('close', () => {
        if (--active === 0) session.unref();
      });
      return exchange(stream, request, reused);
    },
  };
}

function keepAlive(session: ClientHttp2Session, clock: Clock) {
  return clock
    .every(pingMs, () => {
      if (session.destroyed || session.closed) return;
      const late = clock.after(pingAnswerMs, () => session.destroy(connectionLost())).unref();
      session.ping(() => late.cancel());
    })
    .unref();
}

const connectionLost = () => Object.assign(new Error('http2: client connection lost'), { code: 'ETIMEDOUT' });

/** Headers about the connection have no place in HTTP/2. */
const dropped = new Set(['connection', 'host', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

function headersFor(request: Request, url: URL): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    ':method': request.method,
    ':path': request.target,
    ':authority': String(request.headers['host'] ?? url.host),
  };
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined && !dropped.has(name)) headers[name] = typeof value === 'string' ? value : [...value];
  }
  if (request.body.length > 0) headers['content-length'] = String(request.body.length);
  return headers;
}

function exchange(stream: ClientHttp2Stream, request: Request, reused: boolean): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { signal } = request;
    let answered = false;
    const fail = (error: Error) => {
      reject(signal.aborted ? signal.reason : Object.assign(error, { rstCode: stream.rstCode, reused, answered }));
    };
    stream.on('error', fail);
    stream.once('close', () => {
      // From the answer on its body tells whether it is whole; it may do so a moment after the stream is closed.
      if (answered) return;
      fail(closedEarly());
    });
    stream.once('response', raw => {
      answered = true;
      const headers = receivedHeaders(raw);
      const complete = () => stream.rstCode === constants.NGHTTP2_NO_ERROR && !stream.aborted;
      receive(stream, headers, complete).then(body => resolve({ status: Number(raw[':status']), headers, body }), fail);
    });
    if (request.body.length > 0) stream.end(request.body);
  });
}

/**
 * True when a request that failed may be sent once more: the server said that it did not look at it, or it is a read and the kept
 * connection it went over was dead.
 */
export function isSafeToRepeat(error: unknown, method: string): boolean {
  const { code, rstCode, reused, answered } = error as {
    code?: string;
    rstCode?: number;
    reused?: boolean;
    answered?: boolean;
  };
  if (answered) return false;
  if (rstCode === constants.NGHTTP2_REFUSED_STREAM) return true;
  if (code === 'ERR_HTTP2_GOAWAY_SESSION' || code === 'ERR_HTTP2_INVALID_SESSION') return true;
  return reused === true && (method === 'GET' || method === 'HEAD') && (code === 'ECONNRESET' || code === 'EPIPE');
}
