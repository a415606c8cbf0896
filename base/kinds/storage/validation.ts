/** Validation of StorageClass, VolumeAttachment and VolumeAttributesClass (storage/validation). */
import { child, duplicate, forbidden, index, invalid, required, tooLong } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { inclusiveRangeError, validateQualifiedName } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { internalForm } from '../internal-form.ts';
import { immutable, sameJson } from '../meta.ts';
import { oneOfIfSet, qualified, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { StorageClass, VolumeAttachment, VolumeAttributesClass } from '../types.data.ts';
import { driverName } from './driver-validation.ts';

const parametersMax = 512;
const parametersSizeMax = 256 * 1024;

type Texts = Readonly<Record<string, string>>;

const sizeOf = (map: Texts): number =>
  Object.entries(map).reduce((size, [name, value]) => size + name.length + value.length, 0);

function validateProvisioner(errors: Errors, name: string | undefined, path: FieldPath): void {
  if (!name) errors.push(required(path));
  else tell(errors, path, name.toLowerCase(), validateQualifiedName(name.toLowerCase()));
}

function validateParameters(errors: Errors, given: Texts | undefined, mayBeEmpty: boolean): void {
  const parameters = given ?? {};
  const names = Object.keys(parameters);
  if (names.length > parametersMax) return void errors.push(tooLong('parameters', parametersMax));
  if (names.includes('')) errors.push(invalid('parameters', '', 'field can not be empty.'));
  if (sizeOf(parameters) > parametersSizeMax) errors.push(tooLong('parameters', parametersSizeMax));
  if (!mayBeEmpty && names.length === 0)
    errors.push(required('parameters', 'must contain at least one key/value pair'));
}

type Topology = NonNullable<StorageClass['allowedTopologies']>[number];

function validateTopology(errors: Errors, { matchLabelExpressions }: Topology, path: FieldPath): void {
  const keys = new Set<string>();
  each(matchLabelExpressions).forEach(({ key, values }, at) => {
    const here = index(child(path, 'matchLabelExpressions'), at);
    const given = each(values);
    if (given.length === 0) errors.push(required(child(here, 'values')));
    given.forEach((value, place) => {
      if (given.indexOf(value) < place) errors.push(duplicate(index(child(here, 'values'), place), value));
    });
    qualified(errors, key, child(here, 'key'));
    if (keys.has(key)) errors.push(duplicate(child(here, 'key'), key));
    keys.add(key);
  });
}

/** What a term asks for, whatever the order of its values. */
const asked = ({ matchLabelExpressions }: Topology): string =>
  JSON.stringify(
    Object.entries(
      Object.fromEntries(each(matchLabelExpressions).map(({ key, values }) => [key, [...each(values)].sort()])),
    ).sort(([a], [b]) => (a < b ? -1 : 1)),
  );

/** Terms differ; an empty one is told once per term, as upstream compares it with each place. */
function validateTopologies(errors: Errors, terms: readonly Topology[]): void {
  const seen = terms.map(() => '[]');
  terms.forEach((term, at) => {
    const path = index('allowedTopologies', at);
    validateTopology(errors, term, path);
    const again = seen.filter(other => other === asked(term)).length;
    for (let time = 0; time < again; time++) errors.push(duplicate(child(path, 'matchLabelExpressions'), ''));
    seen.push(asked(term));
  });
}

export function validateStorageClass(storageClass: StorageClass): FieldError[] {
  const errors: Errors = [];
  const { provisioner, parameters, reclaimPolicy, volumeBindingMode, allowedTopologies } = storageClass;
  validateProvisioner(errors, provisioner, 'provisioner');
  validateParameters(errors, parameters, true);
  oneOfIfSet(errors, reclaimPolicy || undefined, ['Delete', 'Retain'], 'reclaimPolicy');
  if (volumeBindingMode === undefined) errors.push(required('volumeBindingMode'));
  else oneOfIfSet(errors, volumeBindingMode, ['Immediate', 'WaitForFirstConsumer'], 'volumeBindingMode');
  validateTopologies(errors, each(allowedTopologies));
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

export function validateVolumeAttributesClass({ driverName: driver, parameters }: VolumeAttributesClass): FieldError[] {
  const errors: Errors = [];
  validateProvisioner(errors, driver, 'driverName');
  validateParameters(errors, parameters, false);
  return errors;
}

export const validateVolumeAttributesClassUpdate = (
  now: VolumeAttributesClass,
  old: VolumeAttributesClass,
): FieldError[] => [
  ...noUpdate('driverName', now.driverName, old.driverName),
  ...noUpdate('parameters', now.parameters, old.parameters),
  ...validateVolumeAttributesClass(now),
];

const oneSource = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';

function validateSource(errors: Errors, { spec }: VolumeAttachment): void {
  const { inlineVolumeSpec, persistentVolumeName } = spec.source ?? {};
  const path = 'spec.source';
  if (!inlineVolumeSpec && persistentVolumeName === undefined) errors.push(required(path, oneSource));
  else if (inlineVolumeSpec && persistentVolumeName !== undefined) errors.push(forbidden(path, oneSource));
  else if (persistentVolumeName === '')
    errors.push(required(child(path, 'persistentVolumeName'), 'must specify non empty persistentVolumeName'));
}

const metadataMax = 256 * 1024;
const messageMax = 1024;

/** What an attacher reports. */
function validateAttachmentStatus(errors: Errors, { status }: VolumeAttachment): void {
  if (sizeOf(status?.attachmentMetadata ?? {}) > metadataMax)
    errors.push(tooLong('status.attachmentMetadata', metadataMax));
  for (const name of ['attachError', 'detachError'] as const) {
    const { message = '', errorCode } = status?.[name] ?? {};
    // Upstream names the other limit here.
    if (message.length > messageMax) errors.push(tooLong(`status.${name}.message`, metadataMax));
    if (errorCode !== undefined && errorCode < 0)
      errors.push(invalid(`status.${name}.errorCode`, errorCode, inclusiveRangeError(0, 2147483647)));
  }
}

function validateAttachment(attachment: VolumeAttachment): Errors {
  const errors: Errors = [];
  const { attacher = '', nodeName = '' } = attachment.spec;
  if (attacher === '') errors.push(required('spec.attacher'));
  validateSource(errors, attachment);
  subdomain(errors, nodeName, 'spec.nodeName');
  validateAttachmentStatus(errors, attachment);
  return errors;
}

/** What v1 asks beyond the older versions comes last. */
export function validateVolumeAttachment(attachment: VolumeAttachment): FieldError[] {
  const errors = validateAttachment(attachment);
  driverName(errors, attachment.spec.attacher ?? '', 'spec.attacher');
  const volume = attachment.spec.source?.persistentVolumeName;
  if (volume !== undefined) subdomain(errors, volume, 'spec.source.persistentVolumeName');
  return errors;
}

export function validateVolumeAttachmentUpdate(now: VolumeAttachment, old: VolumeAttachment): FieldError[] {
  const errors = validateAttachment(now);
  if (!sameJson(now.spec, old.spec))
    errors.push(invalid('spec', internalForm('storage.v1.VolumeAttachmentSpec', now.spec), 'field is immutable'));
  return errors;
}

export const validateVolumeAttachmentStatus = (now: VolumeAttachment): FieldError[] => validateAttachment(now);
