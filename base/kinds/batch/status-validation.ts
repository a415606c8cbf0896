/**
 * Validation of a job's status (batch/validation). A controller other than the server's own may write it, so ends stay ends; what is
 * wrong already and did not change is let through, as upstream's strategy does.
 */
import { child, duplicate, index, invalid, required } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { sameJson } from '../meta.ts';
import { nonNegative } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Job, JobStatus } from '../types.data.ts';
import { readIndexes } from './policy-validation.ts';

const holds = (job: Job, type: string): boolean =>
  each(job.status?.conditions).some(condition => condition.type === type && condition.status === 'True');
const finished = (job: Job): boolean => holds(job, 'Complete') || holds(job, 'Failed');

/** Upstream leaves the value out. */
const conditions = (errors: Errors, why: string): void => {
  errors.push({ type: 'invalid', field: 'status.conditions', message: `Invalid value: ${why}` });
};

function validateCounts(errors: Errors, status: JobStatus): void {
  for (const name of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const)
    nonNegative(errors, status[name], `status.${name}`);
  const seen = new Set<string>();
  for (const list of ['succeeded', 'failed'] as const) {
    each(status.uncountedTerminatedPods?.[list]).forEach((uid, at) => {
      const path = index(child('status.uncountedTerminatedPods', list), at);
      if (uid === '') errors.push(invalid(path, uid, 'must not be empty'));
      else if (seen.has(uid)) errors.push(duplicate(path, uid));
      seen.add(uid);
    });
  }
}

/** Conditions that exclude one another, told when one of them changed. */
function validateEnds(errors: Errors, job: Job, changed: (type: string) => boolean): void {
  const complete = holds(job, 'Complete');
  const failed = holds(job, 'Failed');
  const failing = holds(job, 'FailureTarget');
  if ((changed('Complete') || changed('Failed')) && complete && failed)
    conditions(errors, 'cannot set Complete=True and Failed=true conditions');
  if ((changed('Complete') || changed('FailureTarget')) && complete && failing)
    conditions(errors, 'cannot set Complete=True and FailureTarget=true conditions');
}

function validateTimes(errors: Errors, job: Job, old: Job, changed: (type: string) => boolean): void {
  const { startTime: start, completionTime: end } = job.status ?? {};
  const startMoved = !sameJson(start, old.status?.startTime);
  const endMoved = !sameJson(end, old.status?.completionTime);
  const path = 'status.completionTime';
  if (changed('Complete') || endMoved) {
    if (end && !holds(job, 'Complete'))
      errors.push(invalid(path, end, 'cannot set completionTime when there is no Complete=True condition'));
    if (!end && holds(job, 'Complete')) errors.push(required(path, 'completionTime is required for Complete jobs'));
  }
  if ((startMoved || endMoved) && start && end && Date.parse(end) < Date.parse(start))
    errors.push(invalid(path, end, 'completionTime cannot be set before startTime'));
}

function validateReasons(errors: Errors, job: Job, changed: (type: string) => boolean): void {
  if ((changed('Failed') || changed('FailureTarget')) && holds(job, 'Failed') && !holds(job, 'FailureTarget'))
    conditions(errors, 'cannot set Failed=True condition without the FailureTarget=true condition');
  const met = holds(job, 'SuccessCriteriaMet');
  if ((changed('Complete') || changed('SuccessCriteriaMet')) && holds(job, 'Complete') && !met)
    conditions(errors, 'cannot set Complete=True condition without the SuccessCriteriaMet=true condition');
}

/** A job that has ended has no pods left, and did begin. */
function validateFinished(errors: Errors, job: Job, old: Job): void {
  if (!finished(job)) return;
  const { status = {}, spec } = job;
  const before = old.status ?? {};
  const justNow = !finished(old);
  const { active = 0, startTime, uncountedTerminatedPods: uncounted } = status;
  if ((justNow || active !== (before.active ?? 0)) && active > 0)
    errors.push(invalid('status.active', active, 'active>0 is invalid for finished job'));
  const nothingToDo = spec.suspend === true && spec.completions === 0;
  if ((justNow || !sameJson(startTime, before.startTime)) && !nothingToDo && !startTime)
    errors.push(required('status.startTime', 'startTime is required for finished job'));
  const left = each(uncounted?.failed).length + each(uncounted?.succeeded).length;
  if ((justNow || !sameJson(uncounted, before.uncountedTerminatedPods)) && left > 0) {
    const shown = { Succeeded: uncounted?.succeeded ?? null, Failed: uncounted?.failed ?? null };
    const why = 'uncountedTerminatedPods needs to be empty for finished job';
    errors.push(invalid('status.uncountedTerminatedPods', shown, why));
  }
}

