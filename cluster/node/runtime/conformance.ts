/**
 * What every {@link Runtime} must do, as tests: run against containerd and against the simulated runtime. What only real processes can
 * show (output, logs, cgroups, forwarding) is tested with containerd alone.
 */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import {
  RuntimeError,
  type ContainerConfig,
  type ContainerEvent,
  type PodSandboxConfig,
  type Runtime,
  type RuntimeErrorCode,
} from './types.ts';

export interface ConformanceTarget {
  runtime: Runtime;
  /** An image that is present and has a shell. */
  image: string;
  /** A name of another image that is present and may be removed. */
  spareImage: string;
  /** An absolute directory for logs. */
  logDirectory: string;
  /** Where pods' cgroups are made, e.g. `/test`; absent where there are none. */
  cgroupRoot?: string;
  /** False where pods have no network of their own. */
  podNetwork: boolean;
  close(): Promise<void>;
}

/** Runs until it is told to stop, and then ends with 0. */
export const runsOn = ['/bin/sh', '-c', 'trap "exit 0" TERM; while :; do sleep 1 & wait $!; done'];
/** Ends by itself with a code; a simulated runtime reads the code from the last word of the command. */
export const exitsWith = (code: number): string[] => ['/bin/sh', '-c', `exit ${code}`];

let pods = 0;

/** A sandbox of its own for each call. */
export function sandboxConfig(target: ConformanceTarget, more: Partial<PodSandboxConfig> = {}): PodSandboxConfig {
  const uid = `00000000-0000-4000-8000-${String(++pods).padStart(12, '0')}`;
  return {
    metadata: { name: `pod-${pods}`, uid, namespace: 'conformance', attempt: 0 },
    hostname: `pod-${pods}`,
    logDirectory: `${target.logDirectory}/${uid}`,
    ...(target.cgroupRoot && { cgroupParent: `${target.cgroupRoot}/kubepods/pod${uid}` }),
    labels: { app: 'conformance', pod: String(pods) },
    annotations: { note: 'ein Pod, 一个 pod' },
    ...(!target.podNetwork && { securityContext: { namespaces: { network: 'node' } } }),
    ...more,
  };
}

export const containerConfig = (target: ConformanceTarget, more: Partial<ContainerConfig> = {}): ContainerConfig => ({
  metadata: { name: 'main', attempt: 0 },
  image: target.image,
  command: runsOn,
  env: [],
  mounts: [],
  labels: { role: 'main' },
  annotations: { 'io.kubernetes.container.hash': 'abc' },
  logPath: 'main/0.log',
  ...more,
});

/** Starts one container in a sandbox of its own; the sandbox is removed with the test's `remove`. */
export async function startPod(
  target: ConformanceTarget,
  container: Partial<ContainerConfig> = {},
  sandbox: Partial<PodSandboxConfig> = {},
) {
  const { runtime } = target;
  const pod = sandboxConfig(target, sandbox);
  const podSandboxId = await runtime.runPodSandbox(pod);
  const containerId = await runtime.createContainer(podSandboxId, containerConfig(target, container), pod);
  await runtime.startContainer(containerId);
  const remove = async () => {
    await runtime.stopPodSandbox(podSandboxId);
    await runtime.removePodSandbox(podSandboxId);
  };
  return { podSandboxId, containerId, pod, remove, [Symbol.asyncDispose]: remove };
}

/** Collects events until `until` is satisfied; the promise rejects when the stream fails. */
export function collect(runtime: Runtime, until: (events: readonly ContainerEvent[]) => boolean | Promise<boolean>) {
  const stop = new AbortController();
  const events: ContainerEvent[] = [];
  const done = (async () => {
    for await (const event of runtime.events(stop.signal)) {
      events.push(event);
      if (await until(events)) break;
    }
    return events;
  })();
  return { done, stop: () => stop.abort() };
}

export const failsWith = (code: RuntimeErrorCode) => (error: unknown) => {
  assert.ok(error instanceof RuntimeError, String(error));
  assert.equal(error.code, code, error.message);
  return true;
};

