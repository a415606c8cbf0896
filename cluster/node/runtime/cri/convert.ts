/** Between the seam's values and CRI's messages, which name most things alike but nest and number them differently. */
import type {
  Container,
  ContainerConfig,
  ContainerStats,
  ContainerStatus,
  CpuUsage,
  FilesystemUsage,
  Image,
  LinuxResources,
  MemoryUsage,
  Mount,
  NamespaceOptions,
  PodSandbox,
  PodSandboxConfig,
  PodSandboxStats,
  PodSandboxStatus,
} from '../types.ts';
import type { Wire } from './messages.data.ts';

type Wide = number | bigint | undefined;

/** CRI counts nanoseconds since the epoch. */
export const milliseconds = (nanoseconds: Wide): number => Math.floor(Number(nanoseconds ?? 0) / 1e6);
const integer = (value: Wide): number => Number(value ?? 0);

export const toSandboxConfig = (config: PodSandboxConfig): Wire['podSandboxConfig'] => ({
  metadata: config.metadata,
  hostname: config.hostname,
  logDirectory: config.logDirectory,
  dns: config.dns,
  portMappings: config.portMappings,
  labels: config.labels,
  annotations: config.annotations,
  linux: {
    cgroupParent: config.cgroupParent,
    sysctls: config.sysctls,
    securityContext: config.securityContext ?? {},
    overhead: config.overhead,
    resources: config.resources,
  },
});

export const toContainerConfig = (config: ContainerConfig): Wire['containerConfig'] => ({
  metadata: config.metadata,
  image: { image: config.image, userSpecifiedImage: config.userSpecifiedImage },
  command: config.command,
  args: config.args,
  workingDir: config.workingDir,
  envs: config.env.map(({ name, value }) => ({ key: name, value })),
  mounts: config.mounts.map(toMount),
  devices: config.devices,
  cdiDevices: config.cdiDevices?.map(name => ({ name })),
  labels: config.labels,
  annotations: config.annotations,
  logPath: config.logPath,
  stdin: config.stdin,
  stdinOnce: config.stdinOnce,
  tty: config.tty,
  stopSignal: config.stopSignal,
  linux: { resources: config.resources ?? {}, securityContext: config.securityContext ?? {} },
});

const toMount = ({ image, ...mount }: Mount): Wire['mount'] => ({ ...mount, image: image ? { image } : undefined });

const fromMount = ({ image, ...mount }: Wire['mount']): Mount => ({
  ...(mount as Omit<Mount, 'image'>),
  containerPath: mount.containerPath ?? '',
  hostPath: mount.hostPath ?? '',
  readonly: mount.readonly ?? false,
  ...(image?.image && { image: image.image }),
});

/** Zero means unset in CRI, and so in the seam. */
function fromResources(wire: Wire['resources']): LinuxResources {
  const { hugepageLimits, cpusetCpus, cpusetMems, unified, ...numbers } = wire;
  const resources: LinuxResources = {};
  for (const [name, value] of Object.entries(numbers)) {
    if (value) resources[name as keyof typeof numbers] = Number(value);
  }
  if (cpusetCpus) resources.cpusetCpus = cpusetCpus;
  if (cpusetMems) resources.cpusetMems = cpusetMems;
  if (unified) resources.unified = unified;
  if (hugepageLimits?.length) {
    resources.hugepageLimits = hugepageLimits.map(({ pageSize = '', limit }) => ({ pageSize, limit: integer(limit) }));
  }
  return resources;
}

const fromNamespaces = (wire: Wire['namespaces'] = {}): NamespaceOptions => ({
  network: namespaceMode(wire.network),
  pid: namespaceMode(wire.pid),
  ipc: namespaceMode(wire.ipc),
  ...(wire.targetId && { targetId: wire.targetId }),
});

const namespaceMode = (mode: Wire['namespaces']['network']): NonNullable<NamespaceOptions['network']> =>
  typeof mode === 'string' ? mode : 'pod';

const sandboxMetadata = (wire: Wire['podSandbox']['metadata'] = {}): PodSandbox['metadata'] => ({
  name: wire.name ?? '',
  uid: wire.uid ?? '',
  namespace: wire.namespace ?? '',
  attempt: wire.attempt ?? 0,
});

const containerMetadata = (wire: Wire['container']['metadata'] = {}): Container['metadata'] => ({
  name: wire.name ?? '',
  attempt: wire.attempt ?? 0,
});

export const fromPodSandbox = (wire: Wire['podSandbox']): PodSandbox => ({
  id: wire.id ?? '',
  metadata: sandboxMetadata(wire.metadata),
  state: (wire.state ?? 'ready') === 'ready' ? 'ready' : 'notReady',
  createdAt: milliseconds(wire.createdAt),
  labels: wire.labels ?? {},
  annotations: wire.annotations ?? {},
  runtimeHandler: wire.runtimeHandler ?? '',
});

export const fromPodSandboxStatus = (wire: Wire['podSandboxStatus']): PodSandboxStatus => ({
  ...fromPodSandbox(wire),
  ips: [wire.network?.ip, ...(wire.network?.additionalIps ?? []).map(({ ip }) => ip)].filter(
    ip => ip !== undefined && ip !== '',
  ) as string[],
  namespaces: fromNamespaces(wire.linux?.namespaces?.options),
});

const containerState = (state: Wire['container']['state']): Container['state'] =>
  typeof state === 'number' ? 'unknown' : (state ?? 'created');

