/** Which nodes a cluster gets: a real one where that is possible, simulated ones otherwise, and why. */
import { existsSync } from 'node:fs';
import type { Layout, Settings } from '@orrery/embedded/layout';
import { holdRealNode, podNetworkExists } from '../host/real-node.ts';
import { isRoot } from './instance.ts';

export interface Nodes {
  readonly real: boolean;
  /** As asked for, or 1 where a real node was wanted and cannot be. */
  readonly simulated: number;
  /** What the user should know, a sentence each. */
  readonly notes: readonly string[];
}

/** A real node needs root, Linux and a network namespace without another one; otherwise nodes are simulated, and a note says why. */
export async function chooseNodes(layout: Layout, settings: Settings): Promise<Nodes> {
  if (settings.simulatedNodes > 0) return { real: false, simulated: settings.simulatedNodes, notes: [] };
  const obstacle = await obstacleToRealNode(layout);
  if (obstacle === undefined) return { real: true, simulated: 0, notes: [] };
  return { real: false, simulated: 1, notes: [`the node is simulated, since ${obstacle}`] };
}

export async function obstacleToRealNode(layout: Layout): Promise<string | undefined> {
  if (process.platform !== 'linux') return `containers need Linux and this is ${process.platform}`;
  if (!isRoot()) return 'containers need root: run "sudo ./orrery up" for a real node';
  if (!(await holdRealNode(layout.root)))
    return 'another cluster of this host has the real node of this network namespace';
  // A cluster that was stopped with `down` left its containers running in its network.
  if (podNetworkExists() && !existsSync(layout.agent.containerd))
    return 'another cluster that is stopped for now has the pod network of this network namespace: end it with "orrery reset"';
  return undefined;
}
