/** Composition of a real node: kubelet, service proxy and DNS, over a container runtime that is already there. */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createClient } from '@orrery/client';
import { connect, type Credentials, type SocketTransport } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import { dnsPortAnnotation } from '@orrery/kinds/node-dns';
import type { Node } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import {
  bridgeName,
  hostUpstreams,
  nft,
  podMtu,
  prepareHost,
  startDns,
  startOverlay,
  startPolicies,
  startProxy,
  type Policies,
  type Proxy,
} from '@orrery/network';
import { startNode } from '@orrery/node';
import { openCgroups, type CgroupHost } from '@orrery/node/runtime';
import { createContext, type ComponentContext } from '@orrery/reconciler';
import type { Layout } from './layout.ts';
import type { NodeIdentity } from './node-identity.ts';
import { idOf, startRuntime, type RunningRuntime } from './runtime.ts';
import { addressAt, advertisedAddress, gatewayOf, type Settings } from './settings.ts';

export { ownIdentity } from './node-identity.ts';
export { startRuntime };

/** What a node knows of itself and of its cluster. */
export type NodeSettings = Pick<
  Settings,
  'nodeName' | 'nodeIP' | 'kubeletPort' | 'podCIDRs' | 'serviceCIDRs' | 'clusterDomain'
>;

export interface AgentOptions {
  readonly layout: Layout;
  readonly settings: NodeSettings;
  /** Who the node is, and where the API server answers. */
  readonly identity: NodeIdentity;
  /** Take a free port for the kubelet when the wanted one is taken. */
  readonly anyKubeletPort: boolean;
  readonly runtime: RunningRuntime;
  /** Ends a start that is under way. */
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface RunningAgent {
  /** nft statements written since the whole table was. */
  readonly statements: () => number;
  /** Ends the agent; containers, the runtime and the rules of services go on. */
  close(): Promise<void>;
}

/** Resolves when the node is registered, its network made, and services and names answer. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const { settings } = options;
  mkdirSync(options.layout.agent.node, { recursive: true, mode: 0o700 });
  const kubeletPort = await kubeletPortFor(options);
  const ending = new AbortController();
  const { identity } = options;
  const mtu = podMtu(settings.nodeIP);
  // Who waits for it comes later.
  mtu.catch(() => {});
  const kubelet = access(options, identity.kubelet, 'kubelet', ending.signal);
  const network = access(options, identity.network, 'kube-proxy', ending.signal);
  const end = () => {
    ending.abort();
    for (const { transport } of [kubelet, network]) transport.close();
  };
  // Before the first pod: those that are isolated start once they are.
  const policies = startPolicies(network.context, {
    nodeName: settings.nodeName,
    nodeAddresses: [advertisedAddress(settings)],
    podCIDRs: settings.podCIDRs,
    bridge: bridgeName,
    nft,
  });
  const node = await startNode(kubelet.context, {
    ...nodeOptions(options, kubeletPort, await openCgroups()),
    networkReady: policies.isolated,
  }).catch((error: unknown) => {
    end();
    throw error;
  });
  const close = async (): Promise<void> => {
    await node.stop();
    end();
  };
  try {
    const certified = identity.keep(
      kubelet.context.client,
      serving => node.setServing({ ...serving, clientCA: identity.authority }),
      ending.signal,
    );
    const registered = await sharedRange(kubelet.context, settings.nodeName, options.signal);
    const proxy = await startNetwork(
      network.context,
      registered,
      port => tellDnsPort(kubelet.context, registered, port),
      { policies, mtu },
      options,
    );
    await certified;
    return { statements: proxy.statements, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** @throws Error in one sentence when the port was asked for and is taken. */
async function kubeletPortFor({ settings: { kubeletPort }, anyKubeletPort }: AgentOptions): Promise<number> {
  if (kubeletPort === 0 || (await isFree(kubeletPort))) return kubeletPort;
  if (anyKubeletPort) return 0;
  throw new Error(`port ${kubeletPort} is taken by another process: choose another with --kubelet-port`);
}

const isFree = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, () => probe.close(() => resolve(true)));
  });

