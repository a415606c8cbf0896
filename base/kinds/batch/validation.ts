/** Validation of batch/v1 (batch/validation). */
import { child, index, invalid, invalidShown, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import { validatePodTemplate } from '../core/pod-validation.ts';
import { each } from '../fill.ts';
import { internalTemplate } from '../internal-form.ts';
import { immutable, sameJson } from '../meta.ts';
import {
  domainPath,
  labelSelector,
  nonNegative,
  oneOf,
  oneOfIfSet,
  qualified,
  shownSelector,
  sortedMap,
} from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { CronJob, Job, JobSpec, PodFailurePolicyRule } from '../types.data.ts';

const controllerUid = 'batch.kubernetes.io/controller-uid';

/** The selector of a job is the server's own work unless `manualSelector` says otherwise. */
function validateGenerated(errors: Errors, { spec, metadata }: Job): void {
  if (spec.manualSelector) return;
  const uid = metadata.uid ?? '';
  const labels = spec.template?.metadata?.labels ?? {};
  const wanted: Record<string, string> = {
    'controller-uid': uid,
    [controllerUid]: uid,
    'job-name': metadata.name ?? '',
    'batch.kubernetes.io/job-name': metadata.name ?? '',
  };
  for (const [name, value] of Object.entries(wanted)) {
    if (labels[name] !== value && name.startsWith('batch.'))
      errors.push(invalid('spec.template.metadata.labels', sortedMap(labels), `must be '${value}'`));
  }
  const generated = { matchLabels: { [controllerUid]: uid } };
  const older = { matchLabels: { 'controller-uid': uid } };
  if (!sameJson(spec.selector, generated) && !sameJson(spec.selector, older)) {
    errors.push(invalid('spec.selector', shownSelector(spec.selector), '`selector` not auto-generated'));
  }
}

function failureRule(errors: Errors, rule: PodFailurePolicyRule, spec: JobSpec, path: FieldPath): void {
  const { action, onExitCodes, onPodConditions } = rule;
  oneOf(errors, action, ['Count', 'FailIndex', 'FailJob', 'Ignore'], child(path, 'action'));
  if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined) {
    errors.push(invalid(child(path, 'action'), action, 'requires the backoffLimitPerIndex to be set'));
  }
  const conditions = each(onPodConditions);
  if (onExitCodes && conditions.length > 0)
    errors.push({
      type: 'invalid',
      field: path,
      message: 'Invalid value: specifying both OnExitCodes and OnPodConditions is not supported',
    });
  if (!onExitCodes && conditions.length === 0)
    errors.push({
      type: 'invalid',
      field: path,
      message: 'Invalid value: specifying one of OnExitCodes and OnPodConditions is required',
    });
  if (onExitCodes) {
    const at = child(path, 'onExitCodes');
    oneOf(errors, onExitCodes.operator, ['In', 'NotIn'], child(at, 'operator'));
    const values = each(onExitCodes.values);
    if (values.length === 0) errors.push(invalid(child(at, 'values'), values, 'at least one value is required'));
    values.forEach((value, place) => {
      if (onExitCodes.operator === 'In' && value === 0)
        errors.push(invalid(index(child(at, 'values'), place), value, 'must not be 0 for the In operator'));
    });
  }
  conditions.forEach(({ type, status }, place) => {
    const at = index(child(path, 'onPodConditions'), place);
    qualified(errors, type, child(at, 'type'));
    oneOf(errors, status, ['False', 'True', 'Unknown'], child(at, 'status'));
  });
}

function validateSuccess(errors: Errors, { successPolicy, completionMode }: JobSpec, path: FieldPath): void {
  if (!successPolicy) return;
  if (completionMode !== 'Indexed') errors.push(invalid(path, successPolicy, 'requires indexed completion mode'));
  if (each(successPolicy.rules).length === 0)
    errors.push(
      required(child(path, 'rules'), 'at least one rules must be specified when the successPolicy is specified'),
    );
  each(successPolicy.rules).forEach(({ succeededCount, succeededIndexes }, at) => {
    const here = index(child(path, 'rules'), at);
    if (succeededCount === undefined && succeededIndexes === undefined) {
      errors.push(required(here, 'at least one of succeededCount or succeededIndexes must be specified'));
    }
    if (succeededCount !== undefined && succeededCount <= 0)
      errors.push(invalid(child(here, 'succeededCount'), succeededCount, 'must be greater than zero'));
  });
}

