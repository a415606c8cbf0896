/** Gives every node its share of the pod address range. */
import { resources } from '@orrery/client/resources';
import type { Node } from '@orrery/kinds/types';
import { runController, watchOf } from '@orrery/reconciler';
import { listen } from '../common/listen.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import { formatRange, parseRange, planShares, type Range } from './plan.ts';

export const nodeIpamController: Controller = {
  name: 'node-ipam-controller',
  serviceAccount: 'node-controller',
  async start(ctx, { podRanges = [], nodeMaskSizes = {} }) {
    if (podRanges.length === 0) return;
    const ranges = podRanges.map(parseRange);
    const nodes = ctx.informers.of<Node>(resources.nodes);
    /** Given away by us and perhaps not in the cache yet. */
    const promised = new Map<string, Range[]>();
    listen(ctx, nodes, ({ before, after }) => {
      if (!after) promised.delete(before!.metadata.name!);
    });
    const reconcile = async (key: string) => {
      const node = nodes.get(key);
      if (!node || node.spec?.podCIDR) return;
      promised.delete(key);
      const taken = nodes.list().flatMap(other => (other.spec?.podCIDRs ?? []).map(parseRange));
      const shares = planShares(ranges, nodeMaskSizes, [...taken, ...[...promised.values()].flat()]);
      if (!shares) {
        const message = `Node ${key} status is now: CIDRNotAvailable`;
        ctx.recorder('cidrAllocator').record(node, 'Normal', 'CIDRNotAvailable', message);
        throw new Error('failed to allocate a pod address range: all are taken');
      }
      promised.set(key, shares);
      const podCIDRs = shares.map(formatRange);
      await ctx.client.patch(resources.nodes, key, 'merge', { spec: { podCIDR: podCIDRs[0], podCIDRs } });
    };
    // One at a time: two nodes must not be promised the same share.
    await runController(
      {
        name: 'node-ipam-controller',
        concurrency: 1,
        sources: [watchOf(nodes)],
        reconcile: retryingConflicts(reconcile),
      },
      ctx,
    );
  },
};
