/** The EndpointSlices of a Service with a selector. */
import type {
  Endpoint,
  DiscoveryV1EndpointPort as EndpointPort,
  EndpointSlice,
  Node,
  Pod,
  Service,
} from '@orrery/kinds/types';
import { controllerReference } from '../common/ownership.ts';
import { isReady } from '../common/pods.ts';
import {
  hasEndpoint,
  headlessLabel,
  hostnameIn,
  isHeadless,
  podAddresses,
  targetPort,
  triggerTime,
  triggerTimeKey,
} from '../common/services.ts';
import { fitSlices, portsKey, type PortGroup, type SliceChanges } from './fill.ts';

export const serviceNameLabel = 'kubernetes.io/service-name';
export const managedByLabel = 'endpointslice.kubernetes.io/managed-by';
export const managedBy = 'endpointslice-controller.k8s.io';

export interface ObservedService {
  readonly service: Service;
  /** The pods its selector selects. */
  readonly pods: readonly Pod[];
  /** The slices of this Service that this controller manages. */
  readonly slices: readonly EndpointSlice[];
  node(name: string): Node | undefined;
}

type Family = 'IPv4' | 'IPv6';

export const familyOf = (address: string): Family => (address.includes(':') ? 'IPv6' : 'IPv4');

/** Families a Service serves; those of its address where the server has not said. */
function familiesOf({ spec }: Service): readonly Family[] {
  if (spec.ipFamilies && spec.ipFamilies.length > 0) return spec.ipFamilies as Family[];
  if (spec.clusterIP && spec.clusterIP !== 'None') return [familyOf(spec.clusterIP)];
  return ['IPv4', 'IPv6'];
}

/** The prefix of generated names: a dash where the name has room for it. */
export const slicePrefix = (name: string): string => (name.length < 253 ? `${name}-` : name);

export function planEndpointSlices(observed: ObservedService): SliceChanges {
  const { service, slices, pods } = observed;
  const families = familiesOf(service);
  const ours = slices.filter(slice =>
    slice.metadata.ownerReferences?.some(owner => owner.uid === service.metadata.uid),
  );
  const changes = families.map(family =>
    fitSlices(
      ours.filter(slice => slice.addressType === family),
      groupsOf(observed, family),
      ports => blankSlice(service, family, ports),
    ),
  );
  const foreign = slices.filter(slice => !ours.includes(slice) || !families.includes(slice.addressType as Family));
  const time = triggerTime(service, pods);
  return {
    create: changes.flatMap(change => change.create).map(slice => stamped(slice, time)),
    update: changes.flatMap(change => change.update).map(slice => stamped(slice, time)),
    remove: [...changes.flatMap(change => change.remove), ...foreign],
  };
}

function stamped(slice: EndpointSlice, time: string | undefined): EndpointSlice {
  const { [triggerTimeKey]: _former, ...others } = slice.metadata.annotations ?? {};
  const annotations = { ...others, ...(time !== undefined && { [triggerTimeKey]: time }) };
  return { ...slice, metadata: { ...slice.metadata, annotations } };
}

function blankSlice(service: Service, family: Family, ports: readonly EndpointPort[]): EndpointSlice {
  const { [headlessLabel]: _headless, ...labels } = service.metadata.labels ?? {};
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: slicePrefix(service.metadata.name!),
      namespace: service.metadata.namespace,
      labels: {
        ...labels,
        ...(isHeadless(service) && { [headlessLabel]: '' }),
        [serviceNameLabel]: service.metadata.name!,
        [managedByLabel]: managedBy,
      },
      ownerReferences: [controllerReference(service)],
    },
    addressType: family,
    endpoints: [],
    ports: [...ports],
  };
}

/** Pods of different port numbers for one named port go to different slices. */
function groupsOf({ service, pods, node }: ObservedService, family: Family): PortGroup[] {
  const groups = new Map<string, { ports: EndpointPort[]; endpoints: Endpoint[] }>();
  for (const pod of pods) {
    if (!hasEndpoint(pod, true)) continue;
    const host = pod.spec.nodeName ? node(pod.spec.nodeName) : undefined;
    // A pod on a node that is gone is on its way out, unless the Service wants even such addresses.
    if (!host && !service.spec.publishNotReadyAddresses) continue;
    const addresses = podAddresses(pod).filter(address => familyOf(address) === family);
    if (addresses.length === 0) continue;
    const ports = portsOf(service, pod);
    const key = portsKey(ports);
    if (!groups.has(key)) groups.set(key, { ports, endpoints: [] });
    groups.get(key)!.endpoints.push(endpointOf(service, pod, host, addresses));
  }
  return [...groups.values()];
}

function portsOf(service: Service, pod: Pod): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap(port => {
    const number = targetPort(pod, port);
    if (number === undefined) return [];
    const { name = '', protocol = 'TCP', appProtocol } = port;
    return [{ name, port: number, protocol, ...(appProtocol && { appProtocol }) }];
  });
}

function endpointOf(service: Service, pod: Pod, node: Node | undefined, addresses: string[]): Endpoint {
  const serving = isReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = (service.spec.publishNotReadyAddresses ?? false) || (serving && !terminating);
  const zone = node?.metadata.labels?.['topology.kubernetes.io/zone'];
  const hostname = hostnameIn(pod, service);
  const { nodeName } = pod.spec;
  const { namespace, name, uid } = pod.metadata;
  const hints = ready ? hintsOf(service.spec.trafficDistribution, zone, nodeName) : undefined;
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(hostname && { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
    ...(hints && { hints }),
  };
}

function hintsOf(distribution: string | undefined, zone: string | undefined, nodeName: string | undefined) {
  if (!distribution || !['PreferClose', 'PreferSameZone', 'PreferSameNode'].includes(distribution)) return undefined;
  const forNodes = distribution === 'PreferSameNode' && nodeName ? [{ name: nodeName }] : undefined;
  if (!zone && !forNodes) return undefined;
  return { ...(zone && { forZones: [{ name: zone }] }), ...(forNodes && { forNodes }) };
}
