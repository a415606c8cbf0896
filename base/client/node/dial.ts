/** Opening sockets to one server. */
import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Clock } from '@orrery/machinery/clock';

export interface Remote {
  readonly url: URL;
  readonly socketPath?: string;
  readonly address?: { readonly host: string; readonly port: number };
  readonly ca?: string | Uint8Array;
  readonly cert?: string;
  readonly key?: string;
  readonly serverName?: string;
  readonly insecureSkipTlsVerify?: boolean;
}

/** A connected socket whose peer is verified; `protocols` is what ALPN offers. Rejects with the socket's error. */
export type Dial = (protocols: readonly string[], signal?: AbortSignal) => Promise<Socket>;

const connectMs = 30_000;

/** A function that opens sockets to `remote`. */
export function dialer(remote: Remote, clock: Clock): Dial {
  return (protocols, signal) =>
    new Promise((resolve, reject) => {
      const { url } = remote;
      const secure = url.protocol === 'https:';
      const socket = secure ? dialTls(remote, protocols) : connectPlain(addressOf(remote));
      const late = clock.after(connectMs, () => socket.destroy(timedOut(url)));
      const abort = () => socket.destroy(signal?.reason as Error);
      signal?.addEventListener('abort', abort, { once: true });
      const settle = () => {
        late.cancel();
        signal?.removeEventListener('abort', abort);
        socket.removeListener('error', fail);
        socket.removeListener('close', closed);
      };
      const fail = (error: Error) => {
        settle();
        // Errors that follow the first have nobody to tell.
        socket.on('error', () => {});
        reject(signal?.aborted ? signal.reason : error);
      };
      const closed = () => fail(Object.assign(new Error(`connect ${url.host}: closed`), { code: 'ECONNRESET' }));
      socket.once('error', fail);
      socket.once('close', closed);
      socket.once(secure ? 'secureConnect' : 'connect', () => {
        settle();
        socket.setNoDelay(true);
        socket.setKeepAlive(true, 30_000);
        resolve(socket);
      });
      if (signal?.aborted) abort();
    });
}

function addressOf({ url, socketPath, address }: Remote): { path: string } | { host: string; port: number } {
  if (socketPath !== undefined) return { path: socketPath };
  if (address !== undefined) return { host: address.host, port: address.port };
  return { host: hostOf(url), port: Number(url.port || (url.protocol === 'https:' ? 443 : 80)) };
}

/** Without the brackets of an IPv6 address. */
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

function dialTls(remote: Remote, protocols: readonly string[]): TLSSocket {
  const host = hostOf(remote.url);
  return connectTls({
    ...addressOf(remote),
    // A name is sent to the server; an address is only compared with the certificate.
    ...(remote.serverName ? { servername: remote.serverName } : isIP(host) ? {} : { servername: host }),
    ...(remote.ca && { ca: typeof remote.ca === 'string' ? remote.ca : Buffer.from(remote.ca) }),
    ...(remote.cert && { cert: remote.cert, key: remote.key }),
    rejectUnauthorized: !remote.insecureSkipTlsVerify,
    ALPNProtocols: [...protocols],
    minVersion: 'TLSv1.2',
  });
}

/** What a request hears whose connection is closed before it has an answer. */
export const closedEarly = (): Error =>
  Object.assign(new Error('the connection was closed before the answer'), { code: 'ECONNRESET' });

const timedOut = (url: URL) =>
  Object.assign(new Error(`connect ${url.host}: no answer within ${connectMs / 1000} s`), { code: 'ETIMEDOUT' });
