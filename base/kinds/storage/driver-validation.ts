/** Validation of CSIDriver, CSINode and CSIStorageCapacity (storage/validation). */
import { child, duplicate, index, invalid, notSupported, required, tooLong } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateDns1123Subdomain } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { internalForm } from '../internal-form.ts';
import { immutable, sameJson } from '../meta.ts';
import { labelSelector, nonNegative, nonNegativeQuantity, oneOfIfSet, qualified, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { CSIDriver, CSINode, CSINodeDriver, CSIStorageCapacity } from '../types.data.ts';

const driverNameMax = 63;

/** The name of a driver: a subdomain in any case of letters, at most 63 bytes. */
export function driverName(errors: Errors, name: string, path: FieldPath): void {
  if (name === '') errors.push(required(path));
  if (name.length > driverNameMax) errors.push(tooLong(path, driverNameMax));
  tell(errors, path, name, validateDns1123Subdomain(name.toLowerCase()));
}

const shortestTokenSeconds = 600;
const longestTokenSeconds = 2 ** 32;

type Token = NonNullable<CSIDriver['spec']['tokenRequests']>[number];

function validateTokens(errors: Errors, tokens: readonly Token[], path: FieldPath): void {
  const audiences = new Set<string>();
  tokens.forEach(({ audience, expirationSeconds: seconds }, at) => {
    const here = index(path, at);
    if (audiences.has(audience)) return void errors.push(duplicate(child(here, 'audience'), audience));
    audiences.add(audience);
    if (seconds === undefined) return;
    const place = child(here, 'expirationSeconds');
    if (seconds < shortestTokenSeconds)
      errors.push(invalid(place, seconds, 'may not specify a duration less than 10 minutes'));
    if (seconds > longestTokenSeconds)
      errors.push(invalid(place, seconds, 'may not specify a duration larger than 2^32 seconds'));
  });
}

export function validateCsiDriver({ spec }: CSIDriver): FieldError[] {
  const errors: Errors = [];
  if (spec.attachRequired === undefined) errors.push(required('spec.attachedRequired'));
  if (spec.podInfoOnMount === undefined) errors.push(required('spec.podInfoOnMount'));
  if (spec.storageCapacity === undefined) errors.push(required('spec.storageCapacity'));
  oneOfIfSet(errors, spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType'], 'spec.fsGroupPolicy');
  validateTokens(errors, each(spec.tokenRequests), 'spec.tokenRequests');
  const modes = ['Persistent', 'Ephemeral'];
  each(spec.volumeLifecycleModes).forEach(mode => {
    if (!modes.includes(mode)) errors.push(notSupported('spec.volumeLifecycleModes', mode, modes));
  });
  if (spec.seLinuxMount === undefined) errors.push(required('spec.seLinuxMount'));
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  if (period !== undefined && period < 10) {
    const why = 'must be greater than or equal to 10 seconds';
    errors.push(invalid('spec.nodeAllocatableUpdatePeriodSeconds', period, why));
  }
  return errors;
}

export const validateCsiDriverUpdate = (now: CSIDriver, old: CSIDriver): FieldError[] => [
  ...validateCsiDriver(now),
  ...immutable(now.spec.attachRequired, old.spec.attachRequired, 'spec.attachedRequired'),
  ...immutable(now.spec.volumeLifecycleModes, old.spec.volumeLifecycleModes, 'spec.volumeLifecycleModes'),
];

/** Bytes of a node's own identity for a driver. */
const nodeIdMax = 256;

function validateNodeDriver(errors: Errors, driver: CSINodeDriver, path: FieldPath): void {
  driverName(errors, driver.name ?? '', child(path, 'name'));
  if (!driver.nodeID) errors.push(required(child(path, 'nodeID')));
  else if (driver.nodeID.length > nodeIdMax)
    errors.push(invalid(child(path, 'nodeID'), driver.nodeID, `must be ${nodeIdMax} characters or less`));
  nonNegative(errors, driver.allocatable?.count, child(path, 'allocatable', 'count'));
}

function validateTopologyKeys(errors: Errors, keys: readonly string[], path: FieldPath): void {
  keys.forEach((key, at) => {
    if (key === '') errors.push(required(path));
    if (keys.indexOf(key) < at) errors.push(duplicate(path, key));
    qualified(errors, key, path);
  });
}

export function validateCsiNode({ spec }: CSINode): FieldError[] {
  const errors: Errors = [];
  const names = new Set<string>();
  each(spec.drivers).forEach((driver, at) => {
    const path = index('spec.drivers', at);
    validateNodeDriver(errors, driver, path);
    if (names.has(driver.name)) errors.push(duplicate(child(path, 'name'), driver.name));
    names.add(driver.name);
    validateTopologyKeys(errors, each(driver.topologyKeys), path);
  });
  return errors;
}

/** What a driver says of a node stays, but for how many volumes it takes. */
export function validateCsiNodeUpdate(now: CSINode, old: CSINode): FieldError[] {
  const errors = validateCsiNode(now);
  const settled = ({ allocatable: _count, ...rest }: CSINodeDriver): object => rest;
  for (const before of each(old.spec.drivers)) {
    for (const driver of each(now.spec.drivers)) {
      if (before.name !== driver.name || sameJson(settled(driver), settled(before))) continue;
      const shown = internalForm('storage.v1.CSINodeDriver', settled(driver));
      errors.push(invalid('spec.drivers', shown, 'field is immutable'));
    }
  }
  return errors;
}

export function validateStorageCapacity(given: CSIStorageCapacity): FieldError[] {
  const errors: Errors = [];
  labelSelector(errors, given.nodeTopology, 'nodeTopology');
  subdomain(errors, given.storageClassName, 'storageClassName');
  if (given.capacity !== undefined) nonNegativeQuantity(errors, given.capacity, 'capacity');
  return errors;
}

export const validateStorageCapacityUpdate = (now: CSIStorageCapacity, old: CSIStorageCapacity): FieldError[] => [
  ...immutable(now.nodeTopology, old.nodeTopology, 'nodeTopology'),
  ...immutable(now.storageClassName, old.storageClassName, 'storageClassName'),
];
