/** A listening server: one port for HTTP/1.1 and HTTP/2, TLS or plain. */
import { createServer as createPlainServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type SecureContextOptions, type TLSSocket } from 'node:tls';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Handler } from '../types.ts';
import { createExchanges } from './exchanges.ts';
import { createHttp1, type Front } from './http1.ts';
import { createHttp2 } from './http2.ts';
import { createLean } from './lean.ts';
import { defaultLimits, type Limits } from './limits.ts';

/** PEM texts, each possibly of several blocks. */
export interface TlsIdentity {
  readonly key: string | Uint8Array;
  readonly cert: string | Uint8Array;
  /** Client certificates are asked for, never required; only one that verifies against this reaches handlers. */
  readonly clientCA?: string | Uint8Array;
  /** Further certificates chosen by the name the client asks for (`*.example.com` allowed). */
  readonly byName?: Readonly<Record<string, { key: string | Uint8Array; cert: string | Uint8Array }>>;
}

export interface ServeOptions {
  readonly handler: Handler;
  /** Plain HTTP/1.1 unless given: only for loopback and unix sockets. */
  readonly tls?: TlsIdentity;
  /** All addresses unless given. */
  readonly host?: string;
  /** 0 (and the default) takes any free port. */
  readonly port?: number;
  /** A unix socket instead of host and port. */
  readonly path?: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits?: Partial<Limits>;
}

export interface HttpServer {
  /** 0 for a unix socket. */
  readonly port: number;
  /** Requests under way, streams included. */
  readonly inFlight: number;
  /** Uses another certificate (and client CA) for new connections; those that exist stay. */
  setTls(identity: TlsIdentity): void;
  /**
   * Takes no new connections, aborts the signal of streams, waits up to `graceMs` for everything to finish, then cuts.
   * Resolves when all is closed.
   */
  close(graceMs?: number): Promise<void>;
}

/** Listens; rejects when the address cannot be had (`EADDRINUSE`, `EACCES`). */
export async function serve(options: ServeOptions): Promise<HttpServer> {
  const { clock, log, handler } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const exchanges = createExchanges(handler, limits, clock, log);
  const fronts = { h1: createLean(exchanges, createHttp1(exchanges), clock), h2: createHttp2(exchanges) };
  const sockets = new Set<Socket>();
  const server = options.tls ? tlsServer(options.tls, fronts, log) : plainServer(fronts);
  server.maxConnections = limits.connections;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await listen(server, options);
  server.on('error', error => log.error('server failed', { error }));
  const address = server.address();
  return {
    port: typeof address === 'object' ? ((address as AddressInfo | null)?.port ?? 0) : 0,
    get inFlight() {
      return exchanges.inFlight;
    },
    setTls(identity) {
      if (!('setSecureContext' in server)) throw new Error('the server listens without TLS');
      const secure = server as ReturnType<typeof createTlsServer>;
      secure.setSecureContext(contextOf(identity));
      addNames(secure, identity);
    },
    async close(graceMs = 0) {
      const closed = new Promise<void>(resolve => server.close(() => resolve()));
      await exchanges.close(graceMs);
      // Also those that never got through their handshake.
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

interface Fronts {
  readonly h1: Front;
  readonly h2: Front;
}

const contextOf = ({ key, cert, clientCA }: TlsIdentity): SecureContextOptions => ({
  key: pem(key),
  cert: pem(cert),
  // Without a CA of our own the machine's trust would decide who is a known client.
  ca: clientCA ? pem(clientCA) : [],
  minVersion: 'TLSv1.2',
});

const pem = (text: string | Uint8Array) => (typeof text === 'string' ? text : Buffer.from(text));

function addNames(server: ReturnType<typeof createTlsServer>, { byName = {}, clientCA }: TlsIdentity): void {
  for (const [name, pair] of Object.entries(byName)) server.addContext(name, contextOf({ ...pair, clientCA }));
}

function tlsServer(identity: TlsIdentity, fronts: Fronts, log: Log) {
  const server = createTlsServer({
    ...contextOf(identity),
    requestCert: identity.clientCA !== undefined,
    rejectUnauthorized: false,
    ALPNProtocols: ['h2', 'http/1.1'],
    handshakeTimeout: 10_000,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 30_000,
    allowHalfOpen: true,
  });
  addNames(server, identity);
  server.on('secureConnection', (socket: TLSSocket) => {
    socket.on('error', () => {});
    const certificate = socket.authorized ? socket.getPeerCertificate()?.raw : undefined;
    (socket.alpnProtocol === 'h2' ? fronts.h2 : fronts.h1).accept(socket, certificate);
  });
  server.on('tlsClientError', (error, socket) => {
    log.debug('TLS handshake failed', { error: error.message, from: socket.remoteAddress });
    socket.destroy();
  });
  return server;
}

function plainServer(fronts: Fronts): Server {
  const options = { allowHalfOpen: true, noDelay: true, keepAlive: true, keepAliveInitialDelay: 30_000 };
  return createPlainServer(options, socket => {
    socket.on('error', () => {});
    fronts.h1.accept(socket);
  });
}

function listen(server: Server, { host, port = 0, path }: ServeOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path !== undefined ? { path } : { host, port }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
