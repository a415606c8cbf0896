/** What a pod needs from the host's file system. Simulated nodes have an implementation that touches no disk. */
import type { Container, Pod } from '@orrery/kinds/types';
import type { PodAddresses } from '../env/fields.ts';
import type { ContainerStatus, Mount } from '../runtime/types.ts';
import type { HostPaths } from '../volumes/pod-volumes.ts';

export interface PodFiles {
  /** Makes all volumes ready. Rejects with a VolumeError. */
  setUp(pod: Pod, addresses: PodAddresses): Promise<HostPaths>;
  /** Brings volumes with files from the API up to date. Rejects with a VolumeError. */
  refresh(pod: Pod, addresses: PodAddresses): Promise<void>;
  /** All mounts of a container: volumes, sub-paths, hosts file, termination message. */
  mounts(request: MountRequest): Promise<Mount[]>;
  /** The message that an ended container left, by its policy. */
  readTermination(status: ContainerStatus): Promise<string | undefined>;
  logDirectory(pod: { namespace: string; name: string; uid: string }): string;
  /** Makes the log directory of a pod, and of a container in it. */
  prepareLogs(pod: { namespace: string; name: string; uid: string }, container?: string): Promise<void>;
  /** Unmounts and removes a pod's volumes and files; its logs stay. Idempotent. */
  tearDown(uid: string): Promise<void>;
  removeLogs(pod: { namespace: string; name: string; uid: string }): Promise<void>;
  /** Pods of which something is left on disk. */
  present(): Promise<string[]>;
  /** Pods of which there are logs. */
  logged(): Promise<{ namespace: string; name: string; uid: string }[]>;
}

export interface MountRequest {
  pod: Pod;
  container: Container;
  volumes: HostPaths;
  addresses: PodAddresses;
  hostname: string;
  domain: string;
  /** For `subPathExpr`. */
  environment: ReadonlyMap<string, string>;
}
