/** The CronJob controller. */
import { resources } from '@orrery/client/resources';
import type { CronJob, Job } from '@orrery/kinds/types';
import { controllerOf } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { ownedBy, runController, watchOf, type ComponentContext, type Result } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import { statusChanged } from '../common/equal.ts';
import { isNamespaceTerminating } from '../common/ownership.ts';
import type { Controller } from '../types.ts';
import { planCronJob, referenceTo } from './plan.ts';

const component = 'cronjob-controller';

export const cronJobController: Controller = {
  name: component,
  serviceAccount: component,
  start(ctx) {
    const cronJobs = ctx.informers.of<CronJob>(resources.cronjobs);
    const jobs = ctx.informers.of<Job>(resources.jobs);
    const sources = [watchOf(cronJobs), ownedBy(jobs, { group: 'batch', kind: 'CronJob' })];
    const reconcile = async (key: string): Promise<Result | void> => {
      const cronJob = cronJobs.get(key);
      if (!cronJob) return;
      const { namespace, uid } = cronJob.metadata;
      const owned = jobs.list(namespace).filter(job => controllerOf(job)?.uid === uid);
      const plan = planCronJob(cronJob, owned, ctx.clock.now());
      const events = ctx.recorder(component);
      for (const { type, reason, message } of plan.events) events.record(cronJob, type, reason, message);
      for (const job of plan.remove) await remove(ctx, cronJob, job);
      const started = plan.create && (await create(ctx, cronJob, plan.create));
      const removed = new Set(plan.remove.map(job => job.metadata.uid));
      const active = [
        ...(plan.status.active ?? []).filter(reference => !removed.has(reference.uid)),
        ...(started ? [referenceTo(started)] : []),
      ];
      const status = { ...plan.status, active: active.length > 0 ? active : undefined };
      if (statusChanged(cronJob.status, status)) {
        await orUndefined(ctx.client.update(resources.cronjobs, { ...cronJob, status }, { subresource: 'status' }));
      }
      return plan.requeueAfterMs === undefined ? undefined : { requeueAfterMs: plan.requeueAfterMs };
    };
    return runController({ name: component, concurrency: 5, sources, reconcile: retryingConflicts(reconcile) }, ctx);
  },
};

async function remove(ctx: ComponentContext, cronJob: CronJob, { metadata }: Job): Promise<void> {
  const { name, namespace, uid } = metadata;
  const options = { namespace, propagationPolicy: 'Background' as const, preconditions: { uid } };
  const answer = await orUndefined(ctx.client.delete(resources.jobs, name!, options));
  if (answer) ctx.recorder(component).record(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`);
}

/** Names tell the minute: a Job that exists already is the one that was meant. */
async function create(ctx: ComponentContext, cronJob: CronJob, job: Job): Promise<Job | undefined> {
  const events = ctx.recorder(component);
  try {
    const created = await ctx.client.create<Job>(resources.jobs, job);
    events.record(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${created.metadata.name}`);
    return created;
  } catch (error) {
    if (isNamespaceTerminating(error)) return undefined;
    if (isReason(error, 'AlreadyExists')) {
      const { name, namespace } = job.metadata;
      const present = await ctx.client.get<Job>(resources.jobs, name!, { namespace });
      return controllerOf(present)?.uid === cronJob.metadata.uid ? present : undefined;
    }
    events.record(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${(error as Error).message}`);
    throw error;
  }
}
