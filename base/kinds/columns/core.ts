/** Rows of the core group (printers of upstream's `internalversion`). */
import { each } from '../fill.ts';
import type {
  ComponentStatus,
  ConfigMap,
  Endpoints,
  Event,
  EventsV1Event,
  Namespace,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  PodTemplate,
  ReplicationController,
  ResourceQuota,
  Secret,
  Service,
  ServiceAccount,
} from '../types.data.ts';
import {
  accessModes,
  age,
  containers,
  hostPort,
  labels,
  loadBalancer,
  nameOf,
  none,
  since,
  unknown,
  unset,
  upTo,
} from './format.ts';
import type { Cells } from './format.ts';

const count = (map: object | undefined | null): number => Object.keys(map ?? {}).length;

export const podTemplateCells: Cells<PodTemplate> = object => [
  nameOf(object),
  ...containers(object.template?.spec),
  labels(object.template?.metadata?.labels),
];

export const replicationControllerCells: Cells<ReplicationController> = (object, nowMs) => [
  nameOf(object),
  object.spec.replicas ?? 0,
  object.status?.replicas ?? 0,
  object.status?.readyReplicas ?? 0,
  age(object, nowMs),
  ...containers(object.spec.template?.spec),
  labels(object.spec.selector),
];

function externalAddress({ spec, status }: Service): string {
  const given = each(spec.externalIPs);
  if (spec.type === 'ExternalName') return spec.externalName ?? '';
  if (spec.type === 'ClusterIP' || spec.type === 'NodePort') return given.join(',') || none;
  if (spec.type !== 'LoadBalancer') return unknown;
  const addresses = [...loadBalancer(status?.loadBalancer), ...given];
  return addresses.length > 0 ? addresses.join(',') : '<pending>';
}

const servicePorts = ({ spec }: Service): string =>
  each(spec.ports)
    .map(({ port, nodePort, protocol }) => `${port}${nodePort ? `:${nodePort}` : ''}/${protocol ?? 'TCP'}`)
    .join(',') || none;

export const serviceCells: Cells<Service> = (object, nowMs) => [
  nameOf(object),
  object.spec.type ?? '',
  object.spec.clusterIPs?.[0] || object.spec.clusterIP || none,
  externalAddress(object),
  servicePorts(object),
  age(object, nowMs),
  labels(object.spec.selector),
];

export const endpointsCells: Cells<Endpoints> = (object, nowMs) => {
  const all = each(object.subsets).flatMap(({ addresses, ports }) =>
    each(ports).length === 0
      ? each(addresses).map(({ ip }) => ip)
      : each(ports).flatMap(({ port }) => each(addresses).map(({ ip }) => hostPort(ip, port))),
  );
  return [nameOf(object), each(object.subsets).length === 0 ? none : upTo(3, all), age(object, nowMs)];
};

function nodeStatus({ spec, status }: Node): string {
  const ready = each(status?.conditions).find(condition => condition.type === 'Ready');
  const word = ready ? (ready.status === 'True' ? 'Ready' : 'NotReady') : 'Unknown';
  return spec.unschedulable ? `${word},SchedulingDisabled` : word;
}

function nodeRoles({ metadata }: Node): string {
  const roles = Object.entries(metadata.labels ?? {}).flatMap(([name, value]) => {
    if (name.startsWith('node-role.kubernetes.io/')) return [name.slice('node-role.kubernetes.io/'.length)];
    return name === 'kubernetes.io/role' ? [value] : [];
  });
  return [...new Set(roles.filter(role => role !== ''))].sort().join(',') || none;
}

const nodeAddress = ({ status }: Node, type: string): string =>
  each(status?.addresses).find(address => address.type === type)?.address ?? none;

export const nodeCells: Cells<Node> = (object, nowMs) => {
  const info = object.status?.nodeInfo;
  return [
    nameOf(object),
    nodeStatus(object),
    nodeRoles(object),
    age(object, nowMs),
    info?.kubeletVersion ?? '',
    nodeAddress(object, 'InternalIP'),
    nodeAddress(object, 'ExternalIP'),
    info?.osImage || unknown,
    info?.kernelVersion || unknown,
    info?.containerRuntimeVersion || unknown,
  ];
};

