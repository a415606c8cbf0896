/**
 * A place for a guest of the cluster in the server process: a listener with the cluster's certificate, and the API in process. Who the
 * guest is, is decided by whoever starts the server.
 */
import { asUser } from '@orrery/client';
import type { Handler, UserInfo } from '@orrery/http';
import { serve, type HttpServer, type TlsIdentity } from '@orrery/http/node';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';

export interface GuestPlace {
  /** Where the guest listens; open before the guest is there: early callers wait. */
  readonly port: number;
  /** By which the cluster itself knows the guest at that port: certificates in PEM. */
  readonly certificateAuthority: string;
  /** The cluster's API under a name of the guest's own: TLS and the credential check are skipped, nothing else of the chain is. */
  api(user: UserInfo): Handler;
  /** From now on `handler` answers. Called once. */
  serve(handler: Handler): void;
}

export interface GuestOptions {
  readonly host: string;
  readonly port: number;
  /** Take any free port when the wanted one is taken. */
  readonly anyPort: boolean;
  readonly tls: TlsIdentity;
  readonly clock: Clock;
  readonly log: Log;
}

export interface GuestFront {
  readonly server: HttpServer;
  /** The place, once the API is there. */
  place(api: Handler, certificateAuthority: string): GuestPlace;
}

/** @throws Error in one sentence when the port was asked for and is taken. */
export async function openGuestFront(options: GuestOptions): Promise<GuestFront> {
  const guest = Promise.withResolvers<Handler>();
  const handler: Handler = async request => (await guest.promise)(request);
  const { host, port, anyPort, ...rest } = options;
  const listen = (at: number) => serve({ ...rest, handler, host, port: at });
  const server = await listen(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EADDRINUSE' && anyPort) return listen(0);
    if (error.code === 'EADDRINUSE')
      throw new Error(`port ${port} is taken by another process: choose another with --console-port`, { cause: error });
    throw new Error(`the console cannot listen on ${host}:${port}: ${error.message}`, { cause: error });
  });
  return {
    server,
    place: (api, certificateAuthority) => ({
      port: server.port,
      certificateAuthority,
      api: user => asUser(api, user),
      serve: guest.resolve,
    }),
  };
}
