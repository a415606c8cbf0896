/** The vocabulary of plans, and the steps that init and main containers share. */
import type { Container, Pod } from '@orrery/kinds/types';
import { formatDuration } from '@orrery/machinery/duration';
import { remainingBackOff, type BackOffEntry } from './back-off.ts';
import { containerHash } from './identity.ts';
import { newestOf, type ObservedContainer, type ObservedPod } from './observed.ts';
import { describePod, restartPolicyOf } from './pod.ts';

export type ProbeVerdict = 'success' | 'failure' | 'unknown';

/** What the agent remembers beside the runtime. */
export interface PlanMemory {
  now: number;
  /** Verdicts by container id; undefined while the probe has not run. */
  liveness(containerId: string): ProbeVerdict | undefined;
  startup(containerId: string): ProbeVerdict | undefined;
  /** Restart back-off by container name. */
  backOff(name: string): BackOffEntry | undefined;
}

export type KillReason = 'definitionChanged' | 'liveness' | 'startup' | 'unknown' | 'ending';

export interface Kill {
  id: string;
  name: string;
  reason: KillReason;
  /** The event's words; absent: "Stopping container x". */
  message?: string;
  /** Seconds between SIGTERM and SIGKILL, preStop included; absent: the container's own. */
  graceSeconds?: number;
}

export type Action =
  /** Ends what the old sandboxes hold, then makes a new one. */
  | { type: 'createSandbox'; attempt: number; stop: string[]; kill: Kill[] }
  /** In this order, one after the other. */
  | { type: 'start'; containers: StartContainer[] }
  | ({ type: 'kill' } & Kill)
  | { type: 'stopSandbox'; id: string };

export interface StartContainer {
  name: string;
  restartCount: number;
}

/** Why a container that should run does not. */
export interface Waiting {
  name: string;
  reason: string;
  message: string;
}

export interface Plan {
  actions: Action[];
  waiting: Waiting[];
  /** Look again at this time although nothing may happen before. */
  wakeAt?: number;
}

/** Whether a container that does not run is to be started, by the pod's restart policy. */
export function shouldStart(pod: Pod, last: ObservedContainer | undefined): boolean {
  if (!last || last.state !== 'exited') return true;
  const policy = restartPolicyOf(pod);
  if (policy === 'Never') return false;
  return policy === 'Always' || last.exitCode !== 0;
}

/** Why a running container must end; its successor is planned once it has. */
export function reasonToKill(
  container: Container,
  running: ObservedContainer,
  memory: PlanMemory,
): { reason: KillReason; words: string } | undefined {
  if (running.hash !== containerHash(container)) return { reason: 'definitionChanged', words: 'definition changed' };
  if (memory.liveness(running.id) === 'failure') return { reason: 'liveness', words: 'failed liveness probe' };
  if (memory.startup(running.id) === 'failure') return { reason: 'startup', words: 'failed startup probe' };
  return undefined;
}

export const withRestart = (pod: Pod, words: string): string =>
  restartPolicyOf(pod) === 'Never' ? words : `${words}, will be restarted`;

/** Collects actions; knows about restart counts and back-off. */
export class PlanBuilder {
  readonly plan: Plan = { actions: [], waiting: [] };
  readonly #pod: Pod;
  readonly #observed: ObservedPod;
  readonly #memory: PlanMemory;

  constructor(pod: Pod, observed: ObservedPod, memory: PlanMemory) {
    this.#pod = pod;
    this.#observed = observed;
    this.#memory = memory;
  }

  start(name: string): void {
    const last = newestOf(this.#observed, name);
    const container = { name, restartCount: last ? last.restartCount + 1 : this.#reportedRestarts(name) };
    const present = this.plan.actions.find(action => action.type === 'start');
    if (present) present.containers.push(container);
    else this.plan.actions.push({ type: 'start', containers: [container] });
  }

  /** Starts, or waits while the back-off of its last end lasts. */
  startOrWait(name: string): void {
    const last = newestOf(this.#observed, name);
    if (last?.state === 'exited') {
      const { now } = this.#memory;
      const entry = this.#memory.backOff(name);
      const rest = remainingBackOff(entry, last.finishedAt, now);
      if (rest > 0) return this.#wait(name, entry!.delayMs, now + rest);
    }
    this.start(name);
  }

  kill({ id, name }: ObservedContainer, reason: KillReason, message: string): void {
    this.plan.actions.push({ type: 'kill', id, name, reason, message });
  }

  #wait(name: string, delayMs: number, until: number): void {
    const message = `back-off ${formatDuration(delayMs)} restarting failed container=${name} pod=${describePod(this.#pod)}`;
    this.plan.waiting.push({ name, reason: 'CrashLoopBackOff', message });
    this.plan.wakeAt = Math.min(this.plan.wakeAt ?? Infinity, until);
  }

  /** When the runtime lost the dead containers, the API still knows how often there was one. */
  #reportedRestarts(name: string): number {
    const { initContainerStatuses = [], containerStatuses = [] } = this.#pod.status ?? {};
    const status = [...initContainerStatuses, ...containerStatuses].find(candidate => candidate.name === name);
    return status?.containerID ? status.restartCount + 1 : 0;
  }
}
