/** The StatefulSet controller: pods with names, claims of their own, and an order. */
import { resources } from '@orrery/client/resources';
import type { ControllerRevision, PersistentVolumeClaim, Pod, StatefulSet } from '@orrery/kinds/types';
import { controllerOf, keyOf } from '@orrery/machinery/meta';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { ownedBy, runController, watchOf, type ComponentContext, type Informer, type Result } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import { statusChanged } from '../common/equal.ts';
import { carryOutClaim, isNamespaceTerminating, planClaim } from '../common/ownership.ts';
import { claimable, podsOf } from '../common/podindex.ts';
import { untilAvailable } from '../common/pods.ts';
import { planRevision, surplusRevisions, templateOf } from '../common/revisions.ts';
import { deleteRevisions, writeRevision } from '../common/writerevisions.ts';
import type { Controller } from '../types.ts';
import { planSet, revisionOf, setStatus, type ObservedSet } from './plan.ts';
import { claimsOf, ordinalOf, podNameOf, statefulPod } from './pods.ts';

const component = 'statefulset-controller';
const owner = { group: 'apps', kind: 'StatefulSet' };
const hashLabel = 'controller.kubernetes.io/hash';

interface Parts {
  readonly ctx: ComponentContext;
  readonly sets: Informer<StatefulSet>;
  readonly pods: Informer<Pod>;
  readonly claims: Informer<PersistentVolumeClaim>;
  readonly revisions: Informer<ControllerRevision>;
}

export const statefulSetController: Controller = {
  name: component,
  serviceAccount: component,
  start(ctx) {
    const sets = ctx.informers.of<StatefulSet>(resources.statefulsets);
    const pods = podsOf(ctx);
    const claims = ctx.informers.of<PersistentVolumeClaim>(resources.persistentvolumeclaims);
    const revisions = ctx.informers.of<ControllerRevision>(resources.controllerrevisions);
    const parts: Parts = { ctx, sets, pods, claims, revisions };
    const sources = [
      watchOf(sets),
      ownedBy(pods, owner),
      ownedBy(revisions, owner),
      watchOf(pods, ({ after }) =>
        after && !controllerOf(after)
          ? sets
              .list(after.metadata.namespace)
              .filter(({ spec }) => matches(selectorFromObject(spec.selector), after.metadata.labels))
              .map(keyOf)
          : [],
      ),
      { start: () => () => {}, synced: claims.synced },
    ];
    return runController(
      { name: component, concurrency: 5, sources, reconcile: retryingConflicts(key => reconcile(parts, key)) },
      ctx,
    );
  },
};

async function reconcile(parts: Parts, key: string): Promise<Result | void> {
  const { ctx, sets, pods } = parts;
  const statefulSet = sets.get(key);
  if (!statefulSet) return;
  const { namespace, uid } = statefulSet.metadata;
  const owned = parts.revisions.list(namespace).filter(revision => controllerOf(revision)?.uid === uid);
  const plan = planRevision(statefulSet, owned, hashLabel);
  const update = await writeRevision(ctx.client, statefulSet, resources.statefulsets, plan);
  const current = owned.find(({ metadata }) => metadata.name === statefulSet.status?.currentRevision) ?? update;
  const claim = planClaim(
    statefulSet,
    selectorFromObject(statefulSet.spec.selector),
    claimable(pods, statefulSet),
    pod => {
      return ordinalOf(statefulSet, pod) !== undefined;
    },
  );
  const mine = await carryOutClaim(ctx.client, statefulSet, resources.statefulsets, resources.pods, claim);
  const now = ctx.clock.now();
  const observed: ObservedSet = {
    statefulSet,
    pods: mine,
    currentRevision: current.metadata.name!,
    updateRevision: update.metadata.name!,
    now,
  };
  const status = setStatus(observed);
  if (statusChanged(statefulSet.status, status)) {
    await orUndefined(ctx.client.update(resources.statefulsets, { ...statefulSet, status }, { subresource: 'status' }));
  }
  await carryOut(parts, observed, [update, current]);
  const used = new Set(mine.map(revisionOf).concat(observed.currentRevision, observed.updateRevision));
  const limit = statefulSet.spec.revisionHistoryLimit ?? 10;
  await deleteRevisions(
    ctx.client,
    surplusRevisions(owned, ({ metadata }) => used.has(metadata.name), limit),
  );
  const waits = mine.map(pod => untilAvailable(pod, statefulSet.spec.minReadySeconds ?? 0, now));
  const wait = Math.min(...waits.filter(time => time !== undefined));
  return wait === Infinity ? undefined : { requeueAfterMs: wait };
}

/** Names are fixed, so a cache that is behind does no harm: a create meets AlreadyExists, a delete names its uid. */
async function carryOut(parts: Parts, observed: ObservedSet, revisions: readonly ControllerRevision[]): Promise<void> {
  const { ctx } = parts;
  const { statefulSet } = observed;
  const { name: setName, namespace } = statefulSet.metadata;
  const { create, remove } = planSet(observed);
  const events = ctx.recorder(component);
  for (const { pod, why } of remove) {
    const { name, uid } = pod.metadata;
    if (why === 'failed') {
      const text = `StatefulSet ${namespace}/${setName} is recreating failed Pod ${name}`;
      events.record(statefulSet, 'Warning', 'RecreatingFailedPod', text);
    }
    await orUndefined(ctx.client.delete(resources.pods, name!, { namespace, preconditions: { uid } }));
    const text = `delete Pod ${name} in StatefulSet ${setName} successful`;
    events.record(statefulSet, 'Normal', 'SuccessfulDelete', text);
  }
  for (const { ordinal, revision } of create) {
    await createClaims(parts, statefulSet, ordinal);
    const source = revisions.find(({ metadata }) => metadata.name === revision)!;
    await createPod(parts, statefulSet, statefulPod(statefulSet, ordinal, templateOf(source), revision));
  }
}

async function createClaims({ ctx, claims }: Parts, statefulSet: StatefulSet, ordinal: number): Promise<void> {
  const { name: setName } = statefulSet.metadata;
  const events = ctx.recorder(component);
  for (const claim of claimsOf(statefulSet, ordinal)) {
    if (claims.get(keyOf(claim))) continue;
    const what = `Claim ${claim.metadata.name} Pod ${podNameOf(statefulSet, ordinal)} in StatefulSet ${setName}`;
    try {
      await ctx.client.create(resources.persistentvolumeclaims, claim);
      events.record(statefulSet, 'Normal', 'SuccessfulCreate', `create ${what} success`);
    } catch (error) {
      if (isReason(error, 'AlreadyExists')) continue;
      events.record(statefulSet, 'Warning', 'FailedCreate', `create ${what} failed error: ${(error as Error).message}`);
      throw error;
    }
  }
}

async function createPod({ ctx }: Parts, statefulSet: StatefulSet, pod: Pod): Promise<void> {
  const what = `create Pod ${pod.metadata.name} in StatefulSet ${statefulSet.metadata.name}`;
  const events = ctx.recorder(component);
  try {
    await ctx.client.create(resources.pods, pod);
    events.record(statefulSet, 'Normal', 'SuccessfulCreate', `${what} successful`);
  } catch (error) {
    if (isReason(error, 'AlreadyExists') || isNamespaceTerminating(error)) return;
    events.record(statefulSet, 'Warning', 'FailedCreate', `${what} failed error: ${(error as Error).message}`);
    throw error;
  }
}
