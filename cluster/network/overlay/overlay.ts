/** The rim of the overlay: nodes in, a VXLAN device with routes to their pods out. One machine alone has none of it. */
import { existsSync } from 'node:fs';
import { resources } from '@orrery/client/resources';
import type { Node } from '@orrery/kinds/types';
import type { ComponentContext } from '@orrery/reconciler';
import { command, nft } from '../host/command.ts';
import { createWriter } from '../writer.ts';
import {
  differenceOf,
  entriesOf,
  forwardingEntry,
  guardStatements,
  neighbourEntry,
  overlayAddress,
  overlayBytes,
  overlayDevice,
  overlayId,
  overlayMac,
  overlayPort,
  peersOf,
  routeEntry,
  withoutOverlay,
  type Entry,
  type Peer,
  type Self,
} from './peers.ts';

/** What others took away comes back. */
const lookAgainMs = 60_000;

/** Asked of this process's own network namespace. */
const deviceExists = (): boolean => existsSync(`/proc/sys/net/ipv4/conf/${overlayDevice}`);

/** The largest packet of a pod that crosses to another machine in one piece, by the device of the machine's address. */
export async function podMtu(address: string): Promise<number> {
  const links = JSON.parse(await command('ip', ['-j', 'address', 'show', 'to', address])) as { mtu?: number }[];
  return Math.min(...links.flatMap(({ mtu }) => mtu ?? []), usualMtu) - overlayBytes;
}

/** Loopback has more, and jumbo frames need every switch between to know of them. */
const usualMtu = 1500;

/** Keeps the way to other nodes' pods until the context's signal aborts; the device then stays, so that traffic goes on. */
export function startOverlay(context: ComponentContext, self: Self): void {
  const { informers, clock, log, signal } = context;
  const nodes = informers.of<Node>(resources.nodes);
  let written = '';
  const write = async (): Promise<void> => {
    const peers = peersOf(nodes.list(), self);
    await bringAbout(peers, self);
    const now = peers.map(({ podCIDR, address }) => `${podCIDR} on ${address}`).join(', ');
    if (now !== written) log.info('pods of other nodes are reached', { peers: now || 'none' });
    written = now;
  };
  const writer = createWriter(context, {
    gatherMs: 20,
    write,
    failed: error => log.error('the network between nodes could not be written; trying again', { error }),
  });
  const follow = () => {
    if (signal.aborted) return;
    const remove = nodes.onChange(({ before, after }) => {
      if (wayOf(before) !== wayOf(after)) writer.plan();
    });
    const again = clock.every(lookAgainMs, writer.plan);
    signal.addEventListener('abort', () => (remove(), again.cancel()), { once: true });
    return writer.write();
  };
  // A cache that is told to end never fills: there is nothing to follow then.
  void nodes.synced.then(follow, () => {});
}

/** What of a Node leads to its pods: heartbeats change nothing of it. */
const wayOf = (node: Node | undefined): string =>
  node === undefined ? '' : JSON.stringify([node.spec?.podCIDR, node.status?.addresses]);

async function bringAbout(peers: readonly Peer[], self: Self): Promise<void> {
  if (peers.length === 0) return cleanOverlay();
  await ensureDevice(self);
  const { ip, bridge } = differenceOf(await presentEntries(), peers.flatMap(entriesOf));
  if (ip.length + bridge.length === 0 && guarded === guardOf(peers)) return;
  // Who may send comes before what is sent.
  await nft(guardStatements(peers));
  guarded = guardOf(peers);
  if (bridge.length > 0) await command('bridge', ['-batch', '-'], `${bridge.join('\n')}\n`);
  if (ip.length > 0) await command('ip', ['-batch', '-'], `${ip.join('\n')}\n`);
}

/** Takes everything of the overlay away; asks nothing of the kernel where nothing was made. */
export async function cleanOverlay(): Promise<void> {
  guarded = '';
  if (!deviceExists()) return;
  await nft(withoutOverlay);
  await command('ip', ['link', 'delete', overlayDevice]);
}

/** The machines that the rules in the kernel let in, as this process wrote them. */
let guarded = '';
const guardOf = (peers: readonly Peer[]): string => peers.map(({ address }) => address).join();

interface Link {
  readonly address?: string;
  readonly mtu?: number;
  readonly flags?: readonly string[];
  readonly linkinfo?: {
    readonly info_data?: { readonly id?: number; readonly local?: string; readonly port?: number };
  };
}

async function ensureDevice({ address, podCIDR }: Self): Promise<void> {
  const mac = overlayMac(podCIDR);
  const mtu = await podMtu(address);
  if (deviceExists()) {
    const [link] = JSON.parse(await command('ip', ['-d', '-j', 'link', 'show', 'dev', overlayDevice])) as Link[];
    const { id, local, port } = link?.linkinfo?.info_data ?? {};
    const isRight = id === overlayId && local === address && port === overlayPort && link?.address === mac;
    if (isRight && link.mtu === mtu && link.flags?.includes('UP')) return;
    if (!isRight) await command('ip', ['link', 'delete', overlayDevice]);
  }
  const lines = [
    ...(deviceExists()
      ? []
      : [
          `link add ${overlayDevice} address ${mac} type vxlan id ${overlayId} local ${address} dstport ${overlayPort} nolearning`,
        ]),
    `link set ${overlayDevice} mtu ${mtu} up`,
    // What this machine itself sends to pods elsewhere comes from here: answers find the way back.
    `address replace ${overlayAddress(podCIDR)}/32 dev ${overlayDevice}`,
  ];
  await command('ip', ['-batch', '-'], `${lines.join('\n')}\n`);
}

/** What the kernel holds for the device, whoever wrote it. */
async function presentEntries(): Promise<Entry[]> {
  const ask = async <T>(program: 'ip' | 'bridge', ...args: string[]): Promise<T[]> =>
    JSON.parse((await command(program, ['-j', ...args, 'show', 'dev', overlayDevice])) || '[]') as T[];
  const [routes, neighbours, forwarding] = await Promise.all([
    ask<{ dst: string; gateway?: string }>('ip', '-4', 'route'),
    ask<{ dst: string; lladdr?: string; state?: string[] }>('ip', '-4', 'neigh'),
    ask<{ mac: string; dst?: string }>('bridge', 'fdb'),
  ]);
  return [
    ...routes.map(({ dst, gateway = '' }) => routeEntry(dst, gateway)),
    ...neighbours
      .filter(({ state }) => state?.includes('PERMANENT'))
      .map(({ dst, lladdr = '' }) => neighbourEntry(dst, lladdr)),
    ...forwarding.filter(({ dst }) => dst !== undefined).map(({ mac, dst }) => forwardingEntry(mac, dst!)),
  ];
}