export const eventCells: Cells<Event> = (event, nowMs) => {
  const first = event.firstTimestamp || event.eventTime;
  const last = event.series ? event.series.lastObservedTime : event.lastTimestamp || first;
  const { kind = '', name, fieldPath = '' } = event.involvedObject;
  const source = [event.source?.component || event.reportingComponent, event.source?.host || event.reportingInstance];
  return [
    since(last, nowMs),
    event.type ?? '',
    event.reason ?? '',
    name ? `${kind.toLowerCase()}/${name}` : kind.toLowerCase(),
    fieldPath,
    source[1] ? source.map(part => part ?? '').join(', ') : (source[0] ?? ''),
    (event.message ?? '').trim(),
    since(first, nowMs),
    event.series ? (event.series.count ?? 0) : event.count || 1,
    nameOf(event),
  ];
};

/** The newer form of an event shows the same row; a server may also hand in the form it stores. */
export const newEventCells: Cells<EventsV1Event | Event> = (event, nowMs) =>
  eventCells('involvedObject' in event ? event : storedForm(event), nowMs);

const storedForm = (event: EventsV1Event): Event => ({
  metadata: event.metadata,
  involvedObject: event.regarding ?? {},
  reason: event.reason,
  message: event.note,
  type: event.type,
  source: event.deprecatedSource,
  firstTimestamp: event.deprecatedFirstTimestamp,
  lastTimestamp: event.deprecatedLastTimestamp,
  count: event.deprecatedCount,
  eventTime: event.eventTime,
  series: event.series,
  reportingComponent: event.reportingController ?? '',
  reportingInstance: event.reportingInstance ?? '',
});

export const namespaceCells: Cells<Namespace> = (object, nowMs) => [
  nameOf(object),
  object.status?.phase ?? '',
  age(object, nowMs),
];

export const secretCells: Cells<Secret> = (object, nowMs) => [
  nameOf(object),
  object.type ?? '',
  count(object.data),
  age(object, nowMs),
];

export const configMapCells: Cells<ConfigMap> = (object, nowMs) => [
  nameOf(object),
  count(object.data) + count(object.binaryData),
  age(object, nowMs),
];

export const serviceAccountCells: Cells<ServiceAccount> = (object, nowMs) => [
  nameOf(object),
  each(object.secrets).length,
  age(object, nowMs),
];

const storageClassAnnotation = 'volume.beta.kubernetes.io/storage-class';

export const persistentVolumeCells: Cells<PersistentVolume> = (object, nowMs) => {
  const { spec, status, metadata } = object;
  return [
    nameOf(object),
    spec.capacity?.['storage'] ?? '0',
    accessModes(spec.accessModes),
    spec.persistentVolumeReclaimPolicy ?? '',
    metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    spec.claimRef ? `${spec.claimRef.namespace ?? ''}/${spec.claimRef.name ?? ''}` : '',
    metadata.annotations?.[storageClassAnnotation] ?? spec.storageClassName ?? '',
    spec.volumeAttributesClassName ?? unset,
    status?.reason ?? '',
    age(object, nowMs),
    spec.volumeMode ?? unset,
  ];
};

export const persistentVolumeClaimCells: Cells<PersistentVolumeClaim> = (object, nowMs) => {
  const { spec, status, metadata } = object;
  const bound = spec.volumeName ? status : undefined;
  return [
    nameOf(object),
    metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? ''),
    spec.volumeName ?? '',
    bound ? (bound.capacity?.['storage'] ?? '0') : '',
    accessModes(bound?.accessModes),
    metadata.annotations?.[storageClassAnnotation] ?? spec.storageClassName ?? '',
    spec.volumeAttributesClassName ?? unset,
    age(object, nowMs),
    spec.volumeMode ?? unset,
  ];
};

export const componentStatusCells: Cells<ComponentStatus> = object => {
  const healthy = each(object.conditions).find(condition => condition.type === 'Healthy');
  const word = healthy ? (healthy.status === 'True' ? 'Healthy' : 'Unhealthy') : 'Unknown';
  return [nameOf(object), word, healthy?.message ?? '', healthy?.error ?? ''];
};

export const resourceQuotaCells: Cells<ResourceQuota> = (object, nowMs) => {
  const { hard = {}, used = {} } = object.status ?? {};
  const line = (isLimit: boolean): string =>
    Object.keys(hard)
      .sort()
      .filter(name => name.startsWith('limits.') === isLimit)
      .map(name => `${name}: ${used[name] ?? '0'}/${hard[name]}`)
      .join(', ');
  return [nameOf(object), line(false), line(true), age(object, nowMs)];
};
