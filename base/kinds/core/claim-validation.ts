/** Validation of claims of storage (core/validation `ValidatePersistentVolumeClaimSpec` and others). */
import { child, forbidden, invalid, invalidShown, key, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateQualifiedName } from '@orrery/machinery/names';
import {
  canonicalQuantity,
  compareQuantities,
  parseQuantity,
  toNumber,
  zeroQuantity,
} from '@orrery/machinery/quantity';
import { each } from '../fill.ts';
import { internalDiff } from '../internal-form.ts';
import { immutable, sameJson } from '../meta.ts';
import { label, labelSelector, nonNegativeQuantity, oneOfIfSet, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../types.data.ts';
import type { MetadataRules } from '../validators.ts';

const modes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

export function validateAccessModes(errors: Errors, given: readonly string[], path: FieldPath): void {
  for (const mode of given) if (!modes.includes(mode)) errors.push(notSupported(path, mode, modes));
  const others = given.some(mode => mode !== 'ReadWriteOncePod' && modes.includes(mode));
  if (given.includes('ReadWriteOncePod') && others)
    errors.push(forbidden(path, 'may not use ReadWriteOncePod with other access modes'));
}

export function positiveQuantity(errors: Errors, value: string, path: FieldPath): void {
  if (compareQuantities(parseQuantity(value), zeroQuantity) <= 0)
    errors.push(invalid(path, canonicalQuantity(value), 'must be greater than zero'));
}

/** As {@link nonNegativeQuantity}, in the words used for volumes. */
export function basicQuantity(errors: Errors, value: string, path: FieldPath): boolean {
  const amount = Math.ceil(toNumber(value));
  if (amount < 0) errors.push(invalid(path, amount, 'must be a valid resource quantity'));
  return amount >= 0;
}

type Source = NonNullable<PersistentVolumeClaimSpec['dataSourceRef']>;

function validateDataSource(errors: Errors, { name, kind, apiGroup, namespace }: Source, path: FieldPath): void {
  if (!name) errors.push(required(child(path, 'name')));
  if (!kind) errors.push(required(child(path, 'kind')));
  if (!apiGroup && kind !== 'PersistentVolumeClaim') {
    const detail = "must be 'PersistentVolumeClaim' when referencing the default apiGroup";
    errors.push(invalid(path, kind ?? '', detail));
  }
  if (apiGroup) subdomain(errors, apiGroup, child(path, 'apiGroup'));
  if (namespace) label(errors, namespace, child(path, 'namespace'));
}

/** The older and the newer field for a source must agree. Upstream shows the path as a structure without open fields. */
function validateSources(
  errors: Errors,
  { dataSource, dataSourceRef }: PersistentVolumeClaimSpec,
  path: FieldPath,
): void {
  if (dataSource) validateDataSource(errors, dataSource, child(path, 'dataSource'));
  if (dataSourceRef) validateDataSource(errors, dataSourceRef, child(path, 'dataSourceRef'));
  if (!dataSource || !dataSourceRef) return;
  if (dataSourceRef.namespace)
    return void errors.push(invalidShown(path, '{}', 'may not be specified when dataSourceRef.namespace is specified'));
  const same =
    (dataSource.apiGroup ?? null) === (dataSourceRef.apiGroup ?? null) &&
    dataSource.kind === dataSourceRef.kind &&
    dataSource.name === dataSourceRef.name;
  if (!same) errors.push(invalidShown(path, '{}', 'must match dataSourceRef'));
}

/** Also for claims inside pods and stateful sets. */
export function validateClaimSpec(errors: Errors, spec: PersistentVolumeClaimSpec, path: FieldPath): void {
  const accessModes = each(spec.accessModes);
  if (accessModes.length === 0) errors.push(required(child(path, 'accessModes'), 'at least 1 access mode is required'));
  labelSelector(errors, spec.selector, child(path, 'selector'));
  validateAccessModes(errors, accessModes, child(path, 'accessModes'));
  const storage = spec.resources?.requests?.['storage'];
  if (storage === undefined) errors.push(required(key(child(path, 'resources'), 'storage')));
  else positiveQuantity(errors, storage, key(child(path, 'resources'), 'storage'));
  if (spec.storageClassName) subdomain(errors, spec.storageClassName, child(path, 'storageClassName'));
  oneOfIfSet(errors, spec.volumeMode, ['Block', 'Filesystem'], child(path, 'volumeMode'));
  validateSources(errors, spec, path);
  const attributes = spec.volumeAttributesClassName;
  if (attributes) subdomain(errors, attributes, child(path, 'volumeAttributesClassName'));
}

export function validatePersistentVolumeClaim({ spec }: PersistentVolumeClaim): FieldError[] {
  const errors: Errors = [];
  validateClaimSpec(errors, spec, 'spec');
  return errors;
}

const fixedClaim =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
const classAnnotation = 'volume.beta.kubernetes.io/storage-class';

/** The new spec with everything put back that may change, and the old one with what may be set once. */
function settled(claim: PersistentVolumeClaim, old: PersistentVolumeClaim, errors: Errors): [object, object] {
  const now: PersistentVolumeClaimSpec = { ...claim.spec };
  const before: PersistentVolumeClaimSpec = { ...old.spec };
  if (!before.volumeName && now.volumeName) before.volumeName = now.volumeName;
  const [annotation, oldAnnotation] = [claim, old].map(({ metadata }) => metadata.annotations?.[classAnnotation]);
  const name = now.storageClassName;
  const isFirst = before.storageClassName === undefined && name !== undefined;
  if (isFirst && oldAnnotation === name && (annotation === undefined || annotation === oldAnnotation))
    delete now.storageClassName;
  else {
    if ((annotation ?? '') !== (oldAnnotation ?? ''))
      errors.push(invalid(`metadata.annotations.${classAnnotation}`, annotation ?? '', 'field is immutable'));
    if (isFirst && (oldAnnotation === undefined || oldAnnotation === name)) delete now.storageClassName;
  }
  if (old.status?.phase === 'Bound') {
    const { requests } = now.resources ?? {};
    const storage = before.resources?.requests?.['storage'] ?? '0';
    if (requests) now.resources = { ...now.resources, requests: { ...requests, storage } };
    if (now.volumeAttributesClassName !== undefined) now.volumeAttributesClassName = before.volumeAttributesClassName;
  }
  return [now, before];
}

function validateAttributes(errors: Errors, now: string | undefined, before: string | undefined): void {
  const at = 'spec.volumeAttributesClassName';
  if (now === before || before === undefined) return;
  if (now === undefined) errors.push(forbidden(at, 'update from non-nil value to nil is forbidden'));
  else if (now === '') errors.push(forbidden(at, 'update from non-nil value to an empty string is forbidden'));
}

export function validateClaimUpdate(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
  metadata: MetadataRules,
): FieldError[] {
  const asNew = [...metadata.asNew(), ...validatePersistentVolumeClaim(claim)];
  const errors: Errors = [...asNew, ...metadata.asChanged(), ...asNew];
  const [now, before] = settled(claim, old, errors);
  if (!sameJson(now, before))
    errors.push(forbidden('spec', `${fixedClaim}\n${internalDiff('core.v1.PersistentVolumeClaimSpec', before, now)}`));
  const sizeOf = (text: string | undefined) => (text === undefined ? zeroQuantity : parseQuantity(text));
  const size = sizeOf(claim.spec.resources?.requests?.['storage']);
  if (compareQuantities(size, sizeOf(old.spec.resources?.requests?.['storage'])) < 0) {
    if (compareQuantities(size, sizeOf(old.status?.capacity?.['storage'])) <= 0)
      errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  errors.push(...immutable(claim.spec.volumeMode, old.spec.volumeMode, 'volumeMode'));
  validateAttributes(errors, claim.spec.volumeAttributesClassName, old.spec.volumeAttributesClassName);
  return errors;
}

const resizeStatuses = [
  'ControllerResizeInProgress',
  'ControllerResizeInfeasible',
  'NodeResizeInProgress',
  'NodeResizeInfeasible',
  'NodeResizePending',
].sort();

/** Of Kubernetes' own resources a claim knows but one. */
function validateClaimResource(errors: Errors, name: string, path: FieldPath): boolean {
  const problems = validateQualifiedName(name);
  tell(errors, path, name, problems);
  if (problems.length > 0) return false;
  const isNative = !name.includes('/') || name.includes('kubernetes.io/');
  if (!isNative || name === 'storage') return true;
  errors.push(notSupported(path, name, ['storage']));
  return false;
}

export function validateClaimStatus({ spec, status = {} }: PersistentVolumeClaim): FieldError[] {
  const errors: Errors = [];
  if (each(spec.accessModes).length === 0) errors.push(required('Spec.accessModes'));
  for (const [name, value] of Object.entries(status.capacity ?? {}))
    basicQuantity(errors, value, key('status.capacity', name));
  for (const [name, value] of Object.entries(status.allocatedResourceStatuses ?? {})) {
    validateClaimResource(errors, name, 'status.allocatedResourceStatus');
    if (!resizeStatuses.includes(value))
      errors.push(notSupported('status.allocatedResourceStatus', name, resizeStatuses));
  }
  for (const [name, value] of Object.entries(status.allocatedResources ?? {})) {
    if (!validateClaimResource(errors, name, 'status.allocatedResources')) continue;
    const at = key('status.allocatedResources', name);
    if (basicQuantity(errors, value, at)) nonNegativeQuantity(errors, value, at);
  }
  return errors;
}
