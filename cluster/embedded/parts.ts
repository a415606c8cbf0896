/**
 * The parts of a control plane, each over nothing but a transport and what it is told: the server process runs them side by side in real
 * time, a simulation runs them in virtual time over a transport that fails.
 */
import {
  createApiServer,
  type AggregatedTransport,
  type ApiServer,
  type AuditOptions,
  type WebhookTransport,
} from '@orrery/apiserver';
import { secretTokens, securityParts, type SecurityOptions } from '@orrery/apiserver/security';
import { createClient } from '@orrery/client';
import { startControllers, type CertificateAuthority } from '@orrery/controllers';
import type { Handler, UserInfo } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import { createContext, runWithLeaderElection, withoutManagedFields } from '@orrery/reconciler';
import { startScheduler } from '@orrery/scheduler';
import type { Store } from '@orrery/store';
import { ensureClusterDns } from './cluster-dns.ts';
import type { PodPlace } from './pod-transport.ts';
import { addressAt, advertisedAddress, type Settings } from './settings.ts';

/** What every part gets. */
export interface PartOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

/** What the parts know of the cluster they belong to. */
export interface ClusterFacts {
  readonly settings: Settings;
  /** PEM of the authority of client certificates, which pods trust too. */
  readonly authority: string;
  /** The port that the API server listens on. */
  readonly port: number;
}

export interface ApiPartOptions extends PartOptions, ClusterFacts {
  readonly store: Store;
  /** PKCS #8 PEM. */
  readonly serviceAccountKey: string;
  readonly frontProxyAuthority: string;
  /** How kubelets are reached, by the name of their node. */
  readonly kubelet: (nodeName: string) => Handler;
  /** How pods are reached, for the proxies of pods and services; without it these answer 503. */
  readonly pod?: (place: PodPlace) => Handler;
  /** How webhooks are reached; without it each call of one fails. */
  readonly webhook?: WebhookTransport;
  /** Who else is believed, and who else decides. */
  readonly identity?: Pick<SecurityOptions, 'structured' | 'tokenWebhook' | 'authorizers'>;
  /** How servers that APIServices name are reached; without it none is available. */
  readonly aggregated?: AggregatedTransport;
  /** Where a guest of this machine listens. */
  readonly consolePort?: number;
  /** Takes a record of every request: who asked what, when, with which answer. */
  readonly audit?: Omit<AuditOptions, 'clock'>;
}

/** The API server with all of its security. Resolves when it can answer; its `ready` when the first objects are written. */
export const createApiPart = (options: ApiPartOptions): Promise<ApiServer> => {
  const { store, clock, random, log, settings, port, serviceAccountKey, authority, frontProxyAuthority } = options;
  const { consolePort, audit } = options;
  const security = {
    ...options.identity,
    serviceAccountKey,
    clientAuthority: authority,
    frontProxyAuthority,
    serviceCidrs: settings.serviceCIDRs,
    securePort: port,
    // The controllers that take the finalizers off run too.
    storageProtection: true,
    // What machines join with.
    bootstrapTokens: true,
    // A node port there would shadow a listener of ours.
    reservedPorts: [port, settings.kubeletPort, ...(consolePort === undefined ? [] : [consolePort])],
  };
  return createApiServer({
    store,
    clock,
    random,
    log,
    parts: securityParts(security),
    ...(audit && { audit }),
    transports: {
      node: options.kubelet,
      ...(options.pod && { address: options.pod }),
      ...(options.webhook && { webhook: options.webhook }),
    },
    ...(options.aggregated && { aggregated: options.aggregated }),
    serverAddress: () => `${advertisedAddress(settings)}:${port}`,
  });
};

export interface ComponentPartOptions extends PartOptions, ClusterFacts {
  /** The API server, which believes the user named with each request. */
  readonly handler: Handler;
  /** Ends the part. */
  readonly signal: AbortSignal;
}

export interface ControllerPartOptions extends ComponentPartOptions {
  /** Signs for the built-in signers; absent where there is no key to sign with. */
  readonly certificates?: CertificateAuthority;
  /** Names and addresses that the API server serves as. */
  readonly apiNames?: readonly string[];
  /** PKCS #8 PEM of the key for tokens that Secrets keep; absent where there is none. */
  readonly serviceAccountKey?: string;
}

const apiServerUser: UserInfo = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };
const schedulerUser: UserInfo = { name: 'system:kube-scheduler', groups: ['system:authenticated'] };
const controllerUser: UserInfo = { name: 'system:kube-controller-manager', groups: ['system:authenticated'] };

const contextOf = (options: ComponentPartOptions, user: UserInfo, component: string) => {
  const { handler, clock, random, log, signal } = options;
  const client = createClient(handler, { user, userAgent: `${component}/v1.34 (orrery)`, random });
  return createContext({
    client,
    clock,
    random,
    log: log.with({ component }),
    signal,
    transform: withoutManagedFields,
  });
};

/** The same name after every start, so that nobody waits for the lease of the process before. */
const electionOf = ({ settings }: ClusterFacts) => ({ identity: settings.nodeName });

/** Resolves when all controllers have ended, after the signal aborted. */
export function runControllerManager(options: ControllerPartOptions): Promise<void> {
  const { handler, settings, authority, port, random } = options;
  const userAgent = 'kube-controller-manager/v1.34 (orrery)';
  const controllers = {
    rootCertificates: authority,
    apiServer: { addresses: [advertisedAddress(settings)], port },
    serviceAddresses: settings.serviceCIDRs.map(cidr => addressAt(cidr, 1)),
    podRanges: settings.podCIDRs,
    ...(options.certificates && { certificates: options.certificates }),
    ...(options.apiNames && { apiNames: options.apiNames }),
    ...(options.serviceAccountKey && { serviceAccountToken: secretTokens(options.serviceAccountKey) }),
    clientFor: (user: UserInfo) => createClient(handler, { user, userAgent, random }),
  };
  return startControllers(
    contextOf(options, controllerUser, 'kube-controller-manager'),
    controllers,
    electionOf(options),
  );
}

/** Resolves when the scheduler has ended, after the signal aborted. */
export function runScheduler(options: ComponentPartOptions): Promise<void> {
  const context = contextOf(options, schedulerUser, 'kube-scheduler');
  const run = (signal: AbortSignal) => startScheduler({ ...context, signal });
  return runWithLeaderElection(context, 'kube-scheduler', run, electionOf(options));
}

/** Makes what is missing of the objects of cluster DNS. */
export const ensureDns = (handler: Handler, { settings }: Pick<ClusterFacts, 'settings'>): Promise<void> =>
  ensureClusterDns(createClient(handler, { user: apiServerUser }), addressAt(settings.serviceCIDRs[0]!, 10));
