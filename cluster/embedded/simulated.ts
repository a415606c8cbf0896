/** Nodes that only pretend: the shipped kubelet over a runtime in memory, in this process. */
import { asUser, createClient } from '@orrery/client';
import type { Handler, UserInfo } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import { startNode, type Machine, type NodeAgent, type NodeOptions } from '@orrery/node';
import { createSimulatedRuntime, passingProber, simulatedMachine } from '@orrery/node/simulated';
import type { Runtime } from '@orrery/node/runtime';
import { createContext } from '@orrery/reconciler';
import { addressAt, type Settings } from './settings.ts';

export interface SimulatedOptions {
  readonly handler: Handler;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** One node among them. */
export interface SimulatedNodeOptions extends SimulatedOptions {
  readonly nodeName: string;
  /** Gives the node its own address; the first is 0. */
  readonly at: number;
  /** What it runs its pods on; a new one that starts and ends containers at once unless given. */
  readonly runtime?: Runtime;
  /** A machine with plenty of everything unless given. */
  readonly machine?: Machine;
  /** How probes are answered; all pass unless given. */
  readonly prober?: NodeOptions['prober'];
  readonly labels?: Readonly<Record<string, string>>;
  readonly maxPods?: number;
}

/** How the API server shows itself to them: as with a certificate, but in process. */
const apiServerUser: UserInfo = {
  name: 'kube-apiserver-kubelet-client',
  groups: ['system:masters', 'system:authenticated'],
};

/** @returns the kubelet's API by node name. Resolves when all nodes are registered. */
export async function startSimulatedNodes(options: SimulatedOptions): Promise<ReadonlyMap<string, Handler>> {
  const { settings } = options;
  const names = Array.from({ length: settings.simulatedNodes }, (_, at) =>
    at === 0 ? settings.nodeName : `${settings.nodeName}-${at}`,
  );
  const nodes = await Promise.all(
    names.map(async (nodeName, at) => {
      const node = await startSimulatedNode({ ...options, nodeName, at });
      await node.registered;
      return asUser(node.handler, apiServerUser);
    }),
  );
  return new Map(names.map((name, at) => [name, nodes[at]!]));
}

/** Resolves when the agent runs; it may not be registered yet. */
export function startSimulatedNode(options: SimulatedNodeOptions): Promise<NodeAgent> {
  const { nodeName, at, handler, settings, clock, random, log, signal, labels, maxPods } = options;
  const user: UserInfo = { name: `system:node:${nodeName}`, groups: ['system:nodes', 'system:authenticated'] };
  const client = createClient(handler, { user, userAgent: 'kubelet/v1.34 (orrery)', random });
  return startNode(createContext({ client, clock, random, log, signal, host: nodeName }), {
    nodeName,
    // Each its own, from a range that is set aside for documents and leads nowhere.
    nodeIP: addressAt('198.18.0.0/15', at + 1),
    clusterDNS: [addressAt(settings.serviceCIDRs[0]!, 10)],
    clusterDomain: settings.clusterDomain,
    runtime: options.runtime ?? createSimulatedRuntime({ clock, random }),
    machine: options.machine ?? simulatedMachine({ name: nodeName, clock }),
    prober: options.prober ?? passingProber,
    kubeletPort: settings.kubeletPort,
    ...(labels && { labels }),
    ...(maxPods && { maxPods }),
  });
}
