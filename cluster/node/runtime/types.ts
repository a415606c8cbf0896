/**
 * The seam between the kubelet and whatever runs containers. Shaped like CRI v1 (cri-api `runtime/v1`), in plain values that
 * survive JSON: camelCase, states as words, times in milliseconds since the Unix epoch, sizes in bytes. Two implementations:
 * `cri/` (containerd over gRPC) and the simulated runtime; both pass `conformance.ts`.
 *
 * Rules that hold for every method:
 * - Failures are {@link RuntimeError}; an id that does not exist is `notFound`, except where "idempotent" is written.
 * - Ids may be given in full only; they are opaque.
 * - Stopping and removing are idempotent: what is gone already counts as success.
 */
import type { ContainerEvent, Image, ImageAuth, RuntimeStatus, RuntimeVersion } from './types/node.ts';
import type {
  Container,
  ContainerConfig,
  ContainerFilter,
  ContainerStatus,
  LinuxResources,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxFilter,
  PodSandboxStatus,
} from './types/pods.ts';
import type { ContainerStats, FilesystemUsage, PodSandboxStats } from './types/stats.ts';
import type { ByteStreams, ExecSyncResult, ProcessStreams, StreamOptions } from './types/streams.ts';

export { RuntimeError, isRuntimeError, type RuntimeErrorCode } from './types/errors.ts';
export type * from './types/node.ts';
export type * from './types/pods.ts';
export type * from './types/stats.ts';
export type * from './types/streams.ts';

export interface Runtime {
  /** Name and versions of the runtime; cheap, usable as a liveness check. */
  version(): Promise<RuntimeVersion>;
  /** Whether the runtime and its network can take pods (conditions `RuntimeReady` and `NetworkReady`). */
  status(): Promise<RuntimeStatus>;

  /** Creates and starts a sandbox: namespaces, network, pod cgroup parent. Answers its id. */
  runPodSandbox(config: PodSandboxConfig, runtimeHandler?: string): Promise<string>;
  /** Kills everything in the sandbox and releases its network. Idempotent; called again until it succeeds. */
  stopPodSandbox(podSandboxId: string): Promise<void>;
  /** Removes the sandbox and all its containers, running or not. Idempotent. */
  removePodSandbox(podSandboxId: string): Promise<void>;
  podSandboxStatus(podSandboxId: string): Promise<PodSandboxStatus>;
  listPodSandboxes(filter?: PodSandboxFilter): Promise<PodSandbox[]>;
  /** Tells the runtime of new pod-level sums after a resize; rejects with `unimplemented` where it cannot be told. */
  updatePodSandboxResources(podSandboxId: string, resources: LinuxResources, overhead?: LinuxResources): Promise<void>;

  /** Creates a container (not started) in a ready sandbox. `sandbox` is the config that the sandbox was run with. Answers its id. */
  createContainer(podSandboxId: string, config: ContainerConfig, sandbox: PodSandboxConfig): Promise<string>;
  startContainer(containerId: string): Promise<void>;
  /** Sends the stop signal, and SIGKILL after `timeoutSeconds` (0: at once). Resolves when it has exited. Idempotent. */
  stopContainer(containerId: string, timeoutSeconds: number): Promise<void>;
  /** Removes a container, killing it if it runs. Its log file stays. Idempotent. */
  removeContainer(containerId: string): Promise<void>;
  containerStatus(containerId: string): Promise<ContainerStatus>;
  listContainers(filter?: ContainerFilter): Promise<Container[]>;
  /** Changes limits of a created or running container; absent fields keep their value. */
  updateContainerResources(containerId: string, resources: LinuxResources): Promise<void>;
  /** Opens the log file anew after the kubelet has renamed it. Fails with `failedPrecondition` if the container does not run. */
  reopenContainerLog(containerId: string): Promise<void>;

  /**
   * Runs a command and collects its output (probes, hooks). A non-zero exit code is an answer, not an error. Rejects with
   * `deadlineExceeded` after `timeoutSeconds` (0: no limit); the process is killed then.
   */
  execSync(containerId: string, command: readonly string[], timeoutSeconds: number): Promise<ExecSyncResult>;
  /** Starts a command with live streams. */
  exec(containerId: string, command: readonly string[], options: StreamOptions): Promise<ProcessStreams>;
  /** Joins the streams of the container's main process. Ends without an exit code when the container's output ends. */
  attach(containerId: string, options: StreamOptions): Promise<ProcessStreams>;
  /** One connection to a TCP port on the sandbox's loopback. Rejects if nothing listens, or errors the stream. */
  portForward(podSandboxId: string, port: number): Promise<ByteStreams>;

  containerStats(containerId: string): Promise<ContainerStats>;
  listContainerStats(filter?: ContainerFilter): Promise<ContainerStats[]>;
  /** Per sandbox, with network usage; rejects with `unimplemented` where the runtime has no such figures. */
  listPodSandboxStats(filter?: PodSandboxFilter): Promise<PodSandboxStats[]>;

  listImages(): Promise<Image[]>;
  /** By any of its names, digests or its id; undefined when it is not here. */
  imageStatus(image: string): Promise<Image | undefined>;
  /** Pulls, and answers the reference under which the image is known here (its id). */
  pullImage(image: string, auth?: ImageAuth, sandbox?: PodSandboxConfig, signal?: AbortSignal): Promise<string>;
  /** Removes the image with all its names. Idempotent. */
  removeImage(image: string): Promise<void>;
  imageFsInfo(): Promise<FilesystemUsage[]>;

  /**
   * What happens to containers and sandboxes, from the first `next()` until `signal` aborts (then it ends without error). Not
   * replayed, and the stream throws when the runtime goes away: the caller subscribes again and relists. Sandboxes appear with
   * `containerId` equal to `podSandboxId`.
   */
  events(signal: AbortSignal): AsyncIterable<ContainerEvent>;

  /** Releases connections. Pods stay as they are. */
  close(): Promise<void>;
}
