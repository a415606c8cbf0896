/** Validation of where a pod may run: affinity, spreading, tolerations (core/validation). */
import { child, duplicate, forbidden, index, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { validateLabelValue } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { label, labelSelector, notSupportedEffect, oneOfIfSet, qualified, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  Affinity,
  LabelSelector,
  NodeSelector,
  NodeSelectorRequirement,
  NodeSelectorTerm,
  PodAffinity,
  PodAffinityTerm,
  Toleration,
  TopologySpreadConstraint,
} from '../types.data.ts';

/** `mustMatch`: also the values must be ones that a label can have. */
function requirement(
  errors: Errors,
  { key, operator, values }: NodeSelectorRequirement,
  mustMatch: boolean,
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
  } else errors.push(invalid(child(path, 'operator'), operator ?? '', 'not a valid selector operator'));
  qualified(errors, key ?? '', child(path, 'key'));
  if (!mustMatch) return;
  each(values).forEach((value, place) => tell(errors, index(at, place), value, validateLabelValue(value)));
}

function fieldRequirement(errors: Errors, { key, operator, values }: NodeSelectorRequirement, path: FieldPath): void {
  if (operator !== 'In' && operator !== 'NotIn')
    errors.push(invalid(child(path, 'operator'), operator ?? '', 'not a valid selector operator'));
  else if (each(values).length !== 1) {
    const detail = "must be only one value when `operator` is 'In' or 'NotIn' for node field selector";
    errors.push(required(child(path, 'values'), detail));
  }
  if (key !== 'metadata.name')
    return void errors.push(invalid(child(path, 'key'), key ?? '', 'not a valid field selector key'));
  each(values).forEach((value, at) => subdomain(errors, value, index(child(path, 'values'), at)));
}

function nodeTerm(errors: Errors, term: NodeSelectorTerm, mustMatch: boolean, path: FieldPath): void {
  each(term.matchExpressions).forEach((entry, at) =>
    requirement(errors, entry, mustMatch, index(child(path, 'matchExpressions'), at)),
  );
  each(term.matchFields).forEach((entry, at) => fieldRequirement(errors, entry, index(child(path, 'matchFields'), at)));
}

export function validateNodeSelector(errors: Errors, selector: NodeSelector, path: FieldPath): void {
  const terms = each(selector.nodeSelectorTerms);
  const at = child(path, 'nodeSelectorTerms');
  if (terms.length === 0) errors.push(required(at, 'must have at least one node selector term'));
  terms.forEach((term, place) => nodeTerm(errors, term, true, index(at, place)));
}

function weight(errors: Errors, value: number | undefined, path: FieldPath): void {
  const given = value ?? 0;
  if (given <= 0 || given > 100) errors.push(invalid(child(path, 'weight'), given, 'must be in the range 1-100'));
}

function labelKeys(
  errors: Errors,
  keys: readonly string[],
  selector: LabelSelector | undefined,
  path: FieldPath,
): void {
  if (keys.length === 0) return;
  if (!selector) return void errors.push(forbidden(path, 'must not be specified when labelSelector is not set'));
  keys.forEach((name, at) => qualified(errors, name, index(path, at)));
}

/** A key that is asked for by name and, in the selector, again: the server itself adds it there once. */
function repeatedKeys(
  errors: Errors,
  keys: readonly string[],
  selector: LabelSelector | undefined,
  path: FieldPath,
): void {
  if (!selector || keys.length === 0) return;
  const seen = new Set(Object.keys(selector.matchLabels ?? {}));
  for (const { key } of each(selector.matchExpressions)) {
    const at = keys.lastIndexOf(key);
    if (at >= 0 && seen.has(key))
      errors.push(invalid(index(path, at), key, 'exists in both matchLabelKeys and labelSelector'));
    seen.add(key);
  }
}

function podTerm(errors: Errors, term: PodAffinityTerm, path: FieldPath): void {
  labelSelector(errors, term.labelSelector, child(path, 'labelSelector'));
  labelSelector(errors, term.namespaceSelector, child(path, 'namespaceSelector'));
  for (const name of each(term.namespaces)) label(errors, name, child(path, 'namespace'));
  const [match, mismatch] = [each(term.matchLabelKeys), each(term.mismatchLabelKeys)];
  labelKeys(errors, match, term.labelSelector, child(path, 'matchLabelKeys'));
  labelKeys(errors, mismatch, term.labelSelector, child(path, 'mismatchLabelKeys'));
  repeatedKeys(errors, match, term.labelSelector, path);
  match.forEach((name, at) => {
    if (mismatch.includes(name)) {
      const detail = 'exists in both matchLabelKeys and mismatchLabelKeys';
      errors.push(invalid(index(child(path, 'matchLabelKeys'), at), name, detail));
    }
  });
  if (!term.topologyKey) errors.push(required(child(path, 'topologyKey'), 'can not be empty'));
  qualified(errors, term.topologyKey ?? '', child(path, 'topologyKey'));
}

