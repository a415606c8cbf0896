/** Validation of a job's rules of failure and success (batch/validation). */
import {
  child,
  duplicate,
  index,
  invalid,
  notSupported,
  required,
  tooLong,
  tooMany,
} from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { nonNegative, qualified } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { JobSpec, PodFailurePolicyRule, SuccessPolicyRule } from '../types.data.ts';

const limits = { failureRules: 20, exitCodes: 255, conditions: 20, successRules: 20, indexes: 64 * 1024 };

/** As Go writes a list of texts. */
const list = (words: readonly string[]): string => `[${words.map(word => `"${word}"`).join(' ')}]`;

/** A word out of several; where it is missing they are told. */
function word(errors: Errors, value: string | undefined, words: readonly string[], path: FieldPath): void {
  if (!value) errors.push(required(path, `valid values: ${list(words)}`));
  else if (!words.includes(value)) errors.push(notSupported(path, value, words));
}

type ExitCodes = NonNullable<PodFailurePolicyRule['onExitCodes']>;

function validateExitCodes(errors: Errors, given: ExitCodes, names: readonly string[], path: FieldPath): void {
  const { operator, containerName } = given;
  word(errors, operator, ['In', 'NotIn'], child(path, 'operator'));
  if (containerName !== undefined && !names.includes(containerName)) {
    const why = 'must be one of the container or initContainer names in the pod template';
    errors.push(invalid(child(path, 'containerName'), containerName, why));
  }
  const values = each(given.values);
  const at = child(path, 'values');
  if (values.length === 0) errors.push(invalid(at, given.values ?? null, 'at least one value is required'));
  else if (values.length > limits.exitCodes) errors.push(tooMany(at, values.length, limits.exitCodes));
  values.forEach((value, place) => {
    if (operator === 'In' && value === 0)
      errors.push(invalid(index(at, place), value, 'must not be 0 for the In operator'));
    if (values.indexOf(value) < place) errors.push(duplicate(index(at, place), value));
  });
  if (values.some((value, place) => place > 0 && values[place - 1]! > value))
    errors.push(invalid(at, values, 'must be ordered'));
}

type Conditions = NonNullable<PodFailurePolicyRule['onPodConditions']>;

function validateConditions(errors: Errors, conditions: Readonly<Conditions>, path: FieldPath): void {
  if (conditions.length > limits.conditions) errors.push(tooMany(path, conditions.length, limits.conditions));
  conditions.forEach(({ type, status }, at) => {
    qualified(errors, type, child(index(path, at), 'type'));
    word(errors, status, ['False', 'True', 'Unknown'], child(index(path, at), 'status'));
  });
}

/** Upstream leaves the value out here. */
const withoutValue = (errors: Errors, path: FieldPath, why: string): void => {
  errors.push({ type: 'invalid', field: path, message: `Invalid value: ${why}` });
};

function validateFailureRule(
  errors: Errors,
  rule: PodFailurePolicyRule,
  spec: JobSpec,
  names: readonly string[],
  path: FieldPath,
): void {
  const { action, onExitCodes, onPodConditions } = rule;
  if (action === 'FailIndex') {
    if (spec.backoffLimitPerIndex === undefined)
      errors.push(invalid(child(path, 'action'), action, 'requires the backoffLimitPerIndex to be set'));
  } else word(errors, action, ['Count', 'FailIndex', 'FailJob', 'Ignore'], child(path, 'action'));
  const conditions = each(onPodConditions);
  if (onExitCodes) validateExitCodes(errors, onExitCodes, names, child(path, 'onExitCodes'));
  validateConditions(errors, conditions, child(path, 'onPodConditions'));
  if (onExitCodes && conditions.length > 0)
    withoutValue(errors, path, 'specifying both OnExitCodes and OnPodConditions is not supported');
  if (!onExitCodes && conditions.length === 0)
    withoutValue(errors, path, 'specifying one of OnExitCodes and OnPodConditions is required');
}

export function validateFailurePolicy(errors: Errors, spec: JobSpec, path: FieldPath): void {
  const rules = each(spec.podFailurePolicy?.rules);
  const at = child(path, 'rules');
  if (rules.length > limits.failureRules) errors.push(tooMany(at, rules.length, limits.failureRules));
  const { containers, initContainers } = spec.template?.spec ?? {};
  const names = [...each(containers), ...each(initContainers)].map(({ name }) => name);
  rules.forEach((rule, place) => validateFailureRule(errors, rule, spec, names, index(at, place)));
}

/** What is wrong with `1,3-5` below `completions`, or how many indexes it names. */
export function readIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let total = 0;
  let last: number | undefined;
  for (const interval of text.split(',')) {
    const found = readInterval(interval, completions);
    if (typeof found === 'string') return found;
    const [from, to] = found;
    if (last !== undefined && last >= from) return `non-increasing order, previous: ${last}, current: ${from}`;
    total += to - from + 1;
    last = to;
  }
  return total;
}

function readInterval(interval: string, completions: number): string | [number, number] {
  const limits = interval.split('-');
  if (limits.length > 2)
    return `the fragment "${interval}" violates the requirement that an index interval can have at most two parts separated by '-'`;
  const numbers: number[] = [];
  for (const limit of limits) {
    if (!/^[+-]?\d+$/.test(limit)) return `cannot convert string to integer for index: "${limit}"`;
    const number = Number(limit);
    if (number >= completions) return `too large index: "${limit}"`;
    numbers.push(number);
  }
  const [from, to = from] = numbers as [number, number?];
  if (limits.length > 1 && from >= to!) return `non-increasing order, previous: ${from}, current: ${to}`;
  return [from, to!];
}

function validateSuccessRule(errors: Errors, rule: SuccessPolicyRule, completions: number, path: FieldPath): void {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  if (count === undefined && indexes === undefined)
    errors.push(required(path, 'at least one of succeededCount or succeededIndexes must be specified'));
  let total = 0;
  if (indexes !== undefined) {
    const at = child(path, 'succeededIndexes');
    if (indexes.length > limits.indexes) errors.push(tooLong(at, limits.indexes));
    const read = readIndexes(indexes, completions);
    if (typeof read === 'string') errors.push(invalid(at, indexes, `error parsing succeededIndexes: ${read}`));
    else total = read;
  }
  if (count === undefined) return;
  const at = child(path, 'succeededCount');
  nonNegative(errors, count, at);
  const most = (limit: number, what: string): string =>
    `must be less than or equal to ${limit} (the number of ${what})`;
  if (count > completions) errors.push(invalid(at, count, most(completions, 'specified completions')));
  if (indexes !== undefined && count > total)
    errors.push(invalid(at, count, most(total, 'indexes in the specified succeededIndexes field')));
}

/** Of an indexed job. */
export function validateSuccessPolicy(errors: Errors, spec: JobSpec, path: FieldPath): void {
  const rules = each(spec.successPolicy?.rules);
  const at = child(path, 'rules');
  if (rules.length === 0)
    errors.push(required(at, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > limits.successRules) errors.push(tooMany(at, rules.length, limits.successRules));
  rules.forEach((rule, place) => validateSuccessRule(errors, rule, spec.completions ?? 0, index(at, place)));
}
