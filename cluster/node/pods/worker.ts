/**
 * One pod's loop: look at the runtime, plan, write the status, act; again at each event. Slow steps run beside the loop as tasks with a
 * key each, so that nothing is done twice at a time and a pod in its deepest image pull can still be ended.
 */
import type { Pod, PodStatus } from '@orrery/kinds/types';
import type { Timer } from '@orrery/machinery/clock';
import { isReason } from '@orrery/machinery/status';
import type { PodDependencies, Rejection } from './dependencies.ts';
import { endContainer } from './ender.ts';
import { containerIdentity, podIdentity, selectPod } from './identity.ts';
import { newestOf, nothingObserved, observe, type ObservedPod } from './observed.ts';
import { currentSandbox, gracePeriodOf, planEnding, planRunning } from './plan.ts';
import type { Action, Kill, Plan, PlanMemory, StartContainer, Waiting } from './plan-steps.ts';
import { describePod, isTerminalPhase, nameOf, namespaceOf, uidOf } from './pod.ts';
import { StartLedger } from './start-ledger.ts';
import { startContainer } from './starter.ts';
import { isOver, podStatusOf, type StatusInput } from './status.ts';
import { createStatusWriter, podResource, type StatusWriter } from './status-writer.ts';
import { configOf, podIpOf, readyAddresses, refreshVolumes, release, replaceSandbox, setUpVolumes } from './steps.ts';
import { TaskTable } from './task-table.ts';
import type { HostPaths } from '../volumes/pod-volumes.ts';

/** Pauses after failures, milliseconds. */
const pause = {
  sandbox: { first: 2_000, max: 30_000 },
  volumes: { first: 500, max: 122_000 },
  runtime: { first: 500, max: 10_000 },
  cleanUp: { first: 250, max: 30_000 },
  refresh: 60_000,
} as const;

export interface PodWorker {
  readonly uid: string;
  /** The newest of the API; undefined when it has forgotten the pod or never told. */
  readonly pod: Pod | undefined;
  readonly observed: ObservedPod;
  /** Nothing of the pod is left in the runtime and on the host. */
  readonly released: boolean;
  update(pod: Pod | undefined): void;
  /** Something may have changed: look again. */
  wake(): void;
  /** Files from the API have changed. */
  refresh(): void;
  /** Calls back after each look at the runtime; answers how to unsubscribe. */
  onObserved(callback: () => void): () => void;
  /** Ends the loop; containers stay as they are. */
  stop(): Promise<void>;
}

/** `onForgotten` is called once, when both the API and the runtime have nothing of the pod any more. */
export function createPodWorker(uid: string, deps: PodDependencies, onForgotten: () => void): PodWorker {
  return new Worker(uid, deps, onForgotten);
}

class Worker implements PodWorker {
  readonly uid: string;
  readonly #deps: PodDependencies;
  readonly #onForgotten: () => void;
  #writer: StatusWriter | undefined;
  #present = false;
  observed: ObservedPod = nothingObserved;
  released = false;
  readonly #listeners = new Set<() => void>();
  #dirty = false;
  #loop: Promise<void> | undefined;
  #timer: Timer | undefined;
  #stopped = false;

  readonly #tasks: TaskTable;
  readonly #ledger: StartLedger;
  #volumes: HostPaths | undefined;
  #stale = false;
  #removalSent = false;
  #admitted = false;
  #failure: Rejection | undefined;
  #endingSince: number | undefined;

  constructor(uid: string, deps: PodDependencies, onForgotten: () => void) {
    this.uid = uid;
    this.#deps = deps;
    this.#onForgotten = onForgotten;
    this.#ledger = new StartLedger(deps.clock);
    this.#tasks = new TaskTable(deps.clock, deps.log.with({ pod: uid }), () => this.wake());
  }

  get pod(): Pod | undefined {
    return this.#present ? this.#writer?.pod : undefined;
  }

  update(pod: Pod | undefined): void {
    const { client, clock, log, sources } = this.#deps;
    this.#present = pod !== undefined;
    if (pod) {
      const before = this.#writer?.pod.metadata;
      this.#writer ??= createStatusWriter(pod, client, clock, log);
      this.#writer.observe(pod);
      if (!this.released && !isTerminalPhase(pod.status?.phase)) sources.register(pod);
      const { labels, annotations } = pod.metadata;
      if (before && JSON.stringify([before.labels, before.annotations]) !== JSON.stringify([labels, annotations]))
        this.#stale = true;
    }
    this.wake();
  }