export const fromContainer = (wire: Wire['container']): Container => ({
  id: wire.id ?? '',
  podSandboxId: wire.podSandboxId ?? '',
  metadata: containerMetadata(wire.metadata),
  image: wire.image?.image ?? '',
  imageRef: wire.imageRef ?? '',
  // Runtimes before 1.34's contract answer the image's id as its reference.
  imageId: wire.imageId || (wire.imageRef ?? ''),
  state: containerState(wire.state),
  createdAt: milliseconds(wire.createdAt),
  labels: wire.labels ?? {},
  annotations: wire.annotations ?? {},
});

export function fromContainerStatus(wire: Wire['containerStatus']): ContainerStatus {
  const user = wire.user?.linux;
  return {
    id: wire.id ?? '',
    metadata: containerMetadata(wire.metadata),
    state: containerState(wire.state),
    createdAt: milliseconds(wire.createdAt),
    startedAt: milliseconds(wire.startedAt),
    finishedAt: milliseconds(wire.finishedAt),
    exitCode: wire.exitCode ?? 0,
    image: wire.image?.image ?? '',
    imageRef: wire.imageRef ?? '',
    imageId: wire.imageId || (wire.imageRef ?? ''),
    reason: wire.reason ?? '',
    message: wire.message ?? '',
    labels: wire.labels ?? {},
    annotations: wire.annotations ?? {},
    mounts: (wire.mounts ?? []).map(fromMount),
    logPath: wire.logPath ?? '',
    ...(wire.resources?.linux && { resources: fromResources(wire.resources.linux) }),
    ...(user && {
      user: {
        uid: integer(user.uid),
        gid: integer(user.gid),
        supplementalGroups: (user.supplementalGroups ?? []).map(Number),
      },
    }),
    ...(typeof wire.stopSignal === 'string' && wire.stopSignal !== '' && { stopSignal: wire.stopSignal }),
  };
}

const fromCpu = ({ timestamp, usageCoreNanoSeconds = 0, usageNanoCores }: Wire['cpuUsage']): CpuUsage => ({
  timestamp: milliseconds(timestamp),
  usageCoreNanoSeconds,
  ...(usageNanoCores !== undefined && { usageNanoCores }),
});

const fromMemory = ({ timestamp, workingSetBytes = 0, ...rest }: Wire['memoryUsage']): MemoryUsage => ({
  ...rest,
  timestamp: milliseconds(timestamp),
  workingSetBytes,
});

export const fromFilesystem = (wire: Wire['filesystemUsage']): FilesystemUsage => ({
  timestamp: milliseconds(wire.timestamp),
  mountpoint: wire.fsId?.mountpoint ?? '',
  usedBytes: wire.usedBytes ?? 0,
  ...(wire.inodesUsed !== undefined && { inodesUsed: wire.inodesUsed }),
});

export const fromContainerStats = (wire: Wire['containerStats']): ContainerStats => ({
  id: wire.attributes?.id ?? '',
  metadata: containerMetadata(wire.attributes?.metadata),
  labels: wire.attributes?.labels ?? {},
  annotations: wire.attributes?.annotations ?? {},
  ...(wire.cpu && { cpu: fromCpu(wire.cpu) }),
  ...(wire.memory && { memory: fromMemory(wire.memory) }),
  ...(wire.writableLayer && { writableLayer: fromFilesystem(wire.writableLayer) }),
  ...(wire.swap && {
    swap: {
      timestamp: milliseconds(wire.swap.timestamp),
      usageBytes: wire.swap.usageBytes ?? 0,
      ...(wire.swap.availableBytes !== undefined && { availableBytes: wire.swap.availableBytes }),
    },
  }),
});

export function fromPodSandboxStats(wire: Wire['podSandboxStats']): PodSandboxStats {
  const linux = wire.linux ?? {};
  const interfaces = [linux.network?.defaultInterface, ...(linux.network?.interfaces ?? [])];
  return {
    id: wire.attributes?.id ?? '',
    metadata: sandboxMetadata(wire.attributes?.metadata),
    labels: wire.attributes?.labels ?? {},
    annotations: wire.attributes?.annotations ?? {},
    ...(linux.cpu && { cpu: fromCpu(linux.cpu) }),
    ...(linux.memory && { memory: fromMemory(linux.memory) }),
    ...(linux.network && {
      network: {
        timestamp: milliseconds(linux.network.timestamp),
        interfaces: interfaces.flatMap(one =>
          one
            ? [
                {
                  name: one.name ?? '',
                  rxBytes: one.rxBytes ?? 0,
                  rxErrors: one.rxErrors ?? 0,
                  txBytes: one.txBytes ?? 0,
                  txErrors: one.txErrors ?? 0,
                },
              ]
            : [],
        ),
      },
    }),
    ...(linux.process?.processCount !== undefined && { processCount: linux.process.processCount }),
    containers: (linux.containers ?? []).map(fromContainerStats),
  };
}

export const fromImage = (wire: Wire['image']): Image => ({
  id: wire.id ?? '',
  repoTags: wire.repoTags ?? [],
  repoDigests: wire.repoDigests ?? [],
  size: integer(wire.size),
  ...(wire.uid !== undefined && { uid: wire.uid }),
  ...(wire.username && { username: wire.username }),
  pinned: wire.pinned ?? false,
});
