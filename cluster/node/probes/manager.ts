/** Probes of all running containers of the node, each by its own timer. */
import type { Container, Pod, Probe } from '@orrery/kinds/types';
import type { Clock, Timer } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import type { ObservedContainer, ObservedPod } from '../pods/observed.ts';
import { membersOf, uidOf, type Member } from '../pods/pod.ts';
import type { ProbeVerdict } from '../pods/plan-steps.ts';
import type { Prober } from './prober.ts';
import { afterProbe, initialState, periodMs, type ProbeKind, type ProbeState } from './state.ts';

export interface ProbeManagerOptions {
  clock: Clock;
  random: Random;
  prober: Prober;
  record(pod: Pod, container: string, type: 'Normal' | 'Warning', reason: string, message: string): void;
  /** A verdict changed: look at the pod. */
  onVerdict(uid: string): void;
}

export interface ProbeManager {
  /** Starts probes of containers that run, ends those of others. Call with every observation. */
  sync(pod: Pod, observed: ObservedPod, podIp: string, ending: boolean): void;
  forget(uid: string): void;
  liveness(containerId: string): ProbeVerdict | undefined;
  startup(containerId: string): ProbeVerdict | undefined;
  /** Whether a running container is past its startup probe. */
  started(containerId: string): boolean;
  /** Whether a running container takes requests. */
  ready(containerId: string): boolean;
}

interface Worker {
  uid: string;
  kind: ProbeKind;
  containerId: string;
  pod: Pod;
  container: Container;
  probe: Probe;
  podIp: string;
  state: ProbeState;
  timer?: Timer;
  ended: boolean;
}

const kinds: readonly ProbeKind[] = ['startup', 'readiness', 'liveness'];
const titles: Record<ProbeKind, string> = { startup: 'Startup', readiness: 'Readiness', liveness: 'Liveness' };
const probeOf = (container: Container, kind: ProbeKind): Probe | undefined => container[`${kind}Probe`];

export function createProbeManager(options: ProbeManagerOptions): ProbeManager {
  const workers = new Map<string, Worker>();
  const find = (containerId: string, kind: ProbeKind) => workers.get(`${containerId}/${kind}`);
  const started = (containerId: string) => (find(containerId, 'startup')?.state.verdict ?? 'success') === 'success';

  const begin = (
    pod: Pod,
    { container, kind: role }: Member,
    instance: ObservedContainer,
    podIp: string,
    ending: boolean,
  ): Set<string> => {
    const keys = new Set<string>();
    for (const kind of kinds) {
      const probe = probeOf(container, kind);
      // A pod that ends is not restarted for a failed probe any more.
      if (!probe || role === 'init' || (ending && kind !== 'readiness')) continue;
      const key = `${instance.id}/${kind}`;
      keys.add(key);
      const present = workers.get(key);
      if (present) Object.assign(present, { pod, podIp });
      else workers.set(key, startWorker(kind, probe, pod, container, instance, podIp, options, started));
    }
    return keys;
  };

  const end = (key: string, worker: Worker): void => {
    worker.ended = true;
    worker.timer?.cancel();
    workers.delete(key);
  };

  return {
    sync(pod, observed, podIp, ending) {
      const keep = new Set<string>();
      for (const member of membersOf(pod)) {
        const instance = observed.containers.find(
          ({ name, state }) => name === member.container.name && state === 'running',
        );
        if (!instance) continue;
        for (const key of begin(pod, member, instance, podIp, ending)) keep.add(key);
      }
      for (const [key, worker] of workers) if (worker.uid === uidOf(pod) && !keep.has(key)) end(key, worker);
    },
    forget(uid) {
      for (const [key, worker] of workers) if (worker.uid === uid) end(key, worker);
    },
    liveness: id => find(id, 'liveness')?.state.verdict,
    startup: id => find(id, 'startup')?.state.verdict,
    started,
    ready: id => (find(id, 'readiness')?.state.verdict ?? 'success') === 'success',
  };
}

function startWorker(
  kind: ProbeKind,
  probe: Probe,
  pod: Pod,
  container: Container,
  instance: ObservedContainer,
  podIp: string,
  options: ProbeManagerOptions,
  started: (containerId: string) => boolean,
): Worker {
  const { clock } = options;
  const state = initialState(kind, adoptedVerdict(kind, pod, container.name, instance.id));
  const worker: Worker = {
    uid: uidOf(pod),
    kind,
    containerId: instance.id,
    pod,
    container,
    probe,
    podIp,
    state,
    ended: false,
  };
  const firstAt = instance.startedAt + (probe.initialDelaySeconds ?? 0) * 1000;
  const next = (delayMs: number) => {
    worker.timer = clock.after(delayMs, () => void tick());
  };
  const tick = async (): Promise<void> => {
    const waits = kind === 'startup' ? started(worker.containerId) : !started(worker.containerId);
    if (!waits && !worker.state.onHold) await probeOnce(worker, options);
    if (!worker.ended) next(periodMs(probe));
  };
  next(Math.max(0, firstAt - clock.now()));
  return worker;
}

/** A restarted agent does not make pods unready: what the API says of this very container holds until the first probe. */
function adoptedVerdict(kind: ProbeKind, { status }: Pod, name: string, id: string): ProbeVerdict | undefined {
  const all = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const before = all.find(candidate => candidate.name === name && candidate.containerID?.endsWith(`://${id}`));
  if (kind === 'readiness' && before?.ready) return 'success';
  if (kind === 'startup' && before?.started) return 'success';
  return undefined;
}

const attempts = 3;

async function probeOnce(worker: Worker, { prober, record, onVerdict }: ProbeManagerOptions): Promise<void> {
  const { kind, probe, containerId, container, podIp } = worker;
  const target = { containerId, container, podIp };
  let outcome = await prober(probe, target);
  for (let tries = 1; outcome.verdict === 'unknown' && tries < attempts && !worker.ended; tries++)
    outcome = await prober(probe, target);
  if (worker.ended) return;
  const say = (reason: string, words: string) =>
    record(worker.pod, container.name, 'Warning', reason, `${titles[kind]} probe ${words}`);
  if (outcome.verdict === 'failure') say('Unhealthy', `failed: ${outcome.output}`);
  else if (outcome.warning) say('ProbeWarning', `warning: ${outcome.output}`);
  else if (outcome.verdict === 'unknown')
    return say('Unhealthy', `errored and resulted in unknown state: ${outcome.output}`);
  const before = worker.state.verdict;
  worker.state = afterProbe(kind, probe, worker.state, outcome.verdict);
  if (worker.state.verdict !== before) onVerdict(worker.uid);
}
