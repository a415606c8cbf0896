/** The ReplicaSet controller: pods are created, deleted, adopted and released until they fit. */
import { resources } from '@orrery/client/resources';
import type { Pod, ReplicaSet } from '@orrery/kinds/types';
import { controllerOf, keyOf } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import {
  ownerKeyOf,
  runController,
  watchOf,
  type Change,
  type ComponentContext,
  type Informer,
  type Result,
} from '@orrery/reconciler';
import { slowStart } from '../common/batch.ts';
import { statusChanged } from '../common/equal.ts';
import { createExpectations, type Expectations } from '../common/expectations.ts';
import { carryOutClaim, controllerReference, isNamespaceTerminating, planClaim } from '../common/ownership.ts';
import { isActive } from '../common/pods.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import {
  nextAvailability,
  planReplicas,
  podFromTemplate,
  relatives,
  replicaSetStatus,
  type ManageFailure,
} from './plan.ts';

const owner = { group: 'apps', kind: 'ReplicaSet' };

interface Parts {
  readonly ctx: ComponentContext;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
  readonly expectations: Expectations;
}

export const replicaSetController: Controller = {
  name: 'replicaset-controller',
  serviceAccount: 'replicaset-controller',
  start(ctx) {
    const replicaSets = ctx.informers.of<ReplicaSet>(resources.replicasets);
    const pods = ctx.informers.of<Pod>(resources.pods);
    const parts: Parts = { ctx, replicaSets, pods, expectations: createExpectations(ctx.clock) };
    const options = {
      name: 'replicaset-controller',
      concurrency: 5,
      sources: [watchOf(replicaSets), watchOf(pods, change => podChanged(parts, change))],
      reconcile: retryingConflicts(key => reconcile(parts, key)),
    };
    return runController(options, ctx);
  },
};

/** Takes note of what was expected, and names the ReplicaSets to look at again. */
function podChanged({ replicaSets, expectations }: Parts, { before, after }: Change<Pod>): string[] {
  const keys = new Set<string>();
  const formerOwner = ownerKeyOf(before, owner);
  const currentOwner = ownerKeyOf(after, owner);
  if (formerOwner) keys.add(formerOwner);
  if (currentOwner) {
    keys.add(currentOwner);
    if (!before) expectations.creationObserved(currentOwner);
  }
  const gone = after === undefined || after.metadata.deletionTimestamp !== undefined;
  if (gone) for (const key of keys) expectations.deletionObserved(key, (after ?? before)!.metadata.uid!);
  if (after && !controllerOf(after) && !gone) {
    // An orphan: whoever selects it may adopt it.
    for (const replicaSet of replicaSets.list(after.metadata.namespace)) {
      if (matches(selectorFromObject(replicaSet.spec.selector), after.metadata.labels)) keys.add(keyOf(replicaSet));
    }
  }
  return [...keys];
}

async function reconcile(parts: Parts, key: string): Promise<Result | void> {
  const { ctx, replicaSets, expectations } = parts;
  const replicaSet = replicaSets.get(key);
  if (!replicaSet) return expectations.forget(key);
  const settled = expectations.satisfied(key);
  const active = await claimPods(parts, replicaSet);
  let failure: ManageFailure | undefined;
  let error: unknown;
  if (settled && !replicaSet.metadata.deletionTimestamp) {
    const related = relatedPods(parts, replicaSet);
    const plan = planReplicas(replicaSet, active, related, ctx.clock.now());
    if (plan.create > 0) error = await createPods(parts, key, replicaSet, plan.create);
    else if (plan.remove.length > 0) error = await deletePods(parts, key, replicaSet, plan.remove);
    if (error) failure = { during: plan.create > 0 ? 'create' : 'delete', message: messageOf(error) };
  }
  const now = ctx.clock.now();
  const status = replicaSetStatus(replicaSet, active, failure, now);
  if (statusChanged(replicaSet.status, status)) {
    await ctx.client.update(resources.replicasets, { ...replicaSet, status }, { subresource: 'status' });
  }
  if (error) throw error;
  const wait = nextAvailability(replicaSet, active, now);
  return wait === undefined ? undefined : { requeueAfterMs: wait };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function claimPods({ ctx, pods }: Parts, replicaSet: ReplicaSet): Promise<Pod[]> {
  const selector = selectorFromObject(replicaSet.spec.selector);
  const candidates = pods.list(replicaSet.metadata.namespace).filter(isActive);
  const claim = planClaim(replicaSet, selector, candidates);
  return carryOutClaim(ctx.client, replicaSet, resources.replicasets, resources.pods, claim);
}

function relatedPods({ replicaSets, pods }: Parts, replicaSet: ReplicaSet): Pod[] {
  const { namespace } = replicaSet.metadata;
  const owners = new Set(relatives(replicaSet, replicaSets.list(namespace)).map(other => other.metadata.uid));
  return pods.list(namespace).filter(pod => isActive(pod) && owners.has(controllerOf(pod)?.uid));
}

/** Answers the first error. */
async function createPods(parts: Parts, key: string, replicaSet: ReplicaSet, count: number): Promise<unknown> {
  const { ctx, expectations } = parts;
  const events = ctx.recorder('replicaset-controller');
  const pod = podFromTemplate(replicaSet, controllerReference(replicaSet));
  expectations.expectCreations(key, count);
  const outcome = await slowStart(count, async () => {
    try {
      const created = await ctx.client.create<Pod>(resources.pods, pod);
      events.record(replicaSet, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
    } catch (error) {
      if (isNamespaceTerminating(error)) return expectations.creationObserved(key);
      events.record(replicaSet, 'Warning', 'FailedCreate', `Error creating: ${messageOf(error)}`);
      throw error;
    }
  });
  // Neither the failed nor the skipped ones will ever be seen.
  if (outcome.succeeded < count) expectations.creationObserved(key, count - outcome.succeeded);
  return outcome.error;
}

async function deletePods(
  parts: Parts,
  key: string,
  replicaSet: ReplicaSet,
  surplus: readonly Pod[],
): Promise<unknown> {
  const { ctx, expectations } = parts;
  const events = ctx.recorder('replicaset-controller');
  expectations.expectDeletions(
    key,
    surplus.map(pod => pod.metadata.uid!),
  );
  const outcomes = await Promise.allSettled(
    surplus.map(async ({ metadata: { name, namespace, uid } }) => {
      try {
        await ctx.client.delete(resources.pods, name!, { namespace, preconditions: { uid } });
        events.record(replicaSet, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
      } catch (error) {
        expectations.deletionObserved(key, uid!);
        if (isReason(error, 'NotFound') || isReason(error, 'Conflict')) return;
        events.record(replicaSet, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(error)}`);
        throw error;
      }
    }),
  );
  return outcomes.find(outcome => outcome.status === 'rejected')?.reason;
}
