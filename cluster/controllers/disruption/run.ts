/** The disruption controller: keeps the status of PodDisruptionBudgets, which evictions ask. */
import { resources } from '@orrery/client/resources';
import type { Pod, PodDisruptionBudget } from '@orrery/kinds/types';
import {
  controllerOf,
  keyOf,
  parseApiVersion,
  type GroupVersionResource,
  type KubeObject,
} from '@orrery/machinery/meta';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import { orUndefined } from '@orrery/machinery/status';
import { runController, watchOf, type ComponentContext, type Result } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import { gathered } from '../common/gather.ts';
import { statusChanged } from '../common/equal.ts';
import type { Controller } from '../types.ts';
import { budgetStatus, untilStale } from './plan.ts';

const component = 'disruption-controller';
/** The name upstream's events of this controller carry. */
const eventSource = 'controllermanager';

type Sized = KubeObject & { spec?: { replicas?: number } };

/** Kinds whose wish for replicas is known; their sizes come from caches that others keep anyway. */
const sized: readonly { readonly kind: string; readonly resource: GroupVersionResource }[] = [
  { kind: 'ReplicaSet', resource: resources.replicasets },
  { kind: 'StatefulSet', resource: resources.statefulsets },
  { kind: 'ReplicationController', resource: resources.replicationcontrollers },
  { kind: 'Deployment', resource: resources.deployments },
];

export const disruptionController: Controller = {
  name: component,
  serviceAccount: component,
  start(ctx) {
    const budgets = ctx.informers.of<PodDisruptionBudget>(resources.poddisruptionbudgets);
    const pods = ctx.informers.of<Pod>(resources.pods);
    const selecting = (pod: Pod | undefined) =>
      budgets
        .list(pod?.metadata.namespace)
        .filter(({ spec }) => pod && matches(selectorFromObject(spec?.selector), pod.metadata.labels))
        .map(keyOf);
    const sources = [
      watchOf(budgets),
      gathered(
        20,
        watchOf(pods, ({ before, after }) => [...new Set([...selecting(before), ...selecting(after)])]),
      ),
      ...sized.map(({ resource }) =>
        watchOf(ctx.informers.of(resource), ({ before, after }) =>
          budgets.list((after ?? before)!.metadata.namespace).map(keyOf),
        ),
      ),
    ];
    const reconcile = async (key: string): Promise<Result | void> => {
      const budget = budgets.get(key);
      if (!budget || budget.metadata.deletionTimestamp) return;
      const selector = selectorFromObject(budget.spec?.selector);
      const selected = pods.list(budget.metadata.namespace).filter(pod => matches(selector, pod.metadata.labels));
      const now = ctx.clock.now();
      const expected = expectedOf(ctx, budget, selected);
      const status = budgetStatus({ budget, pods: selected, expected, now });
      // An absent number means nothing was counted yet: zeros are written the first time.
      if (!budget.status?.conditions?.length || statusChanged(budget.status, status)) {
        const changed = { ...budget, status };
        await orUndefined(ctx.client.update(resources.poddisruptionbudgets, changed, { subresource: 'status' }));
      }
      const wait = untilStale(status, now);
      return wait === undefined ? undefined : { requeueAfterMs: wait };
    };
    return runController({ name: component, sources, reconcile: retryingConflicts(reconcile) }, ctx);
  },
};

/** The sum of what the pods' controllers want; undefined, with an event, when one of them cannot tell. */
function expectedOf(ctx: ComponentContext, budget: PodDisruptionBudget, pods: readonly Pod[]): number | undefined {
  const counts = new Map<string, number>();
  for (const pod of pods) {
    const owner = topController(ctx, pod);
    if (!owner) {
      const name = controllerOf(pod)?.kind;
      // Pods without a controller count as what they are.
      if (!name) counts.set(pod.metadata.uid!, 1);
      else if (typeof budget.spec?.minAvailable !== 'number') {
        const text = `Failed to calculate the number of expected pods: ${name} does not implement the scale subresource`;
        ctx.recorder(eventSource).record(budget, 'Warning', 'CalculateExpectedPodCountFailed', text);
        return undefined;
      }
    } else counts.set(owner.metadata.uid!, owner.spec?.replicas ?? 1);
  }
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

/** The controller with a size; of a Deployment's ReplicaSet the Deployment. */
function topController(ctx: Pick<ComponentContext, 'informers'>, object: KubeObject): Sized | undefined {
  const reference = controllerOf(object);
  const known =
    reference &&
    sized.find(
      ({ kind, resource }) => kind === reference.kind && resource.group === parseApiVersion(reference.apiVersion).group,
    );
  if (!known) return undefined;
  const owner = ctx.informers.of<Sized>(known.resource).get(`${object.metadata.namespace}/${reference.name}`);
  if (owner?.metadata.uid !== reference.uid) return undefined;
  return topController(ctx, owner) ?? owner;
}
