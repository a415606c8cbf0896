/** One container's status as the API shows it (upstream `convertToAPIContainerStatuses`). */
import type { Container, ContainerState, ContainerStatus, Pod, VolumeMountStatus } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import type { ObservedContainer, ObservedPod } from './observed.ts';
import { initContainersOf, type Member } from './pod.ts';
import { shouldStart } from './plan-steps.ts';
import { waitingToBeStarted } from './waiting.ts';

export interface StatusMemory {
  /** First part of container ids, e.g. `containerd`. */
  runtimeName: string;
  /** Why a container that should run does not (failed start, back-off), by name. */
  waiting: ReadonlyMap<string, { reason: string; message: string }>;
  /** Whether a running container has passed its startup probe (or has none). */
  started(containerId: string): boolean;
  /** Whether a running, started container is ready by its readiness probe (or has none). */
  ready(containerId: string): boolean;
  /** The pod is ending: nothing is restarted. */
  ending: boolean;
}

export function containerStatusOf(
  pod: Pod,
  member: Member,
  observed: ObservedPod,
  memory: StatusMemory,
): ContainerStatus {
  const { container, kind } = member;
  const instances = observed.containers.filter(({ name }) => name === container.name);
  const [newest, previous] = instances;
  const before = statusBefore(pod, container.name);
  if (!newest) return withoutInstance(pod, container, before, memory);
  const status = instanceStatus(container, newest, before, memory);
  if (previous) status.lastState = stateOf(previous, undefined, memory);
  else if (before?.lastState?.terminated && before.containerID === status.containerID)
    status.lastState = before.lastState;
  const waiting = memory.waiting.get(container.name);
  const restarts = kind !== 'ephemeral' && !memory.ending && (kind === 'sidecar' || restartable(pod, kind, newest));
  if (waiting && restarts && newest.state !== 'running') {
    status.lastState = status.state?.terminated ? status.state : (status.lastState ?? {});
    status.state = { waiting };
  }
  const running = newest.state === 'running';
  status.started = running && memory.started(newest.id);
  status.ready =
    kind === 'init'
      ? status.state?.terminated?.exitCode === 0
      : kind !== 'ephemeral' && status.started && memory.ready(newest.id);
  if (kind === 'ephemeral') delete status.started;
  return status;
}

const restartable = (pod: Pod, kind: Member['kind'], newest: ObservedContainer): boolean =>
  kind === 'init' && newest.state === 'exited' && newest.exitCode === 0 ? false : shouldStart(pod, newest);

function statusBefore(pod: Pod, name: string): ContainerStatus | undefined {
  const { initContainerStatuses = [], containerStatuses = [], ephemeralContainerStatuses = [] } = pod.status ?? {};
  return [...initContainerStatuses, ...containerStatuses, ...ephemeralContainerStatuses].find(
    status => status.name === name,
  );
}

/** A container that the runtime does not have: not made yet, removed after its end, or lost. */
function withoutInstance(
  pod: Pod,
  container: Container,
  before: ContainerStatus | undefined,
  memory: StatusMemory,
): ContainerStatus {
  const base: ContainerStatus = {
    name: container.name,
    image: container.image ?? '',
    imageID: '',
    ready: false,
    restartCount: before?.restartCount ?? 0,
    started: false,
  };
  if (before?.state?.terminated) {
    const kept = { ...before, started: false, ready: initSucceeded(pod, before) };
    const waiting = memory.ending ? undefined : memory.waiting.get(container.name);
    return waiting ? { ...kept, ready: false, state: { waiting }, lastState: before.state } : kept;
  }
  if (before?.state?.running) return lost(base, before, memory);
  const lastState = before?.lastState;
  const waiting = memory.waiting.get(container.name) ?? {
    reason: waitingToBeStarted(initContainersOf(pod).length > 0),
  };
  return {
    ...base,
    state: { waiting },
    lastState: lastState ?? {},
    ...(before?.containerID && { imageID: before.imageID }),
  };
}

