/** What runs containers: the seam, the CRI client, our containerd, images and cgroups. */
export * from './types.ts';
export { connectCri, type CriOptions } from './cri/runtime.ts';
export {
  parseContainerdVersion,
  type ContainerdSettings,
  type ContainerdVersion,
  type RegistryAuth,
} from './containerd/config.ts';
export {
  apparmorIsEnabled,
  chooseSnapshotter,
  detectSoftware,
  oomScoreIsRestricted,
  type ContainerSoftware,
} from './containerd/detect.ts';
export { hostsFiles, parseRegistries, registryAuth, type Registries } from './containerd/registries.ts';
export {
  stopContainerd,
  superviseContainerd,
  type Containerd,
  type ContainerdOptions,
} from './containerd/supervise.ts';
export { openImageStore, type ImageStore, type ImageStoreOptions, type ImportedImage } from './images/store.ts';
export { pauseImage, type Architecture } from './images/pause.ts';
export { formatReference, parseReference, type Reference } from './images/reference.ts';
export {
  cpuPeriod,
  oomScoreAdjust,
  quotaOf,
  sharesOf,
  weightOf,
  type Amounts,
  type CgroupVersion,
  type OomFacts,
  type QosClass,
} from './cgroups/amounts.ts';
export { containerResources, type ContainerFacts } from './cgroups/container.ts';
export { findHierarchies, openCgroups, type CgroupHost } from './cgroups/host.ts';
export {
  classCgroups,
  classPath,
  podCgroup,
  podPath,
  type CgroupLayout,
  type CgroupPlan,
  type CgroupWrite,
  type NodeFacts,
  type PodFacts,
} from './cgroups/pod.ts';
