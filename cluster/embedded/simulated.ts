/** Nodes that only pretend: the shipped kubelet over a runtime in memory, in this process. */
import { asUser, createClient } from '@orrery/client';
import type { Handler, UserInfo } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import { startNode } from '@orrery/node';
import { createSimulatedRuntime, passingProber, simulatedMachine } from '@orrery/node/simulated';
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
  const nodes = await Promise.all(names.map((name, at) => startOne(name, at, options)));
  return new Map(names.map((name, at) => [name, nodes[at]!]));
}

async function startOne(nodeName: string, at: number, options: SimulatedOptions): Promise<Handler> {
  const { handler, settings, clock, random, log, signal } = options;
  const user: UserInfo = { name: `system:node:${nodeName}`, groups: ['system:nodes', 'system:authenticated'] };
  const client = createClient(handler, { user, userAgent: 'kubelet/v1.34 (orrery)' });
  const node = await startNode(createContext({ client, clock, random, log, signal, host: nodeName }), {
    nodeName,
    // Each its own, from a range that is set aside for documents and leads nowhere.
    nodeIP: addressAt('198.18.0.0/15', at + 1),
    clusterDNS: [addressAt(settings.serviceCIDRs[0]!, 10)],
    clusterDomain: settings.clusterDomain,
    runtime: createSimulatedRuntime({ clock, random }),
    machine: simulatedMachine({ name: nodeName, clock }),
    prober: passingProber,
    kubeletPort: settings.kubeletPort,
  });
  await node.registered;
  return asUser(node.handler, apiServerUser);
}
