/** What a Job needs next (upstream `pkg/controller/job`). */
import type { Job, JobCondition, JobStatus, Pod } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { conditionOf, withCondition } from '../common/conditions.ts';
import { isActive, isReady, isTerminal, isTerminating, timeOf } from '../common/pods.ts';
import { choosePodsToDelete } from '../common/rank.ts';
import { judgeFailure, matchSuccess } from './policy.ts';
import { indexOf, isIndexed, jobPod } from './pods.ts';
import { hasFailed, tallyPods, tallyStatus, waitsForFailure, type Tally } from './tally.ts';

/** At most so many pods are created or deleted in one go. */
const burst = 500;
const firstBackOffMs = 10_000;
const longestBackOffMs = 600_000;

export interface JobPlan {
  readonly create: readonly Pod[];
  readonly remove: readonly Pod[];
  /** Finished pods to take the tracking finalizer from, after the status was written. */
  readonly release: readonly Pod[];
  readonly status: JobStatus;
  readonly events: readonly {
    readonly type: 'Normal' | 'Warning';
    readonly reason: string;
    readonly message: string;
  }[];
  readonly requeueAfterMs: number | undefined;
}

export const isFinished = ({ status }: Job): boolean =>
  ['Complete', 'Failed'].some(type => conditionOf(status?.conditions, type)?.status === 'True');

interface Verdict {
  readonly target: 'FailureTarget' | 'SuccessCriteriaMet';
  readonly reason: string;
  readonly message: string;
}

/** `settled` is false while creations and deletions are not in the cache yet: then nothing is created or deleted. */
export function planJob(job: Job, pods: readonly Pod[], settled: boolean, now: number): JobPlan {
  if (isFinished(job)) {
    const release = pods.filter(pod => pod.metadata.finalizers?.length && (isTerminal(pod) || isTerminating(pod)));
    return { create: [], remove: [], release, status: job.status!, events: [], requeueAfterMs: undefined };
  }
  const tally = tallyPods(job, pods);
  const active = pods.filter(isActive);
  const terminating = pods.filter(pod => isTerminating(pod) && !isTerminal(pod));
  const verdict = judge(job, tally, active, now);
  const world: World = { job, pods, tally, active, terminating, now };
  const changes = settled && !job.metadata.deletionTimestamp ? manage(world, verdict) : nothing;
  const { status, events } = report(world, verdict, changes);
  const waits = [changes.waitMs, untilDeadline(job, now)].filter(wait => wait !== undefined);
  const requeueAfterMs = verdict || waits.length === 0 ? undefined : Math.min(...waits);
  return { ...changes, release: tally.release, status, events, requeueAfterMs };
}

interface World {
  readonly job: Job;
  readonly pods: readonly Pod[];
  readonly tally: Tally;
  readonly active: readonly Pod[];
  readonly terminating: readonly Pod[];
  readonly now: number;
}

interface Changes {
  readonly create: readonly Pod[];
  readonly remove: readonly Pod[];
  readonly waitMs?: number;
}

const nothing: Changes = { create: [], remove: [] };

/** Whether, and why, the Job is over. A verdict once given stands. */
function judge(job: Job, tally: Tally, active: readonly Pod[], now: number): Verdict | undefined {
  for (const target of ['FailureTarget', 'SuccessCriteriaMet'] as const) {
    const given = conditionOf(job.status?.conditions, target);
    if (given?.status === 'True') return { target, reason: given.reason ?? '', message: given.message ?? '' };
  }
  const failure = failureOf(job, tally, active, now);
  if (failure) return { target: 'FailureTarget', ...failure };
  const matched = isIndexed(job) ? matchSuccess(job, tally.succeededIndexes) : undefined;
  if (matched) return { target: 'SuccessCriteriaMet', reason: 'SuccessPolicy', message: matched };
  const { completions } = job.spec!;
  const succeeded = totalSucceeded(job, tally);
  const reached = completions === undefined ? succeeded > 0 && active.length === 0 : succeeded >= completions;
  if (!reached || job.spec?.suspend) return undefined;
  const message = 'Reached expected number of succeeded pods';
  return { target: 'SuccessCriteriaMet', reason: 'CompletionsReached', message };
}

const totalSucceeded = (job: Job, tally: Tally): number =>
  isIndexed(job) ? tally.succeededIndexes.size : tally.succeeded + tally.uncounted.succeeded.length;

