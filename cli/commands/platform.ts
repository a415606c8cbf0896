/** `orrery platform`: the platform alone, as a guest on the cluster of a kubeconfig. */
import { isIPv4 } from 'node:net';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { createClient } from '@orrery/client';
import { connect, loadKubeconfig, type SocketTransport } from '@orrery/client/node';
import { serve, type HttpServer, type TlsIdentity } from '@orrery/http/node';
import { systemClock } from '@orrery/machinery/clock';
import { createLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { createPlatform, installObjects, uninstallPlatform, type AdmissionPlace } from '@orrery/platform-server';
import { auditFiles } from '@orrery/platform-server/node';
import type { ServicePlace } from '../arguments.ts';
import { CliError } from '../error.ts';
import { consoleOption } from '../run/console.ts';
import { surviveRejections } from '../run/faults.ts';
import { firstLogIn, readOption, readPassword } from '../run/first-account.ts';
import { linesTo } from '../run/log-file.ts';
import { versions } from '../version.ts';

export interface PlatformCommandOptions {
  readonly kubeconfig?: string;
  readonly port: number;
  readonly bindAddress: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsCa?: string;
  readonly admissionUrl?: string;
  /** `namespace/name:port` */
  readonly admissionService?: ServicePlace;
  readonly adminPasswordFile?: string;
  /** A folder of this replica's own, the only one: the audit lies there instead of in the cluster. */
  readonly dataDir?: string;
  /** Where people reach it, when that is another address than the one listened on. */
  readonly url?: string;
}

/** Serves until SIGTERM or SIGINT. */
export async function platform(options: PlatformCommandOptions): Promise<void> {
  const tls = identityOf(options);
  const asked = admissionOf(options);
  if (!tls && !isLoopback(options.bindAddress)) {
    throw new CliError(
      `without --tls-cert and --tls-key the platform listens on loopback only, not on ${options.bindAddress}`,
      2,
    );
  }
  const firstPassword = readPassword(options.adminPasswordFile);
  const log = createLog(systemClock, linesTo(process.stderr.fd));
  surviveRejections(log);
  const cluster = await clusterOf(options);
  // The socket comes first: its port is part of what tokens are issued by, and a taken one is told before anything is written.
  const handler = Promise.withResolvers<Parameters<typeof serve>[0]['handler']>();
  const front = await listen(async request => (await handler.promise)(request), tls, options, log);
  const admission = asked && atPort(asked, front.port);
  const address = `${tls ? 'https' : 'http'}://${hostOf(options.bindAddress)}:${front.port}`;
  const running = await createPlatform({
    cluster,
    clock: systemClock,
    random: systemRandom,
    log,
    issuer: options.url ?? address,
    version: `v${versions.orrery}`,
    settings: {
      secureCookies: (options.url ?? address).startsWith('https:'),
      ...(options.tlsCa !== undefined && { certificateAuthority: readOption(options.tlsCa, '--tls-ca') }),
      ...(admission && { podServer: addressOf(admission) }),
    },
    // Told apart from another replica on this host, and from the process that had this number before.
    identity: `${hostname()}-${systemRandom.uuid().slice(0, 8)}-${process.pid}`,
    ...(admission && { admission }),
    ...(options.dataDir !== undefined && { auditStorage: auditFiles(join(resolve(options.dataDir), 'audit')) }),
    ...(await consoleOption()),
    ...(firstPassword !== undefined && { firstPassword }),
    onFirstPassword: (user, password) => process.stdout.write(`${firstLogIn({ user, password }).join(' ')}\n`),
  }).catch((error: unknown) => {
    throw new CliError(`the platform could not start on this cluster: ${(error as Error).message}`);
  });
  handler.resolve(running.handler);
  process.stdout.write(`The platform answers at ${address}\n`);
  await new Promise<void>(resolve => void process.once('SIGTERM', resolve).once('SIGINT', resolve));
  await front.close(2_000);
  await running.close();
  cluster.close();
  process.exit(0);
}

/** What an administrator of a cluster applies before, so that the platform runs there with no more rights than it needs. */
export async function manifest(): Promise<void> {
  const { stringify } = await import('../yaml.ts');
  const objects = installObjects.map(({ object }) => stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }));
  process.stdout.write(objects.join('---\n'));
}

