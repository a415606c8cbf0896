/** The options of a cluster: what the command line sets, what is remembered between starts. */

export interface Settings {
  /** Where the API server listens. */
  readonly bindAddress: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** More names and addresses for the serving certificate. */
  readonly tlsSan: readonly string[];
  readonly nodeName: string;
  readonly nodeIP: string;
  readonly kubeletPort: number;
  /** Address ranges, one per family; one family is lit today. */
  readonly podCIDRs: readonly string[];
  readonly serviceCIDRs: readonly string[];
  readonly clusterDomain: string;
  /** Whether the platform runs as a guest of this cluster, and where it listens; 0 takes any free port. */
  readonly platform: boolean;
  readonly consolePort: number;
  /** Where the records of who did what go; absent for none. */
  readonly auditLog?: string;
  /** Files that say what is recorded, and where records are sent besides. */
  readonly auditPolicyFile?: string;
  readonly auditWebhookConfigFile?: string;
  /** Files that say whose tokens are believed, who is asked about tokens, and who decides on requests. */
  readonly authenticationConfig?: string;
  readonly authenticationTokenWebhookConfigFile?: string;
  readonly authorizationConfig?: string;
  /** Simulated nodes instead of (or beside) a real one; 0 for none. */
  readonly simulatedNodes: number;
}

export const defaultSettings = {
  bindAddress: '0.0.0.0',
  port: 6443,
  tlsSan: [],
  kubeletPort: 10250,
  podCIDRs: ['10.42.0.0/16'],
  serviceCIDRs: ['10.43.0.0/16'],
  clusterDomain: 'cluster.local',
  platform: true,
  consolePort: 30880,
  simulatedNodes: 0,
} satisfies Omit<Settings, 'nodeName' | 'nodeIP'>;

/** The n-th address of an IPv4 range, e.g. the first is the API server's service, the tenth cluster DNS. */
export function addressAt(cidr: string, n: number): string {
  const [base = '', bits = ''] = cidr.split('/');
  const size = 2 ** (32 - Number(bits));
  const start = base.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  if (n >= size) throw new RangeError(`${cidr} has only ${size} addresses`);
  const value = start - (start % size) + n;
  return [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256).join('.');
}

/** The first address of a node's share of the pod range: the bridge of its pods. */
export const gatewayOf = (podCIDR: string): string => addressAt(podCIDR, 1);

/**
 * Where others reach this machine. A machine with nothing but loopback is reached by its pods through their bridge, whose address is
 * known beforehand: the first node gets the first share.
 */
export const advertisedAddress = ({ nodeIP, podCIDRs }: Pick<Settings, 'nodeIP' | 'podCIDRs'>): string =>
  nodeIP.startsWith('127.') ? gatewayOf(podCIDRs[0]!) : nodeIP;
