/** Validation of where a pod may run: affinity, spreading, tolerations (core/validation). */
import { child, duplicate, forbidden, index, invalid, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { validateLabelValue } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { label, labelSelector, notSupportedEffect, oneOf, oneOfIfSet, qualified } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  Affinity,
  NodeSelector,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from '../types.data.ts';

function requirement(
  errors: Errors,
  { key, operator, values }: { key: string; operator: string; values?: string[] },
  path: FieldPath,
): void {
  const count = each(values).length;
  const at = child(path, 'values');
  if (operator === 'In' || operator === 'NotIn') {
    if (count === 0) errors.push(required(at, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (count > 0) errors.push(forbidden(at, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (count !== 1) errors.push(required(at, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  } else errors.push(invalid(child(path, 'operator'), operator, 'not a valid selector operator'));
  qualified(errors, key, child(path, 'key'));
}

function nodeTerm(errors: Errors, term: NodeSelectorTerm, path: FieldPath): void {
  each(term.matchExpressions).forEach((entry, at) =>
    requirement(errors, entry, index(child(path, 'matchExpressions'), at)),
  );
  each(term.matchFields).forEach((entry, at) => {
    const here = index(child(path, 'matchFields'), at);
    if (entry.operator !== 'In' && entry.operator !== 'NotIn')
      errors.push(invalid(child(here, 'operator'), entry.operator, 'not a valid selector operator'));
    else if (each(entry.values).length !== 1)
      errors.push(
        required(
          child(here, 'values'),
          "must be only one value when `operator` is 'In' or 'NotIn' for node field selector",
        ),
      );
    if (entry.key !== 'metadata.name')
      errors.push(invalid(child(here, 'key'), entry.key, 'not a valid field selector key'));
  });
}

export function validateNodeSelector(errors: Errors, selector: NodeSelector, path: FieldPath): void {
  const terms = each(selector.nodeSelectorTerms);
  const at = child(path, 'nodeSelectorTerms');
  if (terms.length === 0) errors.push(required(at, 'must have at least one node selector term'));
  terms.forEach((term, place) => nodeTerm(errors, term, index(at, place)));
}

function weight(errors: Errors, value: number, path: FieldPath): void {
  if (value <= 0 || value > 100) errors.push(invalid(child(path, 'weight'), value, 'must be in the range 1-100'));
}

function podTerm(errors: Errors, term: PodAffinityTerm, path: FieldPath): void {
  labelSelector(errors, term.labelSelector, child(path, 'labelSelector'));
  labelSelector(errors, term.namespaceSelector, child(path, 'namespaceSelector'));
  each(term.namespaces).forEach((name, at) => label(errors, name, index(child(path, 'namespace'), at)));
  if (!term.topologyKey) errors.push(required(child(path, 'topologyKey'), 'can not be empty'));
  qualified(errors, term.topologyKey ?? '', child(path, 'topologyKey'));
}

function podAffinity(errors: Errors, affinity: PodAffinity | undefined, path: FieldPath): void {
  if (!affinity) return;
  each(affinity.requiredDuringSchedulingIgnoredDuringExecution).forEach((term, at) =>
    podTerm(errors, term, index(child(path, 'requiredDuringSchedulingIgnoredDuringExecution'), at)),
  );
  each(affinity.preferredDuringSchedulingIgnoredDuringExecution).forEach((term, at) => {
    const here = index(child(path, 'preferredDuringSchedulingIgnoredDuringExecution'), at);
    weight(errors, term.weight, here);
    podTerm(errors, term.podAffinityTerm, child(here, 'podAffinityTerm'));
  });
}

export function validateAffinity(errors: Errors, affinity: Affinity | undefined, path: FieldPath): void {
  const node = affinity?.nodeAffinity;
  if (node) {
    const at = child(path, 'nodeAffinity');
    const must = node.requiredDuringSchedulingIgnoredDuringExecution;
    if (must) validateNodeSelector(errors, must, child(at, 'requiredDuringSchedulingIgnoredDuringExecution'));
    each(node.preferredDuringSchedulingIgnoredDuringExecution).forEach((term, place) => {
      const here = index(child(at, 'preferredDuringSchedulingIgnoredDuringExecution'), place);
      weight(errors, term.weight, here);
      nodeTerm(errors, term.preference, child(here, 'preference'));
    });
  }
  podAffinity(errors, affinity?.podAffinity, child(path, 'podAffinity'));
  podAffinity(errors, affinity?.podAntiAffinity, child(path, 'podAntiAffinity'));
}

export function validateSpread(
  errors: Errors,
  constraints: readonly TopologySpreadConstraint[],
  path: FieldPath,
): void {
  const seen = new Set<string>();
  constraints.forEach((constraint, at) => {
    const here = index(path, at);
    if (constraint.maxSkew <= 0)
      errors.push(invalid(child(here, 'maxSkew'), constraint.maxSkew, 'must be greater than zero'));
    if (!constraint.topologyKey) errors.push(required(child(here, 'topologyKey'), 'can not be empty'));
    if (!['DoNotSchedule', 'ScheduleAnyway'].includes(constraint.whenUnsatisfiable)) {
      oneOfIfSet(
        errors,
        constraint.whenUnsatisfiable,
        ['DoNotSchedule', 'ScheduleAnyway'],
        child(here, 'whenUnsatisfiable'),
      );
    }
    const pair = `{${constraint.topologyKey}, ${constraint.whenUnsatisfiable}}`;
    if (seen.has(pair)) errors.push(duplicate(child(here, '{topologyKey, whenUnsatisfiable}'), pair));
    seen.add(pair);
    if (constraint.minDomains !== undefined && constraint.minDomains <= 0) {
      errors.push(invalid(child(here, 'minDomains'), constraint.minDomains, 'must be greater than zero'));
    }
    oneOfIfSet(errors, constraint.nodeAffinityPolicy, ['Honor', 'Ignore'], child(here, 'nodeAffinityPolicy'));
    oneOfIfSet(errors, constraint.nodeTaintsPolicy, ['Honor', 'Ignore'], child(here, 'nodeTaintsPolicy'));
    labelSelector(errors, constraint.labelSelector, child(here, 'labelSelector'));
  });
}

function toleration(errors: Errors, entry: Toleration, path: FieldPath): void {
  const { key = '', operator = '', value = '', effect = '' } = entry;
  if (key !== '') qualified(errors, key, child(path, 'key'));
  if (key === '' && operator !== 'Exists') {
    const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(child(path, 'operator'), operator, detail));
  }
  if (entry.tolerationSeconds !== undefined && effect !== 'NoExecute') {
    errors.push(invalid(child(path, 'effect'), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  if (operator === 'Equal' || operator === '') {
    const problems = validateLabelValue(value);
    if (problems.length > 0) errors.push(invalid(child(path, 'operator'), value, problems.join(';')));
  } else if (operator === 'Exists') {
    if (value !== '')
      errors.push(invalid(child(path, 'operator'), value, "value must be empty when `operator` is 'Exists'"));
  } else oneOf(errors, operator, ['Equal', 'Exists'], child(path, 'operator'));
  if (effect !== '') notSupportedEffect(errors, effect, child(path, 'effect'));
}

export const validateTolerations = (errors: Errors, list: readonly Toleration[], path: FieldPath): void =>
  list.forEach((entry, at) => toleration(errors, entry, index(path, at)));
