/** Validation of persistent volumes (core/validation `ValidatePersistentVolumeSpec` and others). */
import { child, forbidden, invalid, invalidShown, key, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { goJson, internalDiff, shownInternal } from '../internal-form.ts';
import { immutable, sameJson } from '../meta.ts';
import { label, oneOfIfSet, sortedMap, subdomain } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { NodeSelectorRequirement, PersistentVolume, PersistentVolumeSpec } from '../types.data.ts';
import type { MetadataRules } from '../validators.ts';
import { basicQuantity, positiveQuantity, validateAccessModes } from './claim-validation.ts';
import { validateNodeSelector } from './scheduling-validation.ts';
import {
  manyTypes,
  sharedDrivers,
  similarDrivers,
  validateDriverName,
  validateIscsi,
  validatePath,
  validateSecretReference,
} from './volume-driver-validation.ts';
import { placeOf } from './volume-validation.ts';

type Check<Source> = (errors: Errors, source: Source, path: FieldPath, volume: PersistentVolume) => void;

const secretNamespace = (errors: Errors, secret: { namespace?: string } | undefined, path: FieldPath): void => {
  if (secret && !secret.namespace) errors.push(required(child(path, 'secretRef', 'namespace')));
};

const secretFields = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
] as const;

/** In upstream's order: the first source is the one that counts, later ones are too many. */
const checks: { readonly [name in keyof PersistentVolumeSpec]?: Check<NonNullable<PersistentVolumeSpec[name]>> } = {
  hostPath: sharedDrivers.hostPath,
  gcePersistentDisk: sharedDrivers.gcePersistentDisk,
  awsElasticBlockStore: sharedDrivers.awsElasticBlockStore,
  glusterfs: (errors, source, path) => {
    similarDrivers.glusterfs(errors, source, path);
    const { endpointsNamespace: namespace } = source;
    const at = child(path, 'endpointsNamespace');
    if (namespace === '') {
      const detail = 'if the endpointnamespace is set, it must be a valid namespace name';
      errors.push(invalid(at, namespace, detail));
    } else if (namespace !== undefined) label(errors, namespace, at);
  },
  flocker: sharedDrivers.flocker,
  nfs: sharedDrivers.nfs,
  rbd: similarDrivers.rbd,
  quobyte: sharedDrivers.quobyte,
  cephfs: similarDrivers.cephfs,
  iscsi: (errors, source, path, { metadata }) => validateIscsi(errors, source, path, metadata.name ?? ''),
  cinder: (errors, source, path) => {
    similarDrivers.cinder(errors, source, path);
    secretNamespace(errors, source.secretRef, path);
  },
  fc: sharedDrivers.fc,
  flexVolume: similarDrivers.flexVolume,
  azureFile: (errors, source, path) => {
    similarDrivers.azureFile(errors, source, path);
    if (source.secretNamespace === '') errors.push(required(child(path, 'secretNamespace')));
  },
  vsphereVolume: sharedDrivers.vsphereVolume,
  photonPersistentDisk: sharedDrivers.photonPersistentDisk,
  portworxVolume: sharedDrivers.portworxVolume,
  azureDisk: sharedDrivers.azureDisk,
  scaleIO: similarDrivers.scaleIO,
  local: (errors, source, path, { spec }) => {
    validatePath(errors, source.path, child(path, 'path'));
    if (!spec.nodeAffinity) errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  },
  storageos: (errors, source, path) => {
    similarDrivers.storageos(errors, source, path);
    secretNamespace(errors, source.secretRef, path);
  },
  csi: (errors, source, path) => {
    validateDriverName(errors, source.driver, child(path, 'driver'));
    if (!source.volumeHandle) errors.push(required(child(path, 'volumeHandle')));
    for (const name of secretFields) validateSecretReference(errors, source[name], child(path, name));
  },
};
const sourceNames = Object.keys(checks) as (keyof typeof checks)[];

function validateSource(errors: Errors, volume: PersistentVolume): void {
  let count = 0;
  for (const name of sourceNames) {
    const source = volume.spec[name];
    if (source === undefined) continue;
    if (count++ > 0 && name !== 'flexVolume') errors.push(manyTypes(placeOf('spec', name, 'tooMany')));
    else (checks[name] as Check<unknown>)(errors, source, placeOf('spec', name, 'wrong'), volume);
  }
  if (count === 0) errors.push(required('spec', 'must specify a volume type'));
}

function validateCapacity(errors: Errors, capacity: Readonly<Record<string, string>> = {}): void {
  const names = Object.keys(capacity);
  if (names.length === 0) errors.push(required('spec.capacity'));
  if (names.length !== 1 || names[0] !== 'storage') {
    const shown = names.length === 0 ? 'null' : goJson(sortedMap(capacity));
    errors.push({
      type: 'notSupported',
      field: 'spec.capacity',
      message: `Unsupported value: ${shown}: supported values: "storage"`,
    });
  }
  for (const name of names) {
    basicQuantity(errors, capacity[name]!, key('spec.capacity', name));
    positiveQuantity(errors, capacity[name]!, key('spec.capacity', name));
  }
}

function validateAttributesClass(errors: Errors, { volumeAttributesClassName: name, csi }: PersistentVolumeSpec): void {
  if (name === undefined) return;
  const at = 'spec.volumeAttributesClassName';
  if (name === '') errors.push(required(at, 'an empty string is disallowed'));
  else subdomain(errors, name, at);
  if (!csi) errors.push(required('spec.csi', 'has to be specified when using volumeAttributesClassName'));
}

