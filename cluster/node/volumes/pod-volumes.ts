/** The volumes of the node's pods: set up before containers start, kept up to date, taken down when the pod is over. */
import { mkdir, readdir, rm, chmod } from 'node:fs/promises';
import type { Pod, ServiceAccountTokenProjection, Volume } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import { parseQuantity, toNumber } from '@orrery/machinery/quantity';
import type { Random } from '@orrery/machinery/random';
import type { ConfigSources } from '../env/resolve.ts';
import type { PodAddresses } from '../env/fields.ts';
import { uidOf } from '../pods/pod.ts';
import { writeAtomically } from './atomic-writer.ts';
import { isMissing, messageOf } from './errors.ts';
import { prepareHostPath } from './host-path.ts';
import type { Mounter } from './mounts.ts';
import { giveToGroup } from './ownership.ts';
import { hasPayload, payloadOf } from './payloads.ts';
import type { PodDirectories } from './pod-directories.ts';

export interface PodVolumesOptions {
  directories: PodDirectories;
  clock: Clock;
  random: Random;
  mounter: Mounter;
  sources: ConfigSources;
  token(pod: Pod, projection: ServiceAccountTokenProjection): Promise<string>;
  allocatable(): Record<string, string>;
  /** Limit of the pod's memory in bytes, for the size of file systems in memory. */
  memoryLimit(pod: Pod): number | undefined;
}

/** Volume name -> directory or file on the host. */
export type HostPaths = ReadonlyMap<string, string>;

export interface PodVolumes {
  /** Makes all volumes ready; idempotent. Rejects with {@link VolumeError} for the first that is not. */
  setUp(pod: Pod, addresses: PodAddresses): Promise<HostPaths>;
  /** Brings files from the API up to date; answers the volumes that changed. Rejects as {@link setUp}. */
  refresh(pod: Pod, addresses: PodAddresses): Promise<string[]>;
  /** Unmounts and removes all that belongs to a pod. Idempotent. */
  tearDown(uid: string): Promise<void>;
  /** The pods of which something is on disk. */
  present(): Promise<string[]>;
}

/** One volume cannot be made ready; `message` is the event's. */
export class VolumeError extends Error {
  override readonly name = 'VolumeError';
  readonly volume: string;

  constructor(volume: string, cause: unknown) {
    super(`MountVolume.SetUp failed for volume ${JSON.stringify(volume)} : ${messageOf(cause)}`, { cause });
    this.volume = volume;
  }
}

export function createPodVolumes(options: PodVolumesOptions): PodVolumes {
  const { directories, mounter } = options;
  return {
    async setUp(pod, addresses) {
      const paths = new Map<string, string>();
      for (const volume of pod.spec.volumes ?? []) {
        try {
          paths.set(volume.name, await setUpOne(volume, pod, addresses, options));
        } catch (error) {
          throw new VolumeError(volume.name, error);
        }
      }
      return paths;
    },
    async refresh(pod, addresses) {
      const changed: string[] = [];
      for (const volume of (pod.spec.volumes ?? []).filter(hasPayload)) {
        try {
          if (await writePayload(volume, pod, addresses, options)) changed.push(volume.name);
        } catch (error) {
          throw new VolumeError(volume.name, error);
        }
      }
      return changed;
    },
    async tearDown(uid) {
      const directory = directories.pod(uid);
      for (const point of await mounter.below(directory)) await mounter.unmount(point);
      await rm(directory, { recursive: true, force: true });
    },
    async present() {
      try {
        return await readdir(directories.root);
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
  };
}

async function setUpOne(
  volume: Volume,
  pod: Pod,
  addresses: PodAddresses,
  options: PodVolumesOptions,
): Promise<string> {
  if (volume.hostPath) return prepareHostPath(volume.hostPath);
  if (hasPayload(volume)) {
    await prepareDirectory(volume, payloadDirectory(volume, pod, options), options);
    await writePayload(volume, pod, addresses, options);
    return payloadDirectory(volume, pod, options);
  }
  if (volume.emptyDir) return setUpEmptyDir(volume, pod, options);
  const kind = Object.keys(volume).find(key => key !== 'name') ?? 'none';
  throw new Error(`no volume plugin matched: this node has none for ${kind}`);
}

const payloadKind = (volume: Volume): string => {
  if (volume.configMap) return 'configmap';
  if (volume.secret) return 'secret';
  return volume.downwardAPI ? 'downward-api' : 'projected';
};

const payloadDirectory = (volume: Volume, pod: Pod, { directories }: PodVolumesOptions): string =>
  directories.volume(uidOf(pod), payloadKind(volume), volume.name);

/** True when the files changed. */
async function writePayload(
  volume: Volume,
  pod: Pod,
  addresses: PodAddresses,
  options: PodVolumesOptions,
): Promise<boolean> {
  const { sources, token, clock, random, allocatable } = options;
  const payload = await payloadOf(volume, { pod, addresses, allocatable: allocatable(), sources, token });
  const directory = payloadDirectory(volume, pod, options);
  const group = pod.spec.securityContext?.fsGroup;
  const own = group === undefined ? undefined : (written: string) => giveToGroup(written, group, { readonly: true });
  return writeAtomically(directory, payload, { clock, random, ...(own && { own }) });
}

/** Secrets and tokens never reach the disk. */
async function prepareDirectory(volume: Volume, directory: string, { mounter }: PodVolumesOptions): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o755 });
  const secret =
    volume.secret ?? volume.projected?.sources?.find(source => source.secret ?? source.serviceAccountToken);
  if (secret) await mountOnce(mounter, directory, ['mode=0755', 'size=64m']);
}

/** Asks what is mounted, not what was done: after a reboot the directory is there and the mount is not. */
async function mountOnce(mounter: Mounter, directory: string, options: readonly string[]): Promise<void> {
  if (!(await mounter.below(directory)).includes(directory)) await mounter.tmpfs(directory, options);
}

async function setUpEmptyDir(volume: Volume, pod: Pod, options: PodVolumesOptions): Promise<string> {
  const directory = options.directories.volume(uidOf(pod), 'empty-dir', volume.name);
  const { medium, sizeLimit } = volume.emptyDir!;
  if (medium && medium !== 'Memory') throw new Error(`unknown storage medium ${JSON.stringify(medium)}`);
  const fresh = (await mkdir(directory, { recursive: true })) !== undefined;
  if (medium === 'Memory') {
    const limits = [options.memoryLimit(pod), sizeLimit === undefined ? undefined : toNumber(parseQuantity(sizeLimit))];
    const sizes = limits.filter(size => size !== undefined && size > 0) as number[];
    await mountOnce(options.mounter, directory, [
      'mode=0777',
      ...(sizes.length > 0 ? [`size=${Math.min(...sizes)}`] : []),
    ]);
  }
  if (!fresh) return directory;
  await chmod(directory, 0o777);
  const group = pod.spec.securityContext?.fsGroup;
  if (group !== undefined) await giveToGroup(directory, group);
  return directory;
}
