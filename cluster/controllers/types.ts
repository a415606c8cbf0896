/** What the composition root may set, and the form of a controller. */
import type { Client } from '@orrery/client';
import type { UserInfo } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import type { ComponentContext } from '@orrery/reconciler';
import type { RequestFacts } from './certificates/signers.ts';

/** The cluster's authority for the built-in signers of certificates.k8s.io. */
export interface CertificateAuthority {
  /** Rejects when the PEM is no signing request. */
  read(pem: string): Promise<RequestFacts>;
  /** The PEM of a certificate with the subject and names of the request. */
  answer(grant: {
    readonly request: string;
    readonly usages: readonly string[];
    readonly lifetimeMs: number;
  }): Promise<string>;
}

export interface ControllersOptions {
  /** The cluster's CA certificates in PEM, published to every namespace as `kube-root-ca.crt`. */
  readonly rootCertificates: string;
  /** Where the API server answers, as seen from pods: the endpoints of `kubernetes.default`. */
  readonly apiServer: { readonly addresses: readonly string[]; readonly port: number };
  /** First address of the service range: the clusterIP of `kubernetes.default`. One per family, primary first. */
  readonly serviceAddresses: readonly string[];
  /** Pod address ranges to give nodes their share of, e.g. `10.42.0.0/16`. None: nodes are given no podCIDR. */
  readonly podRanges?: readonly string[];
  /** Bits of a node's share: 24 for IPv4 and 64 for IPv6 unless given. */
  readonly nodeMaskSizes?: { readonly ipv4?: number; readonly ipv6?: number };
  /** How long a silent node counts as healthy. 50 s unless given, as upstream since v1.32. */
  readonly nodeMonitorGracePeriodMs?: number;
  /** How often nodes' health is looked at; 5 s unless given. */
  readonly nodeMonitorPeriodMs?: number;
  /** Terminated pods kept before the oldest are deleted; 12500 unless given. */
  readonly terminatedPodThreshold?: number;
  /** How often discovery is asked again for kinds to collect garbage of; 30 s unless given. */
  readonly discoveryPeriodMs?: number;
  /** Absent where the authority's key is elsewhere: then nothing is approved or signed here. */
  readonly certificates?: CertificateAuthority;
  /** Names and addresses of the API server's serving certificate, which no node may have. */
  readonly apiNames?: readonly string[];
  /** Makes the token that a Secret keeps for a service account; absent where the key is elsewhere: then Secrets stay without. */
  readonly serviceAccountToken?: (account: KubeObject, secretName: string) => string;
  /** How long a service account's old token may go unused before it is invalid, and then before it goes; 365 days unless given. */
  readonly legacyTokenUnusedMs?: number;
  /** Controllers that shall not run, by name. */
  readonly disabled?: readonly string[];
  /**
   * The client to act as a user, e.g. the service account deployment-controller of kube-system: the bootstrap roles grant each
   * controller what it needs and nothing else. Without it all act as the client of the context.
   */
  readonly clientFor?: (user: UserInfo) => Client;
}

export interface Controller {
  /** Upstream's name, e.g. `deployment-controller`. */
  readonly name: string;
  /** The service account in kube-system whose rights it has; none: it acts as the API server itself. */
  readonly serviceAccount?: string;
  /** Runs until the context's signal aborts; rejects only when it cannot run at all. */
  start(ctx: ComponentContext, options: ControllersOptions): Promise<void>;
}