/** Waits for a container to have exited, told by events. */
export async function untilExited(runtime: Runtime, containerId: string): Promise<void> {
  const { done, stop } = collect(runtime, async events => {
    if (events.some(event => event.containerId === containerId && event.type === 'stopped')) return true;
    return false;
  });
  // It may have ended before the subscription: then no event will come.
  for (let looks = 0; looks < 200; looks++) {
    if ((await runtime.containerStatus(containerId)).state === 'exited') return stop();
    await Promise.race([done, new Promise(resolve => setTimeout(resolve, 25))]);
  }
  stop();
  assert.fail(`container ${containerId} has not exited`);
}

const gone = 'f'.repeat(64);

/** Registers the suite. `open` makes a runtime for all of its tests. */
export function runtimeConformance(name: string, open: () => Promise<ConformanceTarget>): void {
  suite(`runtime conformance: ${name}`, () => {
    let target: ConformanceTarget;
    let runtime: Runtime;
    before(async () => {
      target = await open();
      runtime = target.runtime;
    });
    after(() => target.close());

    test('names itself and says that it is ready', async () => {
      const version = await runtime.version();
      assert.equal(version.runtimeApiVersion, 'v1');
      assert.notEqual(version.runtimeName, '');
      assert.notEqual(version.runtimeVersion, '');
      const { conditions } = await runtime.status();
      assert.equal(conditions.find(({ type }) => type === 'RuntimeReady')?.status, true);
      assert.ok(conditions.some(({ type }) => type === 'NetworkReady'));
    });

    test('a sandbox keeps what it was given, from ready to gone', async () => {
      const config = sandboxConfig(target);
      const id = await runtime.runPodSandbox(config);
      const status = await runtime.podSandboxStatus(id);
      assert.equal(status.id, id);
      assert.equal(status.state, 'ready');
      assert.deepEqual(status.metadata, config.metadata);
      assert.deepEqual(status.labels, config.labels);
      assert.deepEqual(status.annotations, config.annotations);
      assert.ok(status.createdAt > 1.6e12 || status.createdAt >= 0);
      assert.equal(status.ips.length > 0, target.podNetwork);
      await runtime.stopPodSandbox(id);
      await runtime.stopPodSandbox(id);
      assert.equal((await runtime.podSandboxStatus(id)).state, 'notReady');
      await runtime.removePodSandbox(id);
      await runtime.removePodSandbox(id);
      await assert.rejects(runtime.podSandboxStatus(id), failsWith('notFound'));
    });

    test('a second sandbox of the same pod and attempt is refused', async () => {
      const config = sandboxConfig(target);
      const id = await runtime.runPodSandbox(config);
      await assert.rejects(runtime.runPodSandbox(config), RuntimeError);
      await runtime.removePodSandbox(id);
    });

    test('sandboxes are found by id, state and labels', async () => {
      const [one, two] = [sandboxConfig(target), sandboxConfig(target)];
      const [first, second] = [await runtime.runPodSandbox(one), await runtime.runPodSandbox(two)];
      await runtime.stopPodSandbox(second);
      const ids = async (filter: Parameters<Runtime['listPodSandboxes']>[0]) =>
        (await runtime.listPodSandboxes(filter)).map(({ id }) => id).filter(id => id === first || id === second);
      assert.deepEqual(new Set(await ids(undefined)), new Set([first, second]));
      assert.deepEqual(await ids({ id: first }), [first]);
      assert.deepEqual(await ids({ state: 'ready' }), [first]);
      assert.deepEqual(await ids({ state: 'notReady' }), [second]);
      assert.deepEqual(await ids({ labels: { pod: two.labels['pod']! } }), [second]);
      assert.deepEqual(await ids({ labels: { pod: two.labels['pod']!, app: 'other' } }), []);
      const [listed] = await runtime.listPodSandboxes({ id: first });
      assert.deepEqual(listed!.metadata, one.metadata);
      await runtime.removePodSandbox(first);
      await runtime.removePodSandbox(second);
    });

    test('a container goes from created over running to exited and away', async () => {
      const pod = sandboxConfig(target);
      const config = containerConfig(target);
      const podSandboxId = await runtime.runPodSandbox(pod);
      const id = await runtime.createContainer(podSandboxId, config, pod);
      const created = await runtime.containerStatus(id);
      assert.equal(created.state, 'created');
      assert.equal(created.startedAt, 0);
      assert.equal(created.finishedAt, 0);
      assert.deepEqual(created.metadata, config.metadata);
      assert.deepEqual(created.labels, config.labels);
      assert.deepEqual(created.annotations, config.annotations);
      assert.equal(created.logPath, `${pod.logDirectory}/main/0.log`);
      await runtime.startContainer(id);
      const running = await runtime.containerStatus(id);
      assert.equal(running.state, 'running');
      assert.ok(running.startedAt >= running.createdAt);
      await runtime.stopContainer(id, 10);
      const exited = await runtime.containerStatus(id);
      assert.equal(exited.state, 'exited');
      assert.ok(exited.finishedAt >= exited.startedAt);
      await runtime.stopContainer(id, 10);
      await runtime.removeContainer(id);
      await assert.rejects(runtime.containerStatus(id), failsWith('notFound'));
      await runtime.removeContainer(id);
      await runtime.removePodSandbox(podSandboxId);
    });

    test('a container that ends by itself keeps its exit code and says why', async () => {
      for (const [code, reason] of [
        [0, 'Completed'],
        [3, 'Error'],
      ] as const) {
        await using pod = await startPod(target, { command: exitsWith(code) });
        await untilExited(runtime, pod.containerId);
        const status = await runtime.containerStatus(pod.containerId);
        assert.deepEqual([status.exitCode, status.reason], [code, reason]);
        assert.ok(status.finishedAt > 0);
      }
    });

    test('containers are found by id, sandbox, state and labels', async () => {
      await using one = await startPod(target);
      await using two = await startPod(target, { labels: { role: 'other' } });
      await runtime.stopContainer(two.containerId, 0);
      const ids = async (filter: Parameters<Runtime['listContainers']>[0]) =>
        (await runtime.listContainers(filter))
          .map(({ id }) => id)
          .filter(id => id === one.containerId || id === two.containerId);
      assert.deepEqual(new Set(await ids(undefined)), new Set([one.containerId, two.containerId]));
      assert.deepEqual(await ids({ id: one.containerId }), [one.containerId]);
      assert.deepEqual(await ids({ podSandboxId: two.podSandboxId }), [two.containerId]);
      assert.deepEqual(await ids({ state: 'running' }), [one.containerId]);
      assert.deepEqual(await ids({ state: 'exited' }), [two.containerId]);
      assert.deepEqual(await ids({ labels: { role: 'other' } }), [two.containerId]);
      const [listed] = await runtime.listContainers({ id: one.containerId });
      assert.equal(listed!.podSandboxId, one.podSandboxId);
      assert.equal(listed!.state, 'running');
      assert.notEqual(listed!.imageId, '');
    });

    test('stopping a sandbox stops its containers, removing it removes them', async () => {
      const pod = await startPod(target);
      await runtime.stopPodSandbox(pod.podSandboxId);
      assert.equal((await runtime.containerStatus(pod.containerId)).state, 'exited');
      await runtime.removePodSandbox(pod.podSandboxId);
      await assert.rejects(runtime.containerStatus(pod.containerId), failsWith('notFound'));
    });

    test('no container is created in a sandbox that has stopped', async () => {
      const pod = sandboxConfig(target);
      const id = await runtime.runPodSandbox(pod);
      await runtime.stopPodSandbox(id);
      await assert.rejects(runtime.createContainer(id, containerConfig(target), pod), RuntimeError);
      await runtime.removePodSandbox(id);
    });

    test('a container is started once', async () => {
      await using pod = await startPod(target);
      await assert.rejects(runtime.startContainer(pod.containerId), RuntimeError);
    });

    test('what does not exist: stopping and removing succeed, all else is not found', async () => {
      await runtime.stopContainer(gone, 0);
      await runtime.removeContainer(gone);
      await runtime.stopPodSandbox(gone);
      await runtime.removePodSandbox(gone);
      await assert.rejects(runtime.containerStatus(gone), failsWith('notFound'));
      await assert.rejects(runtime.startContainer(gone), failsWith('notFound'));
      await assert.rejects(runtime.podSandboxStatus(gone), failsWith('notFound'));
      await assert.rejects(runtime.execSync(gone, ['true'], 1), failsWith('notFound'));
      await assert.rejects(runtime.containerStats(gone), failsWith('notFound'));
      await assert.rejects(runtime.updateContainerResources(gone, { cpuShares: 2 }), failsWith('notFound'));
      assert.deepEqual(await runtime.listContainers({ id: gone }), []);
      assert.deepEqual(await runtime.listPodSandboxes({ id: gone }), []);
    });

    test('events tell each step once, in order, and never before it can be seen', async () => {
      let podSandboxId = '';
      let containerId = '';
      const { done, stop } = collect(runtime, async events => {
        const event = events.at(-1)!;
        if (event.containerId === containerId) assert.equal(event.podSandboxId, podSandboxId);
        if (event.containerId === containerId && event.type === 'stopped') {
          // By the time of the look it may even have been removed.
          const state = await runtime.containerStatus(containerId).then(
            status => status.state,
            (error: unknown) => failsWith('notFound')(error) && 'exited',
          );
          assert.equal(state, 'exited');
        }
        return event.containerId === podSandboxId && event.type === 'deleted';
      });
      // Give a remote runtime the time to take note of the subscription.
      await runtime.version();
      await new Promise(resolve => setTimeout(resolve, 100));
      const pod = sandboxConfig(target);
      podSandboxId = await runtime.runPodSandbox(pod);
      containerId = await runtime.createContainer(podSandboxId, containerConfig(target), pod);
      await runtime.startContainer(containerId);
      await runtime.stopContainer(containerId, 5);
      await runtime.removeContainer(containerId);
      await runtime.stopPodSandbox(podSandboxId);
      await runtime.removePodSandbox(podSandboxId);
      const events = await done;
      stop();
      assert.deepEqual(
        events.filter(event => event.containerId === containerId).map(({ type }) => type),
        ['created', 'started', 'stopped', 'deleted'],
      );
      const ofSandbox = events.filter(event => event.containerId === podSandboxId).map(({ type }) => type);
      assert.deepEqual(ofSandbox, ['created', 'started', 'stopped', 'deleted']);
    });

    test('the event stream ends without error when it is no longer wanted', async () => {
      const { done, stop } = collect(runtime, () => false);
      await runtime.version();
      stop();
      await done;
    });

    test('attached streams end when the container ends, without an exit code', async () => {
      await using pod = await startPod(target);
      const streams = await runtime.attach(pod.containerId, { stdin: false, stdout: true, stderr: true, tty: false });
      assert.equal(streams.stdin, undefined);
      const read = Promise.all([drain(streams.stdout!), drain(streams.stderr!)]);
      await runtime.stopContainer(pod.containerId, 5);
      await read;
      assert.deepEqual(await streams.exit, {});
      streams.close();
    });

    test('a running container has figures, and limits can be changed', async () => {
      await using pod = await startPod(target, { resources: { cpuShares: 100, memoryLimit: 64 * 1024 ** 2 } });
      const stats = await runtime.containerStats(pod.containerId);
      assert.equal(stats.id, pod.containerId);
      assert.equal(stats.metadata.name, 'main');
      assert.ok(stats.cpu && stats.memory && stats.memory.workingSetBytes >= 0);
      const listed = await runtime.listContainerStats({ podSandboxId: pod.podSandboxId });
      assert.deepEqual(
        listed.map(({ id }) => id),
        [pod.containerId],
      );
      await runtime.updateContainerResources(pod.containerId, { cpuShares: 200, memoryLimit: 128 * 1024 ** 2 });
      const { resources } = await runtime.containerStatus(pod.containerId);
      if (resources) assert.deepEqual([resources.cpuShares, resources.memoryLimit], [200, 128 * 1024 ** 2]);
      await runtime.stopContainer(pod.containerId, 0);
      await assert.rejects(runtime.reopenContainerLog(pod.containerId), failsWith('failedPrecondition'));
    });

    test('an image is known by its names and by its id, until it is removed', async () => {
      const image = await runtime.imageStatus(target.spareImage);
      assert.match(image!.id, /^sha256:[0-9a-f]+$/);
      assert.ok(image!.size > 0);
      assert.equal((await runtime.imageStatus(image!.id))?.id, image!.id);
      assert.ok((await runtime.listImages()).some(({ id }) => id === image!.id));
      await runtime.removeImage(target.spareImage);
      assert.equal(await runtime.imageStatus(target.spareImage), undefined);
      await runtime.removeImage(target.spareImage);
      const [usage] = await runtime.imageFsInfo();
      assert.ok(usage!.mountpoint.startsWith('/'));
    });
  });
}

/** All bytes of a stream as text. */
export async function drain(stream: ReadableStream<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of stream) parts.push(part);
  return Buffer.concat(parts).toString();
}
