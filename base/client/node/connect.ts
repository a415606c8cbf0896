/** A {@link Handler} that reaches a server over sockets: HTTP/2 where the server speaks it, HTTP/1.1 for the rest and for upgrades. */
import type { Handler, Headers, Request, Response } from '@orrery/http';
import { asksUpgrade } from '@orrery/http';
import { systemClock, type Clock } from '@orrery/machinery/clock';
import type { Credential, Credentials } from './credentials.ts';
import { fixedCredentials } from './credentials.ts';
import { createHttp1Client, type Http1Client } from './http1.ts';
import { createHttp2Pool, isSafeToRepeat, type Http2Pool } from './http2.ts';
import { dialer, type Dial, type Remote } from './dial.ts';

export interface ConnectOptions {
  /** `https://host:6443`, possibly with a path that stands before every target; `http://` for plain servers. */
  readonly server: string;
  /** A unix socket to use instead of the host and port of `server`. */
  readonly socketPath?: string;
  /** PEM certificates that may vouch for the server; the machine's unless given. */
  readonly ca?: string | Uint8Array;
  /** The name the server's certificate must have, when it is not the host of the URL. */
  readonly serverName?: string;
  /** Where to dial instead of the host and port of `server`, whose name the certificate must have all the same. */
  readonly address?: { readonly host: string; readonly port: number };
  /** Speak HTTP/1.1 although the server may know better: each request may then go over a connection of its own. */
  readonly onlyHttp1?: boolean;
  /** Believe any server. */
  readonly insecureSkipTlsVerify?: boolean;
  /** Client certificate and key, PEM. */
  readonly cert?: string;
  readonly key?: string;
  /** Bearer token. */
  readonly token?: string;
  /** Credentials that change with time, instead of `cert`, `key` and `token`. */
  readonly credentials?: Credentials;
  /** Headers of every request, e.g. to impersonate; those of the request itself win. */
  readonly headers?: Headers;
  readonly clock?: Clock;
}

export interface SocketTransport extends Handler {
  /** Cuts all connections. Idle ones do not keep the process alive; closing is for ending early. */
  close(): void;
}

/**
 * Connects on demand and again whenever needed. Nothing is retried except what the server says it did not look at, and reads on a
 * kept connection that turned out dead. Redirects are answers like any other. Rejects with the socket's error when there is no answer.
 */
export function connect(options: ConnectOptions): SocketTransport {
  const url = new URL(options.server);
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    throw new TypeError(`unknown protocol in ${options.server}`);
  const clock = options.clock ?? systemClock;
  const prefix = url.pathname.replace(/\/+$/, '');
  const { token, cert, key } = options;
  const credentials = options.credentials ?? fixedCredentials({ token, cert, key });
  const wires = createWires(options, url, clock);

  const transport = async (request: Request): Promise<Response> => {
    request.signal.throwIfAborted();
    const credential = await credentials.current();
    const outgoing: Request = {
      method: request.method,
      target: prefix + request.target,
      headers: { ...options.headers, ...authorization(credential), ...request.headers },
      body: request.body,
      signal: request.signal,
    };
    const response = await wires.of(credential).send(outgoing);
    if (response.status === 401) credentials.expire();
    return response;
  };
  return Object.assign(transport, { close: () => wires.close() });
}

const authorization = ({ token, basic }: Credential): Record<string, string> => {
  if (token) return { authorization: `Bearer ${token}` };
  if (!basic) return {};
  return { authorization: `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}` };
};

interface Wire {
  send(request: Request): Promise<Response>;
  close(): void;
}

/** The connections made with one client certificate; another certificate means other connections. */
function createWires(options: ConnectOptions, url: URL, clock: Clock) {
  let present: { wire: Wire; credential: Credential } | undefined;
  return {
    of(credential: Credential): Wire {
      if (present?.credential.cert !== credential.cert || present?.credential.key !== credential.key || !present) {
        present?.wire.close();
        const remote: Remote = { ...options, url, cert: credential.cert, key: credential.key };
        present = { credential, wire: createWire(dialer(remote, clock), url, clock, options.onlyHttp1) };
      }
      return present.wire;
    },
    close: () => present?.wire.close(),
  };
}

function createWire(dial: Dial, url: URL, clock: Clock, onlyHttp1 = false): Wire {
  const http1: Http1Client = createHttp1Client(dial, url);
  const speaksHttp2 = url.protocol === 'https:' && !onlyHttp1;
  const http2: Http2Pool | undefined = speaksHttp2 ? createHttp2Pool(dial, url, clock) : undefined;
  const send = async (request: Request): Promise<Response> => {
    if (!http2 || asksUpgrade(request.headers)) return http1.send(request);
    const session = await http2.session(request.signal);
    if (!session) return http1.send(request);
    return session.send(request);
  };
  return {
    async send(request) {
      try {
        return await send(request);
      } catch (error) {
        if (request.signal.aborted || !isSafeToRepeat(error, request.method)) throw error;
        return send(request);
      }
    },
    close() {
      http1.close();
      http2?.close();
    },
  };
}
