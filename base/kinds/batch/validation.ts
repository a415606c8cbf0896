/** Validation of Job of batch/v1 (batch/validation). */
import { child, invalid, notSupported, required, tooLong } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateDns1123Label } from '@orrery/machinery/names';
import { matches, selectorFromObject } from '@orrery/machinery/selector';
import { validatePodTemplate } from '../core/pod-validation.ts';
import { internalForm, internalTemplate } from '../internal-form.ts';
import { immutable, sameJson } from '../meta.ts';
import { domainPath, labelSelector, nonNegative, shownSelector, sortedMap } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Job, JobSpec, LabelSelector } from '../types.data.ts';
import { validateFailurePolicy, validateSuccessPolicy } from './policy-validation.ts';

const controllerUid = 'batch.kubernetes.io/controller-uid';
const jobName = 'batch.kubernetes.io/job-name';

const selects = (selector: LabelSelector | undefined, labels: Record<string, string> | undefined): boolean => {
  try {
    return matches(selectorFromObject(selector as Parameters<typeof selectorFromObject>[0]), labels);
  } catch {
    return true;
  }
};

/** The selector of a job is the server's own work unless `manualSelector` says otherwise. */
function validateGenerated(errors: Errors, { spec, metadata }: Job): void {
  if (spec.manualSelector || !spec.selector) return;
  const { uid = '', name = '' } = metadata;
  if (uid === '') errors.push(required('metadata.uid'));
  const labels = spec.template?.metadata?.labels ?? {};
  const wanted: Record<string, string> = {
    'controller-uid': uid,
    'job-name': name,
    [controllerUid]: uid,
    [jobName]: name,
  };
  for (const [key, value] of Object.entries(wanted)) {
    const path = `spec.template.metadata.labels[${key}]`;
    if (!(key in labels)) errors.push(required(path, `must be '${value}'`));
    else if (labels[key] !== value) errors.push(invalid(path, sortedMap(labels), `must be '${value}'`));
  }
  if (!selects(spec.selector, wanted))
    errors.push(invalid('spec.selector', shownSelector(spec.selector), '`selector` not auto-generated'));
}

const indexedMax = 100_000;
const manyCompletions = 100_000;
const fewAtOnce = 10_000;

function validateIndexed(errors: Errors, spec: JobSpec, path: FieldPath): void {
  const { completions, parallelism, maxFailedIndexes: failed, backoffLimitPerIndex } = spec;
  const at = (name: string): FieldPath => child(path, name);
  const most = (value: number, limit: number, rest = ''): string =>
    value > limit ? `must be less than or equal to ${limit}${rest}` : '';
  const tell = (name: string, value: number, why: string): void => {
    if (why !== '') errors.push(invalid(at(name), value, why));
  };
  if (completions === undefined) errors.push(required(at('completions'), 'when completion mode is Indexed'));
  if (parallelism !== undefined)
    tell('parallelism', parallelism, most(parallelism, indexedMax, ' when completion mode is Indexed'));
  if (failed !== undefined && completions !== undefined && failed > completions)
    errors.push(invalid(at('maxFailedIndexes'), failed, 'must be less than or equal to completions'));
  if (failed !== undefined) tell('maxFailedIndexes', failed, most(failed, indexedMax));
  if ((completions ?? 0) <= manyCompletions || backoffLimitPerIndex === undefined) return;
  const many = ` when completions are above ${manyCompletions} and used with backoff limit per index`;
  if (failed === undefined)
    errors.push(required(at('maxFailedIndexes'), `must be specified when completions is above ${manyCompletions}`));
  if (parallelism !== undefined) tell('parallelism', parallelism, most(parallelism, fewAtOnce, many));
  if (failed !== undefined) tell('maxFailedIndexes', failed, most(failed, fewAtOnce, many));
}

function validateMode(errors: Errors, spec: JobSpec, path: FieldPath): void {
  const { completionMode: mode } = spec;
  const modes = ['NonIndexed', 'Indexed'];
  if (mode !== undefined && !modes.includes(mode))
    errors.push(notSupported(child(path, 'completionMode'), mode, modes));
  if (mode === 'Indexed') validateIndexed(errors, spec, path);
  if (mode !== undefined && mode !== 'NonIndexed') return;
  for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    if (spec[name] !== undefined)
      errors.push(invalid(child(path, name), spec[name], 'requires indexed completion mode'));
  }
}

const managedByMax = 63;

function validateNumbers(errors: Errors, spec: JobSpec, path: FieldPath): void {
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
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.push(required(child(path, 'backoffLimitPerIndex'), 'when maxFailedIndexes is specified'));
  if (spec.managedBy === undefined) return;
  domainPath(errors, spec.managedBy, child(path, 'managedBy'));
  if (spec.managedBy.length > managedByMax) errors.push(tooLong(child(path, 'managedBy'), managedByMax));
}

function validateRestart(errors: Errors, spec: JobSpec, path: FieldPath): void {
  const policy = spec.template?.spec?.restartPolicy ?? '';
  const at = child(path, 'template', 'spec.restartPolicy');
  const words = ['OnFailure', 'Never'];
  if (policy === '' || policy === 'Always') errors.push(required(at, 'valid values: "OnFailure", "Never"'));
  else if (!words.includes(policy)) errors.push(notSupported(at, policy, words));
  else if (spec.podFailurePolicy && policy !== 'Never')
    errors.push(invalid(at, policy, 'only "Never" is supported when podFailurePolicy is specified'));
}

