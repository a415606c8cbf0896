export { startProxy, type Nft, type Proxy, type ProxyOptions } from './proxy/proxy.ts';
export { startPolicies, type Policies, type PoliciesOptions } from './policy/policies.ts';
export { startDns, type DnsOptions } from './dns/dns.ts';
export { hostUpstreams, type Upstream } from './dns/forward.ts';
export { nft } from './host/command.ts';
export { bridgeName, cleanHost, prepareHost, type HostOptions } from './host/host.ts';
export { podMtu, startOverlay } from './overlay/overlay.ts';
