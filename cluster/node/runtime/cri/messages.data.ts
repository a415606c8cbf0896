/**
 * CRI v1 as tables: the messages that we send and read, by the numbers of cri-api `runtime/v1` as of v0.34. What is absent here
 * (Windows, checkpoints, metric descriptors) is skipped when read. Numbers are append-only, so older and newer runtimes agree.
 */
import { enumeration, mapOf, message, repeated, surfaced, type Message } from '@orrery/machinery/protobuf';
import { procedure } from '../grpc.ts';

const strings = mapOf('string');
const id = (name: string, field: string) => message(name, [[1, field, 'string']]);
const empty = (name: string) => message(name, []);

/** Int64Value and UInt64Value: a message only to tell absent from zero. */
const int64Value = surfaced<number>('Int64Value', [[1, 'value', 'int64']], {
  fromFields: ({ value = 0 }) => Number(value),
  toFields: value => ({ value }),
});
const uint64Value = surfaced<number>('UInt64Value', [[1, 'value', 'uint64']], {
  fromFields: ({ value = 0 }) => Number(value),
  toFields: value => ({ value }),
});

export const Protocol = enumeration(['TCP', 'UDP', 'SCTP']);
const Propagation = enumeration(['private', 'hostToContainer', 'bidirectional']);
const NamespaceMode = enumeration(['pod', 'container', 'node', 'target']);
const GroupsPolicy = enumeration(['Merge', 'Strict']);
const ProfileType = enumeration(['RuntimeDefault', 'Unconfined', 'Localhost']);
export const SandboxState = enumeration(['ready', 'notReady']);
export const ContainerStates = enumeration(['created', 'running', 'exited', 'unknown']);
const EventType = enumeration(['created', 'started', 'stopped', 'deleted']);
const realTime = (name: string) => Array.from({ length: 15 }, (_, i) => `${name}${i + 1}`);
const Signal = enumeration([
  '',
  ...['SIGABRT', 'SIGALRM', 'SIGBUS', 'SIGCHLD', 'SIGCLD', 'SIGCONT', 'SIGFPE', 'SIGHUP', 'SIGILL', 'SIGINT', 'SIGIO'],
  ...['SIGIOT', 'SIGKILL', 'SIGPIPE', 'SIGPOLL', 'SIGPROF', 'SIGPWR', 'SIGQUIT', 'SIGSEGV', 'SIGSTKFLT', 'SIGSTOP'],
  ...['SIGSYS', 'SIGTERM', 'SIGTRAP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGUSR1', 'SIGUSR2', 'SIGVTALRM'],
  ...['SIGWINCH', 'SIGXCPU', 'SIGXFSZ', 'SIGRTMIN', ...realTime('SIGRTMIN+')],
  ...[...realTime('SIGRTMAX-').slice(0, 14).reverse(), 'SIGRTMAX'],
]);

