/** Validation of claims and their templates of resource.k8s.io/v1 (resource/validation), but for CEL. */
import { child, forbidden, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateNodeSelector } from '../core/scheduling-validation.ts';
import { each } from '../fill.ts';
import { internalForm } from '../internal-form.ts';
import { sameJson } from '../meta.ts';
import { label, subdomain } from '../rules.ts';
import type { Errors } from '../rules.ts';
import { driverName } from '../storage/driver-validation.ts';
import type {
  DeviceClaim,
  DeviceRequest,
  DeviceSubRequest,
  ExactDeviceRequest,
  ResourceClaimSpec,
  ResourceClaimTemplate,
  ResourceV1ResourceClaim,
} from '../types.data.ts';
import { validateOpaque, validateSelectors } from './class-validation.ts';
import { fullName, listOf, poolName, setOf } from './names.ts';

const limits = { requests: 32, constraints: 32, config: 32, firstAvailable: 8, reserved: 256, results: 32 };

function validateExact(errors: Errors, request: ExactDeviceRequest | DeviceSubRequest, path: FieldPath): void {
  const { deviceClassName, allocationMode: mode = '', count = 0 } = request;
  if (!deviceClassName) errors.push(required(child(path, 'deviceClassName')));
  else subdomain(errors, deviceClassName, child(path, 'deviceClassName'));
  validateSelectors(errors, each(request.selectors), child(path, 'selectors'));
  const at = child(path, 'count');
  if (mode === 'All') {
    if (count !== 0) errors.push(invalid(at, count, "must not be specified when allocationMode is 'All'"));
  } else if (mode === 'ExactCount') {
    if (count <= 0) errors.push(invalid(at, count, 'must be greater than zero'));
  } else errors.push(notSupported(child(path, 'allocationMode'), mode, ['All', 'ExactCount']));
}

const oneForm = 'exactly one of `exactly` or `firstAvailable` is required';

function validateRequest(errors: Errors, request: DeviceRequest, path: FieldPath): void {
  label(errors, request.name ?? '', child(path, 'name'));
  const several = each(request.firstAvailable);
  if (request.exactly && several.length > 0)
    errors.push(invalid(path, null, `${oneForm}, but multiple fields are set`));
  else if (request.exactly) validateExact(errors, request.exactly, child(path, 'exactly'));
  else if (several.length === 0) errors.push(required(path, oneForm));
  else
    setOf(
      errors,
      several,
      limits.firstAvailable,
      child(path, 'firstAvailable'),
      sub => [sub.name, 'name'],
      (sub, here) => {
        label(errors, sub.name ?? '', child(here, 'name'));
        validateExact(errors, sub, here);
      },
    );
}

/** The names of requests, those of choices behind a slash. */
function requestNames(claim: DeviceClaim | undefined): ReadonlySet<string> {
  const names = each(claim?.requests).flatMap(({ name, firstAvailable }) => [
    name,
    ...each(firstAvailable).map(sub => `${name}/${sub.name}`),
  ]);
  return new Set(names);
}

const referenceRule =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

function validateReference(errors: Errors, name: string, known: ReadonlySet<string>, path: FieldPath): void {
  const parts = name.split('/');
  if (parts.length > 2) return void errors.push(invalid(path, name, referenceRule));
  for (const part of parts) label(errors, part, path);
  if (!known.has(name)) errors.push(invalid(path, name, referenceRule));
}

const validateReferences = (
  errors: Errors,
  names: readonly string[] | undefined,
  known: ReadonlySet<string>,
  path: FieldPath,
): void =>
  setOf(
    errors,
    each(names),
    limits.requests,
    path,
    name => [name, undefined],
    (name, here) => validateReference(errors, name, known, here),
  );

