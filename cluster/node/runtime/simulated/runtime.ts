/**
 * A runtime in memory that keeps the contract of {@link Runtime} and runs nothing: for thousands of nodes in one process, and for tests
 * that need every transition at a known time. Deterministic with a given clock and random source.
 */
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import {
  RuntimeError,
  type Container,
  type ContainerConfig,
  type ContainerFilter,
  type ContainerStats,
  type ContainerStatus,
  type Image,
  type PodSandbox,
  type PodSandboxConfig,
  type PodSandboxFilter,
  type PodSandboxStatus,
  type Runtime,
} from '../types.ts';
import { SimulatedImages } from './images.ts';
import { AddressPool, EventFeed, type SimulatedContainer, type SimulatedSandbox } from './state.ts';
import { echoStreams, refusedStreams, silentStreams, simulatedExec } from './streams.ts';

export interface SimulatedRuntimeOptions {
  clock: Clock;
  random: Random;
  /** Addresses of pods; `10.88.0.0/16` unless given. */
  podCidr?: string;
  /** Milliseconds that running a sandbox and starting a container take; 0 unless given. */
  startLatencyMs?: number;
  /** How long a container runs and how it ends; undefined: until it is stopped. */
  lifeOf?(config: ContainerConfig): { runMs: number; exitCode: number } | undefined;
  /** Seconds that a container needs after its stop signal; 0 unless given. What exceeds the grace ends with exit code 137. */
  stopSecondsOf?(config: ContainerConfig): number;
  /** Answers commands of probes and hooks; a refusal unless given. */
  execSync?(
    config: ContainerConfig,
    command: readonly string[],
  ): { exitCode: number; stdout?: string; stderr?: string };
}

export interface SimulatedRuntime extends Runtime {
  /** Lets a running container end by itself. */
  exit(containerId: string, exitCode: number, reason?: string): void;
}

const equal = (wanted: Record<string, string> | undefined, labels: Record<string, string>): boolean =>
  Object.entries(wanted ?? {}).every(([key, value]) => labels[key] === value);

export function createSimulatedRuntime(options: SimulatedRuntimeOptions): SimulatedRuntime {
  return new Simulated(options);
}

class Simulated implements SimulatedRuntime {
  readonly #options: SimulatedRuntimeOptions;
  readonly #clock: Clock;
  readonly #addresses: AddressPool;
  readonly #feed = new EventFeed();
  readonly #sandboxes = new Map<string, SimulatedSandbox>();
  readonly #containers = new Map<string, SimulatedContainer>();
  readonly #images = new SimulatedImages();
  readonly #ends = new Map<string, PromiseWithResolvers<void>>();

  constructor(options: SimulatedRuntimeOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#addresses = new AddressPool(options.podCidr ?? '10.88.0.0/16');
  }

  version = async () => ({ runtimeName: 'simulated', runtimeVersion: '1.0.0', runtimeApiVersion: 'v1' });

  status = async () => ({
    conditions: ['RuntimeReady', 'NetworkReady'].map(type => ({ type, status: true })),
    handlers: [{ name: '', recursiveReadOnlyMounts: true, userNamespaces: true }],
    supplementalGroupsPolicy: true,
  });

  async runPodSandbox(config: PodSandboxConfig, runtimeHandler = ''): Promise<string> {
    const { uid, attempt } = config.metadata;
    for (const { config: other } of this.#sandboxes.values()) {
      if (other.metadata.uid === uid && other.metadata.attempt === attempt) {
        throw new RuntimeError('alreadyExists', `a sandbox of pod ${uid} with attempt ${attempt} exists`);
      }
    }
    await this.#latency();
    const hostNetwork = config.securityContext?.namespaces?.network === 'node';
    const address = hostNetwork ? undefined : this.#addresses.take();
    if (!hostNetwork && address === undefined)
      throw new RuntimeError('resourceExhausted', 'no address is left for pods');
    const id = this.#id();
    const ips = address === undefined ? [] : [address];
    this.#sandboxes.set(id, { id, config, ready: true, createdAt: this.#clock.now(), ips, handler: runtimeHandler });
    this.#emit('created', id, id);
    this.#emit('started', id, id);
    return id;
  }

  async stopPodSandbox(id: string): Promise<void> {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) return;
    for (const container of this.#containersOf(id)) this.#end(container, 137, 'Error');
    if (!sandbox.ready) return;
    sandbox.ready = false;
    for (const ip of sandbox.ips) this.#addresses.giveBack(ip);
    sandbox.ips = [];
    this.#emit('stopped', id, id);
  }

