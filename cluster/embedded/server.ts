/** Composition of the control plane: store, API server, controllers, scheduler, and simulated nodes where real ones cannot be. */
import { failpoint } from '@orrery/machinery/failpoint';
import { hostname } from 'node:os';
import type { ApiServer } from '@orrery/apiserver';
import { ensurePki, servingCertificate, type Pki } from '@orrery/apiserver/pki';
import { createClient, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Handler, Request, UserInfo } from '@orrery/http';
import { serve, type HttpServer, type TlsIdentity } from '@orrery/http/node';
import type { Node } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import { orUndefined } from '@orrery/machinery/status';
import { openStore, type Store, type StoreOptions } from '@orrery/store';
import { openAudit, type AuditParts } from './audit-parts.ts';
import { aggregatedTransports } from './aggregated-transport.ts';
import { networkUser } from './cluster-dns.ts';
import { openGuestFront, type GuestFront, type GuestPlace } from './guest.ts';
import { kubeletTransports } from './kubelet-transport.ts';
import { openIdentity, type IdentityParts } from './identity-parts.ts';
import { layoutOf } from './layout.ts';
import {
  createApiPart,
  ensureDns,
  runControllerManager,
  runScheduler,
  type ApiPartOptions,
  type ClusterFacts,
  type ControllerPartOptions,
} from './parts.ts';
import { addressAt, gatewayOf, type Settings } from './settings.ts';
import { podTransports } from './pod-transport.ts';
import { keepCertificates } from './renewal.ts';
import { webhookTransports } from './webhook-transport.ts';

export interface ServerOptions {
  /** The data directory. */
  readonly root: string;
  readonly settings: Settings;
  /** Take any free port when the wanted one is taken. */
  readonly anyPort: boolean;
  readonly anyConsolePort: boolean;
  /** The real node that will join; absent when there is none. */
  readonly nodeName?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Sizes of the store, where a test wants it to roll and to forget soon. */
  readonly store?: Pick<StoreOptions, 'segmentBytes' | 'checkpointBytes' | 'historyMs'>;
  /** Called when every certificate is on disk. */
  readonly onCredentials?: () => void;
  /** Called when the store was of an older format, with where its former files are. */
  readonly onMigrated?: (backup: string) => void;
}

export interface RunningServer {
  readonly port: number;
  /** Unless the settings want no guest. */
  readonly guest?: GuestPlace;
  close(): Promise<void>;
}

/** @throws in one sentence with the remedy: a taken port, a store that cannot be opened, certificates that cannot be used. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { root, settings, clock, random, log } = options;
  const ending = new AbortController();
  const [store, pki] = await Promise.all([
    openStore({ ...options.store, directory: layoutOf(root).server.store, clock, log, onMigrated: options.onMigrated }),
    ensurePki(pkiOptions(options)),
  ]);
  await issueFor(pki, options);
  failpoint('server.credentials');
  options.onCredentials?.();
  // The socket comes first, since its port is part of what the cluster starts with; early callers wait for the rest.
  const api = Promise.withResolvers<ApiServer>();
  api.promise.catch(() => {});
  const front = await listen(async request => (await api.promise).handler(request), pki, options);
  const guest = settings.platform ? await openGuestFront(guestOptions(pki, options)) : undefined;
  failpoint('server.listening');
  let present = pki;
  const kubelets = kubeletTransports({
    authority: pki.authority,
    identity: () => present.kubeletClient,
    clock,
    node: async name => orUndefined((await clientOf(api.promise, apiServerUser)).get<Node>(resources.nodes, name)),
  });
  const webhooks = webhookTransports(clock);
  const pods = podTransports(clock);
  const aggregated = aggregatedTransports(() => present.frontProxyClient, clock);
  let simulated: ReadonlyMap<string, Handler> = new Map();
  const audit = await openAudit(settings, clock, log);
  const identities = await openIdentity(settings, { clock, log, reach: webhooks.of });
  const facts = { settings, authority: pki.authority, port: front.port };
  const server = await createApiPart({
    ...{ ...facts, store, clock, random, log },
    serviceAccountKey: pki.serviceAccountKey,
    frontProxyAuthority: pki.frontProxyAuthority,
    kubelet: name => simulated.get(name) ?? kubelets.of(name),
    ...podsOf(settings, pods.of),
    webhook: webhooks.of,
    aggregated: aggregated.of,
    ...(guest && { consolePort: guest.server.port }),
    ...(audit && { audit: audit.options }),
    identity: identities.security,
  });
  api.resolve(server);
  await server.ready;
  failpoint('server.ready');
  const renewed = (next: Pki): void => {
    front.setTls(identity(next));
    guest?.server.setTls(guestIdentity(next));
    present = next;
  };
  const ensure = async (): Promise<Pki> => {
    const found = await ensurePki(pkiOptions(options));
    await issueFor(found, options);
    return found;
  };
  void keepCertificates({ first: pki, ensure, use: renewed, clock, log, signal: ending.signal });
  const components = startComponents(
    server,
    { ...facts, ...signing(pki, options), serviceAccountKey: pki.serviceAccountKey },
    options,
    ending.signal,
  );
  await ensureDns(server.handler, facts);
  if (settings.simulatedNodes > 0) {
    const { startSimulatedNodes } = await import('./simulated.ts');
    simulated = await startSimulatedNodes({
      handler: server.handler,
      settings,
      clock,
      random,
      log,
      signal: ending.signal,
    });
  }
  const outward = [kubelets, pods, webhooks, aggregated];
  const close = () => stop({ server, audit, identities, front, guest, store, outward, components, ending });
  return { port: front.port, ...(guest && { guest: guest.place(server.handler, pki.authority) }), close };
}

/** The addresses of simulated pods may be somebody else's: these are not called. */
const podsOf = ({ simulatedNodes }: Settings, pod: ApiPartOptions['pod']): Pick<ApiPartOptions, 'pod'> =>
  simulatedNodes === 0 ? { pod } : {};

