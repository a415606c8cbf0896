/** Serving webhooks over TLS with certificates that others renew on disk (controller-runtime `webhook.Server` and `certwatcher`). */
import { readFile } from 'node:fs/promises';
import type { Handler } from '@orrery/http';
import { serve, type HttpServer, type TlsIdentity } from '@orrery/http/node';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Runnable } from '../manager.ts';
import { aborted } from '../together.ts';

export interface TlsFiles {
  /** PEM: the server's chain, leaf first. */
  readonly cert: string;
  readonly key: string;
  /** PEM: callers whose certificate verifies against it are known; nobody is asked for one unless given. */
  readonly clientCA?: string;
}

export interface WebhookServerOptions {
  readonly handler: Handler;
  readonly files: TlsFiles;
  /** All addresses unless given. */
  readonly host?: string;
  /** 9443 unless given; 0 takes any free port. */
  readonly port?: number;
  readonly clock: Clock;
  readonly log: Log;
  /** How often the files are looked at; 10 s unless given. */
  readonly reloadMs?: number;
  /** How long requests under way may take at the end; 10 s unless given. */
  readonly graceMs?: number;
}

export interface WebhookServer {
  readonly port: number;
  /** Looks at the files now. True when new connections get another certificate from now on. Never rejects. */
  reload(): Promise<boolean>;
  close(): Promise<void>;
}

/** Listens; rejects when the files cannot be read or do not belong together, and when the address cannot be had. */
export async function serveWebhooks(options: WebhookServerOptions): Promise<WebhookServer> {
  const { handler, files, host, port = 9443, clock, log, reloadMs = 10_000, graceMs = 10_000 } = options;
  let identity = await read(files);
  const server = await serve({ handler, tls: identity, host, port, clock, log });
  log.info('serving webhooks', { port: server.port });
  const reload = async () => {
    const next = await changed(files, identity, server, log);
    identity = next ?? identity;
    return next !== undefined;
  };
  const timer = clock.every(reloadMs, () => void reload()).unref();
  return {
    port: server.port,
    reload,
    async close() {
      timer.cancel();
      await server.close(graceMs);
    },
  };
}

/** The same for a manager: runs in every process, since each may be called. */
export const webhookServer = (options: WebhookServerOptions): Runnable => ({
  name: 'webhook-server',
  everywhere: true,
  async run({ signal }) {
    const server = await serveWebhooks(options);
    await aborted(signal);
    await server.close();
  },
});

async function read({ cert, key, clientCA }: TlsFiles): Promise<TlsIdentity> {
  const [certText, keyText, caText] = await Promise.all([
    readFile(cert, 'utf8'),
    readFile(key, 'utf8'),
    clientCA === undefined ? undefined : readFile(clientCA, 'utf8'),
  ]);
  return { cert: certText, key: keyText, ...(caText !== undefined && { clientCA: caText }) };
}

/** The new identity, now in use. Files caught half-way through a renewal are left for the next look. */
async function changed(
  files: TlsFiles,
  before: TlsIdentity,
  server: HttpServer,
  log: Log,
): Promise<TlsIdentity | undefined> {
  try {
    const after = await read(files);
    const same = after.cert === before.cert && after.key === before.key && after.clientCA === before.clientCA;
    if (same) return undefined;
    server.setTls(after);
    log.info('certificate reloaded', { path: files.cert });
    return after;
  } catch (error) {
    log.warn('certificate not reloaded, the former one stays', { path: files.cert, error });
    return undefined;
  }
}