const must = 'requiredDuringSchedulingIgnoredDuringExecution';
const may = 'preferredDuringSchedulingIgnoredDuringExecution';

function podAffinity(errors: Errors, affinity: PodAffinity | undefined, path: FieldPath): void {
  if (!affinity) return;
  each(affinity[must]).forEach((term, at) => podTerm(errors, term, index(child(path, must), at)));
  each(affinity[may]).forEach((term, at) => {
    const here = index(child(path, may), at);
    weight(errors, term.weight, here);
    podTerm(errors, term.podAffinityTerm, child(here, 'podAffinityTerm'));
  });
}

export function validateAffinity(errors: Errors, affinity: Affinity | undefined, path: FieldPath): void {
  if (!affinity) return;
  const node = affinity.nodeAffinity;
  if (node) {
    const at = child(path, 'nodeAffinity');
    if (node[must]) validateNodeSelector(errors, node[must], child(at, must));
    each(node[may]).forEach((term, place) => {
      const here = index(child(at, may), place);
      weight(errors, term.weight, here);
      nodeTerm(errors, term.preference ?? {}, false, child(here, 'preference'));
    });
  }
  podAffinity(errors, affinity.podAffinity, child(path, 'podAffinity'));
  podAffinity(errors, affinity.podAntiAffinity, child(path, 'podAntiAffinity'));
}

const positiveMessage = 'must be greater than zero';

function spread(
  errors: Errors,
  constraint: TopologySpreadConstraint,
  others: readonly TopologySpreadConstraint[],
  path: FieldPath,
): void {
  const { maxSkew = 0, topologyKey = '', whenUnsatisfiable: action, minDomains, labelSelector: selector } = constraint;
  if (maxSkew <= 0) errors.push(invalid(child(path, 'maxSkew'), maxSkew, positiveMessage));
  if (!topologyKey) errors.push(required(child(path, 'topologyKey'), 'can not be empty'));
  oneOfIfSet(errors, action ?? '', ['DoNotSchedule', 'ScheduleAnyway'], child(path, 'whenUnsatisfiable'));
  if (others.some(other => (other.topologyKey ?? '') === topologyKey && other.whenUnsatisfiable === action)) {
    const pair = `{${topologyKey}, ${action ?? ''}}`;
    errors.push(duplicate(child(path, '{topologyKey, whenUnsatisfiable}'), pair));
  }
  if (minDomains !== undefined) {
    const at = child(path, 'minDomains');
    if (minDomains <= 0) errors.push(invalid(at, minDomains, positiveMessage));
    if (action !== 'DoNotSchedule') {
      const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action ?? ''}`;
      errors.push(invalid(at, minDomains, detail));
    }
  }
  for (const name of ['nodeAffinityPolicy', 'nodeTaintsPolicy'] as const)
    oneOfIfSet(errors, constraint[name], ['Honor', 'Ignore'], child(path, name));
  const keys = each(constraint.matchLabelKeys);
  labelKeys(errors, keys, selector, child(path, 'matchLabelKeys'));
  repeatedKeys(errors, keys, selector, child(path, 'matchLabelKeys'));
  labelSelector(errors, selector, child(path, 'labelSelector'));
}

export const validateSpread = (
  errors: Errors,
  constraints: readonly TopologySpreadConstraint[],
  path: FieldPath,
): void =>
  constraints.forEach((constraint, at) => spread(errors, constraint, constraints.slice(at + 1), index(path, at)));

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
  } else errors.push(notSupported(child(path, 'operator'), operator, ['Equal', 'Exists']));
  if (effect !== '') notSupportedEffect(errors, effect, child(path, 'effect'));
}

export const validateTolerations = (errors: Errors, list: readonly Toleration[], path: FieldPath): void =>
  list.forEach((entry, at) => toleration(errors, entry, index(path, at)));
