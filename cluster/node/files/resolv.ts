/** The resolver settings of a pod by its dnsPolicy and dnsConfig (upstream `pkg/kubelet/network/dns`). */
import type { PodDNSConfig } from '@orrery/kinds/types';

export interface ResolverSettings {
  servers: string[];
  searches: string[];
  options: string[];
}

export interface ResolverInput {
  namespace: string;
  policy: string;
  hostNetwork: boolean;
  config?: PodDNSConfig;
  clusterDns: readonly string[];
  clusterDomain: string;
  /** The node's own settings. */
  node: ResolverSettings;
}

export interface ResolverAnswer {
  settings: ResolverSettings;
  /** Events to record on the pod, all warnings. */
  warnings: { reason: 'MissingClusterDNS' | 'DNSConfigForming'; message: string }[];
}

const maxServers = 3;
const maxSearches = 32;
const maxSearchLength = 2048;

type Mode = 'cluster' | 'host' | 'none';

/** What goes into the pod's resolv.conf. */
export function podResolver(input: ResolverInput): ResolverAnswer {
  const warnings: ResolverAnswer['warnings'] = [];
  let mode = modeOf(input.policy, input.hostNetwork);
  if (mode === 'cluster' && input.clusterDns.length === 0) {
    warnings.push({
      reason: 'MissingClusterDNS',
      message: `kubelet does not have ClusterDNS IP configured and cannot create Pod using "${input.policy}" policy. Falling back to "Default" policy.`,
    });
    mode = 'host';
  }
  const merged = withConfig(settingsOf(mode, input), input.config);
  const settings = withinLimits(merged, warnings);
  return { settings, warnings };
}

function modeOf(policy: string, hostNetwork: boolean): Mode {
  if (policy === 'None') return 'none';
  if (policy === 'ClusterFirstWithHostNet') return 'cluster';
  if (policy === 'ClusterFirst' || policy === '') return hostNetwork ? 'host' : 'cluster';
  return 'host';
}

function settingsOf(mode: Mode, { namespace, clusterDns, clusterDomain, node }: ResolverInput): ResolverSettings {
  if (mode === 'none') return { servers: [], searches: [], options: [] };
  if (mode === 'host') return node;
  const own = clusterDomain ? [`${namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain] : [];
  return { servers: [...clusterDns], searches: unique([...own, ...node.searches]), options: ['ndots:5'] };
}

const unique = (values: readonly string[]): string[] => [...new Set(values)];

function withConfig(base: ResolverSettings, config: PodDNSConfig | undefined): ResolverSettings {
  if (!config) return base;
  const options = new Map(base.options.map(option => [option.split(':', 1)[0]!, option]));
  for (const { name, value } of config.options ?? []) {
    if (name) options.set(name, value ? `${name}:${value}` : name);
  }
  return {
    servers: unique([...base.servers, ...(config.nameservers ?? [])]),
    searches: unique([...base.searches, ...(config.searches ?? [])]),
    options: [...options.values()],
  };
}

function withinLimits(settings: ResolverSettings, warnings: ResolverAnswer['warnings']): ResolverSettings {
  const servers = settings.servers.slice(0, maxServers);
  if (servers.length < settings.servers.length) {
    const line = servers.join(' ');
    const message = `Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${line}`;
    warnings.push({ reason: 'DNSConfigForming', message });
  }
  const searches = settings.searches.slice(0, maxSearches);
  while (searches.join(' ').length > maxSearchLength) searches.pop();
  if (searches.length < settings.searches.length) {
    const line = searches.join(' ');
    const message = `Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${line}`;
    warnings.push({ reason: 'DNSConfigForming', message });
  }
  return { servers, searches, options: settings.options };
}

/** Reads a resolv.conf: the last `search` and `options` lines count, as for the resolver itself. */
export function parseResolver(text: string): ResolverSettings {
  const settings: ResolverSettings = { servers: [], searches: [], options: [] };
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === 'nameserver' && rest[0]) settings.servers.push(rest[0]);
    else if (word === 'search')
      settings.searches = rest.map(domain => (domain === '.' ? domain : domain.replace(/\.$/, '')));
    else if (word === 'options') settings.options = rest;
  }
  return settings;
}
