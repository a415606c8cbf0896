/** The (legacy) Endpoints of a Service with a selector. */
import type { EndpointAddress, EndpointPort, EndpointSubset, Endpoints, Pod, Service } from '@orrery/kinds/types';
import { semanticEqual } from '../common/equal.ts';
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

/** Endpoints hold no more addresses than this; EndpointSlices have no limit. */
const capacity = 1000;
const overCapacityKey = 'endpoints.kubernetes.io/over-capacity';
const managedByLabel = 'endpoints.kubernetes.io/managed-by';
const managedBy = 'endpoint-controller';

interface Placed {
  readonly address: EndpointAddress;
  readonly port: EndpointPort | undefined;
  readonly ready: boolean;
}

/** What the Endpoints shall be; undefined when they are so already. */
export function planEndpoints(service: Service, pods: readonly Pod[], current?: Endpoints): Endpoints | undefined {
  const { subsets, truncated } = truncate(repack(pods.flatMap(pod => placesOf(service, pod))));
  const { [headlessLabel]: _headless, ...serviceLabels } = service.metadata.labels ?? {};
  const labels = {
    ...serviceLabels,
    ...(isHeadless(service) && { [headlessLabel]: '' }),
    [managedByLabel]: managedBy,
  };
  const { [triggerTimeKey]: _time, [overCapacityKey]: _over, ...others } = current?.metadata.annotations ?? {};
  const over: Record<string, string> = truncated ? { [overCapacityKey]: 'truncated' } : {};
  const unchanged =
    current &&
    semanticEqual(current.subsets, subsets) &&
    semanticEqual(current.metadata.labels, labels) &&
    (current.metadata.annotations?.[overCapacityKey] !== undefined) === truncated;
  if (unchanged) return undefined;
  const time = triggerTime(service, pods);
  const annotations = { ...others, ...over, ...(time !== undefined && { [triggerTimeKey]: time }) };
  const { name, namespace } = service.metadata;
  const base = current ?? { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace } };
  return { ...base, metadata: { ...base.metadata, labels, annotations }, subsets };
}

function placesOf(service: Service, pod: Pod): Placed[] {
  const wantsAll = service.spec.publishNotReadyAddresses ?? false;
  if (!hasEndpoint(pod, wantsAll)) return [];
  const family = service.spec.ipFamilies?.[0];
  const ip = podAddresses(pod).find(address => !family || address.includes(':') === (family === 'IPv6'));
  if (ip === undefined) return [];
  const hostname = hostnameIn(pod, service);
  const { nodeName } = pod.spec;
  const { namespace, name, uid } = pod.metadata;
  const address: EndpointAddress = {
    ip,
    ...(hostname && { hostname }),
    ...(nodeName && { nodeName }),
    targetRef: { kind: 'Pod', namespace, name, uid },
  };
  const ready = wantsAll || isReady(pod);
  const ports = service.spec.ports ?? [];
  // Only a headless Service may do without ports: its addresses are for DNS.
  if (ports.length === 0) return isHeadless(service) ? [{ address, port: undefined, ready }] : [];
  return ports.flatMap(port => {
    const number = targetPort(pod, port);
    if (number === undefined) return [];
    const { name: portName, protocol = 'TCP', appProtocol } = port;
    const named = { ...(portName && { name: portName }), port: number, protocol, ...(appProtocol && { appProtocol }) };
    return [{ address, port: named, ready }];
  });
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const portKey = (port: EndpointPort | undefined): string =>
  port ? [port.name, port.port, port.protocol, port.appProtocol].join(' ') : '';

/** Ports with the same addresses share a subset. */
function repack(places: readonly Placed[]): EndpointSubset[] {
  const byPort = Map.groupBy(places, place => portKey(place.port));
  const byAddresses = Map.groupBy(byPort.values(), group =>
    group
      .map(({ address, ready }) => `${address.ip} ${address.targetRef?.uid} ${ready}`)
      .sort()
      .join(),
  );
  const subsets = [...byAddresses.values()].map(groups => {
    const list = (ready: boolean) =>
      groups[0]!
        .filter(place => place.ready === ready)
        .map(place => place.address)
        .sort((a, b) => byText(a.ip, b.ip) || byText(a.targetRef?.uid ?? '', b.targetRef?.uid ?? ''));
    const ports = groups.flatMap(([first]) => (first?.port ? [first.port] : []));
    ports.sort(
      (a, b) => byText(a.name ?? '', b.name ?? '') || a.port - b.port || byText(a.protocol ?? '', b.protocol ?? ''),
    );
    const [addresses, notReadyAddresses] = [list(true), list(false)];
    return {
      ...(addresses.length > 0 && { addresses }),
      ...(notReadyAddresses.length > 0 && { notReadyAddresses }),
      ...(ports.length > 0 && { ports }),
    };
  });
  const order = (subset: EndpointSubset) => (subset.ports ?? []).map(portKey).join();
  return subsets.sort((a, b) => byText(order(a), order(b)));
}

/** Keeps ready addresses first, in the order of the subsets. */
function truncate(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; truncated: boolean } {
  const count = (key: 'addresses' | 'notReadyAddresses') =>
    subsets.reduce((sum, subset) => sum + (subset[key]?.length ?? 0), 0);
  if (count('addresses') + count('notReadyAddresses') <= capacity) return { subsets, truncated: false };
  let room = capacity;
  const keep = (list: EndpointAddress[] | undefined) => {
    const kept = (list ?? []).slice(0, room);
    room -= kept.length;
    return kept.length > 0 ? kept : undefined;
  };
  const ready = subsets.map(subset => keep(subset.addresses));
  const kept = subsets.map((subset, index) => {
    const notReadyAddresses = keep(subset.notReadyAddresses);
    const addresses = ready[index];
    const { ports } = subset;
    return { ...(addresses && { addresses }), ...(notReadyAddresses && { notReadyAddresses }), ports };
  });
  return { subsets: kept.filter(subset => subset.addresses ?? subset.notReadyAddresses), truncated: true };
}
