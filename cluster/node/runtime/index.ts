/** The container runtime's side of the node: the seam, CRI behind it, our containerd, images, cgroups. */
export * from './types.ts';
export { connectCri, type CriOptions } from './cri/runtime.ts';
export { superviseContainerd, stopContainerd, type Containerd, type ContainerdOptions } from './containerd/supervise.ts';
export { apparmorIsEnabled, chooseSnapshotter, detectSoftware, oomScoreIsRestricted } from './containerd/detect.ts';
export { hostsFiles, parseRegistries, registryAuth, type Registries } from './containerd/registries.ts';
export { openImageStore, type ImageStore, type ImageStoreOptions } from './images/store.ts';
export { pauseImage } from './images/pause.ts';
export { openCgroups, type CgroupHost } from './cgroups/host.ts';
