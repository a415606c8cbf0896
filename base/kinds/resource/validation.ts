/** Validation of resource.k8s.io/v1 (resource/validation), but for CEL selectors. */
import { child, duplicate, index, invalid, invalidShown, key, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateNodeSelector } from '../core/scheduling-validation.ts';
import { each } from '../fill.ts';
import { internalForm } from '../internal-form.ts';
import { sameJson } from '../meta.ts';
import { label, oneOf, subdomain } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  Device,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
  ResourceClaimSpec,
  ResourceClaimTemplate,
  ResourceSlice,
  ResourceV1ResourceClaim,
} from '../types.data.ts';

function validateExact(errors: Errors, request: ExactDeviceRequest | DeviceSubRequest, path: FieldPath): void {
  if (!request.deviceClassName) errors.push(required(child(path, 'deviceClassName')));
  else subdomain(errors, request.deviceClassName, child(path, 'deviceClassName'));
  oneOf(errors, request.allocationMode, ['All', 'ExactCount'], child(path, 'allocationMode'));
  if (request.allocationMode === 'ExactCount' && (request.count ?? 0) <= 0)
    errors.push(invalid(child(path, 'count'), request.count ?? 0, 'must be greater than zero'));
  if (request.allocationMode === 'All' && request.count)
    errors.push(invalid(child(path, 'count'), request.count, "must not be specified when allocationMode is 'All'"));
}

function validateRequest(errors: Errors, request: DeviceRequest, path: FieldPath): void {
  if (!request.name) errors.push(required(child(path, 'name')));
  else label(errors, request.name, child(path, 'name'));
  const several = each(request.firstAvailable);
  if (request.exactly && several.length > 0)
    errors.push(
      invalid(path, null, 'exactly one of `exactly` or `firstAvailable` is required, but multiple fields are set'),
    );
  else if (!request.exactly && several.length === 0)
    errors.push(required(path, 'exactly one of `exactly` or `firstAvailable` is required'));
  if (request.exactly) validateExact(errors, request.exactly, child(path, 'exactly'));
  several.forEach((sub, at) => {
    const here = index(child(path, 'firstAvailable'), at);
    if (!sub.name) errors.push(required(child(here, 'name')));
    else label(errors, sub.name, child(here, 'name'));
    validateExact(errors, sub, here);
  });
}

function validateClaimSpec(errors: Errors, { devices }: ResourceClaimSpec, path: FieldPath): void {
  const names = new Set<string>();
  each(devices?.requests).forEach((request, at) => {
    const here = index(child(path, 'devices', 'requests'), at);
    validateRequest(errors, request, here);
    if (names.has(request.name)) errors.push(duplicate(child(here, 'name'), request.name));
    names.add(request.name);
  });
  const known = (name: string): boolean => names.has(name.split('/')[0]!);
  for (const part of ['constraints', 'config'] as const) {
    each(devices?.[part]).forEach(({ requests }, at) => {
      each(requests).forEach((name, place) => {
        const here = index(child(index(child(path, 'devices', part), at), 'requests'), place);
        if (!known(name))
          errors.push(
            invalid(
              here,
              name,
              "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'",
            ),
          );
      });
    });
  }
}

export function validateResourceClaim({ spec }: ResourceV1ResourceClaim): FieldError[] {
  const errors: Errors = [];
  validateClaimSpec(errors, spec, 'spec');
  return errors;
}

/** A claim is never changed: its status tells what came of it. */
export const validateResourceClaimUpdate = (
  now: ResourceV1ResourceClaim,
  old: ResourceV1ResourceClaim,
): FieldError[] =>
  sameJson(now.spec, old.spec)
    ? []
    : [invalid('spec', internalForm('resource.v1.ResourceClaimSpec', now.spec), 'field is immutable')];

export function validateResourceClaimTemplate({ spec }: ResourceClaimTemplate): FieldError[] {
  const errors: Errors = [];
  validateClaimSpec(errors, spec.spec, 'spec.spec');
  return errors;
}