function validateIndexed(errors: Errors, spec: JobSpec, path: FieldPath): void {
  oneOfIfSet(errors, spec.completionMode, ['NonIndexed', 'Indexed'], child(path, 'completionMode'));
  if (spec.completionMode === 'Indexed') {
    if (spec.completions === undefined)
      errors.push(required(child(path, 'completions'), 'when completion mode is Indexed'));
    if ((spec.parallelism ?? 0) > 100000)
      errors.push(
        invalid(
          child(path, 'parallelism'),
          spec.parallelism,
          'must be less than or equal to 100000 when completion mode is Indexed',
        ),
      );
  } else {
    for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
      if (spec[name] !== undefined)
        errors.push(invalid(child(path, name), spec[name], 'requires indexed completion mode'));
    }
  }
}

/** What holds for a job and for the template of one. */
function validateJobSpec(errors: Errors, spec: JobSpec, path: FieldPath): void {
  const numbers = [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ] as const;
  for (const name of numbers) nonNegative(errors, spec[name], child(path, name));
  if (spec.managedBy !== undefined) domainPath(errors, spec.managedBy, child(path, 'managedBy'));
  validateIndexed(errors, spec, path);
  if (spec.podFailurePolicy) {
    each(spec.podFailurePolicy.rules).forEach((rule, at) =>
      failureRule(errors, rule, spec, index(child(path, 'podFailurePolicy', 'rules'), at)),
    );
  }
  validateSuccess(errors, spec, child(path, 'successPolicy'));
  oneOfIfSet(
    errors,
    spec.podReplacementPolicy,
    spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'],
    child(path, 'podReplacementPolicy'),
  );
  const template = child(path, 'template');
  validatePodTemplate(errors, spec.template ?? {}, template);
  const policy = spec.template?.spec?.restartPolicy;
  const at = child(template, 'spec', 'restartPolicy');
  if (policy === 'Always') errors.push(required(at, 'valid values: "OnFailure", "Never"'));
  else if (policy === 'OnFailure' && spec.podFailurePolicy)
    errors.push(invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  else if (policy && policy !== 'OnFailure' && policy !== 'Never')
    errors.push(notSupported(at, policy, ['OnFailure', 'Never']));
}

export function validateJob(job: Job): FieldError[] {
  const errors: Errors = [];
  validateGenerated(errors, job);
  const { spec } = job;
  if (spec.selector) labelSelector(errors, spec.selector, 'spec.selector');
  else errors.push(required('spec.selector'));
  validateJobSpec(errors, spec, 'spec');
  if (spec.selector && errors.every(({ field }) => !field.startsWith('spec.selector.'))) {
    const labels = spec.template?.metadata?.labels;
    if (!matches(selectorFromObject(spec.selector as Parameters<typeof selectorFromObject>[0]), labels)) {
      errors.push(
        invalid('spec.template.metadata.labels', sortedMap(labels), '`selector` does not match template `labels`'),
      );
    }
  }
  return errors;
}

/** While a job is suspended (and has not started) its pods may be steered elsewhere. */
function settledTemplate(job: Job, old: Job): unknown {
  const template = structuredClone(job.spec.template);
  const free = old.spec.suspend && (old.status?.startTime === undefined || old.status.startTime === null);
  if (!free || !template?.spec || !old.spec.template?.spec) return template;
  const before = old.spec.template;
  for (const name of ['nodeSelector', 'tolerations', 'schedulingGates', 'affinity'] as const)
    Object.assign(template.spec, { [name]: before.spec![name] });
  template.metadata = {
    ...template.metadata,
    labels: before.metadata?.labels,
    annotations: before.metadata?.annotations,
  };
  return template;
}

export function validateJobUpdate(job: Job, old: Job): FieldError[] {
  const errors: Errors = [];
  const now = job.spec;
  const before = old.spec;
  const elastic =
    now.completionMode === 'Indexed' && before.completionMode === 'Indexed' && now.completions === now.parallelism;
  if (!elastic) errors.push(...immutable(now.completions, before.completions, 'spec.completions'));
  errors.push(...immutable(now.selector, before.selector, 'spec.selector'));
  if (!sameJson(settledTemplate(job, old), before.template)) {
    errors.push(invalid('spec.template', internalTemplate(now.template), 'field is immutable'));
  }
  errors.push(...immutable(now.completionMode, before.completionMode, 'spec.completionMode'));
  errors.push(...immutable(now.podFailurePolicy, before.podFailurePolicy, 'spec.podFailurePolicy'));
  errors.push(...immutable(now.backoffLimitPerIndex, before.backoffLimitPerIndex, 'spec.backoffLimitPerIndex'));
  errors.push(...immutable(now.managedBy, before.managedBy, 'spec.managedBy'));
  errors.push(...immutable(now.successPolicy, before.successPolicy, 'spec.successPolicy'));
  const own: Errors = [];
  if (now.selector) labelSelector(own, now.selector, 'spec.selector');
  validateJobSpec(own, now, 'spec');
  return [...errors, ...own];
}

const macros = new Set(['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@midnight', '@hourly']);

/** Upper and lower bounds of the five fields of a schedule. */
const bounds: readonly (readonly [low: number, high: number, words?: readonly string[]])[] = [
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12, ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']],
  [0, 6, ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat']],
];

/** What is wrong with a schedule, in the words of upstream's parser; undefined when it is well-formed. */
export function scheduleProblem(schedule: string): string | undefined {
  if (schedule.startsWith('@')) {
    if (macros.has(schedule) || /^@every (\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(schedule)) return undefined;
    return `unrecognized descriptor: ${schedule}`;
  }
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  for (const [at, field] of fields.entries()) {
    const [low, high, words] = bounds[at]!;
    for (const part of field.split(',')) {
      const problem = rangeProblem(part, low, high, words);
      if (problem) return problem;
    }
  }
  return undefined;
}

function rangeProblem(
  text: string,
  low: number,
  high: number,
  words: readonly string[] | undefined,
): string | undefined {
  const [range = '', step, ...more] = text.split('/');
  if (more.length > 0) return `too many slashes: ${text}`;
  const ends = range === '*' || range === '?' ? [`${low}`, `${high}`] : range.split('-');
  if (ends.length > 2) return `too many hyphens: ${text}`;
  const numbers = ends.map(end => {
    const word = words?.indexOf(end.toLowerCase()) ?? -1;
    return word >= 0 ? word + (low === 1 ? 1 : 0) : /^\d+$/.test(end) ? Number(end) : NaN;
  });
  const bad = numbers.findIndex(Number.isNaN);
  if (bad >= 0) return `failed to parse int from ${ends[bad]}: strconv.Atoi: parsing "${ends[bad]}": invalid syntax`;
  const [start, end = step === undefined ? start! : high] = numbers as [number, number?];
  if (start < low) return `beginning of range (${start}) below minimum (${low}): ${text}`;
  if (end > high) return `end of range (${end}) above maximum (${high}): ${text}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${text}`;
  if (step !== undefined && !/^[1-9]\d*$/.test(step))
    return step === '0'
      ? `step of range should be a positive number: ${text}`
      : `failed to parse int from ${step}: strconv.Atoi: parsing "${step}": invalid syntax`;
  return undefined;
}

function validateTimeZone(errors: Errors, zone: string | undefined, path: FieldPath): void {
  if (zone === undefined) return;
  if (zone === '') errors.push(invalid(path, zone, 'timeZone must be nil or non-empty string'));
  else if (zone.toLowerCase() === 'local')
    errors.push(
      invalid(path, zone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones'),
    );
  else {
    try {
      Intl.DateTimeFormat('en', { timeZone: zone });
    } catch {
      errors.push(invalid(path, zone, `unknown time zone ${zone}`));
    }
  }
}

export function validateCronJob({ spec, metadata }: CronJob): FieldError[] {
  const errors: Errors = [];
  if ((metadata.name ?? '').length > 52)
    errors.push(invalid('metadata.name', metadata.name, 'must be no more than 52 characters'));
  if (!spec.schedule) errors.push(required('spec.schedule'));
  else {
    if (/TZ=/.test(spec.schedule)) {
      errors.push(
        invalid('spec.schedule', spec.schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'),
      );
    } else {
      const problem = scheduleProblem(spec.schedule);
      if (problem) errors.push(invalid('spec.schedule', spec.schedule, problem));
    }
  }
  nonNegative(errors, spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds');
  validateTimeZone(errors, spec.timeZone, 'spec.timeZone');
  oneOf(errors, spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace'], 'spec.concurrencyPolicy');
  const template = spec.jobTemplate?.spec;
  if (template) {
    const path = 'spec.jobTemplate.spec';
    if (template.manualSelector) labelSelector(errors, template.selector, child(path, 'selector'));
    else if (template.selector)
      errors.push(
        invalidShown(child(path, 'selector'), JSON.stringify(template.selector), '`selector` will be auto-generated'),
      );
    if (template.manualSelector) errors.push(notSupported(child(path, 'manualSelector'), 'true', ['nil', 'false']));
    validateJobSpec(errors, template, path);
  }
  nonNegative(errors, spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit');
  nonNegative(errors, spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit');
  return errors;
}