function failureOf(
  job: Job,
  tally: Tally,
  active: readonly Pod[],
  now: number,
): { reason: string; message: string } | undefined {
  const { backoffLimit = 6, activeDeadlineSeconds, maxFailedIndexes, completions = 0 } = job.spec!;
  if (tally.fatal) return { reason: 'PodFailurePolicy', message: tally.fatal };
  const failed = tally.failed + tally.uncounted.failed.length;
  if (failed > backoffLimit || restartsExceed(job, active, backoffLimit)) {
    return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
  }
  const started = timeOf(job.status?.startTime);
  const overdue =
    activeDeadlineSeconds !== undefined && started !== undefined && now - started >= activeDeadlineSeconds * 1000;
  if (overdue && !job.spec?.suspend) {
    return { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
  }
  if (!tally.failedIndexes || tally.failedIndexes.size === 0) return undefined;
  if (maxFailedIndexes !== undefined && tally.failedIndexes.size > maxFailedIndexes) {
    return {
      reason: 'MaxFailedIndexesExceeded',
      message: 'Job has exceeded the specified maximal number of failed indexes',
    };
  }
  const settled = tally.failedIndexes.size + tally.succeededIndexes.difference(tally.failedIndexes).size >= completions;
  return settled ? { reason: 'FailedIndexes', message: 'Job has failed indexes' } : undefined;
}

/** With restartPolicy OnFailure containers fail in place: their restarts count. */
function restartsExceed(job: Job, active: readonly Pod[], limit: number): boolean {
  if (job.spec?.template.spec?.restartPolicy !== 'OnFailure') return false;
  const restarts = active
    .flatMap(({ status }) => [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])])
    .reduce((sum, { restartCount }) => sum + restartCount, 0);
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

function manage(world: World, verdict: Verdict | undefined): Changes {
  const { job, active, terminating, tally, now } = world;
  if (verdict || job.spec?.suspend) return { create: [], remove: active.slice(0, burst) };
  const { parallelism = 1, completions } = job.spec!;
  const succeeded = totalSucceeded(job, tally);
  const openIndexes =
    completions === undefined
      ? 0
      : completions - succeeded - (tally.failedIndexes?.difference(tally.succeededIndexes).size ?? 0);
  // Without a number of completions the first success says that the work is done: nothing new then.
  const idle = succeeded > 0 ? Math.min(active.length, parallelism) : parallelism;
  const wanted = completions === undefined ? idle : Math.min(parallelism, Math.max(0, openIndexes));
  const surplus = [...wrongIndexes(world)];
  const others = active.filter(pod => !surplus.includes(pod));
  if (others.length > wanted) surplus.push(...choosePodsToDelete(others, others, others.length - wanted, now));
  if (surplus.length > 0) return { create: [], remove: surplus.slice(0, burst) };
  const missing = wanted - active.length - (waitsForFailure(job) ? terminating.length : 0);
  if (missing <= 0) return nothing;
  const waitMs = backOff(world);
  if (waitMs > 0) return { ...nothing, waitMs };
  return { create: newPods(world, Math.min(missing, burst)), remove: [] };
}

/** Active pods whose index is done, given up, out of range or taken twice. */
function* wrongIndexes({ job, active, tally }: World): Iterable<Pod> {
  if (!isIndexed(job)) return;
  const seen = new Set<number>();
  for (const pod of active) {
    const index = indexOf(pod);
    const valid = index !== undefined && index < (job.spec?.completions ?? 0) && !seen.has(index);
    if (valid) seen.add(index);
    if (!valid || tally.succeededIndexes.has(index) || tally.failedIndexes?.has(index)) yield pod;
  }
}

function newPods(world: World, count: number): Pod[] {
  const { job, pods, active, terminating, tally } = world;
  if (!isIndexed(job)) return Array.from({ length: count }, () => jobPod(job, undefined, undefined, false));
  const taken = new Set([...active, ...(waitsForFailure(job) ? terminating : [])].map(indexOf));
  const created: Pod[] = [];
  for (let index = 0; index < (job.spec?.completions ?? 0) && created.length < count; index++) {
    if (taken.has(index) || tally.succeededIndexes.has(index) || tally.failedIndexes?.has(index)) continue;
    const former = pods
      .filter(pod => indexOf(pod) === index && hasFailed(job, pod))
      .sort(byFailures)
      .at(-1);
    const ignored = former !== undefined && judgeFailure(job, former).action === 'Ignore';
    created.push(jobPod(job, index, former, ignored));
  }
  return created;
}