/** What holds for a job and for the template of one. */
export function validateJobSpec(errors: Errors, spec: JobSpec, path: FieldPath): void {
  validateNumbers(errors, spec, path);
  validateMode(errors, spec, path);
  if (spec.podFailurePolicy) validateFailurePolicy(errors, spec, child(path, 'podFailurePolicy'));
  const success = child(path, 'successPolicy');
  if (spec.successPolicy) {
    if (spec.completionMode === 'Indexed') validateSuccessPolicy(errors, spec, success);
    else {
      const shown = internalForm('batch.v1.SuccessPolicy', spec.successPolicy);
      errors.push(invalid(success, shown, 'requires indexed completion mode'));
    }
  }
  const replacements = spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  const replacement = spec.podReplacementPolicy;
  if (replacement !== undefined && !replacements.includes(replacement))
    errors.push(notSupported(child(path, 'podReplacementPolicy'), replacement, replacements));
  validatePodTemplate(errors, spec.template ?? {}, child(path, 'template'));
  validateRestart(errors, spec, path);
}

/** A job's specification: what its template's has too, and the selector. */
function validateOwnSpec(errors: Errors, spec: JobSpec): void {
  validateJobSpec(errors, spec, 'spec');
  if (spec.selector) labelSelector(errors, spec.selector, 'spec.selector');
  else errors.push(required('spec.selector'));
  const labels = spec.template?.metadata?.labels;
  if (!selects(spec.selector, labels)) {
    const why = '`selector` does not match template `labels`';
    errors.push(invalid('spec.template.metadata.labels', sortedMap(labels), why));
  }
}

export function validateJob(job: Job): FieldError[] {
  const errors: Errors = [];
  validateGenerated(errors, job);
  validateOwnSpec(errors, job.spec);
  const { completionMode, completions } = job.spec;
  const { name = '' } = job.metadata;
  const last = `${name}-${(completions ?? 0) - 1}`;
  if (completionMode === 'Indexed' && (completions ?? 0) > 0 && validateDns1123Label(last).length > 0)
    errors.push(invalid('metadata.name', name, `will not able to create pod with invalid DNS label: ${last}`));
  return errors;
}

type Affinity = { nodeAffinity?: unknown };

/** The older affinity with the newer one's choice of nodes. */
function settledAffinity(now: Affinity | undefined, before: Affinity | undefined): unknown {
  if (!now && !before) return undefined;
  const { nodeAffinity: _replaced, ...rest } = before ?? {};
  if (!now) return Object.keys(rest).length === 0 ? undefined : rest;
  return { ...rest, ...(now.nodeAffinity !== undefined && { nodeAffinity: now.nodeAffinity }) };
}

/** The older template; while a job is suspended (and has not started) its pods may be steered elsewhere. */
function settledTemplate(job: Job, old: Job): unknown {
  const before = structuredClone(old.spec.template);
  const started = old.status?.startTime !== undefined && old.status.startTime !== null;
  const now = job.spec.template;
  if (!old.spec.suspend || started || !now?.spec || !before?.spec) return before;
  for (const name of ['nodeSelector', 'tolerations', 'schedulingGates'] as const)
    Object.assign(before.spec, { [name]: now.spec[name] });
  const affinity = settledAffinity(now.spec.affinity, before.spec.affinity);
  Object.assign(before.spec, { affinity });
  before.metadata = {
    ...before.metadata,
    labels: now.metadata?.labels,
    annotations: now.metadata?.annotations,
  };
  return before;
}

/** Indexed jobs grow and shrink, together with how many pods run at once. */
function validateCompletions(now: JobSpec, old: JobSpec): FieldError[] {
  const path = 'spec.completions';
  if (now.completionMode !== 'Indexed') return immutable(now.completions, old.completions, path);
  if (now.completions === undefined || now.completions === old.completions || now.completions === now.parallelism)
    return [];
  return [invalid(path, now.completions, 'can only be modified in tandem with spec.parallelism')];
}

const fixed = {
  completionMode: 'string',
  podFailurePolicy: '*batch.v1.PodFailurePolicy',
  backoffLimitPerIndex: '*int32',
  managedBy: '*string',
  successPolicy: '*batch.v1.SuccessPolicy',
} as const;

export function validateJobUpdate(job: Job, old: Job): FieldError[] {
  const errors: Errors = [];
  const now = job.spec;
  const before = old.spec;
  validateOwnSpec(errors, now);
  errors.push(...validateCompletions(now, before));
  if (!sameJson(now.selector, before.selector))
    errors.push(invalid('spec.selector', shownSelector(now.selector), 'field is immutable'));
  if (!sameJson(now.template, settledTemplate(job, old)))
    errors.push(invalid('spec.template', internalTemplate(now.template), 'field is immutable'));
  for (const [name, type] of Object.entries(fixed)) {
    const value = now[name as keyof typeof fixed];
    if (!sameJson(value, before[name as keyof typeof fixed]))
      errors.push(invalid(`spec.${name}`, internalForm(type, value), 'field is immutable'));
  }
  return errors;
}