const IdMapping = message('IDMapping', [
  [1, 'hostId', 'uint32'],
  [2, 'containerId', 'uint32'],
  [3, 'length', 'uint32'],
]);
const ImageSpec = message('ImageSpec', [
  [1, 'image', 'string'],
  [2, 'annotations', strings],
  [18, 'userSpecifiedImage', 'string'],
  [19, 'runtimeHandler', 'string'],
]);
export const Mount = message('Mount', [
  [1, 'containerPath', 'string'],
  [2, 'hostPath', 'string'],
  [3, 'readonly', 'bool'],
  [4, 'selinuxRelabel', 'bool'],
  [5, 'propagation', Propagation],
  [6, 'uidMappings', repeated(IdMapping)],
  [7, 'gidMappings', repeated(IdMapping)],
  [8, 'recursiveReadOnly', 'bool'],
  [9, 'image', ImageSpec],
  [10, 'imageSubPath', 'string'],
]);
const UserNamespace = message('UserNamespace', [
  [1, 'mode', NamespaceMode],
  [2, 'uids', repeated(IdMapping)],
  [3, 'gids', repeated(IdMapping)],
]);
export const NamespaceOption = message('NamespaceOption', [
  [1, 'network', NamespaceMode],
  [2, 'pid', NamespaceMode],
  [3, 'ipc', NamespaceMode],
  [4, 'targetId', 'string'],
  [5, 'user', UserNamespace],
]);
const SelinuxOption = message('SELinuxOption', [
  [1, 'user', 'string'],
  [2, 'role', 'string'],
  [3, 'type', 'string'],
  [4, 'level', 'string'],
]);
const SecurityProfile = message('SecurityProfile', [
  [1, 'type', ProfileType],
  [2, 'localhostRef', 'string'],
]);
const DnsConfig = message('DNSConfig', [
  [1, 'servers', repeated('string')],
  [2, 'searches', repeated('string')],
  [3, 'options', repeated('string')],
]);
const PortMapping = message('PortMapping', [
  [1, 'protocol', Protocol],
  [2, 'containerPort', 'int32'],
  [3, 'hostPort', 'int32'],
  [4, 'hostIp', 'string'],
]);
const HugepageLimit = message('HugepageLimit', [
  [1, 'pageSize', 'string'],
  [2, 'limit', 'uint64'],
]);
export const LinuxContainerResources = message('LinuxContainerResources', [
  [1, 'cpuPeriod', 'int64'],
  [2, 'cpuQuota', 'int64'],
  [3, 'cpuShares', 'int64'],
  [4, 'memoryLimit', 'int64'],
  [5, 'oomScoreAdj', 'int64'],
  [6, 'cpusetCpus', 'string'],
  [7, 'cpusetMems', 'string'],
  [8, 'hugepageLimits', repeated(HugepageLimit)],
  [9, 'unified', strings],
  [10, 'memorySwapLimit', 'int64'],
]);
const SandboxSecurity = message('LinuxSandboxSecurityContext', [
  [1, 'namespaces', NamespaceOption],
  [2, 'selinux', SelinuxOption],
  [3, 'runAsUser', int64Value],
  [4, 'readonlyRootfs', 'bool'],
  [5, 'supplementalGroups', repeated('int64')],
  [6, 'privileged', 'bool'],
  [8, 'runAsGroup', int64Value],
  [9, 'seccomp', SecurityProfile],
  [10, 'apparmor', SecurityProfile],
  [11, 'supplementalGroupsPolicy', GroupsPolicy],
]);
const LinuxSandbox = message('LinuxPodSandboxConfig', [
  [1, 'cgroupParent', 'string'],
  [2, 'securityContext', SandboxSecurity],
  [3, 'sysctls', strings],
  [4, 'overhead', LinuxContainerResources],
  [5, 'resources', LinuxContainerResources],
]);
const SandboxMetadata = message('PodSandboxMetadata', [
  [1, 'name', 'string'],
  [2, 'uid', 'string'],
  [3, 'namespace', 'string'],
  [4, 'attempt', 'uint32'],
]);
export const PodSandboxConfig = message('PodSandboxConfig', [
  [1, 'metadata', SandboxMetadata],
  [2, 'hostname', 'string'],
  [3, 'logDirectory', 'string'],
  [4, 'dns', DnsConfig],
  [5, 'portMappings', repeated(PortMapping)],
  [6, 'labels', strings],
  [7, 'annotations', strings],
  [8, 'linux', LinuxSandbox],
]);
const Capability = message('Capability', [
  [1, 'add', repeated('string')],
  [2, 'drop', repeated('string')],
  [3, 'addAmbient', repeated('string')],
]);
const ContainerSecurity = message('LinuxContainerSecurityContext', [
  [1, 'capabilities', Capability],
  [2, 'privileged', 'bool'],
  [3, 'namespaces', NamespaceOption],
  [4, 'selinux', SelinuxOption],
  [5, 'runAsUser', int64Value],
  [6, 'runAsUsername', 'string'],
  [7, 'readonlyRootfs', 'bool'],
  [8, 'supplementalGroups', repeated('int64')],
  [11, 'noNewPrivileges', 'bool'],
  [12, 'runAsGroup', int64Value],
  [13, 'maskedPaths', repeated('string')],
  [14, 'readonlyPaths', repeated('string')],
  [15, 'seccomp', SecurityProfile],
  [16, 'apparmor', SecurityProfile],
  [17, 'supplementalGroupsPolicy', GroupsPolicy],
]);
const LinuxContainer = message('LinuxContainerConfig', [
  [1, 'resources', LinuxContainerResources],
  [2, 'securityContext', ContainerSecurity],
]);
const ContainerMetadata = message('ContainerMetadata', [
  [1, 'name', 'string'],
  [2, 'attempt', 'uint32'],
]);
const KeyValue = message('KeyValue', [
  [1, 'key', 'string'],
  [2, 'value', 'string'],
]);
const Device = message('Device', [
  [1, 'containerPath', 'string'],
  [2, 'hostPath', 'string'],
  [3, 'permissions', 'string'],
]);
export const ContainerConfig = message('ContainerConfig', [
  [1, 'metadata', ContainerMetadata],
  [2, 'image', ImageSpec],
  [3, 'command', repeated('string')],
  [4, 'args', repeated('string')],
  [5, 'workingDir', 'string'],
  [6, 'envs', repeated(KeyValue)],
  [7, 'mounts', repeated(Mount)],
  [8, 'devices', repeated(Device)],
  [9, 'labels', strings],
  [10, 'annotations', strings],
  [11, 'logPath', 'string'],
  [12, 'stdin', 'bool'],
  [13, 'stdinOnce', 'bool'],
  [14, 'tty', 'bool'],
  [15, 'linux', LinuxContainer],
  [17, 'cdiDevices', repeated(id('CDIDevice', 'name'))],
  [18, 'stopSignal', Signal],
]);

