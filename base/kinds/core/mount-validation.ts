/** Validation of what containers mount (core/validation `ValidateVolumeMounts`, `ValidateVolumeDevices`). */
import { child, forbidden, index, invalid, notFound, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { oneOfIfSet } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Container, Volume, VolumeMount } from '../types.data.ts';
import { descendingPath, hasBacksteps } from './reference-validation.ts';

/** The valid volumes of a pod, by name. */
export type Volumes = ReadonlyMap<string, Volume>;

/** Upstream tells these at the list, not at its element. */
function validatePlace(errors: Errors, mount: VolumeMount, element: FieldPath, list: FieldPath): void {
  if (mount.subPath) descendingPath(errors, mount.subPath, child(list, 'subPath'));
  if (!mount.subPathExpr) return;
  if (mount.subPath) {
    const detail = 'subPathExpr and subPath are mutually exclusive';
    errors.push(invalid(child(element, 'subPathExpr'), mount.subPathExpr, detail));
  }
  descendingPath(errors, mount.subPathExpr, child(list, 'subPathExpr'));
}

function validatePropagation(errors: Errors, mount: VolumeMount, isPrivileged: boolean, list: FieldPath): void {
  const { mountPropagation, recursiveReadOnly, readOnly } = mount;
  const path = child(list, 'mountPropagation');
  oneOfIfSet(errors, mountPropagation, ['Bidirectional', 'HostToContainer', 'None'], path);
  if (mountPropagation === 'Bidirectional' && !isPrivileged)
    errors.push(forbidden(path, 'Bidirectional mount propagation is available only to privileged containers'));
  if (recursiveReadOnly === undefined || recursiveReadOnly === 'Disabled') return;
  const at = child(list, 'recursiveReadOnly');
  if (recursiveReadOnly !== 'Enabled' && recursiveReadOnly !== 'IfPossible')
    return oneOfIfSet(errors, recursiveReadOnly, ['Disabled', 'Enabled', 'IfPossible'], at);
  if (!readOnly) errors.push(forbidden(at, 'may only be specified when readOnly is true'));
  if (mountPropagation !== undefined && mountPropagation !== 'None')
    errors.push(forbidden(at, 'may only be specified when mountPropagation is None or not specified'));
}

export function validateMounts(errors: Errors, container: Container, volumes: Volumes, path: FieldPath): void {
  const mounts = each(container.volumeMounts);
  if (mounts.length === 0) return;
  const paths = new Set<string>();
  const devices = new Map(each(container.volumeDevices).map(device => [device.name, device.devicePath]));
  const devicePaths = new Set(devices.values());
  mounts.forEach((mount, at) => {
    const here = index(path, at);
    if (!mount.name) errors.push(required(child(here, 'name')));
    if (!volumes.has(mount.name)) errors.push(notFound(child(here, 'name'), mount.name));
    if (!mount.mountPath) errors.push(required(child(here, 'mountPath')));
    if (paths.has(mount.mountPath)) errors.push(invalid(child(here, 'mountPath'), mount.mountPath, 'must be unique'));
    paths.add(mount.mountPath);
    if (devices.has(mount.name))
      errors.push(invalid(child(here, 'name'), mount.name, 'must not already exist in volumeDevices'));
    if (devicePaths.has(mount.mountPath)) {
      const detail = 'must not already exist as a path in volumeDevices';
      errors.push(invalid(child(here, 'mountPath'), mount.mountPath, detail));
    }
    validatePlace(errors, mount, here, path);
    validatePropagation(errors, mount, container.securityContext?.privileged === true, path);
  });
}

export function validateDevices(errors: Errors, container: Container, volumes: Volumes, path: FieldPath): void {
  const mounts = new Map(each(container.volumeMounts).map(mount => [mount.name, mount.mountPath]));
  const mountPaths = new Set(mounts.values());
  const [names, paths] = [new Set<string>(), new Set<string>()];
  each(container.volumeDevices).forEach(({ name, devicePath }, at) => {
    const nameAt = child(index(path, at), 'name');
    const pathAt = child(index(path, at), 'devicePath');
    const volume = volumes.get(name);
    if (!name) errors.push(required(nameAt));
    if (names.has(name)) errors.push(invalid(nameAt, name, 'must be unique'));
    if (volume && !volume.persistentVolumeClaim && !volume.ephemeral) {
      const detail = 'can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode';
      errors.push(invalid(nameAt, name, detail));
    }
    if (!volume) errors.push(notFound(nameAt, name));
    if (!devicePath) errors.push(required(pathAt));
    if (paths.has(devicePath)) errors.push(invalid(pathAt, devicePath, 'must be unique'));
    if (devicePath && hasBacksteps(devicePath))
      errors.push(invalid(pathAt, devicePath, "can not contain backsteps ('..')"));
    else paths.add(devicePath);
    if (mounts.has(name)) errors.push(invalid(nameAt, name, 'must not already exist in volumeMounts'));
    if (mountPaths.has(devicePath))
      errors.push(invalid(pathAt, devicePath, 'must not already exist as a path in volumeMounts'));
    if (name) names.add(name);
  });
}
