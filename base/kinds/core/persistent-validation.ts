/** Validation of persistent volumes and claims (core/validation). */
import { child, forbidden, invalid, key, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { compareQuantities, parseQuantity, zeroQuantity } from '@orrery/machinery/quantity';
import { each } from '../fill.ts';
import { internalDiff } from '../internal-form.ts';
import { immutable, sameJson } from '../meta.ts';
import { labelSelector, oneOf, oneOfIfSet, subdomain } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec } from '../types.data.ts';
import { validateNodeSelector } from './scheduling-validation.ts';
import { validateVolumeSource } from './volume-validation.ts';

const modes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

function accessModes(errors: Errors, given: readonly string[], path: FieldPath): void {
  if (given.length === 0) errors.push(required(path, 'at least 1 access mode is required'));
  for (const mode of given) if (!modes.includes(mode)) errors.push(notSupported(path, mode, modes));
  if (given.includes('ReadWriteOncePod') && given.length > 1) {
    errors.push(forbidden(path, 'may not use ReadWriteOncePod with other access modes'));
  }
}

function storageAmount(errors: Errors, value: string, path: FieldPath): void {
  const amount = parseQuantity(value);
  if (compareQuantities(amount, zeroQuantity) <= 0) errors.push(invalid(path, value, 'must be greater than zero'));
}

/** Also for claims inside pods and stateful sets. */
export function validateClaimSpec(errors: Errors, spec: PersistentVolumeClaimSpec, path: FieldPath): void {
  labelSelector(errors, spec.selector, child(path, 'selector'));
  accessModes(errors, each(spec.accessModes), child(path, 'accessModes'));
  const storage = spec.resources?.requests?.['storage'];
  if (storage === undefined) errors.push(required(key(child(path, 'resources'), 'storage')));
  else storageAmount(errors, storage, key(child(path, 'resources'), 'storage'));
  if (spec.storageClassName) subdomain(errors, spec.storageClassName, child(path, 'storageClassName'));
  oneOfIfSet(errors, spec.volumeMode, ['Block', 'Filesystem'], child(path, 'volumeMode'));
  if (spec.dataSource) {
    if (!spec.dataSource.name) errors.push(required(child(path, 'dataSource', 'name')));
    if (!spec.dataSource.kind) errors.push(required(child(path, 'dataSource', 'kind')));
  }
}

export function validatePersistentVolumeClaim({ spec }: PersistentVolumeClaim): FieldError[] {
  const errors: Errors = [];
  validateClaimSpec(errors, spec, 'spec');
  return errors;
}

const fixedClaim =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

export function validatePersistentVolumeClaimUpdate(
  claim: PersistentVolumeClaim,
  old: PersistentVolumeClaim,
): FieldError[] {
  const errors = validatePersistentVolumeClaim(claim);
  const bound = old.status?.phase === 'Bound';
  const settled: PersistentVolumeClaimSpec = { ...claim.spec };
  if (!old.spec.volumeName) settled.volumeName = old.spec.volumeName;
  if (old.spec.storageClassName === undefined) settled.storageClassName = undefined;
  if (bound) {
    settled.resources = { ...claim.spec.resources, requests: old.spec.resources?.requests };
    settled.volumeAttributesClassName = old.spec.volumeAttributesClassName;
  }
  if (!sameJson(settled, old.spec)) {
    errors.push(
      forbidden('spec', `${fixedClaim}\n${internalDiff('core.v1.PersistentVolumeClaimSpec', old.spec, settled)}`),
    );
  }
  const [now, before] = [claim.spec.resources?.requests?.['storage'], old.spec.resources?.requests?.['storage']];
  const least = old.status?.capacity?.['storage'] ?? before;
  if (
    bound &&
    now !== undefined &&
    least !== undefined &&
    now !== before &&
    compareQuantities(parseQuantity(now), parseQuantity(least)) < 0
  ) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  return errors;
}

export function validatePersistentVolume({ spec }: PersistentVolume): FieldError[] {
  const errors: Errors = [];
  accessModes(errors, each(spec.accessModes), 'spec.accessModes');
  const capacity = Object.entries(spec.capacity ?? {});
  if (capacity.length === 0) errors.push(required('spec.capacity'));
  if (capacity.length !== 1 || capacity[0]![0] !== 'storage') {
    const shown = spec.capacity ?? null;
    errors.push({
      type: 'notSupported',
      field: 'spec.capacity',
      message: `Unsupported value: ${JSON.stringify(shown)}: supported values: "storage"`,
    });
  }
  for (const [name, value] of capacity) storageAmount(errors, value, key('spec.capacity', name));
  oneOf(
    errors,
    spec.persistentVolumeReclaimPolicy,
    ['Delete', 'Recycle', 'Retain'],
    'spec.persistentVolumeReclaimPolicy',
  );
  if (spec.nodeAffinity) {
    if (!spec.nodeAffinity.required)
      errors.push(required('spec.nodeAffinity.required', 'must specify required node constraints'));
    else validateNodeSelector(errors, spec.nodeAffinity.required, 'spec.nodeAffinity.required');
  } else if (spec.local) errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  validateVolumeSource(errors, spec as Parameters<typeof validateVolumeSource>[1], 'spec');
  if (spec.hostPath?.path === '/' && spec.persistentVolumeReclaimPolicy === 'Recycle') {
    errors.push(forbidden('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"));
  }
  if (spec.storageClassName) subdomain(errors, spec.storageClassName, 'spec.storageClassName');
  oneOfIfSet(errors, spec.volumeMode, ['Block', 'Filesystem'], 'spec.volumeMode');
  return errors;
}

const sources = [
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'hostPath',
  'nfs',
  'iscsi',
  'rbd',
  'cinder',
  'cephfs',
  'fc',
  'azureFile',
  'azureDisk',
  'local',
  'csi',
  'flexVolume',
  'portworxVolume',
  'scaleIO',
] as const;

export function validatePersistentVolumeUpdate(volume: PersistentVolume, old: PersistentVolume): FieldError[] {
  const errors = validatePersistentVolume(volume);
  const changed = sources.filter(name => !sameJson(volume.spec[name], old.spec[name]));
  if (changed.length > 0)
    errors.push(forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'));
  errors.push(...immutable(volume.spec.volumeMode, old.spec.volumeMode, 'volumeMode'));
  if (old.spec.nodeAffinity) errors.push(...immutable(volume.spec.nodeAffinity, old.spec.nodeAffinity, 'nodeAffinity'));
  return errors;
}