const PodSandbox = message('PodSandbox', [
  [1, 'id', 'string'],
  [2, 'metadata', SandboxMetadata],
  [3, 'state', SandboxState],
  [4, 'createdAt', 'int64'],
  [5, 'labels', strings],
  [6, 'annotations', strings],
  [7, 'runtimeHandler', 'string'],
]);
export const PodSandboxStatus = message('PodSandboxStatus', [
  [1, 'id', 'string'],
  [2, 'metadata', SandboxMetadata],
  [3, 'state', SandboxState],
  [4, 'createdAt', 'int64'],
  [
    5,
    'network',
    message('PodSandboxNetworkStatus', [
      [1, 'ip', 'string'],
      [2, 'additionalIps', repeated(id('PodIP', 'ip'))],
    ]),
  ],
  [
    6,
    'linux',
    message('LinuxPodSandboxStatus', [[1, 'namespaces', message('Namespace', [[2, 'options', NamespaceOption]])]]),
  ],
  [7, 'labels', strings],
  [8, 'annotations', strings],
  [9, 'runtimeHandler', 'string'],
]);
const SandboxFilter = message('PodSandboxFilter', [
  [1, 'id', 'string'],
  [2, 'state', message('PodSandboxStateValue', [[1, 'state', SandboxState]])],
  [3, 'labels', strings],
]);
const Container = message('Container', [
  [1, 'id', 'string'],
  [2, 'podSandboxId', 'string'],
  [3, 'metadata', ContainerMetadata],
  [4, 'image', ImageSpec],
  [5, 'imageRef', 'string'],
  [6, 'state', ContainerStates],
  [7, 'createdAt', 'int64'],
  [8, 'labels', strings],
  [9, 'annotations', strings],
  [10, 'imageId', 'string'],
]);
const ContainerUser = message('LinuxContainerUser', [
  [1, 'uid', 'int64'],
  [2, 'gid', 'int64'],
  [3, 'supplementalGroups', repeated('int64')],
]);
export const ContainerStatus = message('ContainerStatus', [
  [1, 'id', 'string'],
  [2, 'metadata', ContainerMetadata],
  [3, 'state', ContainerStates],
  [4, 'createdAt', 'int64'],
  [5, 'startedAt', 'int64'],
  [6, 'finishedAt', 'int64'],
  [7, 'exitCode', 'int32'],
  [8, 'image', ImageSpec],
  [9, 'imageRef', 'string'],
  [10, 'reason', 'string'],
  [11, 'message', 'string'],
  [12, 'labels', strings],
  [13, 'annotations', strings],
  [14, 'mounts', repeated(Mount)],
  [15, 'logPath', 'string'],
  [16, 'resources', message('ContainerResources', [[1, 'linux', LinuxContainerResources]])],
  [17, 'imageId', 'string'],
  [18, 'user', message('ContainerUser', [[1, 'linux', ContainerUser]])],
  [19, 'stopSignal', Signal],
]);
const ContainerFilter = message('ContainerFilter', [
  [1, 'id', 'string'],
  [2, 'state', message('ContainerStateValue', [[1, 'state', ContainerStates]])],
  [3, 'podSandboxId', 'string'],
  [4, 'labels', strings],
]);

