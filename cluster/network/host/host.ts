/** What pods need of the host: forwarding, a bridge with the gateway's address, the CNI configuration. And taking it all away. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withoutPolicies } from '../policy/statements.ts';
import { cleanOverlay } from '../overlay/overlay.ts';
import { withoutTable } from '../proxy/statements.ts';
import { command, nft } from './command.ts';

export const bridgeName = 'orrery0';

/** What routing between pods, services and the world needs; a key that this kernel does not have is left out. */
const wanted: Readonly<Record<string, string>> = {
  'net/ipv4/ip_forward': '1',
  // Packets between pods of one bridge pass the rules too, or a service could not lead from a pod to its neighbour, and no policy keep it out.
  'net/bridge/bridge-nf-call-iptables': '1',
  'net/bridge/bridge-nf-call-ip6tables': '1',
};
const bridgeRules = '/proc/sys/net/bridge/bridge-nf-call-iptables';

export interface HostOptions {
  /** This node's range, e.g. 10.42.0.0/24. */
  readonly podCIDR: string;
  /** The first address of the range: what pods use as their gateway. */
  readonly gateway: string;
  readonly serviceCIDRs: readonly string[];
  /** The largest packet of a pod. */
  readonly mtu: number;
  /** Where containerd looks for network configurations. */
  readonly cniConfigDir: string;
  /** Where host-local remembers addresses. */
  readonly cniDataDir: string;
  /** Where the former values of changed settings are kept. */
  readonly sysctlFile: string;
}

/** Level-based: makes what is missing, leaves what is right. Answers what this kernel cannot do, in whole sentences. */
export async function prepareHost(options: HostOptions): Promise<string[]> {
  // A module in most kernels, which nothing has asked for yet; without the program that loads it, it is there or not.
  if (!existsSync(bridgeRules)) await command('modprobe', ['br_netfilter']).catch(() => {});
  setSysctls(options.sysctlFile);
  await ensureBridge(options);
  await mkdir(options.cniConfigDir, { recursive: true });
  await writeFile(join(options.cniConfigDir, '10-orrery.conflist'), cniConfig(options));
  if (existsSync(bridgeRules)) return [];
  return [
    'the kernel module br_netfilter is missing: between two pods of this node network policies do not hold and services do not lead; load it with modprobe br_netfilter',
  ];
}

/** Bridge and host-local, without masquerading or port mapping of their own: both are in our table. */
export function cniConfig({
  podCIDR,
  gateway,
  mtu,
  cniDataDir,
}: Pick<HostOptions, 'podCIDR' | 'gateway' | 'mtu' | 'cniDataDir'>): string {
  const bridge = {
    type: 'bridge',
    bridge: bridgeName,
    isGateway: true,
    hairpinMode: true,
    ipMasq: false,
    // What fits between nodes, also while there is one: pods outlive the day on which another joins.
    mtu,
    ipam: {
      type: 'host-local',
      ranges: [[{ subnet: podCIDR, gateway }]],
      routes: [{ dst: '0.0.0.0/0' }],
      dataDir: cniDataDir,
    },
  };
  return `${JSON.stringify({ cniVersion: '0.4.0', name: 'orrery', plugins: [bridge] }, undefined, 2)}\n`;
}

/** Asked of this process's own network namespace: /sys shows that of whoever mounted it. */
const bridgeExists = (): boolean => existsSync(`/proc/sys/net/ipv4/conf/${bridgeName}`);

async function ensureBridge({ gateway, podCIDR, serviceCIDRs }: HostOptions): Promise<void> {
  if (!bridgeExists()) await command('ip', ['link', 'add', bridgeName, 'type', 'bridge']);
  await command('ip', ['address', 'replace', `${gateway}/${podCIDR.split('/')[1]}`, 'dev', bridgeName]);
  await command('ip', ['link', 'set', bridgeName, 'up']);
  // On a host without a default route a service address would have no route, and never reach the rules that translate it.
  for (const cidr of serviceCIDRs) await command('ip', ['route', 'replace', cidr, 'dev', bridgeName]);
}

function setSysctls(file: string): void {
  const former: Record<string, string> = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>)
    : {};
  for (const [key, value] of Object.entries(wanted)) {
    const path = `/proc/sys/${key}`;
    if (!existsSync(path)) continue;
    const now = readFileSync(path, 'utf8').trim();
    if (now === value) continue;
    former[key] ??= now;
    // Remembered before it is changed, so that a crash between the two loses nothing.
    writeFileSync(file, JSON.stringify(former));
    writeFileSync(path, value);
  }
}

/** Removes tables and bridge, puts settings back. Harmless where nothing was made. */
export async function cleanHost(sysctlFile: string): Promise<void> {
  await cleanOverlay();
  await nft([...withoutTable, ...withoutPolicies]);
  if (bridgeExists()) await command('ip', ['link', 'delete', bridgeName]);
  if (!existsSync(sysctlFile)) return;
  const former = JSON.parse(readFileSync(sysctlFile, 'utf8')) as Record<string, string>;
  for (const [key, value] of Object.entries(former)) writeFileSync(`/proc/sys/${key}`, value);
  rmSync(sysctlFile);
}
