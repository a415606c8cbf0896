/** Validation of nodes (core/validation `ValidateNode`, `ValidateNodeUpdate`). */
import { child, duplicate, forbidden, index, invalid, invalidShown, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { unmarshalProblem } from '@orrery/machinery/json-problem';
import { validateConfigMapKey, validateLabelValue } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { shownInternal } from '../internal-form.ts';
import { sameJson } from '../meta.ts';
import { cidr, label, notSupportedEffect, qualified, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { ConfigMapNodeConfigSource, Node, NodeConfigSource, Taint } from '../types.data.ts';
import type { MetadataRules } from '../validators.ts';
import { validateResourceValue } from './resource-validation.ts';

function validateTaints(errors: Errors, taints: readonly Taint[] | undefined, path: FieldPath): void {
  const pairs = new Set<string>();
  each(taints).forEach((taint, at) => {
    const here = index(path, at);
    const { key = '', value = '', effect = '' } = taint;
    qualified(errors, key, child(here, 'key'));
    const problems = validateLabelValue(value);
    if (problems.length > 0) errors.push(invalid(child(here, 'value'), value, problems.join(';')));
    notSupportedEffect(errors, effect, child(here, 'effect'));
    const pair = `${key}:${effect}`;
    if (pairs.has(pair)) {
      const message = `Duplicate value: ${shownInternal('core.v1.Taint', taint)}: taints must be unique by key and effect pair`;
      errors.push({ type: 'duplicate', field: here, message });
    }
    pairs.add(pair);
  });
}

const taintsAnnotation = 'scheduler.alpha.kubernetes.io/taints';

function validateAnnotations(errors: Errors, { metadata }: Node): void {
  const text = metadata.annotations?.[taintsAnnotation];
  if (!text) return;
  const problem = unmarshalProblem(text, '[]core.Taint');
  if (problem !== undefined) return void errors.push(invalid('metadata.annotations', taintsAnnotation, problem));
  validateTaints(errors, (JSON.parse(text) ?? []) as Taint[], child('metadata.annotations', taintsAnnotation));
}

function validateAmounts(errors: Errors, { status }: Node): void {
  for (const list of ['capacity', 'allocatable'] as const)
    for (const [name, value] of Object.entries(status?.[list] ?? {}))
      validateResourceValue(errors, name, value, child('status', list, name));
}

function validateRanges(errors: Errors, ranges: readonly string[]): void {
  const path = 'spec.podCIDRs';
  const families = ranges.map((range, at) => cidr(errors, range, index(path, at))?.bytes.length);
  if (ranges.length < 2) return;
  const bad = ranges[families.indexOf(undefined)];
  if (bad !== undefined) {
    const detail = `invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[${ranges.indexOf(bad)}]: <nil> (invalid CIDR address: ${bad})`;
    errors.push({ type: 'internal', field: path, message: `Internal error: ${detail}` });
  }
  if (bad !== undefined || new Set(families).size < 2 || ranges.length > 2)
    errors.push(invalid(path, ranges, 'may specify no more than one CIDR for each IP family'));
  ranges.forEach((range, at) => {
    if (ranges.indexOf(range) < at) errors.push(duplicate(index(path, at), range));
  });
}

/** Upstream names the taints of the spec as if they were metadata. */
export function validateNode(node: Node): FieldError[] {
  const errors: Errors = [];
  validateAnnotations(errors, node);
  validateTaints(errors, node.spec.taints, 'metadata.taints');
  validateAmounts(errors, node);
  validateRanges(errors, each(node.spec.podCIDRs));
  return errors;
}

/** Settings of a kubelet from a ConfigMap: no longer used, still checked. `isSpec` asks, a status tells what was taken. */
function validateConfigSource(
  errors: Errors,
  source: NodeConfigSource | undefined,
  isSpec: boolean,
  path: FieldPath,
): void {
  if (!source) return;
  if (!source.configMap) {
    const shown = shownInternal('core.v1.NodeConfigSource', source);
    return void errors.push(invalidShown(path, shown, 'exactly one reference subfield must be non-nil'));
  }
  const at = child(path, 'configMap');
  for (const name of ['uid', 'resourceVersion'] as const) {
    const given = Boolean(source.configMap[name]);
    if (isSpec && given) errors.push(forbidden(child(at, name), `${name} must not be set in spec`));
    if (!isSpec && !given) errors.push(required(child(at, name), `${name} must be set in status`));
  }
  validateConfigMap(errors, source.configMap, at);
}

function validateConfigMap(errors: Errors, source: ConfigMapNodeConfigSource, path: FieldPath): void {
  const { namespace, name, kubeletConfigKey: file } = source;
  if (!namespace) errors.push(required(child(path, 'namespace'), 'namespace must be set'));
  else label(errors, namespace, child(path, 'namespace'));
  if (!name) errors.push(required(child(path, 'name'), 'name must be set'));
  else subdomain(errors, name, child(path, 'name'));
  if (!file) errors.push(required(child(path, 'kubeletConfigKey'), 'kubeletConfigKey must be set'));
  else tell(errors, child(path, 'kubeletConfigKey'), file, validateConfigMapKey(file));
}

function validateFixed(errors: Errors, { spec }: Node, old: Node): void {
  const [now, before] = [each(spec.podCIDRs), each(old.spec.podCIDRs)];
  const refuse = (): void =>
    void errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  if (before.length > 0 && before.length !== now.length) refuse();
  else before.forEach((range, at) => range !== now[at] && refuse());
  if (old.spec.providerID && spec.providerID !== old.spec.providerID) {
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
}

/** Of the node and of its status. */
export function validateNodeChange(node: Node, old: Node): FieldError[] {
  const errors: Errors = [];
  const { spec, status } = node;
  validateAnnotations(errors, node);
  validateAmounts(errors, node);
  const addresses = each(status?.addresses);
  addresses.forEach((address, at) => {
    if (!addresses.slice(0, at).some(other => sameJson(other, address))) return;
    const shown = shownInternal('core.v1.NodeAddress', address);
    errors.push({ ...duplicate(index('status.addresses', at), ''), message: `Duplicate value: ${shown}` });
  });
  validateFixed(errors, node, old);
  validateConfigSource(errors, spec.configSource, true, 'spec.configSource');
  for (const name of ['assigned', 'active', 'lastKnownGood'] as const)
    validateConfigSource(errors, status?.config?.[name], false, child('status.config', name));
  validateTaints(errors, spec.taints, 'metadata.taints');
  if ((spec.externalID ?? '') !== (old.spec.externalID ?? ''))
    errors.push(forbidden('spec.externalID', 'may not be updated'));
  return errors;
}

export const validateNodeUpdate = (node: Node, old: Node, metadata: MetadataRules): FieldError[] => [
  ...metadata.asNew(),
  ...validateNode(node),
  ...metadata.asChanged(),
  ...validateNodeChange(node, old),
];
