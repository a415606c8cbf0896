/** The runtime itself, its images and its events. */

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
