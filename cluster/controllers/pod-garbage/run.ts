/** The pod garbage collector: looks every 20 s. */
import { resources } from '@orrery/client/resources';
import type { Node, Pod } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { periodically, runController, type ComponentContext } from '@orrery/reconciler';
import { isTerminal } from '../common/pods.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import { planRemovals, type Removal } from './plan.ts';

const periodMs = 20_000;
/** A node must be missing this long: one that registers again under its name keeps its pods. */
const quarantineMs = 40_000;

export const podGarbageCollector: Controller = {
  name: 'pod-garbage-collector-controller',
  serviceAccount: 'pod-garbage-collector',
  start(ctx, { terminatedPodThreshold = 12_500 }) {
    const pods = ctx.informers.of<Pod>(resources.pods);
    const nodes = ctx.informers.of<Node>(resources.nodes);
    const missingSince = new Map<string, number>();
    const reconcile = async () => {
      const now = ctx.clock.monotonic();
      const known = new Map(nodes.list().map(node => [node.metadata.name!, node]));
      const named = new Set(pods.list().flatMap(({ spec }) => (spec.nodeName ? [spec.nodeName] : [])));
      for (const name of missingSince.keys()) if (known.has(name) || !named.has(name)) missingSince.delete(name);
      for (const name of named) if (!known.has(name) && !missingSince.has(name)) missingSince.set(name, now);
      const missing = new Set<string>();
      for (const [name, since] of missingSince) {
        // The cache may be behind: the server has the last word.
        if (now - since < quarantineMs) continue;
        if (!(await orUndefined(ctx.client.get(resources.nodes, name)))) missing.add(name);
      }
      const removals = planRemovals(pods.list(), known, name => missing.has(name), terminatedPodThreshold);
      for (const removal of removals) await remove(ctx, removal);
    };
    const sources = [periodically(ctx.clock, periodMs), { start: () => () => {}, synced: ctx.informers.synced() }];
    return runController(
      { name: 'pod-garbage-collector-controller', sources, reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};

async function remove({ client, clock, log }: ComponentContext, { pod, failWith }: Removal): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  try {
    if (failWith && !isTerminal(pod)) {
      const condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message: failWith,
        lastTransitionTime: formatTime(clock.now()),
      };
      const patch = { metadata: { uid }, status: { phase: 'Failed', conditions: [condition] } };
      await client.patch(resources.pods, name!, 'strategic', patch, { namespace, subresource: 'status' });
    }
    await client.delete(resources.pods, name!, { namespace, gracePeriodSeconds: 0, preconditions: { uid } });
  } catch (error) {
    if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return;
    log.warn('pod not collected, will retry', { pod: `${namespace}/${name}`, error });
  }
}
