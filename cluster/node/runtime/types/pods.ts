/** Sandboxes and containers: what is asked for, and what became of it. */

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
