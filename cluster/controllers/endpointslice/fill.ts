/**
 * Distributing endpoints over EndpointSlices so that a change touches as few of them as possible: slices with changes are filled
 * first, then one that has room for all the rest, then new ones (upstream `k8s.io/endpointslice`).
 */
import type { Endpoint, EndpointSlice, DiscoveryV1EndpointPort as EndpointPort } from '@orrery/kinds/types';
import { semanticEqual } from '../common/equal.ts';

export interface SliceChanges {
  readonly create: readonly EndpointSlice[];
  readonly update: readonly EndpointSlice[];
  readonly remove: readonly EndpointSlice[];
}

/** All endpoints of one address family that offer the same ports. */
export interface PortGroup {
  readonly ports: readonly EndpointPort[];
  readonly endpoints: readonly Endpoint[];
}

/** What makes an endpoint the same one as before, whatever its conditions. None of the parts can hold a newline. */
const identity = ({ addresses, hostname, nodeName, targetRef, zone }: Endpoint): string =>
  [addresses.join(), hostname, nodeName, targetRef?.namespace, targetRef?.name, targetRef?.uid, zone].join('\n');

/** Equal for lists of the same ports, in whatever order. */
export const portsKey = (ports: readonly EndpointPort[] | undefined): string =>
  (ports ?? [])
    .map(({ name, port, protocol, appProtocol }) => [name, port, protocol, appProtocol].join(' '))
    .sort()
    .join();

/** Fits the groups into the existing slices of one address family. `blank` makes an empty slice with current labels. */
export function fitSlices(
  existing: readonly EndpointSlice[],
  groups: readonly PortGroup[],
  blank: (ports: readonly EndpointPort[]) => EndpointSlice,
  maxPerSlice = 100,
): SliceChanges {
  const byPorts = Map.groupBy(existing, slice => portsKey(slice.ports));
  const changes = groups.map(group => fitGroup(byPorts.get(portsKey(group.ports)) ?? [], group, blank, maxPerSlice));
  const wanted = new Set(groups.map(group => portsKey(group.ports)));
  const stale = existing.filter(slice => !wanted.has(portsKey(slice.ports)));
  const create = changes.flatMap(change => change.create);
  const update = changes.flatMap(change => change.update);
  const remove = [...changes.flatMap(change => change.remove), ...stale];
  if (existing.length !== remove.length || create.length > 0) return { create, update, remove };
  // A Service without endpoints has one empty slice: consumers can tell it from one that was not looked at yet.
  const placeholder = blank([]);
  const kept = remove.find(slice => isPlaceholder(slice, placeholder));
  return kept
    ? { create, update, remove: remove.filter(slice => slice !== kept) }
    : { create: [placeholder], update, remove };
}

const isPlaceholder = (slice: EndpointSlice, placeholder: EndpointSlice): boolean =>
  (slice.endpoints ?? []).length === 0 &&
  (slice.ports ?? []).length === 0 &&
  semanticEqual(slice.metadata.labels, placeholder.metadata.labels);

function fitGroup(
  existing: readonly EndpointSlice[],
  { ports, endpoints }: PortGroup,
  blank: (ports: readonly EndpointPort[]) => EndpointSlice,
  maxPerSlice: number,
): SliceChanges {
  const waiting = new Map(endpoints.map(endpoint => [identity(endpoint), endpoint]));
  const { labels } = blank(ports).metadata;
  const changed: EndpointSlice[] = [];
  const unchanged: EndpointSlice[] = [];
  const remove: EndpointSlice[] = [];
  for (const slice of existing) {
    const before = slice.endpoints ?? [];
    const kept = keepWanted(before, waiting);
    const relabelled = !semanticEqual(slice.metadata.labels, labels);
    if (before.length > 0 && kept.length === 0) remove.push(slice);
    else if (relabelled || !semanticEqual(before, kept)) changed.push(withEndpoints(slice, kept, labels));
    else unchanged.push(slice);
  }
  const update = fillUp(changed, waiting, maxPerSlice);
  const roomy =
    waiting.size > 0 && waiting.size < maxPerSlice ? bestFit(unchanged, waiting.size, maxPerSlice) : undefined;
  if (roomy) {
    update.push(withEndpoints(roomy, [...(roomy.endpoints ?? []), ...waiting.values()], labels));
    waiting.clear();
  }
  const rest = [...waiting.values()];
  const create: EndpointSlice[] = [];
  for (let from = 0; from < rest.length; from += maxPerSlice) {
    create.push({ ...blank(ports), endpoints: rest.slice(from, from + maxPerSlice) });
  }
  return { create, update, remove };
}

/** The endpoints of a slice that are still wanted, in their present form; they are taken off the waiting list. */
function keepWanted(before: readonly Endpoint[], waiting: Map<string, Endpoint>): Endpoint[] {
  const kept: Endpoint[] = [];
  for (const endpoint of before) {
    const key = identity(endpoint);
    const wanted = waiting.get(key);
    if (!wanted) continue;
    kept.push(wanted);
    waiting.delete(key);
  }
  return kept;
}

const withEndpoints = (
  slice: EndpointSlice,
  endpoints: Endpoint[],
  labels: Record<string, string> | undefined,
): EndpointSlice => ({ ...slice, metadata: { ...slice.metadata, labels }, endpoints });

/** Fills the slices that change anyway, the fullest first. */
function fillUp(
  changed: readonly EndpointSlice[],
  waiting: Map<string, Endpoint>,
  maxPerSlice: number,
): EndpointSlice[] {
  const fullestFirst = [...changed].sort((a, b) => (b.endpoints?.length ?? 0) - (a.endpoints?.length ?? 0));
  return fullestFirst.map(slice => {
    const endpoints = [...(slice.endpoints ?? [])];
    for (const [key, endpoint] of waiting) {
      if (endpoints.length >= maxPerSlice) break;
      endpoints.push(endpoint);
      waiting.delete(key);
    }
    return { ...slice, endpoints };
  });
}

/** The slice that is fullest once so many more are in it, if they fit at all. */
function bestFit(slices: readonly EndpointSlice[], more: number, maxPerSlice: number): EndpointSlice | undefined {
  return slices
    .filter(slice => (slice.endpoints ?? []).length + more <= maxPerSlice)
    .sort((a, b) => (b.endpoints ?? []).length - (a.endpoints ?? []).length)[0];
}
