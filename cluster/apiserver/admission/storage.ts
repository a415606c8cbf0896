/** Volumes in use are not deleted under their users, and grow only where their class can. */
import type { KubeObject } from '@orrery/machinery/meta';
import { compareQuantities, parseQuantity } from '@orrery/machinery/quantity';
import type { AdmissionPlugin } from '../types.ts';
import { refuse } from './refuse.ts';

/** By `resource.group`. */
const finalizers: Readonly<Record<string, string>> = {
  'persistentvolumes.': 'kubernetes.io/pv-protection',
  'persistentvolumeclaims.': 'kubernetes.io/pvc-protection',
  'volumeattributesclasses.storage.k8s.io': 'kubernetes.io/vac-protection',
};

/** The protection controllers take these finalizers off again: without them claims, volumes and classes never go. */
export const storageObjectInUseProtection: AdmissionPlugin = {
  name: 'StorageObjectInUseProtection',
  handles: (operation, { group, resource }, subresource) =>
    operation === 'CREATE' && Object.hasOwn(finalizers, `${resource}.${group}`) && subresource === '',
  admit({ object, resource }) {
    const { metadata } = object!;
    const finalizer = finalizers[`${resource.resource}.${resource.group}`]!;
    if (!metadata.finalizers?.includes(finalizer)) metadata.finalizers = [...(metadata.finalizers ?? []), finalizer];
  },
};

interface Claim extends KubeObject {
  spec: { storageClassName?: string; resources?: { requests?: { storage?: string } } };
  status?: { phase?: string };
}

export const persistentVolumeClaimResize: AdmissionPlugin = {
  name: 'PersistentVolumeClaimResize',
  handles: (operation, { group, resource }, subresource) =>
    operation === 'UPDATE' && group === '' && resource === 'persistentvolumeclaims' && subresource === '',
  async validate(attributes) {
    const [claim, old] = [attributes.object as Claim, attributes.oldObject as Claim];
    const [size, before] = [claim.spec.resources?.requests?.storage, old.spec.resources?.requests?.storage];
    if (
      size === undefined ||
      before === undefined ||
      compareQuantities(parseQuantity(size), parseQuantity(before)) <= 0
    )
      return;
    if (old.status?.phase !== 'Bound') throw refuse(attributes, 'Only bound persistent volume claims can be expanded');
    const name =
      claim.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ?? claim.spec.storageClassName ?? '';
    const found =
      name && (await attributes.reads.get({ group: 'storage.k8s.io', resource: 'storageclasses' }, '', name));
    if (found && (found as KubeObject & { allowVolumeExpansion?: boolean }).allowVolumeExpansion) return;
    throw refuse(
      attributes,
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    );
  },
};