export const FilesystemUsage = message('FilesystemUsage', [
  [1, 'timestamp', 'int64'],
  [2, 'fsId', id('FilesystemIdentifier', 'mountpoint')],
  [3, 'usedBytes', uint64Value],
  [4, 'inodesUsed', uint64Value],
]);
const CpuUsage = message('CpuUsage', [
  [1, 'timestamp', 'int64'],
  [2, 'usageCoreNanoSeconds', uint64Value],
  [3, 'usageNanoCores', uint64Value],
]);
const MemoryUsage = message('MemoryUsage', [
  [1, 'timestamp', 'int64'],
  [2, 'workingSetBytes', uint64Value],
  [3, 'availableBytes', uint64Value],
  [4, 'usageBytes', uint64Value],
  [5, 'rssBytes', uint64Value],
  [6, 'pageFaults', uint64Value],
  [7, 'majorPageFaults', uint64Value],
]);
const SwapUsage = message('SwapUsage', [
  [1, 'timestamp', 'int64'],
  [2, 'availableBytes', uint64Value],
  [3, 'usageBytes', uint64Value],
]);
const ContainerAttributes = message('ContainerAttributes', [
  [1, 'id', 'string'],
  [2, 'metadata', ContainerMetadata],
  [3, 'labels', strings],
  [4, 'annotations', strings],
]);
export const ContainerStats = message('ContainerStats', [
  [1, 'attributes', ContainerAttributes],
  [2, 'cpu', CpuUsage],
  [3, 'memory', MemoryUsage],
  [4, 'writableLayer', FilesystemUsage],
  [5, 'swap', SwapUsage],
]);
const InterfaceUsage = message('NetworkInterfaceUsage', [
  [1, 'name', 'string'],
  [2, 'rxBytes', uint64Value],
  [3, 'rxErrors', uint64Value],
  [4, 'txBytes', uint64Value],
  [5, 'txErrors', uint64Value],
]);
const NetworkUsage = message('NetworkUsage', [
  [1, 'timestamp', 'int64'],
  [2, 'defaultInterface', InterfaceUsage],
  [3, 'interfaces', repeated(InterfaceUsage)],
]);
const ProcessUsage = message('ProcessUsage', [
  [1, 'timestamp', 'int64'],
  [2, 'processCount', uint64Value],
]);
const SandboxAttributes = message('PodSandboxAttributes', [
  [1, 'id', 'string'],
  [2, 'metadata', SandboxMetadata],
  [3, 'labels', strings],
  [4, 'annotations', strings],
]);
const LinuxSandboxStats = message('LinuxPodSandboxStats', [
  [1, 'cpu', CpuUsage],
  [2, 'memory', MemoryUsage],
  [3, 'network', NetworkUsage],
  [4, 'process', ProcessUsage],
  [5, 'containers', repeated(ContainerStats)],
]);
export const PodSandboxStats = message('PodSandboxStats', [
  [1, 'attributes', SandboxAttributes],
  [2, 'linux', LinuxSandboxStats],
]);
const StatsFilter = message('ContainerStatsFilter', [
  [1, 'id', 'string'],
  [2, 'podSandboxId', 'string'],
  [3, 'labels', strings],
]);
const SandboxStatsFilter = message('PodSandboxStatsFilter', [
  [1, 'id', 'string'],
  [2, 'labels', strings],
]);
const Image = message('Image', [
  [1, 'id', 'string'],
  [2, 'repoTags', repeated('string')],
  [3, 'repoDigests', repeated('string')],
  [4, 'size', 'uint64'],
  [5, 'uid', int64Value],
  [6, 'username', 'string'],
  [8, 'pinned', 'bool'],
]);
const AuthConfig = message('AuthConfig', [
  [1, 'username', 'string'],
  [2, 'password', 'string'],
  [3, 'auth', 'string'],
  [4, 'serverAddress', 'string'],
  [5, 'identityToken', 'string'],
  [6, 'registryToken', 'string'],
]);
const Condition = message('RuntimeCondition', [
  [1, 'type', 'string'],
  [2, 'status', 'bool'],
  [3, 'reason', 'string'],
  [4, 'message', 'string'],
]);
const Handler = message('RuntimeHandler', [
  [1, 'name', 'string'],
  [
    2,
    'features',
    message('RuntimeHandlerFeatures', [
      [1, 'recursiveReadOnlyMounts', 'bool'],
      [2, 'userNamespaces', 'bool'],
    ]),
  ],
]);