/** Takes the platform's own objects away; projects and what is in them stay. */
export async function uninstall(options: { kubeconfig?: string }): Promise<void> {
  const cluster = await clusterOf(options);
  try {
    await uninstallPlatform(createClient(cluster, { userAgent: 'orrery-platform' }));
  } catch (error) {
    throw new CliError(`the platform could not be taken out whole: ${(error as Error).message}; run this again`);
  } finally {
    cluster.close();
  }
  process.stdout.write('removed; projects and what is in them stay\n');
}

async function clusterOf({ kubeconfig }: { kubeconfig?: string }): Promise<SocketTransport> {
  const access = await loadKubeconfig({ ...(kubeconfig && { path: kubeconfig }) }).catch((error: Error) => {
    throw new CliError(`${error.message}: name a file with --kubeconfig`);
  });
  return connect(access.connect);
}

function identityOf({ tlsCert, tlsKey }: PlatformCommandOptions): TlsIdentity | undefined {
  if (!tlsCert && !tlsKey) return undefined;
  if (!tlsCert || !tlsKey) throw new CliError('--tls-cert and --tls-key go together: give both', 2);
  return { cert: readOption(tlsCert, '--tls-cert'), key: readOption(tlsKey, '--tls-key') };
}

/** Where the cluster asks before it lets something into projects with quotas of their workspace. It asks by TLS alone. */
export function admissionOf(
  options: Pick<PlatformCommandOptions, 'tlsCert' | 'tlsCa' | 'admissionUrl' | 'admissionService'>,
): AdmissionPlace | undefined {
  const { tlsCert, tlsCa, admissionUrl, admissionService } = options;
  if (admissionUrl === undefined && admissionService === undefined) return undefined;
  if (admissionUrl !== undefined && admissionService !== undefined)
    throw new CliError('--admission-url and --admission-service are two ways to the same place: give one', 2);
  if (!tlsCert) throw new CliError('the cluster asks by TLS alone: give --tls-cert and --tls-key too', 2);
  if (admissionUrl !== undefined && !admissionUrl.startsWith('https:'))
    throw new CliError('--admission-url must begin with https://', 2);
  // A certificate vouches for itself where nobody else does.
  const certificateAuthority = tlsCa === undefined ? readOption(tlsCert, '--tls-cert') : readOption(tlsCa, '--tls-ca');
  return admissionUrl !== undefined
    ? { url: admissionUrl, certificateAuthority }
    : { service: admissionService!, certificateAuthority };
}

/** Port 0 of the address stands for the one that is listened on. */
export const atPort = (place: AdmissionPlace, port: number): AdmissionPlace =>
  'url' in place ? { ...place, url: place.url.replace(/:0(?=\/|$)/, `:${port}`) } : place;

/** Where the cluster asks the platform, its pods reach it too. */
const addressOf = (place: AdmissionPlace): string => {
  if ('url' in place) return place.url;
  const { namespace, name, port } = place.service;
  return `https://${name}.${namespace}.svc:${port}`;
};

const isLoopback = (address: string): boolean =>
  address === 'localhost' || address === '::1' || (isIPv4(address) && address.startsWith('127.'));
const hostOf = (address: string): string => (address.includes(':') ? `[${address}]` : address);

async function listen(
  handler: Parameters<typeof serve>[0]['handler'],
  tls: TlsIdentity | undefined,
  { port, bindAddress }: PlatformCommandOptions,
  log: Parameters<typeof serve>[0]['log'],
): Promise<HttpServer> {
  try {
    return await serve({ handler, ...(tls && { tls }), host: bindAddress, port, clock: systemClock, log });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new CliError(`port ${port} is taken by another process: choose another with --port`);
    throw new CliError(`the platform cannot listen on ${bindAddress}:${port}: ${message}`);
  }
}
