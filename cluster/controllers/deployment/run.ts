/** The Deployment controller: carries out the plan of one Deployment at a time. */
import { resources } from '@orrery/client/resources';
import type { Deployment, Pod, ReplicaSet } from '@orrery/kinds/types';
import { controllerOf, keyOf } from '@orrery/machinery/meta';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import { isReason, orUndefined } from '@orrery/machinery/status';
import {
  ownedBy,
  ownerKeyOf,
  runController,
  watchOf,
  type Change,
  type ComponentContext,
  type Informer,
  type Result,
} from '@orrery/reconciler';
import { withCondition } from '../common/conditions.ts';
import { statusChanged } from '../common/equal.ts';
import { podsControlledBy, podsOf } from '../common/podindex.ts';
import { carryOutClaim, isNamespaceTerminating, planClaim } from '../common/ownership.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import { planDeployment, type DeploymentPlan, type Write } from './plan.ts';
import { hasProgressDeadline, progressing, sameTemplate } from './revisions.ts';
import { annotations } from './sizes.ts';

const component = 'deployment-controller';

interface Parts {
  readonly ctx: ComponentContext;
  readonly deployments: Informer<Deployment>;
  readonly replicaSets: Informer<ReplicaSet>;
  readonly pods: Informer<Pod>;
}

export const deploymentController: Controller = {
  name: 'deployment-controller',
  serviceAccount: component,
  start(ctx) {
    const deployments = ctx.informers.of<Deployment>(resources.deployments);
    const replicaSets = ctx.informers.of<ReplicaSet>(resources.replicasets);
    const pods = podsOf(ctx);
    const parts: Parts = { ctx, deployments, replicaSets, pods };
    const sources = [
      watchOf(deployments),
      ownedBy(replicaSets, { group: 'apps', kind: 'Deployment' }),
      watchOf(replicaSets, ({ after }) => adopters(parts, after)),
      watchOf(pods, change => afterLastPod(parts, change)),
    ];
    return runController(
      { name: component, concurrency: 5, sources, reconcile: retryingConflicts(key => reconcile(parts, key)) },
      ctx,
    );
  },
};

/** Deployments that may adopt a ReplicaSet without a controller. */
function adopters({ deployments }: Parts, replicaSet: ReplicaSet | undefined): string[] {
  if (!replicaSet || controllerOf(replicaSet) || replicaSet.metadata.deletionTimestamp) return [];
  return deployments
    .list(replicaSet.metadata.namespace)
    .filter(({ spec }) => matches(selectorFromObject(spec.selector), replicaSet.metadata.labels))
    .map(keyOf);
}

/** A Deployment of type Recreate waits for the last old pod to be gone. */
function afterLastPod({ deployments, replicaSets }: Parts, { before, after }: Change<Pod>): string[] {
  if (after || !before) return [];
  const replicaSet = replicaSets.get(ownerKeyOf(before, { group: 'apps', kind: 'ReplicaSet' }) ?? '');
  const key = ownerKeyOf(replicaSet, { group: 'apps', kind: 'Deployment' });
  return key && deployments.get(key)?.spec.strategy?.type === 'Recreate' ? [key] : [];
}

async function reconcile(parts: Parts, key: string): Promise<Result | void> {
  const { ctx, deployments, replicaSets, pods } = parts;
  const deployment = deployments.get(key);
  if (!deployment) return;
  const { namespace } = deployment.metadata;
  const claim = planClaim(deployment, selectorFromObject(deployment.spec.selector), replicaSets.list(namespace));
  const owned = await carryOutClaim(ctx.client, deployment, resources.deployments, resources.replicasets, claim);
  const theirs = owned.flatMap(({ metadata }) => podsControlledBy(pods, metadata.uid));
  const plan = planDeployment({ deployment, replicaSets: owned, pods: theirs, now: ctx.clock.now() });
  for (const write of plan.writes) await carryOut(parts, deployment, write);
  await writeStatus(ctx, deployment, plan);
  return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
}

async function carryOut({ ctx }: Parts, deployment: Deployment, { action, replicaSet, events }: Write): Promise<void> {
  const { name, namespace, uid } = replicaSet.metadata;
  if (action === 'create') {
    const created = await create(ctx, deployment, replicaSet);
    // The cache was behind: somebody, most likely we, created and announced it before.
    if (!created) return;
  } else if (action === 'update') await ctx.client.update(resources.replicasets, replicaSet);
  else {
    const options = { namespace, preconditions: { uid }, propagationPolicy: 'Background' as const };
    await ctx.client.delete(resources.replicasets, name!, options).catch(error => {
      if (!isReason(error, 'NotFound')) throw error;
    });
  }
  for (const message of events) ctx.recorder(component).record(deployment, 'Normal', 'ScalingReplicaSet', message);
}

/** A name that is taken by something else raises the collision count, which gives the next attempt another name. */
async function create(ctx: ComponentContext, deployment: Deployment, replicaSet: ReplicaSet): Promise<boolean> {
  const { name, namespace } = replicaSet.metadata;
  try {
    await ctx.client.create(resources.replicasets, replicaSet);
    return true;
  } catch (error) {
    if (isNamespaceTerminating(error)) throw error;
    if (!isReason(error, 'AlreadyExists')) {
      await reportFailure(ctx, deployment, name!, error);
      throw error;
    }
    const present = await ctx.client.get<ReplicaSet>(resources.replicasets, name!, { namespace });
    const ours = controllerOf(present)?.uid === deployment.metadata.uid;
    if (ours && sameTemplate(present.spec.template, deployment.spec.template)) return false;
    const status = { ...deployment.status, collisionCount: (deployment.status?.collisionCount ?? 0) + 1 };
    await ctx.client.update(resources.deployments, { ...deployment, status }, { subresource: 'status' });
    throw error;
  }
}

async function reportFailure(
  ctx: ComponentContext,
  deployment: Deployment,
  name: string,
  error: unknown,
): Promise<void> {
  const message = `Failed to create new replica set "${name}": ${error instanceof Error ? error.message : error}`;
  ctx.recorder(component).record(deployment, 'Warning', 'ReplicaSetCreateError', message);
  if (!hasProgressDeadline(deployment)) return;
  const condition = progressing('False', 'ReplicaSetCreateError', message, ctx.clock.now());
  const conditions = withCondition(deployment.status?.conditions, condition);
  if (!statusChanged(deployment.status, { ...deployment.status, conditions })) return;
  const status = { ...deployment.status, conditions };
  await ctx.client.update(resources.deployments, { ...deployment, status }, { subresource: 'status' });
}

async function writeStatus(ctx: ComponentContext, deployment: Deployment, plan: DeploymentPlan): Promise<void> {
  const former = deployment.metadata.annotations?.[annotations.revision];
  const revised = plan.revision !== undefined && plan.revision !== former;
  if (!revised && !statusChanged(deployment.status, plan.status)) return;
  const noted = { ...deployment.metadata.annotations, ...(revised && { [annotations.revision]: plan.revision! }) };
  const metadata = { ...deployment.metadata, annotations: noted };
  // Annotations may be changed along with the status: one write for both.
  const changed = { ...deployment, metadata, status: plan.status };
  await orUndefined(ctx.client.update(resources.deployments, changed, { subresource: 'status' }));
}