const runtime = (name: string) => `/runtime.v1.RuntimeService/${name}`;
const images = (name: string) => `/runtime.v1.ImageService/${name}`;
const sandboxOnly = id('PodSandboxIdRequest', 'podSandboxId');
const containerOnly = id('ContainerIdRequest', 'containerId');
const imageOnly = message('ImageRequest', [[1, 'image', ImageSpec]]);
const urlAnswer = id('UrlResponse', 'url');
const nothing = empty('Empty');

/** The procedures of RuntimeService that we call. */
export const runtimeService = {
  version: procedure(
    runtime('Version'),
    message('VersionRequest', [[1, 'version', 'string']]),
    message('VersionResponse', [
      [1, 'version', 'string'],
      [2, 'runtimeName', 'string'],
      [3, 'runtimeVersion', 'string'],
      [4, 'runtimeApiVersion', 'string'],
    ]),
  ),
  status: procedure(
    runtime('Status'),
    message('StatusRequest', [[1, 'verbose', 'bool']]),
    message('StatusResponse', [
      [1, 'status', message('RuntimeStatus', [[1, 'conditions', repeated(Condition)]])],
      [2, 'info', strings],
      [3, 'runtimeHandlers', repeated(Handler)],
      [4, 'features', message('RuntimeFeatures', [[1, 'supplementalGroupsPolicy', 'bool']])],
    ]),
  ),
  runPodSandbox: procedure(
    runtime('RunPodSandbox'),
    message('RunPodSandboxRequest', [
      [1, 'config', PodSandboxConfig],
      [2, 'runtimeHandler', 'string'],
    ]),
    sandboxOnly,
  ),
  stopPodSandbox: procedure(runtime('StopPodSandbox'), sandboxOnly, nothing),
  removePodSandbox: procedure(runtime('RemovePodSandbox'), sandboxOnly, nothing),
  podSandboxStatus: procedure(
    runtime('PodSandboxStatus'),
    sandboxOnly,
    message('PodSandboxStatusResponse', [[1, 'status', PodSandboxStatus]]),
  ),
  listPodSandbox: procedure(
    runtime('ListPodSandbox'),
    message('ListPodSandboxRequest', [[1, 'filter', SandboxFilter]]),
    message('ListPodSandboxResponse', [[1, 'items', repeated(PodSandbox)]]),
  ),
  updatePodSandboxResources: procedure(
    runtime('UpdatePodSandboxResources'),
    message('UpdatePodSandboxResourcesRequest', [
      [1, 'podSandboxId', 'string'],
      [2, 'overhead', LinuxContainerResources],
      [3, 'resources', LinuxContainerResources],
    ]),
    nothing,
  ),
  createContainer: procedure(
    runtime('CreateContainer'),
    message('CreateContainerRequest', [
      [1, 'podSandboxId', 'string'],
      [2, 'config', ContainerConfig],
      [3, 'sandboxConfig', PodSandboxConfig],
    ]),
    containerOnly,
  ),
  startContainer: procedure(runtime('StartContainer'), containerOnly, nothing),
  stopContainer: procedure(
    runtime('StopContainer'),
    message('StopContainerRequest', [
      [1, 'containerId', 'string'],
      [2, 'timeout', 'int64'],
    ]),
    nothing,
  ),
  removeContainer: procedure(runtime('RemoveContainer'), containerOnly, nothing),
  listContainers: procedure(
    runtime('ListContainers'),
    message('ListContainersRequest', [[1, 'filter', ContainerFilter]]),
    message('ListContainersResponse', [[1, 'containers', repeated(Container)]]),
  ),
  containerStatus: procedure(
    runtime('ContainerStatus'),
    containerOnly,
    message('ContainerStatusResponse', [[1, 'status', ContainerStatus]]),
  ),
  updateContainerResources: procedure(
    runtime('UpdateContainerResources'),
    message('UpdateContainerResourcesRequest', [
      [1, 'containerId', 'string'],
      [2, 'linux', LinuxContainerResources],
    ]),
    nothing,
  ),
  reopenContainerLog: procedure(runtime('ReopenContainerLog'), containerOnly, nothing),
  execSync: procedure(
    runtime('ExecSync'),
    message('ExecSyncRequest', [
      [1, 'containerId', 'string'],
      [2, 'cmd', repeated('string')],
      [3, 'timeout', 'int64'],
    ]),
    message('ExecSyncResponse', [
      [1, 'stdout', 'bytes'],
      [2, 'stderr', 'bytes'],
      [3, 'exitCode', 'int32'],
    ]),
  ),
  exec: procedure(
    runtime('Exec'),
    message('ExecRequest', [
      [1, 'containerId', 'string'],
      [2, 'cmd', repeated('string')],
      [3, 'tty', 'bool'],
      [4, 'stdin', 'bool'],
      [5, 'stdout', 'bool'],
      [6, 'stderr', 'bool'],
    ]),
    urlAnswer,
  ),
  attach: procedure(
    runtime('Attach'),
    message('AttachRequest', [
      [1, 'containerId', 'string'],
      [2, 'stdin', 'bool'],
      [3, 'tty', 'bool'],
      [4, 'stdout', 'bool'],
      [5, 'stderr', 'bool'],
    ]),
    urlAnswer,
  ),
  portForward: procedure(
    runtime('PortForward'),
    message('PortForwardRequest', [
      [1, 'podSandboxId', 'string'],
      [2, 'port', repeated('int32')],
    ]),
    urlAnswer,
  ),
  containerStats: procedure(
    runtime('ContainerStats'),
    containerOnly,
    message('ContainerStatsResponse', [[1, 'stats', ContainerStats]]),
  ),
  listContainerStats: procedure(
    runtime('ListContainerStats'),
    message('ListContainerStatsRequest', [[1, 'filter', StatsFilter]]),
    message('ListContainerStatsResponse', [[1, 'stats', repeated(ContainerStats)]]),
  ),
  listPodSandboxStats: procedure(
    runtime('ListPodSandboxStats'),
    message('ListPodSandboxStatsRequest', [[1, 'filter', SandboxStatsFilter]]),
    message('ListPodSandboxStatsResponse', [[1, 'stats', repeated(PodSandboxStats)]]),
  ),
  getContainerEvents: procedure(
    runtime('GetContainerEvents'),
    nothing,
    message('ContainerEventResponse', [
      [1, 'containerId', 'string'],
      [2, 'type', EventType],
      [3, 'createdAt', 'int64'],
      [4, 'podSandboxStatus', PodSandboxStatus],
      [5, 'containersStatuses', repeated(ContainerStatus)],
    ]),
  ),
};

