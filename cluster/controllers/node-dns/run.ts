/** Keeps the slices of cluster DNS as the nodes say. They go with their nodes, which own them. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { EndpointSlice, Node } from '@orrery/kinds/types';
import { isReason } from '@orrery/machinery/status';
import { runController, watchOf, type Change } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import { dnsPlace, dnsSliceOf, manager, managerLabel, saysTheSame, sliceName } from './plan.ts';

const name = 'node-dns-controller';
const { namespace } = dnsPlace;

export const nodeDnsController: Controller = {
  name,
  start(ctx) {
    const nodes = ctx.informers.of<Node>(resources.nodes);
    const slices = ctx.informers.of<EndpointSlice>(resources.endpointslices);
    const nodeOf = ({ before, after }: Change<EndpointSlice>): string[] => {
      const { labels, name: slice } = (after ?? before)!.metadata;
      return labels?.[managerLabel] === manager ? [slice!.slice(sliceName('').length)] : [];
    };
    const reconcile = async (key: string): Promise<void> => {
      const node = nodes.get(key);
      const wanted = node && dnsSliceOf(node);
      if (!wanted) return;
      const { name } = wanted.metadata;
      const present = slices.get(`${namespace}/${name}`);
      if (!present) return create(ctx.client, wanted);
      if (saysTheSame(present, wanted)) return;
      const { metadata, endpoints, ports } = wanted;
      const change = { metadata: { ownerReferences: metadata.ownerReferences }, endpoints, ports };
      await ctx.client.patch(resources.endpointslices, name!, 'merge', change, { namespace });
    };
    return runController(
      { name, sources: [watchOf(nodes), watchOf(slices, nodeOf)], reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};

async function create(client: Client, slice: EndpointSlice): Promise<void> {
  try {
    await client.create(resources.endpointslices, slice);
  } catch (error) {
    // The cache was behind; what is there wakes the key by itself.
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
}
