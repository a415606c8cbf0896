/** Validation of volumes (core/validation `ValidateVolumes`, `validateVolumeSource`). */
import { child, duplicate, forbidden, index, invalid, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { label, oneOfIfSet } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { DownwardAPIVolumeFile, KeyToPath, PersistentVolumeSpec, Volume } from '../types.data.ts';
import { descendingPath, noBacksteps, validateFieldRef } from './reference-validation.ts';
import { compareQuantities, parseQuantity, zeroQuantity } from '@orrery/machinery/quantity';

/** A file's place in a volume: also not a name that the kubelet keeps for itself. */
function filePath(errors: Errors, value: string | undefined, path: FieldPath): void {
  if (!value) return void errors.push(required(path));
  descendingPath(errors, value, path);
  if (value.startsWith('..')) errors.push(invalid(path, value, "must not start with '..'"));
}

function fileMode(errors: Errors, mode: number | undefined, path: FieldPath): void {
  if (mode !== undefined && (mode < 0 || mode > 511))
    errors.push(invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive'));
}

function keysToPaths(errors: Errors, items: readonly KeyToPath[] | undefined, path: FieldPath): void {
  each(items).forEach((item, at) => {
    const here = index(path, at);
    if (!item.key) errors.push(required(child(here, 'key')));
    filePath(errors, item.path, child(here, 'path'));
    fileMode(errors, item.mode, child(here, 'mode'));
  });
}

const volumeFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];

function downwardFiles(errors: Errors, files: readonly DownwardAPIVolumeFile[] | undefined, path: FieldPath): void {
  each(files).forEach((file, at) => {
    const here = index(path, at);
    filePath(errors, file.path, child(here, 'path'));
    if (file.fieldRef) {
      validateFieldRef(errors, file.fieldRef, volumeFields, child(here, 'fieldRef'));
      if (file.resourceFieldRef)
        errors.push(invalid(here, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
    } else if (file.resourceFieldRef) {
      if (!file.resourceFieldRef.containerName) errors.push(required(child(here, 'resourceFieldRef', 'containerName')));
      if (!file.resourceFieldRef.resource) errors.push(required(child(here, 'resourceFieldRef', 'resource')));
    } else errors.push(required(here, 'one of fieldRef and resourceFieldRef is required'));
    fileMode(errors, file.mode, child(here, 'mode'));
  });
}

const need = (errors: Errors, value: unknown, path: FieldPath): void => {
  if (!value) errors.push(required(path));
};

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

type Check<Source> = (errors: Errors, source: Source, path: FieldPath) => void;
type Sources = Volume & PersistentVolumeSpec;

/** In upstream's order: the first source is the one that counts, later ones are too many. */
const checks: { readonly [name in keyof Sources]?: Check<NonNullable<Sources[name]>> } = {
  emptyDir: (errors, { sizeLimit }, path) => {
    if (sizeLimit !== undefined && compareQuantities(parseQuantity(sizeLimit), zeroQuantity) < 0) {
      errors.push(forbidden(child(path, 'sizeLimit'), 'SizeLimit field must be a valid resource quantity'));
    }
  },
  hostPath: (errors, source, path) => {
    if (!source.path) return void errors.push(required(child(path, 'path')));
    noBacksteps(errors, source.path, child(path, 'path'));
    oneOfIfSet(errors, source.type, hostPathTypes, child(path, 'type'));
  },
  gitRepo: (errors, source, path) => need(errors, source.repository, child(path, 'repository')),
  gcePersistentDisk: (errors, source, path) => need(errors, source.pdName, child(path, 'pdName')),
  awsElasticBlockStore: (errors, source, path) => need(errors, source.volumeID, child(path, 'volumeID')),
  secret: (errors, source, path) => {
    need(errors, source.secretName, child(path, 'secretName'));
    fileMode(errors, source.defaultMode, child(path, 'defaultMode'));
    keysToPaths(errors, source.items, child(path, 'items'));
  },
  nfs: (errors, source, path) => {
    need(errors, source.server, child(path, 'server'));
    need(errors, source.path, child(path, 'path'));
    if (source.path && !source.path.startsWith('/'))
      errors.push(invalid(child(path, 'path'), source.path, 'must be an absolute path'));
  },
  iscsi: (errors, source, path) => {
    need(errors, source.targetPortal, child(path, 'targetPortal'));
    need(errors, source.iqn, child(path, 'iqn'));
  },
  persistentVolumeClaim: (errors, source, path) => need(errors, source.claimName, child(path, 'claimName')),
  rbd: (errors, source, path) => {
    if (each(source.monitors).length === 0) errors.push(required(child(path, 'monitors')));
    need(errors, source.image, child(path, 'image'));
  },
  cinder: (errors, source, path) => need(errors, source.volumeID, child(path, 'volumeID')),
  cephfs: (errors, source, path) => {
    if (each(source.monitors).length === 0) errors.push(required(child(path, 'monitors')));
  },
  downwardAPI: (errors, source, path) => {
    fileMode(errors, source.defaultMode, child(path, 'defaultMode'));
    downwardFiles(errors, source.items, child(path, 'items'));
  },
  fc: () => {},
  azureFile: () => {},
  configMap: (errors, source, path) => {
    need(errors, source.name, child(path, 'name'));
    fileMode(errors, source.defaultMode, child(path, 'defaultMode'));
    keysToPaths(errors, source.items, child(path, 'items'));
  },
  local: (errors, source, path) => {
    need(errors, source.path, child(path, 'path'));
    if (source.path) noBacksteps(errors, source.path, child(path, 'path'));
  },
  projected: (errors, source, path) => {
    fileMode(errors, source.defaultMode, child(path, 'defaultMode'));
    each(source.sources).forEach(({ secret, configMap, downwardAPI, serviceAccountToken }, at) => {
      const here = index(child(path, 'sources'), at);
      if (secret) {
        need(errors, secret.name, child(here, 'secret', 'name'));
        keysToPaths(errors, secret.items, child(here, 'secret', 'items'));
      }
      if (configMap) {
        need(errors, configMap.name, child(here, 'configMap', 'name'));
        keysToPaths(errors, configMap.items, child(here, 'configMap', 'items'));
      }
      if (downwardAPI) downwardFiles(errors, downwardAPI.items, child(here, 'downwardAPI', 'items'));
      if (serviceAccountToken) {
        const seconds = serviceAccountToken.expirationSeconds ?? 3600;
        const place = child(here, 'serviceAccountToken', 'expirationSeconds');
        if (seconds < 600) errors.push(invalid(place, seconds, 'may not specify a duration less than 10 minutes'));
        if (seconds > 2 ** 32)
          errors.push(invalid(place, seconds, 'may not specify a duration larger than 2^32 seconds'));
        need(errors, serviceAccountToken.path, child(here, 'serviceAccountToken', 'path'));
      }
    });
  },
  csi: (errors, source, path) => need(errors, source.driver, child(path, 'driver')),
  ephemeral: (errors, source, path) => need(errors, source.volumeClaimTemplate, child(path, 'volumeClaimTemplate')),
  image: (errors, source, path) => {
    need(errors, source.reference, child(path, 'reference'));
    oneOfIfSet(errors, source.pullPolicy, ['Always', 'IfNotPresent', 'Never'], child(path, 'pullPolicy'));
  },
};

/** Drivers without checks of their own: they count as sources. */
const unchecked = [
  'glusterfs',
  'flocker',
  'quobyte',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'storageos',
  'scaleIO',
  'flexVolume',
];
const sourceNames = [...Object.keys(checks), ...unchecked] as (keyof Sources)[];

/** Exactly one source. Answers how many there are. */
export function validateVolumeSource(errors: Errors, volume: Partial<Sources>, path: FieldPath): void {
  let count = 0;
  for (const name of sourceNames) {
    const source = volume[name];
    if (source === undefined || source === null) continue;
    if (count++ > 0) errors.push(forbidden(child(path, name), 'may not specify more than 1 volume type'));
    else (checks[name] as Check<unknown> | undefined)?.(errors, source, child(path, name));
  }
  if (count === 0) errors.push(required(path, 'must specify a volume type'));
}

/** All volumes of a pod; answers the names of those that containers may mount. */
export function validateVolumes(errors: Errors, volumes: readonly Volume[], path: FieldPath): Set<string> {
  const names = new Set<string>();
  volumes.forEach((volume, at) => {
    const here = index(path, at);
    const found: Errors = [];
    validateVolumeSource(found, volume as Partial<Sources>, here);
    if (!volume.name) found.push(required(child(here, 'name')));
    else label(found, volume.name, child(here, 'name'));
    if (names.has(volume.name)) found.push(duplicate(child(here, 'name'), volume.name));
    if (found.length === 0) names.add(volume.name);
    errors.push(...found);
  });
  return names;
}