/** The procedures of ImageService that we call. */
export const imageService = {
  listImages: procedure(
    images('ListImages'),
    nothing,
    message('ListImagesResponse', [[1, 'images', repeated(Image)]]),
  ),
  imageStatus: procedure(images('ImageStatus'), imageOnly, message('ImageStatusResponse', [[1, 'image', Image]])),
  pullImage: procedure(
    images('PullImage'),
    message('PullImageRequest', [
      [1, 'image', ImageSpec],
      [2, 'auth', AuthConfig],
      [3, 'sandboxConfig', PodSandboxConfig],
    ]),
    id('PullImageResponse', 'imageRef'),
  ),
  removeImage: procedure(images('RemoveImage'), imageOnly, nothing),
  imageFsInfo: procedure(
    images('ImageFsInfo'),
    nothing,
    message('ImageFsInfoResponse', [
      [1, 'imageFilesystems', repeated(FilesystemUsage)],
      [2, 'containerFilesystems', repeated(FilesystemUsage)],
    ]),
  ),
};

/** The plain values of the tables above: what goes over the wire, all fields optional. */
export interface Wire {
  podSandbox: TableValue<typeof PodSandbox>;
  podSandboxStatus: TableValue<typeof PodSandboxStatus>;
  podSandboxConfig: TableValue<typeof PodSandboxConfig>;
  container: TableValue<typeof Container>;
  containerStatus: TableValue<typeof ContainerStatus>;
  containerConfig: TableValue<typeof ContainerConfig>;
  containerStats: TableValue<typeof ContainerStats>;
  podSandboxStats: TableValue<typeof PodSandboxStats>;
  filesystemUsage: TableValue<typeof FilesystemUsage>;
  cpuUsage: TableValue<typeof CpuUsage>;
  memoryUsage: TableValue<typeof MemoryUsage>;
  resources: TableValue<typeof LinuxContainerResources>;
  namespaces: TableValue<typeof NamespaceOption>;
  mount: TableValue<typeof Mount>;
  image: TableValue<typeof Image>;
  security: TableValue<typeof ContainerSecurity>;
}
type TableValue<Table> = Table extends Message<infer Value> ? Value : never;