const byFailures = (a: Pod, b: Pod): number =>
  (timeOf(a.metadata.creationTimestamp) ?? 0) - (timeOf(b.metadata.creationTimestamp) ?? 0);

/** Milliseconds to wait before the next pod: 10 s after a failure, doubling with each further one, up to 10 minutes. */
function backOff({ job, pods, tally, now }: World): number {
  const failures = pods.filter(pod => hasFailed(job, pod)).map(endOf);
  const successes = pods.filter(pod => pod.status?.phase === 'Succeeded').map(endOf);
  const lastSuccess = Math.max(0, ...successes);
  const recent = failures.filter(end => end > lastSuccess);
  if (recent.length === 0) return 0;
  const known = successes.length === 0 ? tally.failed + tally.uncounted.failed.length : recent.length;
  const delay = Math.min(longestBackOffMs, firstBackOffMs * 2 ** Math.max(0, Math.max(known, 1) - 1));
  return Math.max(...recent) + delay - now;
}

function endOf(pod: Pod): number {
  const ends = (pod.status?.containerStatuses ?? []).map(({ state }) => timeOf(state?.terminated?.finishedAt) ?? 0);
  const end = Math.max(0, ...ends);
  return end || (timeOf(pod.metadata.deletionTimestamp) ?? timeOf(pod.metadata.creationTimestamp) ?? 0);
}

function untilDeadline(job: Job, now: number): number | undefined {
  const started = timeOf(job.status?.startTime) ?? now;
  const { activeDeadlineSeconds, suspend } = job.spec!;
  return activeDeadlineSeconds === undefined || suspend
    ? undefined
    : Math.max(0, started + activeDeadlineSeconds * 1000 - now);
}

function report(world: World, verdict: Verdict | undefined, changes: Changes): Pick<JobPlan, 'status' | 'events'> {
  const { job, tally, active, terminating, now } = world;
  const time = formatTime(now);
  const events: JobPlan['events'][number][] = [];
  let conditions: JobCondition[] = [...(job.status?.conditions ?? [])];
  const set = (type: string, reason: string, message: string, value: 'True' | 'False' = 'True') => {
    const condition = { type, status: value, reason, message, lastProbeTime: time, lastTransitionTime: time };
    conditions = withCondition(conditions, condition);
  };
  if (verdict) set(verdict.target, verdict.reason, verdict.message);
  const suspended = conditionOf(conditions, 'Suspended')?.status === 'True';
  if (!verdict && job.spec?.suspend && !suspended) {
    set('Suspended', 'JobSuspended', 'Job suspended');
    events.push({ type: 'Normal', reason: 'Suspended', message: 'Job suspended' });
  } else if (!job.spec?.suspend && suspended) {
    set('Suspended', 'JobResumed', 'Job resumed', 'False');
    events.push({ type: 'Normal', reason: 'Resumed', message: 'Job resumed' });
  }
  const uncounted = tally.uncounted.succeeded.length + tally.uncounted.failed.length + tally.release.length;
  const over = verdict && active.length + terminating.length + uncounted === 0;
  let completionTime: string | undefined;
  if (over && verdict.target === 'SuccessCriteriaMet') {
    set('Complete', verdict.reason, verdict.message);
    completionTime = time;
    events.push({ type: 'Normal', reason: 'Completed', message: 'Job completed' });
  } else if (over) {
    set('Failed', verdict.reason, verdict.message);
    events.push({ type: 'Warning', reason: verdict.reason, message: verdict.message });
  }
  const running = active.length - changes.remove.length + changes.create.length;
  const startTime = job.spec?.suspend ? undefined : (job.status?.startTime ?? time);
  const status: JobStatus = {
    ...(conditions.length > 0 && { conditions }),
    ...(startTime && { startTime }),
    ...(completionTime && { completionTime }),
    active: Math.max(0, running),
    ready: Math.min(active.filter(isReady).length, Math.max(0, running)),
    terminating: terminating.length,
    ...tallyStatus(job, tally),
  };
  return { status, events };
}
