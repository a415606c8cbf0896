/** One scheduling cycle as a pure function: filter, score, choose; and if nothing fits, say why. */
import type { Pod } from '@orrery/kinds/types';
import type { Random } from '@orrery/machinery/random';
import type { Plugin, Rejection, Snapshot } from './framework.ts';
import { withPod, type NodeInfo } from './node-info.ts';

export type Outcome = { readonly node: string } | { readonly rejections: ReadonlyMap<string, Rejection> };

type Filter = (node: NodeInfo) => Rejection | undefined;

/**
 * Asks the plug-ins once about the pod; the result judges single nodes, stopping at the first objection as upstream does. A node that
 * others are expected on must take the pod with them and without them.
 */
export function filterFor(pod: Pod, snapshot: Snapshot, plugins: readonly Plugin[]): Filter {
  const plain = plainFilter(pod, snapshot, plugins);
  return node => {
    const expected = snapshot.expected?.(pod, node.name) ?? [];
    if (expected.length === 0) return plain(node);
    const full = expected.reduce(withPod, node);
    const nodes = snapshot.nodes.map(each => (each.name === node.name ? full : each));
    return plainFilter(pod, { ...snapshot, nodes }, plugins)(full) ?? plain(node);
  };
}

function plainFilter(pod: Pod, snapshot: Snapshot, plugins: readonly Plugin[]): Filter {
  const filters = plugins.flatMap(plugin => {
    const filter = plugin.filter?.(pod, snapshot);
    return filter ? [{ plugin: plugin.name, filter }] : [];
  });
  return node => {
    for (const { plugin, filter } of filters) {
      const rejection = filter(node);
      if (rejection) return { plugin, ...rejection };
    }
    return undefined;
  };
}

/**
 * Chooses a node. `start` is where the search begins, so that all nodes get their turn when only a part is looked at.
 * Ties are broken by `random`.
 */
export function schedule(pod: Pod, snapshot: Snapshot, plugins: readonly Plugin[], random: Random, start = 0): Outcome {
  const filter = filterFor(pod, snapshot, plugins);
  const rejections = new Map<string, Rejection>();
  const feasible: NodeInfo[] = [];
  const { nodes } = snapshot;
  const enough = nodesToFind(nodes.length);
  for (let i = 0; i < nodes.length && feasible.length < enough; i++) {
    const node = nodes[(start + i) % nodes.length]!;
    const rejection = filter(node);
    if (rejection) rejections.set(node.name, rejection);
    else feasible.push(node);
  }
  if (feasible.length === 0) return { rejections };
  return { node: best(pod, snapshot, plugins, feasible, random).name };
}

/** How many fitting nodes are enough (upstream's adaptive percentageOfNodesToScore): all of 100, fewer of large clusters. */
export function nodesToFind(all: number): number {
  if (all < 100) return all;
  const percentage = Math.max(5, 50 - Math.floor(all / 125));
  return Math.max(100, Math.floor((all * percentage) / 100));
}

function best(
  pod: Pod,
  snapshot: Snapshot,
  plugins: readonly Plugin[],
  nodes: readonly NodeInfo[],
  random: Random,
): NodeInfo {
  if (nodes.length === 1) return nodes[0]!;
  const totals = nodes.map(() => 0);
  for (const plugin of plugins) {
    const raw = plugin.score?.(pod, snapshot, nodes);
    if (!raw) continue;
    const scores = plugin.normalize?.(raw) ?? raw;
    scores.forEach((score, at) => (totals[at]! += score * (plugin.weight ?? 1)));
  }
  const top = Math.max(...totals);
  const winners = nodes.filter((_, at) => totals[at] === top);
  return winners[Math.floor(random.float() * winners.length)]!;
}
