/** EndpointSlices that mirror Endpoints made by hand for a Service without a selector. */
import type {
  Endpoint,
  DiscoveryV1EndpointPort as EndpointPort,
  EndpointAddress,
  EndpointSlice,
  EndpointSubset,
  Endpoints,
  Service,
} from '@orrery/kinds/types';
import { headlessLabel, hasSelector, isHeadless, triggerTimeKey } from '../common/services.ts';
import { controllerReference } from '../common/ownership.ts';
import { semanticEqual } from '../common/equal.ts';
import { fitSlices, portsKey, type PortGroup, type SliceChanges } from '../endpointslice/fill.ts';
import { familyOf, managedByLabel, serviceNameLabel, slicePrefix } from '../endpointslice/plan.ts';

export const mirroredBy = 'endpointslicemirroring-controller.k8s.io';
const skipLabel = 'endpointslice.kubernetes.io/skip-mirror';
const leaderKey = 'control-plane.alpha.kubernetes.io/leader';
const lastAppliedKey = 'kubectl.kubernetes.io/last-applied-configuration';
/** At most so many addresses of a subset are mirrored. */
const maxPerSubset = 1000;

/** Mirrored are Endpoints of a Service without a selector, unless they say no or only hold a leader's lock. */
export const shouldMirror = (endpoints: Endpoints, service: Service | undefined): boolean =>
  service !== undefined &&
  !hasSelector(service) &&
  endpoints.metadata.labels?.[skipLabel] !== 'true' &&
  endpoints.metadata.annotations?.[leaderKey] === undefined;

/** `slices` are those this controller made for the Service of that name. */
export function planMirror(
  endpoints: Endpoints | undefined,
  service: Service | undefined,
  slices: readonly EndpointSlice[],
): SliceChanges {
  if (!endpoints || !shouldMirror(endpoints, service)) return { create: [], update: [], remove: slices };
  const changes = (['IPv4', 'IPv6'] as const).map(family => {
    const existing = slices.filter(slice => slice.addressType === family);
    const groups = groupsOf(endpoints.subsets ?? [], family);
    // Nothing of a family, nothing to say: no placeholder as for selected pods.
    if (groups.length === 0) return { create: [], update: [], remove: existing };
    return fitSlices(existing, groups, ports => blank(endpoints, service!, family, ports));
  });
  const { annotations } = annotated(endpoints);
  const reannotate = (slice: EndpointSlice) => ({ ...slice, metadata: { ...slice.metadata, annotations } });
  const update = changes.flatMap(change => change.update).map(reannotate);
  const remove = changes.flatMap(change => change.remove);
  const touched = new Set([...update, ...remove].map(slice => slice.metadata.name));
  const stale = slices.filter(
    slice => !touched.has(slice.metadata.name) && !semanticEqual(slice.metadata.annotations, annotations),
  );
  return { create: changes.flatMap(change => change.create), update: [...update, ...stale.map(reannotate)], remove };
}

function annotated(endpoints: Endpoints): { annotations: Record<string, string> } {
  const { [lastAppliedKey]: _applied, [triggerTimeKey]: _time, ...annotations } = endpoints.metadata.annotations ?? {};
  return { annotations };
}

function blank(
  endpoints: Endpoints,
  service: Service,
  family: 'IPv4' | 'IPv6',
  ports: readonly EndpointPort[],
): EndpointSlice {
  const { name, namespace, labels } = endpoints.metadata;
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      generateName: slicePrefix(name!),
      namespace,
      labels: {
        ...labels,
        ...(isHeadless(service) && { [headlessLabel]: '' }),
        [serviceNameLabel]: name!,
        [managedByLabel]: mirroredBy,
      },
      ...annotated(endpoints),
      ownerReferences: [controllerReference(endpoints)],
    },
    addressType: family,
    endpoints: [],
    ports: [...ports],
  };
}

function groupsOf(subsets: readonly EndpointSubset[], family: 'IPv4' | 'IPv6'): PortGroup[] {
  const groups = new Map<string, { ports: EndpointPort[]; endpoints: Endpoint[] }>();
  for (const subset of subsets) {
    const ports = (subset.ports ?? []).map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({
      name,
      port,
      protocol,
      ...(appProtocol && { appProtocol }),
    }));
    const addresses = [
      ...(subset.addresses ?? []).map(address => mirrored(address, true)),
      ...(subset.notReadyAddresses ?? []).map(address => mirrored(address, false)),
    ];
    const endpoints = addresses.slice(0, maxPerSubset).filter(endpoint => familyOf(endpoint.addresses[0]!) === family);
    if (endpoints.length === 0) continue;
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(...endpoints);
    groups.set(key, group);
  }
  return [...groups.values()];
}

const mirrored = ({ ip, hostname, nodeName, targetRef }: EndpointAddress, ready: boolean): Endpoint => ({
  addresses: [ip],
  conditions: { ready },
  ...(hostname && { hostname }),
  ...(targetRef && { targetRef }),
  ...(nodeName && { nodeName }),
});
