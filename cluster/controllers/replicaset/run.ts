/** ReplicaSets and ReplicationControllers: pods are created, deleted, adopted and released until they fit. */
import { resources } from '@orrery/client/resources';
import type { Pod, ReplicaSet, ReplicationController } from '@orrery/kinds/types';
import { keyOf, type GroupVersionResource, type KubeObject } from '@orrery/machinery/meta';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import { orUndefined } from '@orrery/machinery/status';
import {
  runController,
  watchOf,
  type ComponentContext,
  type Informer,
  type OwnerKind,
  type Result,
} from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import { gathered } from '../common/gather.ts';
import { statusChanged } from '../common/equal.ts';
import { carryOutClaim, controllerReference, planClaim } from '../common/ownership.ts';
import { createPodControl, podFromTemplate, type PodControl } from '../common/podcontrol.ts';
import { claimable, podsControlledBy, podsOf } from '../common/podindex.ts';
import { isActive } from '../common/pods.ts';
import type { Controller } from '../types.ts';
import { nextAvailability, planReplicas, relatives, replicaSetStatus, type ManageFailure } from './plan.ts';

/** A thousand pods that start make thousands of changes: their owner looks at a few at a time. */
const gatherMs = 10;

/** A kind that keeps a number of pods. */
interface ReplicaKind<T extends KubeObject> {
  readonly name: string;
  readonly serviceAccount: string;
  readonly resource: GroupVersionResource;
  readonly owner: OwnerKind;
  /** The object seen as a ReplicaSet; for one that is, itself. */
  view(object: T): ReplicaSet;
}

interface Parts<T extends KubeObject> {
  readonly ctx: ComponentContext;
  readonly kind: ReplicaKind<T>;
  readonly objects: Informer<T>;
  readonly pods: Informer<Pod>;
  readonly control: PodControl;
}

export const replicaSetController = replicaController<ReplicaSet>({
  name: 'replicaset-controller',
  serviceAccount: 'replicaset-controller',
  resource: resources.replicasets,
  owner: { group: 'apps', kind: 'ReplicaSet' },
  view: replicaSet => replicaSet,
});

export const replicationControllerController = replicaController<ReplicationController>({
  name: 'replicationcontroller-controller',
  serviceAccount: 'replication-controller',
  resource: resources.replicationcontrollers,
  owner: { group: '', kind: 'ReplicationController' },
  view: object =>
    ({ ...object, spec: { ...object.spec, selector: { matchLabels: object.spec.selector ?? {} } } }) as ReplicaSet,
});

function replicaController<T extends KubeObject>(kind: ReplicaKind<T>): Controller {
  const { name, serviceAccount } = kind;
  return {
    name,
    serviceAccount,
    start(ctx) {
      const objects = ctx.informers.of<T>(kind.resource);
      const pods = podsOf(ctx);
      const control = createPodControl(ctx, serviceAccount, kind.owner);
      const parts: Parts<T> = { ctx, kind, objects, pods, control };
      const adopters = (orphan: Pod) =>
        objects
          .list(orphan.metadata.namespace)
          .filter(object => matches(selectorFromObject(kind.view(object).spec.selector), orphan.metadata.labels))
          .map(keyOf);
      const sources = [
        watchOf(objects),
        gathered(
          gatherMs,
          watchOf(pods, change => control.podChanged(change, adopters)),
        ),
      ];
      return runController(
        { name, concurrency: 5, sources, reconcile: retryingConflicts(key => reconcile(parts, key)) },
        ctx,
      );
    },
  };
}

async function reconcile<T extends KubeObject>(parts: Parts<T>, key: string): Promise<Result | void> {
  const { ctx, kind, objects, control } = parts;
  const object = objects.get(key);
  if (!object) return control.forget(key);
  const replicaSet = kind.view(object);
  const settled = control.isSettled(key);
  const active = await claimPods(parts, replicaSet);
  const { error, failure } =
    settled && !object.metadata.deletionTimestamp ? await manage(parts, key, replicaSet, active) : {};
  const now = ctx.clock.now();
  const status = replicaSetStatus(replicaSet, active, failure, now);
  if (statusChanged(replicaSet.status, status)) {
    const changed = { ...object, status };
    await orUndefined(ctx.client.update(kind.resource, changed, { subresource: 'status' }));
  }
  if (error) throw error;
  const wait = nextAvailability(replicaSet, active, now);
  return wait === undefined ? undefined : { requeueAfterMs: wait };
}

async function claimPods<T extends KubeObject>({ ctx, kind, pods }: Parts<T>, replicaSet: ReplicaSet): Promise<Pod[]> {
  const selector = selectorFromObject(replicaSet.spec.selector);
  const candidates = claimable(pods, replicaSet).filter(isActive);
  const claim = planClaim(replicaSet, selector, candidates);
  return carryOutClaim(ctx.client, replicaSet, kind.resource, resources.pods, claim);
}

async function manage<T extends KubeObject>(
  parts: Parts<T>,
  key: string,
  replicaSet: ReplicaSet,
  active: readonly Pod[],
): Promise<{ error?: unknown; failure?: ManageFailure }> {
  const { ctx, control } = parts;
  const plan = planReplicas(replicaSet, active, relatedPods(parts, replicaSet), ctx.clock.now());
  let error: unknown;
  if (plan.create > 0) {
    const pod = podFromTemplate(replicaSet, replicaSet.spec.template!, controllerReference(replicaSet));
    error = await control.create(replicaSet, key, plan.create, () => pod);
  } else if (plan.remove.length > 0) error = await control.remove(replicaSet, key, plan.remove);
  if (!error) return {};
  const message = error instanceof Error ? error.message : String(error);
  return { error, failure: { during: plan.create > 0 ? 'create' : 'delete', message } };
}

function relatedPods<T extends KubeObject>({ kind, objects, pods }: Parts<T>, replicaSet: ReplicaSet): Pod[] {
  const all = objects.list(replicaSet.metadata.namespace).map(kind.view);
  return relatives(replicaSet, all).flatMap(({ metadata }) => podsControlledBy(pods, metadata.uid).filter(isActive));
}