  onObserved(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  refresh(): void {
    this.#stale = true;
    this.wake();
  }

  wake(): void {
    this.#dirty = true;
    if (this.#stopped) return;
    this.#loop ??= this.#run().finally(() => {
      this.#loop = undefined;
      if (this.#dirty) this.wake();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#writer?.stop();
    this.#deps.probes.forget(this.uid);
    await this.#loop;
    this.#tasks.stop();
  }

  async #run(): Promise<void> {
    while (this.#dirty && !this.#stopped) {
      this.#dirty = false;
      this.#timer?.cancel();
      try {
        await this.#step();
        this.#tasks.forget('runtime');
      } catch (error) {
        this.#deps.log.warn('cannot look at a pod', { uid: this.uid, error: (error as Error).message });
        this.#wakeAt(this.#tasks.rest('runtime', pause.runtime));
      }
    }
  }

  async #step(): Promise<void> {
    const { runtime, files, clock, probes } = this.#deps;
    const known = new Map(this.observed.containers.map(container => [container.id, container]));
    this.observed = await observe(runtime, this.uid, known, status => files.readTermination(status));
    for (const listener of this.#listeners) listener();
    if (this.pod) await this.#admit(this.pod);
    if (this.#stopped) return;
    const now = clock.now();
    const { pod } = this;
    const grace = pod ? this.#graceOfEnding(pod, now) : this.#graceOfOrphan();
    if (pod)
      probes.sync(pod, this.observed, podIpOf(this.observed) || (this.#deps.hostIps[0] ?? ''), grace !== undefined);
    if (grace !== undefined) await this.#end(pod, grace, now);
    else this.#keepRunning(pod!, now);
  }

  /** Why and how fast a pod must end, in seconds of grace; undefined while it is to run. */
  #graceOfEnding(pod: Pod, now: number): number | undefined {
    this.#failure ??= this.#deadlineExceeded(pod, now);
    if (pod.metadata.deletionTimestamp) return gracePeriodOf(pod);
    const over =
      isTerminalPhase(pod.status?.phase) || this.#failure || isOver(pod, this.observed, this.#statusInput(false));
    return over ? Math.max(1, pod.spec.terminationGracePeriodSeconds ?? 30) : undefined;
  }

  #graceOfOrphan(): number {
    // Deleted without grace, or while the agent was away: its containers remember what they were promised.
    if (this.#writer) return 1;
    const promised = this.observed.containers.flatMap(({ status }) => containerIdentity(status).graceSeconds ?? []);
    return Math.max(1, ...promised);
  }

  #deadlineExceeded(pod: Pod, now: number): Rejection | undefined {
    const { activeDeadlineSeconds } = pod.spec;
    const startTime = pod.status?.startTime;
    if (activeDeadlineSeconds === undefined || !startTime || isTerminalPhase(pod.status?.phase)) return undefined;
    if (now - Date.parse(startTime) < activeDeadlineSeconds * 1000) return undefined;
    const failure = {
      reason: 'DeadlineExceeded',
      message: 'Pod was active on the node longer than the specified deadline',
    };
    this.#deps.record(pod, 'Normal', failure.reason, failure.message);
    return failure;
  }

  /** What is already in the runtime was admitted by an earlier life of the agent. */
  async #admit(pod: Pod): Promise<void> {
    this.#admitted ||= this.observed.sandboxes.length + this.observed.containers.length > 0;
    if (this.#admitted || pod.metadata.deletionTimestamp || isTerminalPhase(pod.status?.phase)) return;
    const rejection = await this.#deps.admit(pod);
    this.#admitted = true;
    if (!rejection) return;
    this.#deps.record(pod, 'Warning', rejection.reason, rejection.message);
    this.#failure = { reason: rejection.reason, message: `Pod was rejected: ${rejection.message}` };
  }

  #keepRunning(pod: Pod, now: number): void {
    const plan = planRunning(pod, this.observed, this.#memory(now));
    this.#announce(pod, plan);
    this.#writer!.want(this.#status(pod, false, plan.waiting));
    for (const action of plan.actions) this.#execute(pod, action, now);
    if (this.#stale && this.observed.containers.length > 0) this.#refreshFiles(pod);
    this.#wakeAt(this.#nextLook(pod, plan, now));
  }

  async #end(pod: Pod | undefined, graceSeconds: number, now: number): Promise<void> {
    this.#endingSince ??= now;
    this.#tasks.get('work')?.abort.abort();
    const ending = { deadline: this.#endingSince + graceSeconds * 1000 };
    const plan = planEnding(pod, this.observed, ending, now);
    if (pod) this.#writer!.want(this.#status(pod, true));
    for (const action of plan.actions) this.#execute(pod, action, now);
    const departing = !this.released || !pod || (pod.metadata.deletionTimestamp !== undefined && !this.#removalSent);
    if (plan.actions.length === 0 && departing && !this.#tasks.has('work')) {
      this.#tasks.run('cleanUp', pause.cleanUp, () => this.#release(pod));
    }
    this.#wakeAt(Math.min(plan.wakeAt ?? Infinity, this.#tasks.nextRetry()));
  }

  #memory(now: number): PlanMemory {
    const { probes } = this.#deps;
    return { now, liveness: probes.liveness, startup: probes.startup, backOff: name => this.#ledger.backOff(name) };
  }

  #statusInput(ending: boolean, waiting: readonly Waiting[] = []): StatusInput {
    const { runtimeName, probes, clock, hostIps } = this.#deps;
    return {
      runtimeName,
      waiting: this.#ledger.reasons(waiting),
      started: probes.started,
      ready: probes.ready,
      ending,
      now: clock.now(),
      hostIps,
      ...(this.#failure && { failure: this.#failure }),
    };
  }

  #status(pod: Pod, ending: boolean, waiting: readonly Waiting[] = []): PodStatus {
    return podStatusOf(pod, this.observed, this.#statusInput(ending, waiting));
  }

  /** Says once per ended container that it is held back. */
  #announce(pod: Pod, plan: Plan): void {
    for (const { name } of plan.waiting) {
      const id = newestOf(this.observed, name)?.id ?? name;
      if (!this.#ledger.announceOnce(id)) continue;
      this.#deps.record(
        pod,
        'Warning',
        'BackOff',
        `Back-off restarting failed container ${name} in pod ${describePod(pod)}`,
        name,
      );
    }
  }

  #execute(pod: Pod | undefined, action: Action, now: number): void {
    if (action.type === 'kill') return this.#kill(pod, action, now);
    if (action.type === 'stopSandbox') {
      return this.#tasks.run('work', pause.cleanUp, () => this.#deps.runtime.stopPodSandbox(action.id));
    }
    if (!pod) return;
    if (action.type === 'createSandbox') {
      if (!this.#tasks.isFree('sandbox')) return;
      return this.#tasks.run('work', pause.sandbox, signal => this.#makeSandbox(pod, action, signal));
    }
    const ready = action.containers.filter(({ name }) => this.#ledger.mayStart(name));
    if (ready.length > 0) this.#tasks.run('work', pause.volumes, signal => this.#startAll(pod, ready, signal));
  }

  async #makeSandbox(pod: Pod, action: Extract<Action, { type: 'createSandbox' }>, signal: AbortSignal): Promise<void> {
    await this.#needVolumes(pod);
    await replaceSandbox(pod, action, this.observed, this.#deps, signal);
    // One that turns out to be unusable is not replaced at once.
    this.#tasks.rest('sandbox', pause.sandbox);
  }

  async #needVolumes(pod: Pod): Promise<void> {
    this.#volumes ??= await setUpVolumes(pod, this.#deps);
  }

  async #startAll(pod: Pod, containers: readonly StartContainer[], signal: AbortSignal): Promise<void> {
    const current = currentSandbox(pod, this.observed);
    if (!current.sandbox) return;
    const { id, attempt } = current.sandbox;
    await this.#needVolumes(pod);
    const sandbox = await configOf(pod, attempt, this.#deps);
    const podIps = await readyAddresses(pod, current.sandbox, this.#deps, signal);
    for (const wanted of containers) {
      if (signal.aborted) return;
      const request = {
        pod,
        wanted,
        sandboxId: id,
        sandbox,
        podIps,
        volumes: this.#volumes!,
        runningId: this.#runningId,
        signal,
      };
      await this.#startOne(wanted, () => startContainer(request, this.#deps), signal);
    }
  }

  readonly #runningId = (name: string): string | undefined =>
    this.observed.containers.find(container => container.name === name && container.state === 'running')?.id;

  async #startOne({ name }: StartContainer, start: () => Promise<string>, signal: AbortSignal): Promise<void> {
    const last = newestOf(this.observed, name);
    try {
      await start();
      this.#ledger.started(name, last);
      this.#tasks.forget('sandbox');
    } catch (error) {
      if (!signal.aborted) this.#ledger.failed(name, error, last);
    }
    this.wake();
  }

  #kill(pod: Pod | undefined, kill: Kill, now: number): void {
    const key = `kill/${kill.id}`;
    const deadline = kill.graceSeconds === undefined ? Infinity : now + kill.graceSeconds * 1000;
    const present = this.#tasks.get(key);
    if (present) {
      if (deadline > (present.deadline ?? Infinity) - 1000) return;
      present.deadline = deadline;
      present.abort.abort();
      const hurry = this.#deps.runtime.stopContainer(kill.id, Math.max(0, Math.ceil((deadline - now) / 1000)));
      return void hurry.catch(error => this.#deps.log.info('cannot end a container faster', { id: kill.id, error }));
    }
    const instance = this.observed.containers.find(({ id }) => id === kill.id);
    if (!instance) return;
    const podIp = podIpOf(this.observed);
    const end = (signal: AbortSignal) => endContainer({ pod, kill, instance, podIp, signal }, this.#deps);
    this.#tasks.run(key, pause.cleanUp, end, deadline);
  }

  #refreshFiles(pod: Pod): void {
    this.#tasks.run('refresh', { first: pause.refresh, max: pause.refresh }, async () => {
      this.#stale = false;
      try {
        await refreshVolumes(pod, this.#deps);
      } catch (error) {
        this.#stale = true;
        throw error;
      }
    });
  }

  /** Everything has ended: what the pod held is given back, then the API hears of it, last of all by the object's removal. */
  async #release(pod: Pod | undefined): Promise<void> {
    const { runtime, files, client } = this.#deps;
    if (!this.released) await release(this.uid, this.#deps);
    this.released = true;
    if (!pod) {
      for (const sandbox of await runtime.listPodSandboxes({ labels: selectPod(this.uid) })) {
        await runtime.removePodSandbox(sandbox.id);
        await files.removeLogs(podIdentity(sandbox));
      }
      this.#stopped = true;
      this.#writer?.stop();
      return this.#onForgotten();
    }
    await this.#writer!.settled();
    if (!pod.metadata.deletionTimestamp || this.#stopped) return;
    const options = { namespace: namespaceOf(pod), gracePeriodSeconds: 0, preconditions: { uid: uidOf(pod) } };
    const removal = this.#writer!.gone ? Promise.resolve() : client.delete(podResource, nameOf(pod), options);
    await removal.catch(error => {
      if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
    });
    // Where finalizers hold the object nothing is left to do until it goes.
    this.#removalSent = true;
  }

  #nextLook(pod: Pod, plan: Plan, now: number): number {
    const times = [plan.wakeAt ?? Infinity, this.#tasks.nextRetry(), this.#ledger.nextRetry()];
    const { activeDeadlineSeconds } = pod.spec;
    const startTime = pod.status?.startTime;
    if (activeDeadlineSeconds !== undefined && startTime)
      times.push(Date.parse(startTime) + activeDeadlineSeconds * 1000);
    const renewal = this.#deps.tokens.renewalOf(this.uid);
    if (renewal !== undefined && renewal > now) times.push(renewal);
    else if (renewal !== undefined && !this.#tasks.has('refresh')) this.#refreshFiles(pod);
    return Math.min(...times);
  }

  #wakeAt(time: number): void {
    const delay = time - this.#deps.clock.now();
    if (!Number.isFinite(time)) return;
    this.#timer?.cancel();
    this.#timer = this.#deps.clock.after(Math.max(0, Math.min(delay, 2 ** 31 - 1)), () => this.wake());
  }
}