const nodeChoices = ['nodeName', 'nodeSelector', 'allNodes', 'perDeviceNodeSelection'] as const;
const identifierRule =
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";

function validateAttributeName(errors: Errors, name: string, path: FieldPath): void {
  const slash = name.indexOf('/');
  const last = name.slice(slash + 1);
  if (slash >= 0) subdomain(errors, name.slice(0, slash), path);
  if (last === '') errors.push(required(path, 'the name must not be empty'));
  else if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(last)) errors.push(invalid(path, last, identifierRule));
}

function validateDevice(errors: Errors, device: Device, path: FieldPath): void {
  if (!device.name) errors.push(required(child(path, 'name')));
  else label(errors, device.name, child(path, 'name'));
  for (const [name, value] of Object.entries(device.attributes ?? {})) {
    const here = key(child(path, 'attributes'), name);
    validateAttributeName(errors, name, here);
    const shown = JSON.stringify({
      IntValue: value.int ?? null,
      BoolValue: value.bool ?? null,
      StringValue: value.string ?? null,
      VersionValue: value.version ?? null,
    });
    const given = [value.int, value.bool, value.string, value.version].filter(entry => entry !== undefined).length;
    if (given === 0) errors.push(required(here, 'exactly one value must be specified'));
    else if (given > 1) errors.push(invalidShown(here, shown, 'exactly one value must be specified'));
  }
  for (const name of Object.keys(device.capacity ?? {}))
    validateAttributeName(errors, name, key(child(path, 'capacity'), name));
}

export function validateResourceSlice({ spec }: ResourceSlice): FieldError[] {
  const errors: Errors = [];
  if (!spec.driver) errors.push(required('spec.driver'));
  else subdomain(errors, spec.driver, 'spec.driver');
  const { pool } = spec;
  if (!pool.name) errors.push(required('spec.pool.name'));
  else pool.name.split('/').forEach(part => subdomain(errors, part, 'spec.pool.name'));
  if (pool.resourceSliceCount <= 0)
    errors.push(invalid('spec.pool.resourceSliceCount', pool.resourceSliceCount, 'must be greater than zero'));
  if (pool.generation < 0)
    errors.push(invalid('spec.pool.generation', pool.generation, 'must be greater than or equal to zero'));
  const chosen = nodeChoices.filter(name => spec[name] !== undefined && spec[name] !== '' && spec[name] !== false);
  const all = nodeChoices.map(name => `\`${name}\``).join(', ');
  if (chosen.length === 0) errors.push(required('spec', `exactly one of ${all} is required`));
  if (chosen.length > 1) {
    const shown = `{${chosen.map(name => `\`${name}\``).join(', ')}}`;
    errors.push(invalid('spec', shown, `exactly one of ${all} is required, but multiple fields are set`));
  }
  if (spec.nodeName) subdomain(errors, spec.nodeName, 'spec.nodeName');
  if (spec.nodeSelector) validateNodeSelector(errors, spec.nodeSelector, 'spec.nodeSelector');
  const names = new Set<string>();
  each(spec.devices).forEach((device, at) => {
    const path = index('spec.devices', at);
    validateDevice(errors, device, path);
    if (names.has(device.name)) errors.push(duplicate(child(path, 'name'), device.name));
    names.add(device.name);
  });
  return errors;
}

/** The driver's own name may not move; the rest is replaced as a whole. */
export function validateResourceSliceUpdate(now: ResourceSlice, old: ResourceSlice): FieldError[] {
  const errors = validateResourceSlice(now);
  for (const [name, a, b] of [
    ['driver', now.spec.driver, old.spec.driver],
    ['pool.name', now.spec.pool.name, old.spec.pool.name],
    ['nodeName', now.spec.nodeName, old.spec.nodeName],
  ] as const) {
    if (!sameJson(a, b)) errors.push(invalid(`spec.${name}`, a ?? '', 'field is immutable'));
  }
  return errors;
}
