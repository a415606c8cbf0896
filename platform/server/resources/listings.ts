/** Filters that only some kinds know (KubeSphere's list protocol): states as one word, and where something is or what it uses. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Filter } from '../lists/filters.ts';
import type { Listing } from '../lists/list.ts';

interface Loose extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  type?: string;
}

const count = (value: unknown): number => (typeof value === 'number' ? value : 0);
const same = (value: unknown, wanted: string): boolean =>
  typeof value === 'string' && value.toLowerCase() === wanted.toLowerCase();

/** `stopped`, `running` or `updating`, from what was asked for, what is there and what is ready. */
export function workloadStatus({ spec, status }: Loose): string {
  const wanted = count(status?.['desiredNumberScheduled'] ?? spec?.['replicas']);
  if (wanted === 0) return 'stopped';
  const ready = count(status?.['numberReady'] ?? status?.['readyReplicas']);
  const updated = count(status?.['updatedNumberScheduled'] ?? status?.['updatedReplicas']);
  return ready >= wanted && updated >= wanted ? 'running' : 'updating';
}

interface Condition {
  readonly type: string;
  readonly status: string;
}

const isTrue = ({ status }: Loose, type: string): boolean =>
  ((status?.['conditions'] ?? []) as Condition[]).some(found => found.type === type && found.status === 'True');

export const jobStatus = (job: Loose): string =>
  isTrue(job, 'Failed') ? 'failed' : isTrue(job, 'Complete') ? 'completed' : 'running';

export const nodeStatus = (node: Loose): string =>
  node.spec?.['unschedulable'] === true ? 'unschedulable' : isTrue(node, 'Ready') ? 'running' : 'warning';

const usesClaim: Filter<Loose> = ({ spec }, value) =>
  ((spec?.['volumes'] ?? []) as { persistentVolumeClaim?: { claimName?: string } }[]).some(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === value,
  );

const workload: Listing<Loose> = { filters: { status: (object, value) => workloadStatus(object) === value } };
const phase: Filter<Loose> = ({ status }, value) => same(status?.['phase'], value);
const storageClass: Filter<Loose> = ({ spec }, value) => spec?.['storageClassName'] === value;

/** When an event was seen last; whoever counts them writes it elsewhere than who does not. */
const lastSeen = (event: Loose): string => {
  const { series, lastTimestamp, eventTime } = event as {
    series?: { lastObservedTime?: string };
    lastTimestamp?: string;
    eventTime?: string;
  };
  return series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? event.metadata.creationTimestamp ?? '';
};

const byLastSeen = (left: Loose, right: Loose): number => {
  const [one, other] = [lastSeen(left), lastSeen(right)];
  return one < other ? -1 : one > other ? 1 : 0;
};

export const listings: Readonly<Record<string, Listing<Loose>>> = {
  deployments: workload,
  statefulsets: workload,
  daemonsets: workload,
  jobs: { filters: { status: (object, value) => jobStatus(object) === value } },
  cronjobs: {
    filters: { status: ({ spec }, value) => (spec?.['suspend'] === true ? 'paused' : 'running') === value },
  },
  pods: {
    filters: {
      nodeName: ({ spec }, value) => spec?.['nodeName'] === value,
      pvcName: usesClaim,
      phase,
      status: phase,
    },
  },
  nodes: { filters: { status: (object, value) => nodeStatus(object) === value } },
  namespaces: { filters: { status: phase } },
  events: { orders: { lastTimestamp: byLastSeen } },
  persistentvolumeclaims: { filters: { status: phase, storageClassName: storageClass } },
  persistentvolumes: { filters: { status: phase, storageClassName: storageClass } },
  secrets: { filters: { type: ({ type }, value) => type === value } },
};

const phaseOf = ({ status }: Loose): string | undefined => status?.['phase'] as string | undefined;

/** The state of an object as one word, by plural name: what the filter `status` compares with, and what overviews count. */
export const stateOf: Readonly<Record<string, (object: Loose) => string | undefined>> = {
  deployments: workloadStatus,
  statefulsets: workloadStatus,
  daemonsets: workloadStatus,
  jobs: jobStatus,
  cronjobs: ({ spec }) => (spec?.['suspend'] === true ? 'paused' : 'running'),
  nodes: nodeStatus,
  pods: phaseOf,
  namespaces: phaseOf,
  persistentvolumeclaims: phaseOf,
  persistentvolumes: phaseOf,
};
