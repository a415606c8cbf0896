/** What a CronJob needs next (upstream `pkg/controller/cronjob`). */
import type { CronJob, CronJobStatus, Job, ObjectReference } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { conditionOf } from '../common/conditions.ts';
import { controllerReference } from '../common/ownership.ts';
import { timeOf } from '../common/pods.ts';
import { isFinished } from '../job/plan.ts';
import { mostRecent, parseSchedule, type Schedule } from './schedule.ts';

const scheduledKey = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

export interface CronEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface CronPlan {
  readonly create: Job | undefined;
  readonly remove: readonly Job[];
  /** The status but for the Job that is created: its uid is not known yet. */
  readonly status: CronJobStatus;
  readonly events: readonly CronEvent[];
  readonly requeueAfterMs: number | undefined;
}

const endOf = (job: Job): number => {
  const condition = conditionOf(job.status?.conditions, 'Complete') ?? conditionOf(job.status?.conditions, 'Failed');
  return timeOf(job.status?.completionTime) ?? timeOf(condition?.lastTransitionTime) ?? 0;
};
const succeeded = (job: Job): boolean => conditionOf(job.status?.conditions, 'Complete')?.status === 'True';

export const referenceTo = ({ metadata }: Job): ObjectReference => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  name: metadata.name,
  namespace: metadata.namespace,
  uid: metadata.uid,
  ...(metadata.resourceVersion && { resourceVersion: metadata.resourceVersion }),
});

/** `jobs` are those the CronJob controls. */
export function planCronJob(cronJob: CronJob, jobs: readonly Job[], now: number): CronPlan {
  const events: CronEvent[] = [];
  const status = followJobs(cronJob, jobs, events);
  const surplus = [
    ...surplusOf(
      jobs.filter(job => isFinished(job) && succeeded(job)),
      cronJob.spec?.successfulJobsHistoryLimit ?? 3,
    ),
    ...surplusOf(
      jobs.filter(job => isFinished(job) && !succeeded(job)),
      cronJob.spec?.failedJobsHistoryLimit ?? 1,
    ),
  ];
  const idle = { create: undefined, remove: surplus, status, events, requeueAfterMs: undefined };
  if (cronJob.metadata.deletionTimestamp || cronJob.spec?.suspend) return idle;
  let schedule: Schedule;
  try {
    schedule = parseSchedule(cronJob.spec!.schedule, cronJob.spec?.timeZone);
  } catch (error) {
    const text = `unparseable schedule: ${JSON.stringify(cronJob.spec?.schedule)} : ${(error as Error).message}`;
    events.push({ type: 'Warning', reason: 'UnparseableSchedule', message: text });
    return idle;
  }
  const started = start(cronJob, jobs, status, schedule, events, now);
  const next = schedule.next(now);
  return {
    create: started?.create,
    remove: [...surplus, ...(started?.remove ?? [])],
    status: started?.create ? { ...status, lastScheduleTime: formatTime(started.time) } : status,
    events,
    // A little later than the minute, so that the clock has surely reached it.
    requeueAfterMs: next === undefined ? undefined : next - now + 100,
  };
}

/** Brings the list of active Jobs up to date and tells of those that ended. */
function followJobs(cronJob: CronJob, jobs: readonly Job[], events: CronEvent[]): CronJobStatus {
  const { active = [], lastSuccessfulTime, lastScheduleTime } = cronJob.status ?? {};
  const known = new Map(jobs.map(job => [job.metadata.uid, job]));
  const still: ObjectReference[] = [];
  let lastSuccess = lastSuccessfulTime;
  for (const reference of active) {
    const job = known.get(reference.uid);
    if (!job) {
      events.push({ type: 'Normal', reason: 'MissingJob', message: `Active job went missing: ${reference.name}` });
    } else if (!isFinished(job)) still.push(reference);
    else {
      const condition = succeeded(job) ? 'Complete' : 'Failed';
      const message = `Saw completed job: ${reference.name}, condition: ${condition}`;
      events.push({ type: 'Normal', reason: 'SawCompletedJob', message });
      const end = succeeded(job) ? endOf(job) : 0;
      if (end > (timeOf(lastSuccess) ?? 0)) lastSuccess = formatTime(end);
    }
  }
  for (const job of jobs) {
    if (isFinished(job) || active.some(({ uid }) => uid === job.metadata.uid)) continue;
    still.push(referenceTo(job));
  }
  return {
    ...(still.length > 0 && { active: still }),
    ...(lastScheduleTime && { lastScheduleTime }),
    ...(lastSuccess && { lastSuccessfulTime: lastSuccess }),
  };
}

const surplusOf = (jobs: readonly Job[], limit: number): Job[] =>
  [...jobs]
    .sort((a, b) => (timeOf(a.status?.startTime) ?? 0) - (timeOf(b.status?.startTime) ?? 0))
    .slice(0, Math.max(0, jobs.length - limit));

interface Start {
  readonly create: Job | undefined;
  readonly remove: readonly Job[];
  readonly time: number;
}

/** The Job that is due, if any. */
function start(
  cronJob: CronJob,
  jobs: readonly Job[],
  status: CronJobStatus,
  schedule: Schedule,
  events: CronEvent[],
  now: number,
): Start | undefined {
  const { startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec!;
  const created = timeOf(cronJob.metadata.creationTimestamp) ?? now;
  const last = timeOf(cronJob.status?.lastScheduleTime) ?? created;
  const earliest = startingDeadlineSeconds === undefined ? last : Math.max(last, now - startingDeadlineSeconds * 1000);
  const due = mostRecent(schedule, earliest, now);
  if (!due) return undefined;
  if (due.many) {
    const message = 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
    events.push({ type: 'Warning', reason: 'TooManyMissedTimes', message });
  }
  const name = `${cronJob.metadata.name}-${Math.floor(due.time / 60_000)}`;
  if (jobs.some(job => job.metadata.name === name)) return undefined;
  const active = jobs.filter(job => status.active?.some(({ uid }) => uid === job.metadata.uid));
  if (concurrencyPolicy === 'Forbid' && active.length > 0) {
    const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
    events.push({ type: 'Normal', reason: 'JobAlreadyActive', message });
    return undefined;
  }
  const remove = concurrencyPolicy === 'Replace' ? active : [];
  return { create: jobOf(cronJob, name, due.time), remove, time: due.time };
}

function jobOf(cronJob: CronJob, name: string, time: number): Job {
  const { metadata, spec } = cronJob.spec!.jobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: cronJob.metadata.namespace,
      ...(metadata?.labels && { labels: metadata.labels }),
      annotations: { ...metadata?.annotations, [scheduledKey]: formatTime(time) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec: spec!,
  };
}
