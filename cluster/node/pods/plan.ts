/**
 * What to do next for one pod, from what is wanted and what is there. Pure and level-based: the same answer however often it is
 * asked, and after any crash (upstream `computePodActions` and the terminating half of its pod workers).
 */
import type { Container, Pod } from '@orrery/kinds/types';
import { isRunning, newestOf, type ObservedPod, type ObservedSandbox } from './observed.ts';
import { planInit } from './plan-init.ts';
import {
  PlanBuilder,
  reasonToKill,
  shouldStart,
  withRestart,
  type Action,
  type Kill,
  type Plan,
  type PlanMemory,
} from './plan-steps.ts';
import {
  ephemeralContainersOf,
  initContainersOf,
  isSidecar,
  mainContainersOf,
  restartPolicyOf,
  hostNetworkOf,
} from './pod.ts';

/** The sandbox in use, or how the next one is to be made. */
export function currentSandbox(
  pod: Pod,
  { sandboxes }: ObservedPod,
): { sandbox: ObservedSandbox } | { sandbox?: undefined; attempt: number } {
  const [newest] = sandboxes;
  if (!newest) return { attempt: 0 };
  const renewed = { attempt: newest.attempt + 1 };
  if (sandboxes.filter(({ ready }) => ready).length > 1 || !newest.ready) return renewed;
  if (newest.hostNetwork !== hostNetworkOf(pod)) return renewed;
  if (!newest.hostNetwork && newest.ips.length === 0) return renewed;
  return { sandbox: newest };
}

/** The plan of a pod that is to run. */
export function planRunning(pod: Pod, observed: ObservedPod, memory: PlanMemory): Plan {
  const current = currentSandbox(pod, observed);
  if (!current.sandbox) return planSandbox(pod, observed, current.attempt);
  const { sandbox } = current;
  const builder = new PlanBuilder(pod, observed, memory);
  for (const { name } of ephemeralContainersOf(pod)) {
    if (!newestOf(observed, name)) builder.start(name);
  }
  const init = planInit(pod, observed, sandbox.id, memory, builder);
  if (init === 'failed') return planStop(observed);
  if (init === 'pending') return builder.plan;
  const live = mainContainersOf(pod).filter(container => planMain(pod, container, observed, memory, builder));
  return live.length === 0 ? planStop(observed) : builder.plan;
}

/** A pod without a usable sandbox: what still runs belongs to a lost one. */
function planSandbox(pod: Pod, observed: ObservedPod, attempt: number): Plan {
  const restarts = restartPolicyOf(pod) !== 'Never';
  if (!restarts && attempt !== 0 && observed.containers.length > 0) return planStop(observed);
  const wanted = mainContainersOf(pod).filter(({ name }) => {
    const last = newestOf(observed, name);
    return !(restartPolicyOf(pod) === 'OnFailure' && last?.state === 'exited' && last.exitCode === 0);
  });
  const begun = mainContainersOf(pod).some(({ name }) => newestOf(observed, name));
  if (wanted.length === 0 && begun) return planStop(observed);
  const kill = observed.containers.filter(isRunning).map(({ id, name }): Kill => ({ id, name, reason: 'ending' }));
  return {
    actions: [{ type: 'createSandbox', attempt, stop: observed.sandboxes.map(({ id }) => id), kill }],
    waiting: [],
  };
}

/** Nothing more to run: end the rest and give the network back. */
function planStop(observed: ObservedPod): Plan {
  const running = observed.containers.filter(isRunning);
  const actions: Action[] = running.map(({ id, name }) => ({ type: 'kill', id, name, reason: 'ending' }));
  if (running.length === 0) {
    for (const { id, ready } of observed.sandboxes) if (ready) actions.push({ type: 'stopSandbox', id });
  }
  return { actions, waiting: [] };
}

/** One main container. False when it has ended for good. */
function planMain(
  pod: Pod,
  container: Container,
  observed: ObservedPod,
  memory: PlanMemory,
  builder: PlanBuilder,
): boolean {
  const last = newestOf(observed, container.name);
  if (last?.state === 'unknown') {
    builder.kill(last, 'unknown', 'Container is in "unknown" state, try killing it before restart');
    return true;
  }
  if (!last || last.state !== 'running') {
    if (!shouldStart(pod, last)) return false;
    builder.startOrWait(container.name);
    return true;
  }
  const why = reasonToKill(container, last, memory);
  if (why) builder.kill(last, why.reason, withRestart(pod, `Container ${container.name} ${why.words}`));
  return true;
}

export interface Ending {
  /** When the grace period runs out. */
  deadline: number;
}

/**
 * The plan of a pod that must end: main containers together, then sidecars in reverse order (each waits for those after it, until the
 * grace period is over), then the sandboxes. An empty plan means: nothing is left.
 */
export function planEnding(pod: Pod | undefined, observed: ObservedPod, ending: Ending, now: number): Plan {
  const running = observed.containers.filter(({ state }) => state === 'running' || state === 'unknown');
  const graceSeconds = Math.max(0, Math.ceil((ending.deadline - now) / 1000));
  const sidecars = pod
    ? initContainersOf(pod)
        .filter(isSidecar)
        .map(({ name }) => name)
    : [];
  const late = now >= ending.deadline;
  const actions: Action[] = [];
  for (const { id, name } of running) {
    const place = sidecars.indexOf(name);
    const waits = place >= 0 && !late && running.some(other => endsBefore(other.name, place, sidecars));
    if (!waits) actions.push({ type: 'kill', id, name, reason: 'ending', graceSeconds });
  }
  if (running.length === 0) {
    for (const { id, ready } of observed.sandboxes) if (ready) actions.push({ type: 'stopSandbox', id });
  }
  return { actions, waiting: [], ...(running.length > 0 && !late && { wakeAt: ending.deadline }) };
}

const endsBefore = (name: string, place: number, sidecars: readonly string[]): boolean => {
  const other = sidecars.indexOf(name);
  return other < 0 || other > place;
};

/** Seconds that a pod has to end: as the deletion says, else as its spec says, never less than one. */
export function gracePeriodOf(pod: Pod): number {
  const seconds = pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  return Math.max(1, seconds);
}