interface Parts {
  readonly server: ApiServer;
  readonly audit: AuditParts | undefined;
  readonly identities: IdentityParts;
  readonly front: HttpServer;
  readonly guest: GuestFront | undefined;
  readonly store: Store;
  /** Connections to others. */
  readonly outward: readonly { close(): void }[];
  readonly components: Components;
  readonly ending: AbortController;
}

/** The guest itself has ended by now. */
async function stop({
  server,
  audit,
  identities,
  front,
  guest,
  store,
  outward,
  components,
  ending,
}: Parts): Promise<void> {
  server.drain();
  ending.abort();
  // They give up their leases, for which the server must still answer.
  await components.ended;
  await Promise.all([front.close(2_000), guest?.server.close(2_000)]);
  for (const connections of outward) connections.close();
  await server.close();
  identities.close();
  await audit?.close();
  await store.close();
}

const apiServerUser: UserInfo = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

const clientOf = async (api: Promise<ApiServer>, user: UserInfo): Promise<Client> =>
  createClient((await api).handler, { user });

const pkiOptions = ({ root, settings, clock, random, log }: ServerOptions) => ({
  directory: layoutOf(root).server.pki,
  serving: {
    serviceAddresses: settings.serviceCIDRs.map(cidr => addressAt(cidr, 1)),
    names: [hostname(), settings.nodeName, settings.nodeIP, gatewayOf(settings.podCIDRs[0]!), ...settings.tlsSan],
    clusterDomain: settings.clusterDomain,
  },
  clock,
  random,
  log,
});

/** Who signs for others, and the names of the API server's certificate, which nobody else gets. */
function signing({ requests: certificates }: Pki, options: ServerOptions) {
  const { dnsNames, addresses } = servingCertificate(pkiOptions(options).serving);
  return { certificates, apiNames: [...dnsNames, ...addresses] };
}

/** The certificates that the agent reads from disk: those of the node and of its network. */
async function issueFor(pki: Pki, { nodeName, settings }: ServerOptions): Promise<void> {
  if (nodeName === undefined) return;
  await pki.node(nodeName, [nodeName, settings.nodeIP, '127.0.0.1', gatewayOf(settings.podCIDRs[0]!)]);
  await pki.certificate({
    name: 'network',
    authority: 'ca',
    commonName: networkUser,
    organizations: [],
    usages: ['clientAuth'],
    dnsNames: [],
    addresses: [],
  });
}

/** Without an authority for clients: browsers would ask their users for a certificate. */
const guestIdentity = (pki: Pki): TlsIdentity => ({ cert: pki.serving.certificate, key: pki.serving.key });

const guestOptions = (pki: Pki, { settings, anyConsolePort, clock, log }: ServerOptions) => ({
  host: settings.bindAddress,
  port: settings.consolePort,
  anyPort: anyConsolePort,
  tls: guestIdentity(pki),
  clock,
  log,
});

const identity = (pki: Pki): TlsIdentity => ({
  cert: pki.serving.certificate,
  key: pki.serving.key,
  // Front proxies come with certificates of their own authority; the server tells the two apart.
  clientCA: `${pki.authority}\n${pki.frontProxyAuthority}`,
});

async function listen(
  handler: (request: Request) => ReturnType<Handler>,
  pki: Pki,
  { settings, anyPort, clock, log }: ServerOptions,
): Promise<HttpServer> {
  const open = (port: number) => serve({ handler, tls: identity(pki), host: settings.bindAddress, port, clock, log });
  try {
    return await open(settings.port);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' && anyPort) return open(0);
    const place = `${settings.bindAddress}:${settings.port}`;
    if (code === 'EADDRINUSE')
      throw new Error(`port ${settings.port} is taken by another process: choose another with --port`, {
        cause: error,
      });
    if (code === 'EADDRNOTAVAIL')
      throw new Error(`${settings.bindAddress} is no address of this machine: choose another with --bind-address`, {
        cause: error,
      });
    throw new Error(`the API server cannot listen on ${place}: ${(error as Error).message}`, { cause: error });
  }
}

interface Components {
  /** Resolves when all have ended, after the signal aborted. */
  readonly ended: Promise<unknown>;
}

function startComponents(
  { handler }: ApiServer,
  facts: ClusterFacts & Pick<ControllerPartOptions, 'certificates' | 'apiNames' | 'serviceAccountKey'>,
  { clock, random, log }: ServerOptions,
  signal: AbortSignal,
): Components {
  const failed = (what: string) => (error: unknown) => log.error(`${what} ended`, { error });
  const parts = { ...facts, handler, clock, random, log, signal };
  const running = [
    runControllerManager(parts).catch(failed('controllers')),
    runScheduler(parts).catch(failed('the scheduler')),
  ];
  return { ended: Promise.all(running) };
}
