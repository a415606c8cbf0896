/** Filters and orders that only some kinds know (KubeSphere's list protocol), also by what other objects say. */
import type { KubeObject } from '@orrery/machinery/meta';
import { matches, selectorFromMap } from '@orrery/machinery/selector';
import type { Filter } from '../lists/filters.ts';
import type { Listing } from '../lists/list.ts';
import { podReason, restartsOf, type PodLike } from './pods.ts';
import { statesOf, updateTimeOf, type Loose } from './states.ts';

export { jobStatus, nodeStatus, stateOf, workloadStatus } from './states.ts';

/** What else the user sees, for filters that look at other objects. */
export interface Related {
  list(resource: string, namespace?: string): readonly Loose[];
}

const nothing: Related = { list: () => [] };

const same = (value: unknown, wanted: string): boolean =>
  typeof value === 'string' && value.toLowerCase() === wanted.toLowerCase();

/** Several states are separated by `|`; any of them will do. */
const statusOf =
  (resource: string): Filter<Loose> =>
  (object, value) => {
    const states = statesOf(resource, object);
    return value.split('|').some(wanted => states.some(state => same(state, wanted)));
  };

const field =
  (...path: readonly string[]): Filter<Loose> =>
  (object, value) => {
    let found: unknown = object;
    for (const name of path) found = (found as Record<string, unknown> | undefined)?.[name];
    return found === value;
  };

const usesClaim: Filter<Loose> = (pod, value) =>
  (pod as PodLike).spec?.volumes?.some(({ persistentVolumeClaim: claim }) => claim?.claimName === value) ?? false;

const hasAddress: Filter<Loose> = (pod, value) => {
  const { podIP, podIPs = [] } = (pod as PodLike).status ?? {};
  return [podIP, ...podIPs.map(({ ip }) => ip)].some(address => address?.includes(value));
};

/** Owned, or owned by a ReplicaSet that is. */
const ownedThroughSets =
  ({ list }: Related): Filter<Loose> =>
  ({ metadata: { namespace, ownerReferences = [] } }, value) => {
    if (ownerReferences.some(({ uid }) => uid === value)) return true;
    const sets = ownerReferences.filter(({ kind }) => kind === 'ReplicaSet').map(({ uid }) => uid);
    if (sets.length === 0) return false;
    return list('replicasets', namespace).some(
      set =>
        sets.includes(set.metadata.uid ?? '') &&
        set.metadata.ownerReferences?.some(({ uid }) => uid === value) === true,
    );
  };

const behindService =
  ({ list }: Related): Filter<Loose> =>
  ({ metadata: { namespace, labels } }, value) => {
    const service = list('services', namespace).find(({ metadata }) => metadata.name === value);
    const selector = service?.spec?.['selector'] as Record<string, string> | undefined;
    return selector !== undefined && Object.keys(selector).length > 0 && matches(selectorFromMap(selector), labels);
  };

const text = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
const by =
  (valueOf: (object: Loose) => string) =>
  (left: Loose, right: Loose): number =>
    text(valueOf(left), valueOf(right));

/** When an event was seen last; whoever counts them writes it elsewhere than who does not. */
const lastSeen = (event: Loose): string => {
  const { series, lastTimestamp, eventTime } = event as {
    series?: { lastObservedTime?: string };
    lastTimestamp?: string;
    eventTime?: string;
  };
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? event.metadata.creationTimestamp ?? '';
};

const kinds: Readonly<Record<string, (related: Related) => Listing<Loose>>> = {
  pods: related => ({
    filters: {
      nodeName: field('spec', 'nodeName'),
      pvcName: usesClaim,
      serviceName: behindService(related),
      ownerReference: ownedThroughSets(related),
      podIP: hasAddress,
      phase: ({ status }, value) => same(status?.['phase'], value),
    },
    orders: {
      nodeName: by(({ spec }) => String(spec?.['nodeName'] ?? '')),
      status: by(pod => podReason(pod as PodLike)),
      restarts: (left, right) => restartsOf(left as PodLike) - restartsOf(right as PodLike),
    },
  }),
  events: () => ({ orders: { lastTimestamp: by(lastSeen) } }),
  persistentvolumeclaims: () => ({ filters: { storageClassName: field('spec', 'storageClassName') } }),
  persistentvolumes: () => ({ filters: { storageClassName: field('spec', 'storageClassName') } }),
  secrets: () => ({ filters: { type: field('type') } }),
  horizontalpodautoscalers: () => ({
    filters: {
      targetKind: field('spec', 'scaleTargetRef', 'kind'),
      targetName: field('spec', 'scaleTargetRef', 'name'),
    },
  }),
  volumesnapshots: () => ({
    filters: {
      volumeSnapshotClassName: field('spec', 'volumeSnapshotClassName'),
      persistentVolumeClaimName: field('spec', 'source', 'persistentVolumeClaimName'),
    },
  }),
};

/** What a query makes a list of this kind look at beside its own objects. */
export function relatedKinds(resource: string, search: URLSearchParams): readonly string[] {
  if (resource !== 'pods') return [];
  return [...(search.get('serviceName') ? ['services'] : []), ...(search.get('ownerReference') ? ['replicasets'] : [])];
}

export function listingOf(resource: string, related: Related = nothing): Listing<KubeObject> {
  const own = (Object.hasOwn(kinds, resource) ? kinds[resource]! : () => ({}))(related) as Listing<Loose>;
  const updated = by(updateTimeOf);
  return {
    filters: { status: statusOf(resource), ...own.filters },
    orders: {
      updateTime: updated,
      lastUpdateTimestamp: updated,
      status: by(object => statesOf(resource, object)[0] ?? ''),
      ...own.orders,
    },
  } as Listing<KubeObject>;
}
