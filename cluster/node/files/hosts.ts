/** The `/etc/hosts` that the kubelet keeps for a pod (upstream `kubelet_pods.go`). */
import type { HostAlias } from '@orrery/kinds/types';

const managed = `# Kubernetes-managed hosts file.
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
fe00::0\tip6-mcastprefix
fe00::1\tip6-allnodes
fe00::2\tip6-allrouters
`;

export interface HostsInput {
  /** The pod's addresses; not used with the host's network. */
  ips: readonly string[];
  hostname: string;
  /** The domain of a pod with hostname and subdomain; empty otherwise. */
  domain: string;
  aliases: readonly HostAlias[];
  /** Content of the node's own file, for pods on the host's network. */
  nodeFile?: string;
}

/** The whole file. */
export function hostsFile({ ips, hostname, domain, aliases, nodeFile }: HostsInput): string {
  if (nodeFile !== undefined) {
    return `# Kubernetes-managed hosts file (host network).\n${nodeFile}${aliasEntries(aliases)}`;
  }
  const names = domain === '' ? hostname : `${hostname}.${domain}\t${hostname}`;
  return managed + ips.map(ip => `${ip}\t${names}\n`).join('') + aliasEntries(aliases);
}

function aliasEntries(aliases: readonly HostAlias[]): string {
  if (aliases.length === 0) return '';
  const lines = aliases.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join('\t')}\n`);
  return `\n# Entries added by HostAliases.\n${lines.join('')}`;
}

/** A host name is one label of at most 63 characters: longer pod names are cut, without a trailing hyphen or dot. */
export const truncateHostname = (name: string): string =>
  name.length <= 63 ? name : name.slice(0, 63).replace(/[-.]+$/, '');

/** Host name and domain of a pod: what `hostname` and `hostname -f` say inside. */
export function podHostname(
  pod: { name: string; namespace: string },
  spec: { hostname?: string; subdomain?: string; hostnameOverride?: string },
  clusterDomain: string,
): { hostname: string; domain: string } {
  if (spec.hostnameOverride) return { hostname: spec.hostnameOverride, domain: '' };
  const domain = spec.subdomain ? `${spec.subdomain}.${pod.namespace}.svc.${clusterDomain}` : '';
  return { hostname: truncateHostname(spec.hostname || pod.name), domain };
}
