/** Validation of storage.k8s.io/v1 (storage/validation). */
import { child, duplicate, forbidden, index, invalid, required } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { validateQualifiedName } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { immutable, sameJson } from '../meta.ts';
import { labelSelector, nonNegativeQuantity, oneOfIfSet, qualified, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from '../types.data.ts';

export function validateStorageClass(storageClass: StorageClass): FieldError[] {
  const errors: Errors = [];
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies } = storageClass;
  if (!provisioner) errors.push(required('provisioner'));
  else tell(errors, 'provisioner', provisioner, validateQualifiedName(provisioner.toLowerCase()));
  for (const name of Object.keys(parameters ?? {}))
    if (name === '') errors.push(invalid('parameters', name, 'field can not be empty.'));
  oneOfIfSet(errors, reclaimPolicy, ['Delete', 'Retain'], 'reclaimPolicy');
  if (!volumeBindingMode) errors.push(required('volumeBindingMode'));
  else oneOfIfSet(errors, volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'], 'volumeBindingMode');
  each(allowedTopologies).forEach(({ matchLabelExpressions }, at) => {
    each(matchLabelExpressions).forEach(({ key, values }, place) => {
      const path = index(child(index('allowedTopologies', at), 'matchLabelExpressions'), place);
      if (each(values).length === 0) errors.push(required(child(path, 'values')));
      qualified(errors, key, child(path, 'key'));
    });
  });
  return errors;
}

const noUpdate = (name: string, now: unknown, old: unknown): FieldError[] =>
  sameJson(now, old) ? [] : [forbidden(name, `updates to ${name} are forbidden.`)];

export const validateStorageClassUpdate = (now: StorageClass, old: StorageClass): FieldError[] => [
  ...noUpdate('parameters', now.parameters, old.parameters),
  ...noUpdate('provisioner', now.provisioner, old.provisioner),
  ...noUpdate('reclaimPolicy', now.reclaimPolicy, old.reclaimPolicy),
  ...immutable(now.volumeBindingMode, old.volumeBindingMode, 'volumeBindingMode'),
];

export function validateVolumeAttributesClass({ driverName, parameters }: VolumeAttributesClass): FieldError[] {
  const errors: Errors = [];
  if (!driverName) errors.push(required('driverName'));
  else tell(errors, 'driverName', driverName, validateQualifiedName(driverName.toLowerCase()));
  if (Object.keys(parameters ?? {}).length === 0)
    errors.push(required('parameters', 'must contain at least one key/value pair'));
  return errors;
}

export const validateVolumeAttributesClassUpdate = (
  now: VolumeAttributesClass,
  old: VolumeAttributesClass,
): FieldError[] => [
  ...noUpdate('driverName', now.driverName, old.driverName),
  ...noUpdate('parameters', now.parameters, old.parameters),
];

export function validateCsiDriver({ spec }: CSIDriver): FieldError[] {
  const errors: Errors = [];
  if (spec.attachRequired === undefined) errors.push(required('spec.attachedRequired'));
  if (spec.podInfoOnMount === undefined) errors.push(required('spec.podInfoOnMount'));
  oneOfIfSet(errors, spec.fsGroupPolicy, ['ReadWriteOnceWithFSType', 'File', 'None'], 'spec.fsGroupPolicy');
  const audiences = new Set<string>();
  each(spec.tokenRequests).forEach(({ audience, expirationSeconds }, at) => {
    const path = index('spec.tokenRequests', at);
    if (audiences.has(audience)) errors.push(duplicate(child(path, 'audience'), audience));
    audiences.add(audience);
    if (expirationSeconds !== undefined && expirationSeconds < 600) {
      errors.push(
        invalid(child(path, 'expirationSeconds'), expirationSeconds, 'may not specify a duration less than 10 minutes'),
      );
    }
  });
  each(spec.volumeLifecycleModes).forEach((mode, at) =>
    oneOfIfSet(errors, mode, ['Ephemeral', 'Persistent'], index('spec.volumeLifecycleModes', at)),
  );
  return errors;
}

export const validateCsiDriverUpdate = (now: CSIDriver, old: CSIDriver): FieldError[] => [
  ...validateCsiDriver(now),
  ...immutable(now.spec.attachRequired, old.spec.attachRequired, 'spec.attachedRequired'),
  ...immutable(now.spec.volumeLifecycleModes, old.spec.volumeLifecycleModes, 'spec.volumeLifecycleModes'),
];

export function validateCsiNode({ spec }: CSINode): FieldError[] {
  const errors: Errors = [];
  const names = new Set<string>();
  each(spec.drivers).forEach((driver, at) => {
    const path = index('spec.drivers', at);
    if (!driver.name) errors.push(required(child(path, 'name')));
    subdomain(errors, driver.name.toLowerCase(), child(path, 'name'));
    if (!driver.nodeID) errors.push(required(child(path, 'nodeID')));
    if (driver.allocatable?.count !== undefined && driver.allocatable.count < 0) {
      errors.push(
        invalid(child(path, 'allocatable', 'count'), driver.allocatable.count, 'must be greater than or equal to 0'),
      );
    }
    const keys = new Set<string>();
    for (const name of each(driver.topologyKeys)) {
      if (name === '') errors.push(required(path));
      if (keys.has(name)) errors.push(duplicate(path, name));
      keys.add(name);
      tell(errors, path, name, validateQualifiedName(name));
    }
    if (names.has(driver.name)) errors.push(duplicate(child(path, 'name'), driver.name));
    names.add(driver.name);
  });
  return errors;
}

export function validateVolumeAttachment({ spec }: VolumeAttachment): FieldError[] {
  const errors: Errors = [];
  if (!spec.attacher) errors.push(required('spec.attacher'));
  subdomain(errors, spec.nodeName, 'spec.nodeName');
  if (!spec.attacher) errors.push(required('spec.attacher')); // told again by what v1 adds
  subdomain(errors, spec.attacher, 'spec.attacher');
  const { inlineVolumeSpec, persistentVolumeName } = spec.source;
  if (!inlineVolumeSpec && persistentVolumeName === undefined)
    errors.push(required('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  else if (inlineVolumeSpec && persistentVolumeName !== undefined)
    errors.push(forbidden('spec.source', 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'));
  return errors;
}

export const validateVolumeAttachmentUpdate = (now: VolumeAttachment, old: VolumeAttachment): FieldError[] =>
  sameJson(now.spec, old.spec) ? [] : [invalid('spec', now.spec, 'field is immutable')];

export function validateStorageCapacity({
  nodeTopology,
  storageClassName,
  capacity,
  maximumVolumeSize,
}: CSIStorageCapacity): FieldError[] {
  const errors: Errors = [];
  labelSelector(errors, nodeTopology, 'nodeTopology');
  subdomain(errors, storageClassName, 'storageClassName');
  if (capacity !== undefined) nonNegativeQuantity(errors, capacity, 'capacity');
  if (maximumVolumeSize !== undefined) nonNegativeQuantity(errors, maximumVolumeSize, 'maximumVolumeSize');
  return errors;
}

export const validateStorageCapacityUpdate = (now: CSIStorageCapacity, old: CSIStorageCapacity): FieldError[] => [
  ...validateStorageCapacity(now),
  ...immutable(now.nodeTopology, old.nodeTopology, 'nodeTopology'),
  ...immutable(now.storageClassName, old.storageClassName, 'storageClassName'),
];
