/** The platform in the server process: a guest that holds the cluster's API by an account of its own, and never the server's. */
import { createClient } from '@orrery/client';
import type { GuestPlace } from '@orrery/embedded/guest';
import { advertisedAddress, layoutOf, type Settings } from '@orrery/embedded/layout';
import { systemClock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { createPlatform, ensureInstalled, platformUser, type Platform } from '@orrery/platform-server';
import { auditFiles } from '@orrery/platform-server/node';
import { versions } from '../version.ts';
import { consoleOption } from './console.ts';
import type { FirstAccount, ServerReport } from './messages.ts';
import { consoleUrl } from './urls.ts';

export interface GuestPlatformOptions {
  readonly guest: GuestPlace;
  /** The data directory. */
  readonly root: string;
  readonly settings: Settings;
  readonly firstPassword: string | undefined;
  readonly log: Log;
  readonly tell: (report: ServerReport) => void;
}

/** Writes what an administrator would apply on any other cluster. */
const installer = { name: 'orrery-installer', groups: ['system:masters', 'system:authenticated'] };

/** Before the first, second ... attempt after one that failed; the last one for all that follow. */
const retryDelaysMs = [500, 2_000, 5_000, 15_000, 30_000];

/** Starts the platform, and again until it runs. `close` resolves when it has ended. */
export function keepPlatform(options: GuestPlatformOptions): { close(): Promise<void> } {
  const { tell, guest } = options;
  const log = options.log.with({ component: 'platform' });
  const ending = new AbortController();
  // Told also when the attempt that made it came to nothing afterwards.
  let firstAccount: FirstAccount | undefined;
  const made = (user: string, password: string) => (firstAccount = { user, password });
  const running = (async (): Promise<Platform | undefined> => {
    for (let failures = 0; !ending.signal.aborted; failures++) {
      try {
        const platform = await start(options, log, made);
        guest.serve(platform.handler);
        tell({ type: 'platform', ...(firstAccount && { firstAccount }) });
        return platform;
      } catch (error) {
        log.error('the platform could not start; trying again', { error });
        tell({ type: 'platform-failed', message: (error as Error).message });
        await systemClock.sleep(retryDelaysMs[Math.min(failures, retryDelaysMs.length - 1)]!, ending.signal);
      }
    }
    return undefined;
  })();
  return {
    async close() {
      ending.abort();
      await (await running)?.close();
    },
  };
}

async function start(
  { guest, root, settings, firstPassword }: GuestPlatformOptions,
  log: Log,
  onFirstPassword: (user: string, password: string) => void,
): Promise<Platform> {
  await ensureInstalled(createClient(guest.api(installer), { userAgent: 'orrery' }));
  return createPlatform({
    cluster: guest.api(platformUser),
    clock: systemClock,
    random: systemRandom,
    log,
    issuer: consoleUrl(settings, guest.port),
    version: `v${versions.orrery}`,
    settings: { certificateAuthority: guest.certificateAuthority, ...podServer(settings, guest) },
    // The same name after every start, so that nobody waits for the lease of the process before.
    identity: settings.nodeName,
    ...(firstPassword !== undefined && { firstPassword }),
    onFirstPassword,
    admission: { url: loopback(settings, guest), certificateAuthority: guest.certificateAuthority },
    // A disk of its own, and no other replica.
    auditStorage: auditFiles(layoutOf(root).server.audit),
    ...(await consoleOption()),
  });
}

/** Pods reach it where they reach the API server: at the node, unless it listens elsewhere. */
const podServer = (settings: Settings, { port }: GuestPlace): { podServer?: string } =>
  isAnywhere(settings) ? { podServer: `https://${advertisedAddress(settings)}:${port}` } : {};

const isAnywhere = ({ bindAddress }: Settings): boolean => bindAddress === '0.0.0.0' || bindAddress === '::';

/** Where the cluster's own server reaches the guest: on this machine. */
const loopback = (settings: Settings, { port }: GuestPlace): string => {
  const { bindAddress } = settings;
  const host = isAnywhere(settings) ? '127.0.0.1' : bindAddress.includes(':') ? `[${bindAddress}]` : bindAddress;
  return `https://${host}:${port}`;
};
