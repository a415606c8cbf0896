/** Rows of networking, discovery, RBAC, storage and coordination. */
import { each } from '../fill.ts';
import type {
  ClusterRoleBinding,
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  EndpointSlice,
  Ingress,
  IngressClass,
  IPAddress,
  Lease,
  NetworkPolicy,
  RoleBinding,
  ServiceCIDR,
  StorageClass,
  VolumeAttachment,
  VolumeAttributesClass,
} from '../types.data.ts';
import { age, loadBalancer, nameOf, none, selector, unset, upTo } from './format.ts';
import type { Cells } from './format.ts';

export const ingressCells: Cells<Ingress> = (object, nowMs) => {
  const { spec, status } = object;
  const hosts = each(spec.rules).flatMap(rule => rule.host || []);
  return [
    nameOf(object),
    spec.ingressClassName ?? none,
    upTo(3, hosts) || '*',
    loadBalancer(status?.loadBalancer as Parameters<typeof loadBalancer>[0]).join(','),
    each(spec.tls).length > 0 ? '80, 443' : '80',
    age(object, nowMs),
  ];
};

export const ingressClassCells: Cells<IngressClass> = (object, nowMs) => {
  const parameters = object.spec.parameters;
  const text =
    parameters && `${parameters.kind}${parameters.apiGroup ? `.${parameters.apiGroup}` : ''}/${parameters.name}`;
  return [nameOf(object), object.spec.controller ?? '', text ?? none, age(object, nowMs)];
};

export const networkPolicyCells: Cells<NetworkPolicy> = (object, nowMs) => [
  nameOf(object),
  selector(object.spec.podSelector),
  age(object, nowMs),
];

/** Upstream gives a third cell, the age, for which it defines no column. */
export const ipAddressCells: Cells<IPAddress> = (object, nowMs) => {
  const parent = object.spec.parentRef;
  const path = [parent?.group, parent?.resource, parent?.namespace, parent?.name].filter(part => part);
  return [nameOf(object), path.join('/') || none, age(object, nowMs)];
};

export const serviceCidrCells: Cells<ServiceCIDR> = (object, nowMs) => [
  nameOf(object),
  each(object.spec.cidrs).join(','),
  age(object, nowMs),
];

export const endpointSliceCells: Cells<EndpointSlice> = (object, nowMs) => {
  const ports = each(object.ports).map(({ port }) => (port === undefined ? '*' : `${port}`));
  const addresses = each(object.endpoints).flatMap(endpoint => each(endpoint.addresses));
  return [nameOf(object), object.addressType, upTo(3, ports) || unset, upTo(3, addresses) || unset, age(object, nowMs)];
};

export const roleBindingCells: Cells<RoleBinding | ClusterRoleBinding> = (object, nowMs) => {
  const subjects = (kind: string): string =>
    each(object.subjects)
      .filter(subject => subject.kind === kind)
      .map(subject => (kind === 'ServiceAccount' ? `${subject.namespace ?? ''}/${subject.name}` : subject.name))
      .join(', ');
  return [
    nameOf(object),
    `${object.roleRef.kind}/${object.roleRef.name}`,
    age(object, nowMs),
    subjects('User'),
    subjects('Group'),
    subjects('ServiceAccount'),
  ];
};

const defaultClassAnnotations = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const isDefaultClass = (object: StorageClass): boolean =>
  defaultClassAnnotations.some(name => object.metadata.annotations?.[name] === 'true');

export const storageClassCells: Cells<StorageClass> = (object, nowMs) => [
  isDefaultClass(object) ? `${nameOf(object)} (default)` : nameOf(object),
  object.provisioner,
  object.reclaimPolicy ?? 'Delete',
  object.volumeBindingMode ?? 'Immediate',
  object.allowVolumeExpansion ?? false,
  age(object, nowMs),
];

export const csiDriverCells: Cells<CSIDriver> = (object, nowMs) => {
  const { spec } = object;
  return [
    nameOf(object),
    spec.attachRequired ?? true,
    spec.podInfoOnMount ?? false,
    spec.storageCapacity ?? false,
    each(spec.tokenRequests)
      .map(({ audience }) => audience)
      .join(',') || unset,
    spec.requiresRepublish ?? false,
    each(spec.volumeLifecycleModes).join(',') || none,
    age(object, nowMs),
  ];
};

export const csiNodeCells: Cells<CSINode> = (object, nowMs) => [
  nameOf(object),
  each(object.spec.drivers).length,
  age(object, nowMs),
];

export const csiStorageCapacityCells: Cells<CSIStorageCapacity> = object => [
  nameOf(object),
  object.storageClassName,
  object.capacity ?? unset,
];

export const volumeAttachmentCells: Cells<VolumeAttachment> = (object, nowMs) => [
  nameOf(object),
  object.spec.attacher,
  object.spec.source.persistentVolumeName ?? '',
  object.spec.nodeName,
  object.status?.attached ?? false,
  age(object, nowMs),
];

export const volumeAttributesClassCells: Cells<VolumeAttributesClass> = (object, nowMs) => [
  nameOf(object),
  object.driverName,
  age(object, nowMs),
];

export const leaseCells: Cells<Lease> = (object, nowMs) => [
  nameOf(object),
  object.spec.holderIdentity ?? '',
  age(object, nowMs),
];
