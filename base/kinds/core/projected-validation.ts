/** Validation of volumes made of other objects: ConfigMaps, secrets, fields of the pod, tokens (core/validation `validateProjectionSources`). */
import { child, forbidden, invalid, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import type { Errors } from '../rules.ts';
import type {
  DownwardAPIVolumeFile,
  KeyToPath,
  ProjectedVolumeSource,
  ServiceAccountTokenProjection,
} from '../types.data.ts';
import { localPath, validateFieldRef, validateResourceFieldRef } from './reference-validation.ts';
import { need, places } from './volume-driver-validation.ts';

const fields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid'];

export function fileMode(errors: Errors, mode: number | undefined, path: FieldPath): void {
  if (mode !== undefined && (mode < 0 || mode > 511))
    errors.push(invalid(path, mode, 'must be a number between 0 and 0777 (octal), both inclusive'));
}

/** A file's place in a volume. */
function filePath(errors: Errors, value: string | undefined, path: FieldPath): void {
  if (!value) errors.push(required(path));
  else localPath(errors, value, path);
}

function keyToPath(errors: Errors, item: KeyToPath, path: FieldPath): void {
  need(errors, item, ['key'], path);
  filePath(errors, item.path, child(path, 'path'));
  fileMode(errors, item.mode, child(path, 'mode'));
}

export function keysToPaths(errors: Errors, items: readonly KeyToPath[] | undefined, path: FieldPath): void {
  for (const [item, here] of places(items, path)) keyToPath(errors, item, here);
}

/** Upstream tells all files at their volume. */
function downwardFile(errors: Errors, file: DownwardAPIVolumeFile, path: FieldPath): void {
  filePath(errors, file.path, child(path, 'path'));
  if (file.fieldRef) {
    validateFieldRef(errors, file.fieldRef, fields, child(path, 'fieldRef'));
    if (file.resourceFieldRef)
      errors.push(invalid(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (file.resourceFieldRef)
    validateResourceFieldRef(errors, file.resourceFieldRef, true, child(path, 'resourceFieldRef'));
  else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  fileMode(errors, file.mode, child(path, 'mode'));
}

export function downwardFiles(
  errors: Errors,
  files: readonly DownwardAPIVolumeFile[] | undefined,
  path: FieldPath,
): void {
  for (const file of each(files)) downwardFile(errors, file, path);
}

function validateToken(
  errors: Errors,
  { expirationSeconds: seconds = 3600, path }: ServiceAccountTokenProjection,
  here: FieldPath,
  volume: FieldPath,
): void {
  const at = child(here, 'serviceAccountToken', 'expirationSeconds');
  if (seconds < 600) errors.push(invalid(at, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > 2 ** 32) errors.push(invalid(at, seconds, 'may not specify a duration larger than 2^32 seconds'));
  filePath(errors, path, child(volume, 'path'));
}

/** No two files of a volume may lie at one place. `shown` is what upstream names as the culprit. */
export function validateProjected(
  errors: Errors,
  { sources, defaultMode }: ProjectedVolumeSource,
  path: FieldPath,
): void {
  fileMode(errors, defaultMode, child(path, 'defaultMode'));
  const taken = new Set<string>();
  const take = (place: string | undefined, shown: string): void => {
    if (!place) return;
    if (taken.has(place)) errors.push(invalid(path, shown, 'conflicting duplicate paths'));
    taken.add(place);
  };
  for (const [source, here] of places(sources, child(path, 'sources'))) {
    for (const name of ['secret', 'configMap'] as const) {
      const given = source[name];
      if (!given) continue;
      need(errors, given, ['name'], child(here, name));
      for (const [item, at] of places(given.items, child(here, name, 'items'))) {
        keyToPath(errors, item, at);
        take(item.path, given.name ?? '');
      }
    }
    for (const file of each(source.downwardAPI?.items)) {
      downwardFile(errors, file, child(here, 'downwardAPI'));
      take(file.path, file.path);
    }
    if (source.serviceAccountToken) validateToken(errors, source.serviceAccountToken, here, path);
    const { secret, configMap, downwardAPI, serviceAccountToken } = source;
    if ([secret, configMap, downwardAPI, serviceAccountToken].filter(Boolean).length > 1)
      errors.push(forbidden(here, 'may not specify more than 1 volume type per source'));
  }
}
