/**
 * HTTP as plain values. A server is `(request) => Promise<response>`; in process a client's transport *is* that function,
 * remote it is the same function over TLS. Nothing here knows sockets.
 */

/** Who makes a request, after authentication (apiserver `user.Info`). */
export interface UserInfo {
  readonly name: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** Header names in lower case; a repeated header is an array only for set-cookie and warning, else joined with ", ". */
export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What the socket layer knows of the peer; absent for calls in process. */
export interface Connection {
  readonly remoteAddress: string;
  readonly protocol: 'http/1.1' | 'h2';
  /** The verified client certificate, DER. Absent when none was sent or it did not verify. */
  readonly clientCertificate?: Uint8Array;
}

export interface Request {
  readonly method: string;
  /** Path and query exactly as on the wire, e.g. `/api/v1/pods?limit=500`. Never decoded or normalised. */
  readonly target: string;
  readonly headers: Headers;
  /** The whole body for bounded requests, read before the handler runs; empty when there is none. */
  readonly body: Uint8Array;
  /** Aborts when the peer goes away or the server stops. */
  readonly signal: AbortSignal;
  /**
   * Set only by in-process transports (`asUser`): an identity that skips TLS and the credential check but nothing else of the
   * chain. The socket layer never sets it.
   */
  readonly user?: UserInfo;
  readonly connection?: Connection;
}

/** Where a streamed body is written. Shared buffers may be passed to many sinks: a sink never changes them. */
export interface Sink {
  /** Queues bytes. False when the peer is slower than we are: wait for `onDrain`. Harmless after close. */
  write(chunk: Uint8Array): boolean;
  /** Ends the body in order. */
  end(): void;
  /** Breaks the connection off so that the peer sees an incomplete body (a failed stream). */
  destroy(): void;
  /** Bytes accepted but not yet handed to the kernel: what a bound per watcher looks at. */
  readonly queuedBytes: number;
  readonly closed: boolean;
  /** Called each time the queue has emptied after `write` returned false. */
  onDrain(callback: () => void): void;
  /** Called once, when the peer is gone or the body has ended. */
  onClose(callback: () => void): void;
}

/** A body produced over time (watch, logs). `start` is called once; it returns at once and writes when it has something. */
export interface StreamBody {
  start(sink: Sink): void;
}

export type Body = Uint8Array | readonly Uint8Array[] | StreamBody;

/** A two-way byte stream after a 101 answer: what exec, attach and port-forward run on. */
export interface Duplex extends Sink {
  onData(callback: (chunk: Uint8Array) => void): void;
  /** The peer has finished sending. */
  onEnd(callback: () => void): void;
  /** Stops and restarts the flow of `onData`, for back-pressure. */
  pause(): void;
  resume(): void;
}

/** Takes over a connection after status 101 was sent. */
export type Upgrade = (stream: Duplex) => void;

export interface Response {
  readonly status: number;
  readonly headers: Headers;
  /** Absent means no body. An array is written in order without joining (a list is head + slices + tail). */
  readonly body?: Body;
  /** The parsed, frozen form of `body` where the server has it anyway: saves callers in process the parse. */
  readonly object?: unknown;
  /** Only with status 101. */
  readonly upgrade?: Upgrade;
}

/** A server, and equally a client's transport. Rejects only when no answer could be had (connection refused, reset). */
export type Handler = (request: Request) => Promise<Response>;

export const isStream = (body: Body | undefined): body is StreamBody =>
  body !== undefined && typeof (body as StreamBody).start === 'function';
