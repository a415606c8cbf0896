import { nodeScoreMax, type Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import { podRequests, scoringRequests, type Amounts } from '../requests.ts';

/** Requests must fit in what is allocatable and not yet requested; emptier nodes score higher (LeastAllocated). */
export const nodeResourcesFit: Plugin = {
  name: 'NodeResourcesFit',
  wakes: ['node', 'pod-removed', 'pod-changed'],
  weight: 1,
  filter(pod) {
    const wanted = podRequests(pod);
    return node => {
      const lacking = insufficient(wanted, node);
      if (lacking.length === 0) return undefined;
      // Where the node is too small even when empty, removing others does not help.
      const unresolvable = Object.entries(wanted).some(([name, amount]) => amount > (node.allocatable[name] ?? 0));
      return { reasons: lacking, unresolvable };
    };
  },
  score(pod, _snapshot, nodes) {
    const wanted = scoringRequests(pod);
    return nodes.map(node => leastAllocated(wanted, node));
  },
};

/** Upstream's reasons, pods first, then cpu, memory, ephemeral storage, then the others. */
export function insufficient(wanted: Amounts, { allocatable, requested, pods }: NodeInfo): string[] {
  const lacking = (name: string) =>
    (wanted[name] ?? 0) > 0 && wanted[name]! > (allocatable[name] ?? 0) - (requested[name] ?? 0);
  const first = ['cpu', 'memory', 'ephemeral-storage'];
  const others = Object.keys(wanted)
    .filter(name => !first.includes(name))
    .toSorted();
  const reasons = [...first, ...others].filter(lacking).map(name => `Insufficient ${name}`);
  return pods.length + 1 > (allocatable.pods ?? 0) ? ['Too many pods', ...reasons] : reasons;
}

/** The mean share of cpu and memory that would stay free. */
function leastAllocated(wanted: Amounts, { allocatable, scoringRequested }: NodeInfo): number {
  const free = ['cpu', 'memory']
    .filter(name => (allocatable[name] ?? 0) > 0)
    .map(name => {
      const used = (scoringRequested[name] ?? 0) + (wanted[name] ?? 0);
      return Math.max(0, Math.floor(((allocatable[name]! - used) * nodeScoreMax) / allocatable[name]!));
    });
  return free.length === 0 ? 0 : Math.floor(free.reduce((sum, share) => sum + share, 0) / free.length);
}