function validateClaimSpec(errors: Errors, { devices }: ResourceClaimSpec, path: FieldPath): void {
  const at = child(path, 'devices');
  const known = requestNames(devices);
  setOf(
    errors,
    each(devices?.requests),
    limits.requests,
    child(at, 'requests'),
    request => [request.name, 'name'],
    (request, here) => validateRequest(errors, request, here),
  );
  listOf(errors, each(devices?.constraints), limits.constraints, child(at, 'constraints'), (constraint, here) => {
    validateReferences(errors, constraint.requests, known, child(here, 'requests'));
    if (constraint.matchAttribute === undefined) errors.push(required(child(here, 'matchAttribute')));
    else fullName(errors, constraint.matchAttribute, child(here, 'matchAttribute'));
  });
  listOf(errors, each(devices?.config), limits.config, child(at, 'config'), ({ requests, opaque }, here) => {
    validateReferences(errors, requests, known, child(here, 'requests'));
    if (opaque) validateOpaque(errors, opaque, child(here, 'opaque'), false);
    else errors.push(required(child(here, 'opaque')));
  });
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

/** Nor is a template. Its metadata keep their JSON names in messages. */
export function validateResourceClaimTemplateUpdate(
  now: ResourceClaimTemplate,
  old: ResourceClaimTemplate,
): FieldError[] {
  if (sameJson(now.spec, old.spec)) return [];
  const shown = { ...now.spec.metadata, Spec: internalForm('resource.v1.ResourceClaimSpec', now.spec.spec) };
  return [invalid('spec', shown, 'field is immutable')];
}

type Status = NonNullable<ResourceV1ResourceClaim['status']>;
type Consumer = NonNullable<Status['reservedFor']>[number];
type Result = NonNullable<NonNullable<NonNullable<Status['allocation']>['devices']>['results']>[number];

function validateConsumers(errors: Errors, consumers: readonly Consumer[], path: FieldPath): void {
  setOf(
    errors,
    consumers,
    limits.reserved,
    path,
    consumer => [consumer.uid, 'uid'],
    (consumer, here) => {
      for (const name of ['resource', 'name', 'uid'] as const)
        if (!consumer[name]) errors.push(required(child(here, name)));
    },
  );
}

function validateResult(errors: Errors, result: Result, known: ReadonlySet<string>, path: FieldPath): void {
  validateReference(errors, result.request ?? '', known, child(path, 'request'));
  driverName(errors, result.driver ?? '', child(path, 'driver'));
  poolName(errors, result.pool ?? '', child(path, 'pool'));
  label(errors, result.device ?? '', child(path, 'device'));
}

function validateAllocation(errors: Errors, { spec, status }: ResourceV1ResourceClaim, path: FieldPath): void {
  const allocation = status!.allocation!;
  const known = requestNames(spec.devices);
  const at = child(path, 'devices');
  listOf(errors, each(allocation.devices?.results), limits.results, child(at, 'results'), (result, here) =>
    validateResult(errors, result, known, here),
  );
  listOf(errors, each(allocation.devices?.config), 2 * limits.config, child(at, 'config'), (given, here) => {
    const source = given.source ?? '';
    const words = ['FromClaim', 'FromClass'];
    if (source === '') errors.push(required(child(here, 'source')));
    else if (!words.includes(source)) errors.push(notSupported(child(here, 'source'), source, words));
    validateReferences(errors, given.requests, known, child(here, 'requests'));
    if (given.opaque) validateOpaque(errors, given.opaque, child(here, 'opaque'), false);
    else errors.push(required(child(here, 'opaque')));
  });
  if (allocation.nodeSelector) validateNodeSelector(errors, allocation.nodeSelector, child(path, 'nodeSelector'));
}

export function validateResourceClaimStatus(now: ResourceV1ResourceClaim, old: ResourceV1ResourceClaim): FieldError[] {
  const errors: Errors = [];
  const reserved = each(now.status?.reservedFor);
  const path = 'status.reservedFor';
  validateConsumers(errors, reserved, path);
  const before = each(old.status?.reservedFor);
  const { allocation } = now.status ?? {};
  if (reserved.length > 0 && !allocation)
    errors.push(forbidden(path, 'may not be specified when `allocated` is not set'));
  else if (now.metadata.deletionTimestamp && reserved.some(item => !before.some(other => sameJson(item, other)))) {
    const why = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
    errors.push(forbidden(path, why));
  }
  const earlier = old.status?.allocation;
  if (allocation && earlier) {
    const shown = internalForm('resource.v1.AllocationResult', allocation);
    if (!sameJson(allocation, earlier)) errors.push(invalid('status.allocation', shown, 'field is immutable'));
  } else if (allocation) validateAllocation(errors, now, 'status.allocation');
  return errors;
}
