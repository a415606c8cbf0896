/** The state of an object as one word, by kind: what the filter `status` compares with, and what overviews count. */
import type { KubeObject } from '@orrery/machinery/meta';
import { podStatus } from './pods.ts';

export interface Loose extends KubeObject {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  type?: string;
}

const count = (value: unknown): number => (typeof value === 'number' ? value : 0);

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
  readonly lastUpdateTime?: string;
  readonly lastTransitionTime?: string;
}

const conditionsOf = ({ status }: Loose): readonly Condition[] => {
  const found = status?.['conditions'];
  return Array.isArray(found) ? (found as Condition[]) : [];
};

const isTrue = (object: Loose, type: string): boolean =>
  conditionsOf(object).some(found => found.type === type && found.status === 'True');

export const jobStatus = (job: Loose): string =>
  isTrue(job, 'Failed') ? 'failed' : isTrue(job, 'Complete') ? 'completed' : 'running';

const pressures = ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'NetworkUnavailable'];

export const nodeStatus = (node: Loose): string => {
  if (node.spec?.['unschedulable'] === true) return 'unschedulable';
  return isTrue(node, 'Ready') && !pressures.some(type => isTrue(node, type)) ? 'running' : 'warning';
};

const snapshotStatus = ({ metadata, status }: Loose): string =>
  metadata.deletionTimestamp ? 'deleting' : status?.['readyToUse'] === true ? 'ready' : 'creating';

const phaseOf = ({ status }: Loose): string | undefined => status?.['phase'] as string | undefined;

/** By plural name. */
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
  volumesnapshots: snapshotStatus,
};

/** Pods answer to both: to their phase, and to what people see. */
export const statesOf = (resource: string, object: Loose): readonly string[] => [
  ...(stateOf[resource] ? [stateOf[resource](object) ?? ''] : []),
  ...(resource === 'pods' ? [podStatus(object as never)] : []),
];

/** When something about it changed last, as far as it says so; its beginning otherwise. */
export function updateTimeOf(object: Loose): string {
  const times = conditionsOf(object).flatMap(({ lastUpdateTime, lastTransitionTime }) => [
    lastUpdateTime ?? '',
    lastTransitionTime ?? '',
  ]);
  return times.reduce((last, time) => (time > last ? time : last), object.metadata.creationTimestamp ?? '');
}
