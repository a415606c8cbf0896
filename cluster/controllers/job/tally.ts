/** Counting finished pods exactly once, across crashes (KEP 2307): noted by uid, then released, then added up. */
import type { Job, JobStatus, Pod } from '@orrery/kinds/types';
import { isTerminal, isTerminating } from '../common/pods.ts';
import { formatIndexes, parseIndexes } from './indexes.ts';
import { judgeFailure, type FailureVerdict } from './policy.ts';
import { earlierFailures, indexOf, isIndexed, isTracked } from './pods.ts';

export interface Tally {
  readonly succeeded: number;
  readonly failed: number;
  readonly succeededIndexes: ReadonlySet<number>;
  /** Undefined unless the Job limits failures per index. */
  readonly failedIndexes: ReadonlySet<number> | undefined;
  readonly uncounted: { readonly succeeded: readonly string[]; readonly failed: readonly string[] };
  /** Finished pods to be released once the status is stored. */
  readonly release: readonly Pod[];
  /** The failure that ends the Job by its policy. */
  readonly fatal: string | undefined;
}

/** Whether pods are replaced only once they have really failed, not when they begin to terminate. */
export const waitsForFailure = (job: Job): boolean =>
  job.spec?.podReplacementPolicy === 'Failed' ||
  (job.spec?.podReplacementPolicy === undefined && job.spec?.podFailurePolicy !== undefined);

export const hasFailed = (job: Job, pod: Pod): boolean =>
  pod.status?.phase === 'Failed' || (!waitsForFailure(job) && isTerminating(pod) && !isTerminal(pod));

export function tallyPods(job: Job, pods: readonly Pod[]): Tally {
  const status: JobStatus = job.status ?? {};
  const completions = job.spec?.completions ?? 0;
  const tracked = new Map(pods.filter(isTracked).map(pod => [pod.metadata.uid!, pod]));
  const noted = {
    succeeded: status.uncountedTerminatedPods?.succeeded ?? [],
    failed: status.uncountedTerminatedPods?.failed ?? [],
  };
  const released = (uids: readonly string[]) => uids.filter(uid => !tracked.has(uid)).length;
  const uncounted = {
    succeeded: noted.succeeded.filter(uid => tracked.has(uid)),
    failed: noted.failed.filter(uid => tracked.has(uid)),
  };
  const succeededIndexes = isIndexed(job) ? parseIndexes(status.completedIndexes, completions) : new Set<number>();
  const failedIndexes =
    job.spec?.backoffLimitPerIndex === undefined ? undefined : parseIndexes(status.failedIndexes, completions);
  const release: Pod[] = [];
  let fatal: string | undefined;
  for (const [uid, pod] of tracked) {
    const isKnown = noted.succeeded.includes(uid) || noted.failed.includes(uid);
    const succeeded = pod.status?.phase === 'Succeeded';
    if (!isKnown && !succeeded && !hasFailed(job, pod)) continue;
    release.push(pod);
    if (isKnown) continue;
    if (succeeded && isIndexed(job)) {
      const index = indexOf(pod);
      if (index !== undefined && index < completions) succeededIndexes.add(index);
    } else if (succeeded) uncounted.succeeded.push(uid);
    else {
      const verdict = judgeFailure(job, pod);
      if (verdict.action === 'FailJob') fatal ??= verdict.message;
      noteIndex(job, pod, verdict, failedIndexes);
      if (verdict.action !== 'Ignore') uncounted.failed.push(uid);
    }
  }
  return {
    succeeded: isIndexed(job) ? succeededIndexes.size : (status.succeeded ?? 0) + released(noted.succeeded),
    failed: (status.failed ?? 0) + released(noted.failed),
    succeededIndexes,
    failedIndexes,
    uncounted,
    release,
    fatal,
  };
}

/** An index that failed too often, or by a rule, is given up. */
function noteIndex(job: Job, pod: Pod, { action }: FailureVerdict, failedIndexes: Set<number> | undefined): void {
  const index = indexOf(pod);
  if (!failedIndexes || index === undefined || action === 'Ignore') return;
  const exhausted = earlierFailures(pod) >= (job.spec?.backoffLimitPerIndex ?? Infinity);
  if (action === 'FailIndex' || exhausted) failedIndexes.add(index);
}

/** The fields of the status that hold a tally. */
export const tallyStatus = (job: Job, tally: Tally): Partial<JobStatus> => ({
  succeeded: tally.succeeded,
  failed: tally.failed,
  uncountedTerminatedPods: {
    ...(tally.uncounted.succeeded.length > 0 && { succeeded: [...tally.uncounted.succeeded] }),
    ...(tally.uncounted.failed.length > 0 && { failed: [...tally.uncounted.failed] }),
  },
  ...(isIndexed(job) && tally.succeededIndexes.size > 0 && { completedIndexes: formatIndexes(tally.succeededIndexes) }),
  ...(tally.failedIndexes && { failedIndexes: formatIndexes(tally.failedIndexes) }),
});