interface Access {
  readonly context: ComponentContext;
  readonly transport: SocketTransport;
}

/** The API as one of the node's users. */
function access(
  { identity, settings, clock, random, log }: AgentOptions,
  credentials: Credentials,
  component: string,
  signal: AbortSignal,
): Access {
  const transport = connect({ server: identity.server, ca: identity.authority, credentials, clock });
  const client = createClient(transport, { userAgent: `${component}/v1.34 (orrery)` });
  return {
    transport,
    context: createContext({ client, clock, random, log: log.with({ component }), signal, host: settings.nodeName }),
  };
}

const nodeOptions = (
  { layout, settings, identity, runtime }: AgentOptions,
  kubeletPort: number,
  cgroups: CgroupHost,
) => ({
  nodeName: settings.nodeName,
  nodeIP: advertisedAddress(settings),
  clusterDNS: [addressAt(settings.serviceCIDRs[0]!, 10)],
  clusterDomain: settings.clusterDomain,
  runtime: runtime.runtime,
  dataDir: layout.agent.node,
  cgroups: { host: cgroups, root: `/orrery-${idOf(layout)}` },
  kubeletPort,
  serving: { ...identity.serving, clientCA: identity.authority },
  // A machine that joined may be sent away; the one of the server is part of the cluster.
  ...(identity.joined && { staysRemoved: true }),
});

/** The node once the controller manager has given it its share of the pod addresses. */
async function sharedRange({ informers }: ComponentContext, nodeName: string, signal: AbortSignal): Promise<Node> {
  const nodes = informers.of<Node>(resources.nodes, { fieldSelector: `metadata.name=${nodeName}` });
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Error('the start was interrupted'));
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    const remove = nodes.onChange(({ after }) => {
      if (!after?.spec?.podCIDR) return;
      queueMicrotask(() => remove());
      resolve(after);
    });
  });
}

async function startNetwork(
  context: ComponentContext,
  node: Node,
  tellPort: (port: number) => Promise<void>,
  { policies, mtu }: { readonly policies: Policies; readonly mtu: Promise<number> },
  { layout, settings, runtime }: AgentOptions,
): Promise<Proxy> {
  const podCIDR = node.spec!.podCIDR!;
  const address = advertisedAddress(settings);
  const gateway = gatewayOf(podCIDR);
  const lacks = await prepareHost({
    podCIDR,
    gateway,
    mtu: await mtu,
    serviceCIDRs: settings.serviceCIDRs,
    cniConfigDir: runtime.cniConfigDir,
    cniDataDir: join(layout.agent.root, 'addresses'),
    sysctlFile: join(layout.agent.root, 'sysctls.json'),
  });
  for (const sentence of lacks) context.log.warn(sentence);
  const proxy = startProxy(context, {
    nodeName: settings.nodeName,
    podCIDRs: settings.podCIDRs,
    serviceCIDRs: settings.serviceCIDRs,
    bridge: bridgeName,
    nft,
  });
  await Promise.all([proxy.ready, policies.ready, serveNames(context, gateway, settings).then(tellPort)]);
  // Nothing waits for it: on one machine it finds nobody and makes nothing.
  startOverlay(context, { nodeName: settings.nodeName, address, podCIDR, podCIDRs: settings.podCIDRs });
  return proxy;
}

/** DNS answers on the bridge; port 53 if nobody else has it there. */
async function serveNames(context: ComponentContext, gateway: string, settings: NodeSettings): Promise<number> {
  const dns = { address: gateway, domain: settings.clusterDomain, upstreams: hostUpstreams([gateway]) };
  const server = await startDns(context, { ...dns, port: 53 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return startDns(context, { ...dns, port: 0 });
  });
  return server.port;
}

/** The node says where its DNS answers; a controller makes the endpoints of it (controllers/node-dns). */
async function tellDnsPort({ client }: ComponentContext, { metadata }: Node, port: number): Promise<void> {
  if (metadata.annotations?.[dnsPortAnnotation] === String(port)) return;
  const change = { metadata: { annotations: { [dnsPortAnnotation]: String(port) } } };
  await client.patch(resources.nodes, metadata.name!, 'merge', change);
}
