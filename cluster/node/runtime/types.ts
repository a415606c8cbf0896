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

export type RuntimeErrorCode =
  | 'notFound'
  | 'alreadyExists'
  | 'invalidArgument'
  | 'failedPrecondition'
  | 'deadlineExceeded'
  | 'unimplemented'
  | 'unavailable'
  | 'cancelled'
  | 'permissionDenied'
  | 'resourceExhausted'
  | 'unknown';

/** Any failure of a runtime. `message` is the runtime's own sentence: it ends up in events and in waiting messages. */
export class RuntimeError extends Error {
  override readonly name = 'RuntimeError';
  readonly code: RuntimeErrorCode;

  constructor(code: RuntimeErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** True when `error` is a RuntimeError with this code. */
export const isRuntimeError = (error: unknown, code: RuntimeErrorCode): error is RuntimeError =>
  error instanceof RuntimeError && error.code === code;

export interface RuntimeVersion {
  /** e.g. `containerd`; half of the node's `containerRuntimeVersion` (`containerd://1.6.20`). */
  runtimeName: string;
  runtimeVersion: string;
  /** Version of the contract, `v1`. */
  runtimeApiVersion: string;
}

export interface RuntimeCondition {
  /** `RuntimeReady`, `NetworkReady`, or one of the runtime's own. */
  type: string;
  status: boolean;
  reason?: string;
  message?: string;
}

export interface RuntimeHandler {
  /** Empty for the default handler. */
  name: string;
  recursiveReadOnlyMounts: boolean;
  userNamespaces: boolean;
}

export interface RuntimeStatus {
  conditions: RuntimeCondition[];
  handlers: RuntimeHandler[];
  supplementalGroupsPolicy: boolean;
}

export interface PodSandboxMetadata {
  name: string;
  uid: string;
  namespace: string;
  /** Counts the sandboxes of one pod, from 0. */
  attempt: number;
}

export interface DnsConfig {
  servers: string[];
  searches: string[];
  options: string[];
}

export interface PortMapping {
  protocol: 'TCP' | 'UDP' | 'SCTP';
  containerPort: number;
  hostPort: number;
  hostIp?: string;
}

/** `pod`: shared by the pod's containers; `container`: own; `node`: the host's; `target`: that of another container. */
export type NamespaceMode = 'pod' | 'container' | 'node' | 'target';

export interface IdMapping {
  hostId: number;
  containerId: number;
  length: number;
}

export interface NamespaceOptions {
  network?: NamespaceMode;
  pid?: NamespaceMode;
  ipc?: NamespaceMode;
  /** The container whose PID namespace is joined when `pid` is `target` (ephemeral containers). */
  targetId?: string;
  user?: { mode: NamespaceMode; uids: IdMapping[]; gids: IdMapping[] };
}

export interface SecurityProfile {
  type: 'RuntimeDefault' | 'Unconfined' | 'Localhost';
  /** With `Localhost`: the absolute file of a seccomp profile, or the name of a loaded AppArmor profile. */
  localhostRef?: string;
}

export interface SelinuxOptions {
  user?: string;
  role?: string;
  type?: string;
  level?: string;
}

export interface SandboxSecurityContext {
  namespaces?: NamespaceOptions;
  selinux?: SelinuxOptions;
  runAsUser?: number;
  runAsGroup?: number;
  readonlyRootfs?: boolean;
  supplementalGroups?: number[];
  supplementalGroupsPolicy?: 'Merge' | 'Strict';
  /** True when any container of the pod may be privileged. */
  privileged?: boolean;
  seccomp?: SecurityProfile;
  apparmor?: SecurityProfile;
}

export interface PodSandboxConfig {
  metadata: PodSandboxMetadata;
  /** Absent with the host's network. */
  hostname?: string;
  /** Absolute directory; containers' `logPath` is relative to it. */
  logDirectory: string;
  dns?: DnsConfig;
  portMappings?: PortMapping[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** cgroupfs form, e.g. `/kubepods/burstable/pod<uid>`; the runtime makes the container's cgroup below it. */
  cgroupParent?: string;
  sysctls?: Record<string, string>;
  securityContext?: SandboxSecurityContext;
  overhead?: LinuxResources;
  resources?: LinuxResources;
}

export type PodSandboxState = 'ready' | 'notReady';

export interface PodSandbox {
  id: string;
  metadata: PodSandboxMetadata;
  state: PodSandboxState;
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  runtimeHandler: string;
}

export interface PodSandboxStatus extends PodSandbox {
  /** The pod's addresses, first family first; empty with the host's network and after the sandbox was stopped. */
  ips: string[];
  namespaces: NamespaceOptions;
}

export interface PodSandboxFilter {
  id?: string;
  state?: PodSandboxState;
  /** All must be equal. */
  labels?: Record<string, string>;
}

export interface ContainerMetadata {
  name: string;
  /** Restart count of the container, from 0. */
  attempt: number;
}

export interface Mount {
  containerPath: string;
  hostPath: string;
  readonly?: boolean;
  recursiveReadOnly?: boolean;
  selinuxRelabel?: boolean;
  propagation?: 'private' | 'hostToContainer' | 'bidirectional';
  uidMappings?: IdMapping[];
  gidMappings?: IdMapping[];
  /** An image volume: `hostPath` is empty then. Needs containerd 2.1. */
  image?: string;
  imageSubPath?: string;
}

export interface Device {
  containerPath: string;
  hostPath: string;
  /** Letters of `rwm`. */
  permissions: string;
}

/** cgroup settings of one container. Absent (or 0) means: leave to the runtime, which means unlimited for limits. */
export interface LinuxResources {
  /** Microseconds. */
  cpuPeriod?: number;
  /** Microseconds per period; -1 lifts the limit. */
  cpuQuota?: number;
  cpuShares?: number;
  /** Bytes. */
  memoryLimit?: number;
  /** Bytes of memory and swap together; equal to `memoryLimit` means no swap. */
  memorySwapLimit?: number;
  oomScoreAdj?: number;
  cpusetCpus?: string;
  cpusetMems?: string;
  hugepageLimits?: { pageSize: string; limit: number }[];
  /** cgroup v2 files by name, e.g. `memory.high`; ignored on v1. */
  unified?: Record<string, string>;
}

export interface ContainerSecurityContext {
  capabilities?: { add: string[]; drop: string[] };
  privileged?: boolean;
  namespaces?: NamespaceOptions;
  selinux?: SelinuxOptions;
  runAsUser?: number;
  runAsGroup?: number;
  /** The image's user name, where it is not a number and `runAsUser` is absent. */
  runAsUsername?: string;
  readonlyRootfs?: boolean;
  supplementalGroups?: number[];
  supplementalGroupsPolicy?: 'Merge' | 'Strict';
  noNewPrivileges?: boolean;
  maskedPaths?: string[];
  readonlyPaths?: string[];
  seccomp?: SecurityProfile;
  apparmor?: SecurityProfile;
}

export interface ContainerConfig {
  metadata: ContainerMetadata;
  /** What `pullImage` answered or the `id` from `imageStatus`. */
  image: string;
  /** As the user wrote it in the pod. */
  userSpecifiedImage?: string;
  /** Replaces the image's entry point. */
  command?: string[];
  /** Replaces the image's arguments. */
  args?: string[];
  workingDir?: string;
  env: { name: string; value: string }[];
  mounts: Mount[];
  devices?: Device[];
  /** Fully qualified names of CDI devices (`vendor/class=name`). */
  cdiDevices?: string[];
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Relative to the sandbox's `logDirectory`. */
  logPath: string;
  stdin?: boolean;
  stdinOnce?: boolean;
  tty?: boolean;
  /** e.g. `SIGUSR1`; absent: the image's, else SIGTERM. */
  stopSignal?: string;
  resources?: LinuxResources;
  securityContext?: ContainerSecurityContext;
}

export type ContainerState = 'created' | 'running' | 'exited' | 'unknown';

export interface Container {
  id: string;
  podSandboxId: string;
  metadata: ContainerMetadata;
  /** As given at creation. */
  image: string;
  /** The image's digest reference where it was pulled, else its id: what becomes `imageID` in the pod's status. */
  imageRef: string;
  /** The image's id: what image garbage collection compares. */
  imageId: string;
  state: ContainerState;
  createdAt: number;
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface ContainerUser {
  uid: number;
  gid: number;
  supplementalGroups: number[];
}

export interface ContainerStatus {
  id: string;
  metadata: ContainerMetadata;
  state: ContainerState;
  createdAt: number;
  /** 0 until it was started. */
  startedAt: number;
  /** 0 until it has exited. */
  finishedAt: number;
  exitCode: number;
  image: string;
  imageRef: string;
  imageId: string;
  /** Why it is in its state, e.g. `Completed`, `Error`, `OOMKilled`, `StartError`. */
  reason: string;
  message: string;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  mounts: Mount[];
  /** Absolute path of the log file. */
  logPath: string;
  resources?: LinuxResources;
  user?: ContainerUser;
  stopSignal?: string;
}

export interface ContainerFilter {
  id?: string;
  podSandboxId?: string;
  state?: ContainerState;
  /** All must be equal. */
  labels?: Record<string, string>;
}

export interface ExecSyncResult {
  exitCode: number;
  stdout: Uint8Array;
  stderr: Uint8Array;
}

export interface StreamOptions {
  stdin: boolean;
  stdout: boolean;
  /** Ignored with `tty`: a terminal has one output. */
  stderr: boolean;
  tty: boolean;
}

export interface TerminalSize {
  width: number;
  height: number;
}

/** How a streamed process ended. */
export interface ProcessExit {
  /** Absent after attach, and when the runtime could not tell. */
  exitCode?: number;
  /** Set when it failed for another reason than its exit code. */
  error?: string;
}

/** Live streams of a process. Web streams, so that bridging to a WebSocket or SPDY peer carries back-pressure. */
export interface ProcessStreams {
  /** Present iff asked for. Closing it is end-of-file for the process. */
  readonly stdin?: WritableStream<Uint8Array>;
  /** Present iff asked for. Must be read (or cancelled), else the process stalls. */
  readonly stdout?: ReadableStream<Uint8Array>;
  readonly stderr?: ReadableStream<Uint8Array>;
  /** Only with a terminal; otherwise ignored. */
  resize(size: TerminalSize): void;
  /** Settles after the outputs have ended; never rejects. */
  readonly exit: Promise<ProcessExit>;
  /** Drops the connection; the process gets no more input and may be killed by the runtime. Harmless afterwards. */
  close(): void;
}

/** Both directions of one forwarded connection. */
export interface ByteStreams {
  readonly readable: ReadableStream<Uint8Array>;
  /** Closing it half-closes the connection. */
  readonly writable: WritableStream<Uint8Array>;
  close(): void;
}

export interface CpuUsage {
  /** When the figures were taken. */
  timestamp: number;
  /** CPU time since the start, nanoseconds over all cores. */
  usageCoreNanoSeconds: number;
  /** Present rate, if the runtime computes it. */
  usageNanoCores?: number;
}

export interface MemoryUsage {
  timestamp: number;
  /** What eviction looks at: usage minus inactive file cache. */
  workingSetBytes: number;
  usageBytes?: number;
  /** Limit minus working set; absent without a limit. */
  availableBytes?: number;
  rssBytes?: number;
  pageFaults?: number;
  majorPageFaults?: number;
}

export interface FilesystemUsage {
  timestamp: number;
  mountpoint: string;
  usedBytes: number;
  inodesUsed?: number;
}

export interface ContainerStats {
  id: string;
  metadata: ContainerMetadata;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  /** Absent for containers that do not run. */
  cpu?: CpuUsage;
  memory?: MemoryUsage;
  /** The container's own changes to its root file system. */
  writableLayer?: FilesystemUsage;
  swap?: { timestamp: number; usageBytes: number; availableBytes?: number };
}

export interface NetworkInterfaceUsage {
  name: string;
  rxBytes: number;
  rxErrors: number;
  txBytes: number;
  txErrors: number;
}

export interface PodSandboxStats {
  id: string;
  metadata: PodSandboxMetadata;
  labels: Record<string, string>;
  annotations: Record<string, string>;
  cpu?: CpuUsage;
  memory?: MemoryUsage;
  network?: { timestamp: number; interfaces: NetworkInterfaceUsage[] };
  processCount?: number;
  containers: ContainerStats[];
}

export interface Image {
  /** `sha256:<digest of the image's config>`. */
  id: string;
  /** `name:tag` forms. */
  repoTags: string[];
  /** `name@sha256:...` forms. */
  repoDigests: string[];
  /** Bytes on disk. */
  size: number;
  /** The user that the image names, as a number ... */
  uid?: number;
  /** ... or as a name: what runAsNonRoot must check. */
  username?: string;
  /** Never collected (the pause image). */
  pinned: boolean;
}

/** Credentials for one registry, from a pull secret (`auth` is base64 of `user:password`). */
export interface ImageAuth {
  username?: string;
  password?: string;
  auth?: string;
  serverAddress?: string;
  identityToken?: string;
  registryToken?: string;
}

export type ContainerEventType = 'created' | 'started' | 'stopped' | 'deleted' | 'oom';

export interface ContainerEvent {
  type: ContainerEventType;
  containerId: string;
  /** The pod's sandbox, where the runtime tells. */
  podSandboxId?: string;
  /** With `stopped`, where the runtime tells. */
  exitCode?: number;
  at: number;
}
