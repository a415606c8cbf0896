/** Claims and Ingresses that name no class get the cluster's default one. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { AdmissionPlugin, GroupResource, Reader } from '../types.ts';

/** The newest default; of equally old ones the first by name. */
export async function defaultClass(
  reads: Reader,
  resource: GroupResource,
  annotations: readonly string[],
): Promise<KubeObject | undefined> {
  const all = await reads.list(resource);
  const marked = all.filter(({ metadata }) =>
    annotations.some(annotation => metadata.annotations?.[annotation] === 'true'),
  );
  const age = ({ metadata }: KubeObject): string => metadata.creationTimestamp ?? '';
  return marked.toSorted((a, b) => age(b).localeCompare(age(a)) || (a.metadata.name! < b.metadata.name! ? -1 : 1))[0];
}

interface Claim extends KubeObject {
  spec: { storageClassName?: string };
}

interface Ingress extends KubeObject {
  spec: { ingressClassName?: string };
}

export const defaultStorageClass: AdmissionPlugin = {
  name: 'DefaultStorageClass',
  handles: (operation, { group, resource }, subresource) =>
    operation === 'CREATE' && group === '' && resource === 'persistentvolumeclaims' && subresource === '',
  async admit({ object, reads }) {
    const { metadata, spec } = object as Claim;
    if (
      spec.storageClassName !== undefined ||
      metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] !== undefined
    )
      return;
    const annotations = [
      'storageclass.kubernetes.io/is-default-class',
      'storageclass.beta.kubernetes.io/is-default-class',
    ];
    const found = await defaultClass(reads, { group: 'storage.k8s.io', resource: 'storageclasses' }, annotations);
    if (found) spec.storageClassName = found.metadata.name;
  },
};

export const defaultIngressClass: AdmissionPlugin = {
  name: 'DefaultIngressClass',
  handles: (operation, { group, resource }, subresource) =>
    operation === 'CREATE' && group === 'networking.k8s.io' && resource === 'ingresses' && subresource === '',
  async admit({ object, reads }) {
    const { metadata, spec } = object as Ingress;
    if (spec.ingressClassName !== undefined || metadata.annotations?.['kubernetes.io/ingress.class'] !== undefined)
      return;
    const annotations = ['ingressclass.kubernetes.io/is-default-class'];
    const found = await defaultClass(reads, { group: 'networking.k8s.io', resource: 'ingressclasses' }, annotations);
    if (found) spec.ingressClassName = found.metadata.name;
  },
};
