/** The phase of a pod from its container statuses (upstream `getPhase`). */
import type { ContainerStatus, Pod, PodPhase } from '@orrery/kinds/types';
import { initContainersOf, isSidecar, mainContainersOf, restartPolicyOf } from './pod.ts';

interface Statuses {
  init: readonly ContainerStatus[];
  main: readonly ContainerStatus[];
}

const named = (statuses: readonly ContainerStatus[], name: string): ContainerStatus | undefined =>
  statuses.find(status => status.name === name);

/** `ended` says that the pod will not be restarted whatever its policy (it was deleted, evicted, ran out of time). */
export function phaseOf(pod: Pod, statuses: Statuses, ended: boolean): PodPhase {
  const policy = restartPolicyOf(pod);
  const init = countInit(pod, statuses.init);
  if (init.failed > 0 && policy === 'Never') return 'Failed';
  const main = countMain(pod, statuses.main);
  if (init.pendingOrdinary > 0 || (init.pendingSidecars > 0 && !main.anyStarted))
    return ended ? endedEarly(main) : 'Pending';
  if (main.waiting > 0) return ended ? endedEarly(main) : 'Pending';
  if (main.running > 0 && main.unknown === 0) return 'Running';
  if (main.running > 0 || main.stopped === 0 || main.unknown > 0)
    return ended && main.running === 0 ? 'Failed' : 'Pending';
  if (ended) return main.stopped === main.succeeded ? 'Succeeded' : 'Failed';
  if (policy === 'Always') return 'Running';
  if (main.stopped === main.succeeded) return 'Succeeded';
  return policy === 'Never' ? 'Failed' : 'Running';
}

/** A pod that ended before all its containers ran has failed. */
const endedEarly = (main: { running: number }): PodPhase => (main.running > 0 ? 'Running' : 'Failed');

function countInit(pod: Pod, statuses: readonly ContainerStatus[]) {
  const count = { pendingOrdinary: 0, pendingSidecars: 0, failed: 0 };
  for (const container of initContainersOf(pod)) {
    const status = named(statuses, container.name);
    if (isSidecar(container)) {
      const pending =
        !status ||
        (status.state?.running && !status.started) ||
        (status.state?.waiting && !status.lastState?.terminated);
      if (pending) count.pendingSidecars++;
    } else if (status?.state?.terminated) {
      if (status.state.terminated.exitCode !== 0) count.failed++;
    } else if (status?.state?.waiting && status.lastState?.terminated && status.lastState.terminated.exitCode !== 0) {
      count.failed++;
    } else {
      count.pendingOrdinary++;
    }
  }
  return count;
}

function countMain(pod: Pod, statuses: readonly ContainerStatus[]) {
  const count = { unknown: 0, running: 0, waiting: 0, stopped: 0, succeeded: 0, anyStarted: false };
  for (const { name } of mainContainersOf(pod)) {
    const status = named(statuses, name);
    const { running, terminated, waiting } = status?.state ?? {};
    if (running || terminated || status?.lastState?.terminated) count.anyStarted = true;
    if (running) count.running++;
    else if (terminated) {
      count.stopped++;
      if (terminated.exitCode === 0) count.succeeded++;
    } else if (waiting) {
      if (status?.lastState?.terminated) count.stopped++;
      else count.waiting++;
    } else count.unknown++;
  }
  return count;
}
