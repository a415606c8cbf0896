/** The Job controller, and the one that deletes finished Jobs when their time to live is over. */
import { resources } from '@orrery/client/resources';
import type { Job, Pod } from '@orrery/kinds/types';
import { controllerOf, keyOf } from '@orrery/machinery/meta';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { runController, watchOf, type ComponentContext, type Informer, type Result } from '@orrery/reconciler';
import { conditionOf } from '../common/conditions.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import { statusChanged } from '../common/equal.ts';
import { carryOutClaim, planClaim } from '../common/ownership.ts';
import { createPodControl, type PodControl } from '../common/podcontrol.ts';
import { claimable, podsOf } from '../common/podindex.ts';
import { timeOf } from '../common/pods.ts';
import type { Controller } from '../types.ts';
import { isFinished, planJob } from './plan.ts';
import { isTracked, trackingFinalizer } from './pods.ts';

const component = 'job-controller';
const owner = { group: 'batch', kind: 'Job' };
const patienceMs = 30_000;

interface Parts {
  readonly ctx: ComponentContext;
  readonly jobs: Informer<Job>;
  readonly pods: Informer<Pod>;
  readonly control: PodControl;
  /** The versions of Jobs that our last writes made, until the cache has them. */
  readonly written: Map<string, { readonly version: string; readonly at: number }>;
}

export const jobController: Controller = {
  name: component,
  serviceAccount: component,
  start(ctx) {
    const jobs = ctx.informers.of<Job>(resources.jobs);
    const pods = podsOf(ctx);
    const control = createPodControl(ctx, component, owner);
    const parts: Parts = { ctx, jobs, pods, control, written: new Map() };
    const adopters = (orphan: Pod) => [
      ...jobs
        .list(orphan.metadata.namespace)
        .filter(({ spec }) => matches(selectorFromObject(spec?.selector), orphan.metadata.labels))
        .map(keyOf),
      // Left behind by a Job that is gone: somebody has to let it go.
      ...(isTracked(orphan) ? [`${orphan.metadata.namespace}/${orphan.metadata.labels?.['job-name'] ?? ''}`] : []),
    ];
    const sources = [watchOf(jobs), watchOf(pods, change => control.podChanged(change, adopters))];
    return runController(
      { name: component, concurrency: 5, sources, reconcile: retryingConflicts(key => reconcile(parts, key)) },
      ctx,
    );
  },
};

async function reconcile(parts: Parts, key: string): Promise<Result | void> {
  const { ctx, jobs, pods, control } = parts;
  const job = jobs.get(key);
  if (!job) {
    control.forget(key);
    parts.written.delete(key);
    return releaseOrphans(parts, key);
  }
  if (isBehind(job, parts, key)) return { requeueAfterMs: 1_000 };
  parts.written.delete(key);
  if (job.spec?.managedBy && job.spec.managedBy !== 'kubernetes.io/job-controller') return;
  const settled = control.isSettled(key);
  const claim = planClaim(job, selectorFromObject(job.spec?.selector), claimable(pods, job));
  const mine = isFinished(job)
    ? claim.owned
    : await carryOutClaim(ctx.client, job, resources.jobs, resources.pods, claim);
  const plan = planJob(job, mine, settled, ctx.clock.now());
  const error = await manage(parts, key, job, plan);
  if (statusChanged(job.status, plan.status)) {
    const written = await orUndefined(
      ctx.client.update(resources.jobs, { ...job, status: plan.status }, { subresource: 'status' }),
    );
    if (!written) return;
    parts.written.set(key, { version: written.metadata.resourceVersion!, at: ctx.clock.monotonic() });
    for (const { type, reason, message } of plan.events) ctx.recorder(component).record(job, type, reason, message);
  }
  // Only what the stored status has noted may be forgotten.
  await Promise.all(plan.release.map(pod => release(ctx, pod)));
  if (error) throw error;
  return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
}

/**
 * True while the cache does not show our last write: pods that it released would be counted neither as noted nor as succeeded, and
 * replaced. After a while nobody waits any longer: a server that was set back never shows it. Versions that are no numbers cannot be compared.
 */
function isBehind({ metadata }: Job, { ctx, written }: Parts, key: string): boolean {
  const last = written.get(key);
  if (!last || ctx.clock.monotonic() - last.at > patienceMs) return false;
  const [seen = '', own] = [metadata.resourceVersion, last.version];
  return [seen, own].every(version => /^\d+$/.test(version)) && BigInt(seen) < BigInt(own);
}

async function manage({ control }: Parts, key: string, job: Job, plan: ReturnType<typeof planJob>): Promise<unknown> {
  if (plan.remove.length > 0) return control.remove(job, key, plan.remove);
  if (plan.create.length === 0) return undefined;
  return control.create(job, key, plan.create.length, index => plan.create[index]!);
}

async function release({ client }: ComponentContext, pod: Pod): Promise<void> {
  if (!isTracked(pod)) return;
  const { name, namespace, uid } = pod.metadata;
  // Strategic: the other finalizers stay whatever they are by now.
  const patch = { metadata: { uid, '$deleteFromPrimitiveList/finalizers': [trackingFinalizer] } };
  try {
    await client.patch(resources.pods, name!, 'strategic', patch, { namespace });
  } catch (error) {
    if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
  }
}

/** Pods that a deleted Job left behind keep its finalizer until somebody takes it. */
async function releaseOrphans({ ctx, pods, jobs }: Parts, key: string): Promise<void> {
  const [namespace = '', name = ''] = key.split('/');
  for (const pod of pods.list(namespace)) {
    if (!isTracked(pod)) continue;
    const controller = controllerOf(pod);
    const former = controller?.kind === 'Job' ? controller.name : pod.metadata.labels?.['job-name'];
    if (former === name && !jobs.get(key)) await release(ctx, pod);
  }
}

export const ttlAfterFinishedController: Controller = {
  name: 'ttl-after-finished-controller',
  serviceAccount: 'ttl-after-finished-controller',
  start(ctx) {
    const jobs = ctx.informers.of<Job>(resources.jobs);
    const reconcile = async (key: string): Promise<Result | void> => {
      const job = jobs.get(key);
      if (!job || job.metadata.deletionTimestamp) return;
      const expires = expiryOf(job);
      const now = ctx.clock.now();
      if (expires === undefined) return;
      if (expires > now) return { requeueAfterMs: expires - now };
      const { name, namespace, uid, resourceVersion } = job.metadata;
      const options = { namespace, propagationPolicy: 'Foreground' as const, preconditions: { uid, resourceVersion } };
      await orUndefined(ctx.client.delete(resources.jobs, name!, options));
    };
    return runController(
      { name: 'ttl-after-finished-controller', sources: [watchOf(jobs)], reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};

/** When a finished Job's time to live is over; undefined while it has none or is not finished. */
export function expiryOf(job: Job): number | undefined {
  const ttl = job.spec?.ttlSecondsAfterFinished;
  if (ttl === undefined || !isFinished(job)) return undefined;
  const condition = conditionOf(job.status?.conditions, 'Complete') ?? conditionOf(job.status?.conditions, 'Failed');
  const finished = timeOf(condition?.lastTransitionTime);
  return finished === undefined ? undefined : finished + ttl * 1000;
}
