/** Taint eviction: pods leave nodes whose NoExecute taints they do not, or no longer, tolerate. */
import { resources } from '@orrery/client/resources';
import type { Node, Pod } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { keyOf } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { runController, watchOf, type ComponentContext, type Result } from '@orrery/reconciler';
import { semanticEqual } from '../common/equal.ts';
import { podsOf, podsOnNode } from '../common/podindex.ts';
import { isTerminating, timeOf } from '../common/pods.ts';
import { stayUnder } from '../common/taints.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';

const component = 'taint-eviction-controller';

/**
 * When a pod has to leave its node, in milliseconds since the epoch; undefined when it may stay. The time runs from the oldest
 * taint, which says when it was added, so that a restart of the controller grants no second term.
 */
export function leaveAt(pod: Pod, node: Node | undefined, now: number): number | undefined {
  const taints = (node?.spec?.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  if (taints.length === 0 || isTerminating(pod)) return undefined;
  const stay = stayUnder(taints, pod.spec.tolerations ?? []);
  if (stay === Infinity) return undefined;
  const began = taints.map(taint => timeOf(taint.timeAdded) ?? now);
  return Math.max(Math.min(...began), timeOf(pod.metadata.creationTimestamp) ?? 0) + stay;
}

export const taintEvictionController: Controller = {
  name: component,
  serviceAccount: 'node-controller',
  start(ctx) {
    const nodes = ctx.informers.of<Node>(resources.nodes);
    const pods = podsOf(ctx);
    /** Pods that were told they will have to go. */
    const marked = new Map<string, number>();
    const sources = [
      watchOf(pods, ({ before, after }) =>
        after &&
        before?.spec.nodeName === after.spec.nodeName &&
        semanticEqual(before?.spec.tolerations, after.spec.tolerations)
          ? []
          : [keyOf((after ?? before)!)],
      ),
      watchOf(nodes, ({ before, after }) => {
        if (before && after && semanticEqual(before.spec?.taints, after.spec?.taints)) return [];
        const { name } = (after ?? before)!.metadata;
        return podsOnNode(pods, name!).map(keyOf);
      }),
    ];
    const reconcile = async (key: string): Promise<Result | void> => {
      const pod = pods.get(key);
      const now = ctx.clock.now();
      const at = pod?.spec.nodeName ? leaveAt(pod, nodes.get(pod.spec.nodeName), now) : undefined;
      if (!pod || at === undefined) {
        const wasMarked = marked.delete(key);
        if (pod && wasMarked && !isTerminating(pod)) {
          ctx.recorder(component).record(pod, 'Normal', 'TaintManagerEviction', `Cancelling deletion of Pod ${key}`);
        }
        return;
      }
      marked.set(key, at);
      if (at > now) return { requeueAfterMs: at - now };
      ctx.recorder(component).record(pod, 'Normal', 'TaintManagerEviction', `Marking for deletion Pod ${key}`);
      await evict(ctx, pod);
    };
    return runController({ name: component, concurrency: 8, sources, reconcile: retryingConflicts(reconcile) }, ctx);
  },
};

async function evict({ client, clock }: ComponentContext, pod: Pod): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const condition = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'DeletionByTaintManager',
    message: 'Taint manager: deleting due to NoExecute taint',
    lastTransitionTime: formatTime(clock.now()),
  };
  const patch = { metadata: { uid }, status: { conditions: [condition] } };
  try {
    await client.patch(resources.pods, name!, 'strategic', patch, { namespace, subresource: 'status' });
    await client.delete(resources.pods, name!, { namespace, preconditions: { uid } });
  } catch (error) {
    // Gone already, or another pod of that name.
    if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
  }
}
