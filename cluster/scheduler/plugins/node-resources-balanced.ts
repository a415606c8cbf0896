import { nodeScoreMax, type Plugin } from '../framework.ts';
import { podRequests } from '../requests.ts';

/** Prefers nodes whose shares of used cpu and memory stay alike, so that neither is stranded. */
export const nodeResourcesBalancedAllocation: Plugin = {
  name: 'NodeResourcesBalancedAllocation',
  wakes: [],
  weight: 1,
  score(pod, _snapshot, nodes) {
    const wanted = podRequests(pod);
    // A pod that asks for nothing moves no balance.
    if (!wanted.cpu && !wanted.memory) return undefined;
    return nodes.map(({ allocatable, requested }) => {
      const shares = ['cpu', 'memory']
        .filter(name => (allocatable[name] ?? 0) > 0)
        .map(name => Math.min(1, ((requested[name] ?? 0) + (wanted[name] ?? 0)) / allocatable[name]!));
      const deviation = shares.length === 2 ? Math.abs(shares[0]! - shares[1]!) / 2 : 0;
      return Math.floor((1 - deviation) * nodeScoreMax);
    });
  },
};