function validateIndexes(errors: Errors, { spec, status = {} }: Job, old: Job): void {
  const { completedIndexes: completed = '', failedIndexes: failed } = status;
  const before = old.status ?? {};
  const completedMoved = completed !== (before.completedIndexes ?? '');
  const failedMoved = failed !== before.failedIndexes;
  const read = (name: string, text: string): void => {
    const found = readIndexes(text, spec.completions ?? 0);
    if (typeof found === 'string') errors.push(invalid(`status.${name}`, text, `error parsing ${name}: ${found}`));
  };
  if (completedMoved && spec.completions !== undefined) read('completedIndexes', completed);
  if (failedMoved && spec.completions !== undefined && spec.backoffLimitPerIndex !== undefined && failed !== undefined)
    read('failedIndexes', failed);
  if (completedMoved && completed !== '' && spec.completionMode !== 'Indexed') {
    const why = 'cannot set non-empty completedIndexes when non-indexed completion mode';
    errors.push(invalid('status.completedIndexes', completed, why));
  }
  if (failedMoved && spec.backoffLimitPerIndex === undefined && failed !== undefined) {
    const why = 'cannot set non-null failedIndexes when backoffLimitPerIndex is null';
    errors.push(invalid('status.failedIndexes', failed, why));
  }
  const shared = completedMoved || failedMoved ? sharedIndex(completed, failed ?? '') : undefined;
  if (shared !== undefined && spec.completions !== undefined)
    errors.push(
      invalid('status.failedIndexes', failed, `failedIndexes and completedIndexes overlap at index: ${shared}`),
    );
}

/** The first index that both lists hold. */
function sharedIndex(first: string, second: string): number | undefined {
  const intervals = (text: string): [number, number][] =>
    text.split(',').flatMap(part => {
      const [from = NaN, to = from] = part.split('-').map(limit => (limit === '' ? NaN : Number(limit)));
      return Number.isNaN(from) || Number.isNaN(to) ? [] : [[from, to] as [number, number]];
    });
  for (const [from, to] of intervals(first)) {
    const hit = intervals(second).find(([low, high]) => from <= high && low <= to);
    if (hit) return Math.max(from, hit[0]);
  }
  return undefined;
}

/** Success, once its criteria are met, excludes failure. */
function validateSuccess(errors: Errors, job: Job): void {
  const met = holds(job, 'SuccessCriteriaMet');
  if (met && holds(job, 'Failed')) conditions(errors, 'cannot set SuccessCriteriaMet=True and Failed=true conditions');
  if (met && holds(job, 'FailureTarget'))
    conditions(errors, 'cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
  if (job.spec.successPolicy && !met && holds(job, 'Complete'))
    conditions(errors, 'cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True');
}

/** What never goes back. */
function validateChange(errors: Errors, job: Job, old: Job): void {
  const { status = {}, spec } = job;
  const before = old.status ?? {};
  for (const type of ['Failed', 'Complete', 'FailureTarget'])
    if (holds(old, type) && !holds(job, type)) conditions(errors, `cannot disable the terminal ${type}=True condition`);
  if ((status.failed ?? 0) < (before.failed ?? 0))
    errors.push(invalid('status.failed', status.failed ?? 0, 'cannot decrease the failed counter'));
  const elastic = spec.completionMode === 'Indexed' && spec.completions === spec.parallelism;
  if (!elastic && (status.succeeded ?? 0) < (before.succeeded ?? 0))
    errors.push(invalid('status.succeeded', status.succeeded ?? 0, 'cannot decrease the succeeded counter'));
  const { completionTime: end } = status;
  if (end && before.completionTime && end !== before.completionTime)
    errors.push(invalid('status.completionTime', end, 'completionTime cannot be mutated'));
  if (before.startTime && status.startTime !== before.startTime && !spec.suspend)
    errors.push(required('status.startTime', 'startTime cannot be removed for unsuspended job'));
  if (holds(old, 'SuccessCriteriaMet') && !holds(job, 'SuccessCriteriaMet'))
    conditions(errors, 'cannot disable the SuccessCriteriaMet=True condition');
  if (holds(old, 'Complete') && !holds(old, 'SuccessCriteriaMet') && holds(job, 'SuccessCriteriaMet'))
    conditions(errors, 'cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions');
}

export function validateJobStatus(job: Job, old: Job): FieldError[] {
  const errors: Errors = [];
  const { status = {} } = job;
  const changed = (type: string): boolean => holds(job, type) !== holds(old, type);
  validateCounts(errors, status);
  validateEnds(errors, job, changed);
  validateTimes(errors, job, old, changed);
  validateReasons(errors, job, changed);
  validateFinished(errors, job, old);
  validateIndexes(errors, job, old);
  const { ready, active = 0, terminating } = status;
  if (finished(job) && (terminating ?? 0) > 0 && (!finished(old) || terminating !== old.status?.terminating))
    errors.push(invalid('status.terminating', terminating, 'terminating>0 is invalid for finished job'));
  const moved = ready !== old.status?.ready || active !== (old.status?.active ?? 0);
  if (moved && (ready ?? 0) > active)
    errors.push(invalid('status.ready', ready, 'cannot set more ready pods than active'));
  validateSuccess(errors, job);
  validateChange(errors, job, old);
  return errors;
}