const initSucceeded = (pod: Pod, { name, state }: ContainerStatus): boolean =>
  state?.terminated?.exitCode === 0 &&
  initContainersOf(pod).some(container => container.name === name && container.restartPolicy !== 'Always');

function lost(base: ContainerStatus, before: ContainerStatus, memory: StatusMemory): ContainerStatus {
  const when = memory.ending ? 'terminated' : 'deleted';
  const used = memory.ending ? '' : '.  The container used to be Running';
  const terminated = {
    reason: 'ContainerStatusUnknown',
    message: `The container could not be located when the pod was ${when}${used}`,
    exitCode: 137,
    startedAt: before.state?.running?.startedAt,
    ...(before.containerID && { containerID: before.containerID }),
  };
  if (memory.ending) return { ...before, ...base, state: { terminated }, lastState: before.lastState ?? {} };
  const waiting = memory.waiting.get(base.name) ?? { reason: 'ContainerCreating' };
  return { ...base, restartCount: before.restartCount + 1, state: { waiting }, lastState: { terminated } };
}

function instanceStatus(
  container: Container,
  instance: ObservedContainer,
  before: ContainerStatus | undefined,
  memory: StatusMemory,
): ContainerStatus {
  const { status, restartCount } = instance;
  const requests = container.resources?.requests;
  const mounts = (container.volumeMounts ?? []).map(mountStatus);
  const { user } = status;
  return {
    name: container.name,
    state: stateOf(instance, before, memory),
    lastState: {},
    ready: false,
    restartCount,
    image: status.image,
    imageID: status.imageRef,
    containerID: idOf(instance, memory),
    started: false,
    ...(requests && Object.keys(requests).length > 0 && { allocatedResources: requests }),
    resources: resourcesOf(container),
    ...(mounts.length > 0 && { volumeMounts: mounts }),
    ...(user && { user: { linux: { uid: user.uid, gid: user.gid, supplementalGroups: user.supplementalGroups } } }),
  };
}

const resourcesOf = ({
  resources,
}: Container): { limits?: Record<string, string>; requests?: Record<string, string> } => ({
  ...(resources?.limits && { limits: resources.limits }),
  ...(resources?.requests && { requests: resources.requests }),
});

const mountStatus = ({
  name,
  mountPath,
  readOnly,
  recursiveReadOnly,
}: NonNullable<Container['volumeMounts']>[number]): VolumeMountStatus => ({
  name,
  mountPath,
  ...(readOnly && { readOnly, recursiveReadOnly: recursiveReadOnly === 'Enabled' ? 'Enabled' : 'Disabled' }),
});

const idOf = ({ id }: ObservedContainer, { runtimeName }: StatusMemory): string => `${runtimeName}://${id}`;

function stateOf(
  instance: ObservedContainer,
  before: ContainerStatus | undefined,
  memory: StatusMemory,
): ContainerState {
  const { state, startedAt, finishedAt, exitCode, reason } = instance;
  if (state === 'running') return { running: { startedAt: formatTime(startedAt) } };
  if (state === 'exited') {
    const message = instance.terminationMessage || instance.message;
    const terminated = {
      exitCode,
      reason: reason || (exitCode === 0 ? 'Completed' : 'Error'),
      ...(message && { message }),
      startedAt: formatTime(startedAt),
      finishedAt: formatTime(finishedAt),
      containerID: idOf(instance, memory),
    };
    return { terminated };
  }
  if (state === 'unknown' && before?.state?.running) {
    const message = 'The container could not be located when the pod was terminated';
    return {
      terminated: { exitCode: 137, reason: 'ContainerStatusUnknown', message, containerID: idOf(instance, memory) },
    };
  }
  return { waiting: memory.waiting.get(instance.name) ?? { reason: 'ContainerCreating' } };
}
