/** Defaults of volumes and their sources (core/v1 `SetDefaults_Volume` and below). */
import { each, fill } from '../fill.ts';
import type {
  DownwardAPIVolumeFile,
  PersistentVolume,
  PersistentVolumeClaim,
  PersistentVolumeClaimSpec,
  PersistentVolumeSpec,
  Volume,
} from '../types.data.ts';
import { defaultFieldRef } from './container-defaults.ts';

/** 0644. */
const fileMode = 420;

function defaultDownward(files: readonly DownwardAPIVolumeFile[] | undefined): void {
  for (const { fieldRef } of each(files)) defaultFieldRef(fieldRef);
}

function defaultProjected({ projected }: Volume): void {
  if (!projected) return;
  fill(projected, { defaultMode: fileMode });
  for (const { serviceAccountToken, downwardAPI } of each(projected.sources)) {
    if (serviceAccountToken) fill(serviceAccountToken, { expirationSeconds: 3600 });
    defaultDownward(downwardAPI?.items);
  }
}

/** The sources that pods and persistent volumes share. */
function defaultSharedSources(source: Volume | PersistentVolumeSpec): void {
  const { hostPath, iscsi, rbd, azureDisk, scaleIO } = source;
  if (hostPath) fill(hostPath, { type: '' });
  if (iscsi) fill(iscsi, { iscsiInterface: 'default' });
  if (rbd) fill(rbd, { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' });
  if (azureDisk) fill(azureDisk, { cachingMode: 'ReadWrite', kind: 'Shared', fsType: 'ext4', readOnly: false });
  if (scaleIO) fill(scaleIO, { storageMode: 'ThinProvisioned', fsType: 'xfs' });
}

/** Defaults one volume of a pod in place. A volume without a source is an emptyDir. */
export function defaultVolume(volume: Volume): void {
  if (Object.keys(volume).every(field => field === 'name')) volume.emptyDir = {};
  for (const source of [volume.secret, volume.configMap, volume.downwardAPI]) {
    if (source) fill(source, { defaultMode: fileMode });
  }
  defaultDownward(volume.downwardAPI?.items);
  defaultProjected(volume);
  defaultSharedSources(volume);
  const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
  if (claim) defaultClaimSpec(claim);
}

export const defaultClaimSpec = (spec: PersistentVolumeClaimSpec): void => fill(spec, { volumeMode: 'Filesystem' });

/** A claim; also those inside a StatefulSet, whose template shows the phase too. */
export function defaultPersistentVolumeClaim(claim: PersistentVolumeClaim): void {
  fill(claim, { status: () => ({}) });
  fill(claim.status!, { phase: 'Pending' });
  defaultClaimSpec(claim.spec);
}

export function defaultPersistentVolume(volume: PersistentVolume): void {
  fill(volume, { status: () => ({}) });
  fill(volume.status!, { phase: 'Pending' });
  fill(volume.spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
  defaultSharedSources(volume.spec);
}
