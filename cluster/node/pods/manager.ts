/** All pods of the node: one worker each, woken by the API, by the runtime's events, and by a relist that misses nothing. */
import type { Pod } from '@orrery/kinds/types';
import type { Change, Informer } from '@orrery/reconciler';
import type { ContainerEvent } from '../runtime/types.ts';
import type { PodDependencies } from './dependencies.ts';
import { podUidOf } from './identity.ts';
import { uidOf } from './pod.ts';
import { createPodWorker, type PodWorker } from './worker.ts';

/** The events tell what happens; this finds what they did not. Milliseconds. */
const relistMs = 60_000;
const resubscribeMs = 1_000;

export interface PodManager {
  workers(): readonly PodWorker[];
  worker(uid: string): PodWorker | undefined;
  /** When the runtime was last listed, milliseconds since the epoch; 0 before the first time. */
  readonly relistedAt: number;
  /** Ends all workers; containers stay as they are. */
  stop(): Promise<void>;
}

export interface PodManagerOptions {
  deps: PodDependencies;
  /** The pods of this node. */
  pods: Informer<Pod>;
  signal: AbortSignal;
}

export function createPodManager(options: PodManagerOptions): PodManager {
  const manager = new Manager(options);
  manager.start();
  return manager;
}

class Manager implements PodManager {
  readonly #deps: PodDependencies;
  readonly #pods: Informer<Pod>;
  readonly #signal: AbortSignal;
  readonly #workers = new Map<string, PodWorker>();
  /** Sandbox or container -> pod. */
  readonly #owners = new Map<string, string>();
  #unsubscribe: () => void = () => {};
  #following: Promise<void> = Promise.resolve();
  relistedAt = 0;

  constructor({ deps, pods, signal }: PodManagerOptions) {
    this.#deps = deps;
    this.#pods = pods;
    this.#signal = signal;
  }

  start(): void {
    this.#unsubscribe = this.#pods.onChange(change => this.#changed(change));
    const ticker = this.#deps.clock.every(relistMs, () => void this.#relist());
    ticker.unref();
    this.#signal.addEventListener('abort', () => ticker.cancel(), { once: true });
    this.#following = this.#follow();
    // Strangers in the runtime are only known as such once the API has told of all pods.
    this.#pods.synced.then(
      () => this.#relist(),
      // The node ends before the API has told of them.
      () => {},
    );
  }

  workers(): readonly PodWorker[] {
    return [...this.#workers.values()];
  }

  worker(uid: string): PodWorker | undefined {
    return this.#workers.get(uid);
  }

  async stop(): Promise<void> {
    this.#unsubscribe();
    await Promise.all(this.workers().map(worker => worker.stop()));
    await this.#following;
  }

  #changed({ before, after }: Change<Pod>): void {
    if (before && (!after || uidOf(before) !== uidOf(after))) this.#workers.get(uidOf(before))?.update(undefined);
    if (after) this.#workerFor(uidOf(after)).update(after);
  }

  #workerFor(uid: string): PodWorker {
    const present = this.#workers.get(uid);
    if (present) return present;
    const worker = createPodWorker(uid, this.#deps, () => this.#workers.delete(uid));
    this.#workers.set(uid, worker);
    return worker;
  }

  /** Follows the runtime's events for ever; after each break everything is listed anew. */
  async #follow(): Promise<void> {
    const { runtime, log, clock } = this.#deps;
    while (!this.#signal.aborted) {
      try {
        for await (const event of runtime.events(this.#signal)) await this.#happened(event);
      } catch (error) {
        log.warn('the runtime ended its events', { error: (error as Error).message });
      }
      await clock.sleep(resubscribeMs, this.#signal);
      if (!this.#signal.aborted) await this.#relist();
    }
  }

  async #happened({ containerId, podSandboxId, type }: ContainerEvent): Promise<void> {
    const uid =
      this.#owners.get(containerId) ??
      this.#owners.get(podSandboxId ?? '') ??
      (await this.#ownerOf(containerId, podSandboxId));
    if (uid === undefined) return;
    if (type === 'deleted') this.#owners.delete(containerId);
    else this.#owners.set(containerId, uid);
    this.#workers.get(uid)?.wake();
  }

  async #ownerOf(containerId: string, podSandboxId: string | undefined): Promise<string | undefined> {
    const { runtime } = this.#deps;
    const sandboxId = podSandboxId ?? containerId;
    const [sandbox] = await runtime.listPodSandboxes({ id: sandboxId }).catch(() => []);
    if (sandbox) return podUidOf(sandbox);
    const [container] = await runtime.listContainers({ id: containerId }).catch(() => []);
    return container && podUidOf(container);
  }

  async #relist(): Promise<void> {
    const { runtime, files, log, clock } = this.#deps;
    try {
      const [sandboxes, containers] = await Promise.all([runtime.listPodSandboxes(), runtime.listContainers()]);
      this.#owners.clear();
      const seen = new Set<string>();
      for (const item of [...sandboxes, ...containers]) {
        const uid = podUidOf(item);
        if (uid === undefined) continue;
        this.#owners.set(item.id, uid);
        seen.add(uid);
      }
      this.relistedAt = clock.now();
      if (!this.#pods.hasSynced()) return;
      for (const uid of [...seen, ...(await files.present())])
        if (!this.#workers.has(uid)) this.#workerFor(uid).update(undefined);
      for (const worker of this.workers()) worker.wake();
    } catch (error) {
      if (!this.#signal.aborted) log.warn('cannot list the runtime', { error: (error as Error).message });
    }
  }
}