const isRoot = (path: string | undefined): boolean => path !== undefined && /^\/[/.]*$/.test(path);

function validateVolume(volume: PersistentVolume): FieldError[] {
  const errors: Errors = [];
  const { spec } = volume;
  const { persistentVolumeReclaimPolicy: policy, nodeAffinity } = spec;
  const policyAt = 'spec.persistentVolumeReclaimPolicy';
  if (each(spec.accessModes).length === 0) errors.push(required('spec.accessModes'));
  validateAccessModes(errors, each(spec.accessModes), 'spec.accessModes');
  validateCapacity(errors, spec.capacity);
  if (policy) oneOfIfSet(errors, policy, ['Delete', 'Recycle', 'Retain'], policyAt);
  if (nodeAffinity) {
    const at = 'spec.nodeAffinity.required';
    if (nodeAffinity.required) validateNodeSelector(errors, nodeAffinity.required, at);
    else errors.push(required(at, 'must specify required node constraints'));
  }
  validateSource(errors, volume);
  if (isRoot(spec.hostPath?.path) && policy === 'Recycle')
    errors.push(forbidden(policyAt, "may not be 'recycle' for a hostPath mount of '/'"));
  if (spec.storageClassName) subdomain(errors, spec.storageClassName, 'spec.storageClassName');
  oneOfIfSet(errors, spec.volumeMode, ['Block', 'Filesystem'], 'spec.volumeMode');
  validateAttributesClass(errors, spec);
  return errors;
}

/** The sources that took mount options when these were an annotation. */
const mountable = [
  'awsElasticBlockStore',
  'azureDisk',
  'azureFile',
  'cephfs',
  'cinder',
  'gcePersistentDisk',
  'glusterfs',
  'iscsi',
  'nfs',
  'photonPersistentDisk',
  'quobyte',
  'rbd',
  'vsphereVolume',
] as const;
const mountAnnotation = 'volume.beta.kubernetes.io/mount-options';

function validateMountOptions({ metadata, spec }: PersistentVolume): FieldError[] {
  if (metadata.annotations?.[mountAnnotation] === undefined || mountable.some(name => spec[name])) return [];
  return [forbidden(`metadata.annotations.${mountAnnotation}`, 'may not specify mount options for this volume type')];
}

export const validatePersistentVolume = (volume: PersistentVolume): FieldError[] => [
  ...validateVolume(volume),
  ...validateMountOptions(volume),
];

/** Labels of nodes that have moved out of beta: a volume may follow. */
const newLabels: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
};

/** The old affinity with those labels renamed that the new one renames. */
function followed(before: PersistentVolumeSpec['nodeAffinity'], now: PersistentVolumeSpec['nodeAffinity']): object {
  const rename = (entry: NodeSelectorRequirement, other: NodeSelectorRequirement | undefined) =>
    other && newLabels[entry.key] === other.key ? { ...entry, key: other.key } : entry;
  const terms = each(before?.required?.nodeSelectorTerms).map((term, at) => {
    const other = now?.required?.nodeSelectorTerms?.[at];
    const of = (name: 'matchExpressions' | 'matchFields') =>
      term[name] && { [name]: term[name].map((entry, place) => rename(entry, other?.[name]?.[place])) };
    return { ...term, ...of('matchExpressions'), ...of('matchFields') };
  });
  return { ...before, ...(before?.required && { required: { ...before.required, nodeSelectorTerms: terms } }) };
}

const sourcesOf = ({ spec }: PersistentVolume): Partial<PersistentVolumeSpec> =>
  Object.fromEntries(sourceNames.flatMap(name => (spec[name] === undefined ? [] : [[name, spec[name]]])));

export function validatePersistentVolumeUpdate(
  volume: PersistentVolume,
  old: PersistentVolume,
  metadata: MetadataRules,
): FieldError[] {
  const asNew = [...metadata.asNew(), ...validateVolume(volume)];
  const errors: Errors = [...asNew, ...validateMountOptions(volume), ...asNew];
  const [now, before] = [sourcesOf(volume), sourcesOf(old)];
  if (now.csi && before.csi && !before.csi.controllerExpandSecretRef) {
    const { controllerExpandSecretRef: _reference, ...csi } = now.csi;
    now.csi = csi;
  }
  if (!sameJson(now, before)) {
    const detail = `spec.persistentvolumesource is immutable after creation\n${internalDiff('core.v1.PersistentVolumeSource', before, now)}`;
    errors.push(forbidden('spec.persistentvolumesource', detail));
  }
  errors.push(...immutable(volume.spec.volumeMode, old.spec.volumeMode, 'volumeMode'));
  const affinity = volume.spec.nodeAffinity;
  if (old.spec.nodeAffinity && !sameJson(affinity, followed(old.spec.nodeAffinity, affinity))) {
    const shown = shownInternal('*core.v1.VolumeNodeAffinity', affinity);
    errors.push(invalidShown('nodeAffinity', shown, 'field is immutable, except for updating from beta label to GA'));
  }
  const [attributes, oldAttributes] = [volume, old].map(({ spec }) => spec.volumeAttributesClassName);
  if (oldAttributes !== undefined && attributes === undefined)
    errors.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  return errors;
}
