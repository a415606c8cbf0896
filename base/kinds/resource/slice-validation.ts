/** Validation of ResourceSlice of resource.k8s.io/v1 (resource/validation). What is off by default is cleared before. */
import { child, invalid, key, required, tooLong } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateNodeSelector } from '../core/scheduling-validation.ts';
import { each } from '../fill.ts';
import { internalForm } from '../internal-form.ts';
import { immutable } from '../meta.ts';
import { label, subdomain } from '../rules.ts';
import type { Errors } from '../rules.ts';
import { driverName } from '../storage/driver-validation.ts';
import type { Device, DeviceAttribute, ResourceSlice } from '../types.data.ts';
import { poolName, qualifiedName, setOf } from './names.ts';

const limits = { devices: 128, attributesAndCapacities: 32, value: 64 };
const choices = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;

const version =
  /^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$/;

function validateAttribute(errors: Errors, value: DeviceAttribute, path: FieldPath): void {
  if (value.string !== undefined && value.string.length > limits.value)
    errors.push(tooLong(child(path, 'string'), limits.value));
  if (value.version !== undefined) {
    const at = child(path, 'version');
    if (!version.test(value.version))
      errors.push(invalid(at, value.version, 'must be a string compatible with semver.org spec 2.0.0'));
    if (value.version.length > limits.value) errors.push(tooLong(at, limits.value));
  }
  const given = [value.int, value.bool, value.string, value.version].filter(entry => entry !== undefined).length;
  if (given === 0) errors.push(required(path, 'exactly one value must be specified'));
  else if (given > 1) {
    const shown = internalForm('resource.v1.DeviceAttribute', value);
    errors.push(invalid(path, shown, 'exactly one value must be specified'));
  }
}

function validateDevice(errors: Errors, device: Device, path: FieldPath): void {
  label(errors, device.name ?? '', child(path, 'name'));
  const [attributes, capacity] = [device.attributes ?? {}, device.capacity ?? {}];
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  if (count > limits.attributesAndCapacities) {
    const why = `the total number of attributes and capacities must not exceed ${limits.attributesAndCapacities}`;
    errors.push(invalid(path, count, why));
  }
  for (const [name, value] of Object.entries(attributes)) {
    const here = key(child(path, 'attributes'), name);
    qualifiedName(errors, name, here);
    validateAttribute(errors, value, here);
  }
  for (const name of Object.keys(capacity)) qualifiedName(errors, name, key(child(path, 'capacity'), name));
}

/** Which nodes reach the devices: said in one way. */
function validateChoice(errors: Errors, { spec }: ResourceSlice): void {
  if (spec.nodeName) subdomain(errors, spec.nodeName, 'spec.nodeName');
  else if (spec.nodeName !== undefined)
    errors.push(invalid('spec.nodeName', '', 'must be either unset or set to a non-empty string'));
  if (spec.nodeSelector) {
    validateNodeSelector(errors, spec.nodeSelector, 'spec.nodeSelector');
    const terms = each(spec.nodeSelector.nodeSelectorTerms);
    const shown = internalForm('[]core.v1.NodeSelectorTerm', terms);
    if (terms.length !== 1)
      errors.push(invalid('spec.nodeSelector.nodeSelectorTerms', shown, 'must have exactly one node selector term'));
  }
  for (const name of ['allNodes', 'perDeviceNodeSelection'] as const)
    if (spec[name] === false) errors.push(invalid(`spec.${name}`, false, 'must be either unset or set to true'));
  const chosen = choices.filter(name => spec[name]);
  const all = choices.map(name => `\`${name}\``).join(', ');
  if (chosen.length === 0) errors.push(required('spec', `exactly one of ${all} is required`));
  if (chosen.length < 2) return;
  const shown = `{${chosen.map(name => `\`${name}\``).join(', ')}}`;
  errors.push(invalid('spec', shown, `exactly one of ${all} is required, but multiple fields are set`));
}

function validate(slice: ResourceSlice, old?: ResourceSlice): FieldError[] {
  const errors: Errors = [];
  const { spec } = slice;
  const { pool } = spec;
  driverName(errors, spec.driver ?? '', 'spec.driver');
  poolName(errors, pool?.name ?? '', 'spec.pool.name');
  const { resourceSliceCount: slices = 0, generation = 0 } = pool ?? {};
  if (slices <= 0) errors.push(invalid('spec.pool.resourceSliceCount', slices, 'must be greater than zero'));
  if (generation < 0) errors.push(invalid('spec.pool.generation', generation, 'must be greater than or equal to zero'));
  if (old) {
    errors.push(...immutable(pool?.name, old.spec.pool?.name, 'spec.pool.name'));
    errors.push(...immutable(spec.driver, old.spec.driver, 'spec.driver'));
    errors.push(...immutable(spec.nodeName, old.spec.nodeName, 'spec.nodeName'));
  }
  validateChoice(errors, slice);
  setOf(
    errors,
    each(spec.devices),
    limits.devices,
    'spec.devices',
    device => [device.name, 'name'],
    (device, path) => validateDevice(errors, device, path),
  );
  return errors;
}

export const validateResourceSlice = (slice: ResourceSlice): FieldError[] => validate(slice);
export const validateResourceSliceUpdate = (now: ResourceSlice, old: ResourceSlice): FieldError[] => validate(now, old);