  async removePodSandbox(id: string): Promise<void> {
    await this.stopPodSandbox(id);
    for (const { id: containerId } of this.#containersOf(id)) await this.removeContainer(containerId);
    if (this.#sandboxes.delete(id)) this.#emit('deleted', id, id);
  }

  async podSandboxStatus(id: string): Promise<PodSandboxStatus> {
    const sandbox = this.#sandboxes.get(id);
    if (!sandbox) throw new RuntimeError('notFound', `sandbox ${id} not found`);
    return { ...summary(sandbox), ips: [...sandbox.ips], namespaces: sandbox.config.securityContext?.namespaces ?? {} };
  }

  async listPodSandboxes({ id, state, labels }: PodSandboxFilter = {}): Promise<PodSandbox[]> {
    return [...this.#sandboxes.values()]
      .map(summary)
      .filter(found => (!id || found.id === id) && (!state || found.state === state) && equal(labels, found.labels));
  }

  async updatePodSandboxResources(id: string): Promise<void> {
    if (!this.#sandboxes.has(id)) throw new RuntimeError('notFound', `sandbox ${id} not found`);
  }

  async createContainer(sandboxId: string, config: ContainerConfig, _sandbox: PodSandboxConfig): Promise<string> {
    const sandbox = this.#sandboxes.get(sandboxId);
    if (!sandbox) throw new RuntimeError('notFound', `sandbox ${sandboxId} not found`);
    if (!sandbox.ready) throw new RuntimeError('failedPrecondition', `sandbox ${sandboxId} is not running`);
    const { name, attempt } = config.metadata;
    if (
      this.#containersOf(sandboxId).some(
        ({ config: { metadata } }) => metadata.name === name && metadata.attempt === attempt,
      )
    ) {
      throw new RuntimeError('alreadyExists', `container ${name} with attempt ${attempt} exists`);
    }
    const id = this.#id();
    const { resources } = config;
    const times = { createdAt: this.#clock.now(), startedAt: 0, finishedAt: 0 };
    this.#containers.set(id, { id, sandboxId, config, state: 'created', ...times, exitCode: 0, reason: '', resources });
    this.#emit('created', id, sandboxId);
    return id;
  }

  async startContainer(id: string): Promise<void> {
    const container = this.#need(id);
    if (container.state !== 'created')
      throw new RuntimeError('failedPrecondition', `container ${id} is ${container.state}`);
    await this.#latency();
    Object.assign(container, { state: 'running', startedAt: this.#clock.now() });
    this.#ends.set(id, Promise.withResolvers<void>());
    this.#emit('started', id, container.sandboxId);
    const life = this.#options.lifeOf?.(container.config);
    if (life) this.#clock.after(life.runMs, () => this.#end(container, life.exitCode));
  }

  async stopContainer(id: string, timeoutSeconds: number): Promise<void> {
    const container = this.#containers.get(id);
    if (container?.state !== 'running') return;
    const needed = this.#options.stopSecondsOf?.(container.config) ?? 0;
    const waits = Math.min(needed, timeoutSeconds);
    const ended = this.#ends.get(id)!.promise;
    if (waits > 0) {
      const alarm = this.#clock.after(waits * 1000, () => this.#end(container, needed <= timeoutSeconds ? 143 : 137));
      await ended;
      alarm.cancel();
    } else {
      this.#end(container, needed <= timeoutSeconds ? 143 : 137);
    }
  }

  async removeContainer(id: string): Promise<void> {
    const container = this.#containers.get(id);
    if (!container) return;
    this.#end(container, 137);
    this.#containers.delete(id);
    this.#ends.delete(id);
    this.#emit('deleted', id, container.sandboxId);
  }

  async containerStatus(id: string): Promise<ContainerStatus> {
    const { config, sandboxId, resources, ...rest } = this.#need(id);
    const { metadata, labels, annotations, mounts } = config;
    const sandbox = this.#sandboxes.get(sandboxId);
    const logPath = `${sandbox?.config.logDirectory ?? ''}/${config.logPath}`;
    const image = config.userSpecifiedImage ?? config.image;
    return {
      ...rest,
      metadata,
      labels,
      annotations,
      mounts,
      logPath,
      image,
      message: '',
      imageRef: config.image,
      imageId: config.image,
      ...(resources && { resources }),
    };
  }

  async listContainers({ id, podSandboxId, state, labels }: ContainerFilter = {}): Promise<Container[]> {
    const found: Container[] = [];
    for (const container of this.#containers.values()) {
      const { config } = container;
      if (id && container.id !== id) continue;
      if (podSandboxId && container.sandboxId !== podSandboxId) continue;
      if ((state && container.state !== state) || !equal(labels, config.labels)) continue;
      const { metadata, image, annotations } = config;
      const { id: containerId, sandboxId, state: present, createdAt } = container;
      found.push({
        id: containerId,
        podSandboxId: sandboxId,
        metadata,
        image,
        imageRef: image,
        imageId: image,
        state: present,
        createdAt,
        labels: config.labels,
        annotations,
      });
    }
    return found;
  }

  async updateContainerResources(id: string, resources: NonNullable<ContainerConfig['resources']>): Promise<void> {
    const container = this.#need(id);
    container.resources = { ...container.resources, ...resources };
  }

  async reopenContainerLog(id: string): Promise<void> {
    if (this.#need(id).state !== 'running')
      throw new RuntimeError('failedPrecondition', `container ${id} is not running`);
  }

  async execSync(id: string, command: readonly string[]) {
    const { config } = this.#running(id);
    const { exitCode, text } = simulatedExec(command.join(' '));
    const answer: { exitCode: number; stdout?: string; stderr?: string } = this.#options.execSync?.(
      config,
      command,
    ) ?? { exitCode, stderr: text };
    const { stdout = '', stderr = '' } = answer;
    return { exitCode: answer.exitCode, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) };
  }

  async exec(id: string, command: readonly string[], streams: Parameters<Runtime['exec']>[2]) {
    this.#running(id);
    return refusedStreams(command.join(' '), streams);
  }

  async attach(id: string, streams: Parameters<Runtime['attach']>[1]) {
    this.#running(id);
    return silentStreams(streams, this.#ends.get(id)!.promise);
  }

  async portForward(sandboxId: string) {
    if (!this.#sandboxes.get(sandboxId)?.ready) throw new RuntimeError('notFound', `sandbox ${sandboxId} not found`);
    return echoStreams();
  }

  async containerStats(id: string): Promise<ContainerStats> {
    return this.#stats(this.#need(id));
  }

  async listContainerStats(filter: ContainerFilter = {}): Promise<ContainerStats[]> {
    return (await this.listContainers(filter)).map(({ id }) => this.#stats(this.#need(id)));
  }

  async listPodSandboxStats(): Promise<never> {
    throw new RuntimeError('unimplemented', 'a simulated runtime has no figures of sandboxes');
  }

  async listImages(): Promise<Image[]> {
    return this.#images.list();
  }

  async imageStatus(name: string): Promise<Image | undefined> {
    return this.#images.find(name);
  }

  async pullImage(name: string, _auth?: unknown, _sandbox?: unknown, signal?: AbortSignal): Promise<string> {
    if (signal?.aborted) throw new RuntimeError('cancelled', 'the pull was cancelled');
    return this.#images.pull(name);
  }

  async removeImage(name: string): Promise<void> {
    this.#images.remove(name);
  }

  async imageFsInfo() {
    return [{ timestamp: this.#clock.now(), mountpoint: '/', usedBytes: 0 }];
  }

  events(signal: AbortSignal) {
    return this.#feed.subscribe(signal);
  }

  async close(): Promise<void> {}

  exit(id: string, exitCode: number, reason?: string): void {
    this.#end(this.#running(id), exitCode, reason);
  }

  #end(container: SimulatedContainer, exitCode: number, reason = exitCode === 0 ? 'Completed' : 'Error'): void {
    if (container.state !== 'running') return;
    Object.assign(container, { state: 'exited', finishedAt: this.#clock.now(), exitCode, reason });
    this.#ends.get(container.id)?.resolve();
    this.#feed.emit({
      type: 'stopped',
      containerId: container.id,
      podSandboxId: container.sandboxId,
      exitCode,
      at: this.#clock.now(),
    });
  }

  #stats({ id, config, state, startedAt }: SimulatedContainer): ContainerStats {
    const { metadata, labels, annotations } = config;
    const now = this.#clock.now();
    if (state !== 'running') return { id, metadata, labels, annotations };
    // A thousandth of a core and a megabyte each: enough for sums to be seen.
    const cpu = { timestamp: now, usageCoreNanoSeconds: (now - startedAt) * 1000, usageNanoCores: 1_000_000 };
    return {
      id,
      metadata,
      labels,
      annotations,
      cpu,
      memory: { timestamp: now, workingSetBytes: 1_048_576, usageBytes: 1_048_576 },
    };
  }

  #containersOf(sandboxId: string): SimulatedContainer[] {
    return [...this.#containers.values()].filter(container => container.sandboxId === sandboxId);
  }

  #need(id: string): SimulatedContainer {
    const container = this.#containers.get(id);
    if (!container) throw new RuntimeError('notFound', `container ${id} not found`);
    return container;
  }

  #running(id: string): SimulatedContainer {
    const container = this.#need(id);
    if (container.state !== 'running') throw new RuntimeError('failedPrecondition', `container ${id} is not running`);
    return container;
  }

  #emit(type: 'created' | 'started' | 'stopped' | 'deleted', containerId: string, podSandboxId: string): void {
    this.#feed.emit({ type, containerId, podSandboxId, at: this.#clock.now() });
  }

  async #latency(): Promise<void> {
    if (this.#options.startLatencyMs) await this.#clock.sleep(this.#options.startLatencyMs);
  }

  #id(): string {
    return Buffer.from(this.#options.random.bytes(32)).toString('hex');
  }
}

const summary = ({ id, config, ready, createdAt, handler }: SimulatedSandbox): PodSandbox => ({
  id,
  metadata: config.metadata,
  state: ready ? 'ready' : 'notReady',
  createdAt,
  labels: config.labels,
  annotations: config.annotations,
  runtimeHandler: handler,
});
