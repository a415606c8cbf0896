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

/** At most three hosts; rules without one are counted among the others. */
function hostsOf(hosts: readonly string[]): string {
  const shown: string[] = [];
  let more = false;
  for (const host of hosts) {
    more ||= shown.length === 3;
    if (!more && host !== '') shown.push(host);
  }
  if (shown.length === 0) return '*';
  return more ? `${shown.join(',')} + ${hosts.length - 3} more...` : shown.join(',');
}

export const ingressCells: Cells<Ingress> = (object, nowMs) => {
  const { spec, status } = object;
  return [
    nameOf(object),
    spec.ingressClassName ?? none,
    hostsOf(each(spec.rules).map(({ host }) => host ?? '')),
    loadBalancer(status?.loadBalancer as Parameters<typeof loadBalancer>[0]).join(','),
    each(spec.tls).length > 0 ? '80, 443' : '80',
    age(object, nowMs),
  ];
};

export const ingressClassCells: Cells<IngressClass> = (object, nowMs) => {
  const parameters = object.spec.parameters;
  const text =
    parameters &&
    `${parameters.kind}${parameters.apiGroup === undefined ? '' : `.${parameters.apiGroup}`}/${parameters.name}`;
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
  if (!parent) return [nameOf(object), none, age(object, nowMs)];
  const { group, resource = '', namespace, name = '' } = parent;
  const kind = (group ? `${resource}.${group}` : resource).toLowerCase();
  return [nameOf(object), [kind, ...(namespace ? [namespace] : []), name].join('/'), age(object, nowMs)];
};

export const serviceCidrCells: Cells<ServiceCIDR> = (object, nowMs) => [
  nameOf(object),
  each(object.spec.cidrs).join(','),
  age(object, nowMs),
];

export const endpointSliceCells: Cells<EndpointSlice> = (object, nowMs) => {
  const ports = each(object.ports).map(({ port, name }) => `${port ?? name ?? '*'}`);
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
    spec.tokenRequests ? spec.tokenRequests.map(({ audience }) => audience).join(',') : unset,
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

const defaultAttributesAnnotation = 'volumeattributesclass.alpha.kubernetes.io/is-default-class';

export const volumeAttributesClassCells: Cells<VolumeAttributesClass> = (object, nowMs) => [
  object.metadata.annotations?.[defaultAttributesAnnotation] === 'true'
    ? `${nameOf(object)} (default)`
    : nameOf(object),
  object.driverName,
  age(object, nowMs),
];

export const leaseCells: Cells<Lease> = (object, nowMs) => [
  nameOf(object),
  object.spec.holderIdentity ?? '',
  age(object, nowMs),
];
