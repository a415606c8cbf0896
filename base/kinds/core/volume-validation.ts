/** Validation of a pod's volumes (core/validation `ValidateVolumes`, `validateVolumeSource`). */
import { child, duplicate, forbidden, index, invalid, quote, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { compareQuantities, parseQuantity, zeroQuantity } from '@orrery/machinery/quantity';
import { validateDns1123Subdomain } from '@orrery/machinery/names';
import type { ObjectMeta } from '@orrery/machinery/meta';
import { label, subdomain } from '../rules.ts';
import { validateAnnotations, validateLabels } from '../meta.ts';
import type { Errors } from '../rules.ts';
import type { PersistentVolumeClaimTemplate, Volume } from '../types.data.ts';
import { validateClaimSpec } from './claim-validation.ts';
import { validatePullPolicy } from './container-validation.ts';
import { descendingPath } from './reference-validation.ts';
import { downwardFiles, fileMode, keysToPaths, validateProjected } from './projected-validation.ts';
import {
  longPortal,
  manyTypes,
  need,
  sharedDrivers,
  similarDrivers,
  validateDriverName,
  validateIscsi,
} from './volume-driver-validation.ts';
import type { Check } from './volume-driver-validation.ts';

/** What a template's metadata may not say, in the order of the structure. */
const notInTemplates = [
  'name',
  'generateName',
  'namespace',
  'selfLink',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'ownerReferences',
  'finalizers',
  'managedFields',
] as const;
/** Go's names with a small first letter. */
const shownFields: Readonly<Record<string, string>> = { uid: 'uID' };

function validateTemplate(errors: Errors, { metadata, spec }: PersistentVolumeClaimTemplate, path: FieldPath): void {
  const at = child(path, 'metadata');
  errors.push(...validateAnnotations(metadata?.annotations, child(at, 'annotations')));
  errors.push(...validateLabels(metadata?.labels, child(at, 'labels')));
  const given = (metadata ?? {}) as Readonly<Record<string, unknown>>;
  for (const name of notInTemplates)
    if (given[name]) errors.push(forbidden(child(at, shownFields[name] ?? name), 'cannot be set'));
  validateClaimSpec(errors, spec ?? {}, child(path, 'spec'));
}

/** In upstream's order: the first source is the one that counts, later ones are too many. */
const checks: { readonly [name in keyof Volume]?: Check<NonNullable<Volume[name]>> } = {
  emptyDir: (errors, { sizeLimit }, path) => {
    if (sizeLimit !== undefined && compareQuantities(parseQuantity(sizeLimit), zeroQuantity) < 0)
      errors.push(forbidden(child(path, 'sizeLimit'), 'SizeLimit field must be a valid resource quantity'));
  },
  hostPath: sharedDrivers.hostPath,
  gitRepo: (errors, source, path) => {
    need(errors, source, ['repository'], path);
    descendingPath(errors, source.directory ?? '', child(path, 'directory'));
  },
  gcePersistentDisk: sharedDrivers.gcePersistentDisk,
  awsElasticBlockStore: sharedDrivers.awsElasticBlockStore,
  secret: (errors, source, path) => {
    need(errors, source, ['secretName'], path);
    fileMode(errors, source.defaultMode, child(path, 'defaultMode'));
    keysToPaths(errors, source.items, child(path, 'items'));
  },
  nfs: sharedDrivers.nfs,
  iscsi: validateIscsi,
  glusterfs: similarDrivers.glusterfs,
  flocker: sharedDrivers.flocker,
  persistentVolumeClaim: (errors, source, path) => need(errors, source, ['claimName'], path),
  rbd: similarDrivers.rbd,
  cinder: similarDrivers.cinder,
  cephfs: similarDrivers.cephfs,
  quobyte: sharedDrivers.quobyte,
  downwardAPI: (errors, source, path) => {
    fileMode(errors, source.defaultMode, child(path, 'defaultMode'));
    downwardFiles(errors, source.items, path);
  },
  fc: sharedDrivers.fc,
  flexVolume: similarDrivers.flexVolume,
  configMap: (errors, source, path) => {
    need(errors, source, ['name'], path);
    fileMode(errors, source.defaultMode, child(path, 'defaultMode'));
    keysToPaths(errors, source.items, child(path, 'items'));
  },
  azureFile: similarDrivers.azureFile,
  vsphereVolume: sharedDrivers.vsphereVolume,
  photonPersistentDisk: sharedDrivers.photonPersistentDisk,
  portworxVolume: sharedDrivers.portworxVolume,
  azureDisk: sharedDrivers.azureDisk,
  storageos: similarDrivers.storageos,
  projected: validateProjected,
  scaleIO: similarDrivers.scaleIO,
  csi: (errors, source, path) => {
    validateDriverName(errors, source.driver, child(path, 'driver'));
    const secret = source.nodePublishSecretRef;
    if (secret && !secret.name) errors.push(required(child(path, 'nodePublishSecretRef', 'name')));
    else if (secret?.name) subdomain(errors, secret.name, child(path, 'name'));
  },
  ephemeral: (errors, source, path) => {
    need(errors, source, ['volumeClaimTemplate'], path);
    if (source.volumeClaimTemplate)
      validateTemplate(errors, source.volumeClaimTemplate, child(path, 'volumeClaimTemplate'));
  },
  image: (errors, source, path) => {
    need(errors, source, ['reference'], path);
    validatePullPolicy(errors, source.pullPolicy, child(path, 'pullPolicy'));
  },
};

/** Where a source too many, or what is wrong with it, is told under another name than its own. */
const oddNames: Readonly<Record<string, { tooMany?: string; wrong?: string }>> = {
  gcePersistentDisk: { wrong: 'persistentDisk' },
  cephfs: { tooMany: 'cephFS' },
  downwardAPI: { tooMany: 'downwarAPI' },
};
export const placeOf = (path: FieldPath, name: string, which: 'tooMany' | 'wrong'): FieldPath =>
  child(path, oddNames[name]?.[which] ?? name);

const sourceNames = Object.keys(checks) as (keyof typeof checks)[];

/** `podName` is empty in templates: there claims have no names yet. */
function validateSource(errors: Errors, volume: Volume, podName: string, path: FieldPath): void {
  let count = 0;
  for (const name of sourceNames) {
    const source = volume[name];
    if (source === undefined) continue;
    if (count++ > 0) errors.push(manyTypes(placeOf(path, name, 'tooMany')));
    else {
      (checks[name] as Check<unknown>)(errors, source, placeOf(path, name, 'wrong'));
      if (name === 'ephemeral' && podName && volume.name)
        claimName(errors, `${podName}-${volume.name}`, volume.name, path);
    }
    if (name === 'iscsi' && volume.iscsi!.initiatorName !== undefined) {
      const length = `${volume.name}:${volume.iscsi!.targetPortal ?? ''}`.length;
      if (length > 64) errors.push(invalid(child(path, 'name'), volume.name, longPortal));
    }
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
}

/** The claim that is made for a volume is named after the pod and the volume. */
function claimName(errors: Errors, claim: string, volume: string, path: FieldPath): void {
  for (const problem of validateDns1123Subdomain(claim))
    errors.push(invalid(child(path, 'name'), volume, `PVC name ${quote(claim)}: ${problem}`));
}

/** All volumes of a pod; answers those that containers may mount. */
export function validateVolumes(
  errors: Errors,
  volumes: readonly Volume[],
  meta: ObjectMeta | undefined,
  path: FieldPath,
): Map<string, Volume> {
  const valid = new Map<string, Volume>();
  const podName = meta?.name ?? '';
  const made = new Set(
    podName ? volumes.filter(volume => volume.ephemeral).map(volume => `${podName}-${volume.name}`) : [],
  );
  volumes.forEach((volume, at) => {
    const here = index(path, at);
    const found: Errors = [];
    validateSource(found, volume, podName, here);
    if (!volume.name) found.push(required(child(here, 'name')));
    else label(found, volume.name, child(here, 'name'));
    if (valid.has(volume.name)) found.push(duplicate(child(here, 'name'), volume.name));
    if (found.length === 0) valid.set(volume.name, volume);
    errors.push(...found);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim !== undefined && made.has(claim)) {
      const detail = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.push(invalid(child(here, 'persistentVolumeClaim', 'claimName'), claim, detail));
    }
  });
  return valid;
}
