/** The row of a pod (printers `printPod`). */
import { each } from '../fill.ts';
import type { Container, ContainerStatus, Pod } from '../types.data.ts';
import { age, nameOf, none, since } from './format.ts';
import type { Cells } from './format.ts';

/** What the walk over container statuses finds. */
interface Summary {
  reason: string;
  restarts: number;
  ready: number;
  /** When a container last ended before its latest restart. */
  lastRestart: string;
}

const later = (a: string, b: string | undefined | null): string => (b && b > a ? b : a);
const isSidecar = (container: Container | undefined): boolean => container?.restartPolicy === 'Always';
const hasCondition = (pod: Pod, type: string): boolean =>
  each(pod.status?.conditions).some(condition => condition.type === type && condition.status === 'True');

function terminationReason({ state }: ContainerStatus): string {
  const ended = state!.terminated!;
  return ended.reason || (ended.signal ? `Signal:${ended.signal}` : `ExitCode:${ended.exitCode}`);
}

/** Undefined when this init container is done or a running sidecar; else why initialization has not gone on. */
function initReason(status: ContainerStatus, sidecar: boolean, at: number, total: number): string | undefined {
  const { state } = status;
  if (state?.terminated && state.terminated.exitCode === 0) return undefined;
  if (sidecar && status.started) return undefined;
  if (state?.terminated) return `Init:${terminationReason(status)}`;
  const waiting = state?.waiting?.reason;
  return waiting && waiting !== 'PodInitializing' ? `Init:${waiting}` : `Init:${at}/${total}`;
}

interface InitSummary extends Summary {
  readonly initializing: boolean;
  /** Restarts of sidecars alone: all that counts once initialization is over. */
  readonly sidecarRestarts: number;
  readonly sidecarLast: string;
}

function summarizeInit(pod: Pod, reason: string): InitSummary {
  const byName = new Map(each(pod.spec.initContainers).map(container => [container.name, container]));
  const found = {
    reason,
    restarts: 0,
    ready: 0,
    lastRestart: '',
    initializing: false,
    sidecarRestarts: 0,
    sidecarLast: '',
  };
  const statuses = each(pod.status?.initContainerStatuses);
  for (const [at, status] of statuses.entries()) {
    const sidecar = isSidecar(byName.get(status.name));
    const ended = status.lastState?.terminated?.finishedAt;
    found.restarts += status.restartCount;
    found.lastRestart = later(found.lastRestart, ended);
    if (sidecar) {
      found.sidecarRestarts += status.restartCount;
      found.sidecarLast = later(found.sidecarLast, ended);
    }
    const why = initReason(status, sidecar, at, byName.size);
    if (why === undefined) {
      if (sidecar && status.started && status.ready && !(status.state?.terminated?.exitCode === 0)) found.ready++;
      continue;
    }
    found.reason = why;
    found.initializing = true;
    break;
  }
  return found;
}

function summarizeMain(pod: Pod, init: InitSummary): Summary {
  const found: Summary = {
    reason: init.reason,
    restarts: init.sidecarRestarts,
    ready: init.ready,
    lastRestart: init.sidecarLast,
  };
  let running = false;
  for (const status of each(pod.status?.containerStatuses).toReversed()) {
    found.restarts += status.restartCount;
    found.lastRestart = later(found.lastRestart, status.lastState?.terminated?.finishedAt);
    const { waiting, terminated, running: runs } = status.state ?? {};
    if (waiting?.reason) found.reason = waiting.reason;
    else if (terminated) found.reason = terminationReason(status);
    else if (status.ready && runs) {
      running = true;
      found.ready++;
    }
  }
  if (found.reason === 'Completed' && running) found.reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
  return found;
}

function summarize(pod: Pod): Summary {
  const phase = pod.status?.phase ?? '';
  const gated = each(pod.status?.conditions).some(
    condition => condition.type === 'PodScheduled' && condition.reason === 'SchedulingGated',
  );
  const init = summarizeInit(pod, gated ? 'SchedulingGated' : pod.status?.reason || phase);
  const found = !init.initializing || hasCondition(pod, 'Initialized') ? summarizeMain(pod, init) : init;
  if (!pod.metadata.deletionTimestamp) return found;
  if (pod.status?.reason === 'NodeLost') return { ...found, reason: 'Unknown' };
  return phase === 'Succeeded' || phase === 'Failed' ? found : { ...found, reason: 'Terminating' };
}

function readinessGates(pod: Pod): string {
  const gates = each(pod.spec.readinessGates);
  if (gates.length === 0) return none;
  return `${gates.filter(gate => hasCondition(pod, gate.conditionType)).length}/${gates.length}`;
}

export const podCells: Cells<Pod> = (pod, nowMs) => {
  const { reason, restarts, ready, lastRestart } = summarize(pod);
  const total = each(pod.spec.containers).length + each(pod.spec.initContainers).filter(isSidecar).length;
  const restartText =
    restarts !== 0 && lastRestart !== '' ? `${restarts} (${since(lastRestart, nowMs)} ago)` : `${restarts}`;
  return [
    nameOf(pod),
    `${ready}/${total}`,
    reason,
    restartText,
    age(pod, nowMs),
    pod.status?.podIPs?.[0]?.ip || pod.status?.podIP || none,
    pod.spec.nodeName || none,
    pod.status?.nominatedNodeName || none,
    readinessGates(pod),
  ];
};
