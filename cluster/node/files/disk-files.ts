/** A pod's files on a real node. */
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Container, VolumeMount } from '@orrery/kinds/types';
import { nameSuffix, type Random } from '@orrery/machinery/random';
import { expand } from '../env/expand.ts';
import { mountOf } from '../pods/container-config.ts';
import type { MountRequest, PodFiles } from '../pods/pod-files.ts';
import { hostNetworkOf, uidOf } from '../pods/pod.ts';
import type { Mount } from '../runtime/types.ts';
import type { Mounter } from '../volumes/mounts.ts';
import type { PodDirectories } from '../volumes/pod-directories.ts';
import type { PodVolumes } from '../volumes/pod-volumes.ts';
import { bindSubPath } from '../volumes/subpath.ts';
import { hostsFile } from './hosts.ts';
import { terminationMessage } from './termination.ts';

export interface DiskFilesOptions {
  directories: PodDirectories;
  volumes: PodVolumes;
  mounter: Mounter;
  random: Random;
}

export function createDiskFiles(options: DiskFilesOptions): PodFiles {
  const { directories, volumes } = options;
  return {
    setUp: (pod, addresses) => volumes.setUp(pod, addresses),
    refresh: async (pod, addresses) => void (await volumes.refresh(pod, addresses)),
    mounts: request => allMounts(request, options),
    readTermination: terminationMessage,
    logDirectory: pod => directories.logs(pod),
    async prepareLogs(pod, container) {
      const directory = directories.logs(pod);
      await mkdir(container === undefined ? directory : path.join(directory, container), {
        recursive: true,
        mode: 0o755,
      });
    },
    tearDown: uid => volumes.tearDown(uid),
    removeLogs: pod => rm(directories.logs(pod), { recursive: true, force: true }),
    present: () => volumes.present(),
    async logged() {
      const names = await readdir(directories.logRoot).catch(() => []);
      return names.flatMap(each => {
        const [namespace, name, uid] = each.split('_');
        return namespace && name && uid ? [{ namespace, name, uid }] : [];
      });
    },
  };
}

async function allMounts(request: MountRequest, options: DiskFilesOptions): Promise<Mount[]> {
  const { container } = request;
  const mounts: Mount[] = [];
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    mounts.push(mountOf(mount, await hostPathOf(mount, index, request, options), container));
  }
  const taken = new Set(mounts.map(({ containerPath }) => path.posix.normalize(containerPath)));
  if (!taken.has('/etc/hosts'))
    mounts.push({ containerPath: '/etc/hosts', hostPath: await writeHosts(request, options) });
  const termination = container.terminationMessagePath ?? '/dev/termination-log';
  if (termination !== '')
    mounts.push({ containerPath: termination, hostPath: await terminationFile(request, options) });
  return mounts;
}

async function hostPathOf(
  mount: VolumeMount,
  index: number,
  request: MountRequest,
  options: DiskFilesOptions,
): Promise<string> {
  const { pod, container, volumes } = request;
  const volume = volumes.get(mount.name);
  if (volume === undefined) {
    throw new Error(
      `cannot find volume ${JSON.stringify(mount.name)} to mount into container ${JSON.stringify(container.name)}`,
    );
  }
  const subPath = subPathOf(mount, container, request.environment);
  if (subPath === '') return volume;
  const target = options.directories.subPath(uidOf(pod), mount.name, container.name, index);
  try {
    return await bindSubPath({ volume, subPath, target, mounter: options.mounter });
  } catch (error) {
    const what = `volumeMount ${JSON.stringify(mount.name)} of container ${JSON.stringify(container.name)}`;
    throw new Error(`failed to prepare subPath for ${what}: ${(error as Error).message}`, { cause: error });
  }
}

function subPathOf(
  { subPath, subPathExpr }: VolumeMount,
  container: Container,
  environment: ReadonlyMap<string, string>,
): string {
  if (!subPathExpr) return subPath ?? '';
  return expand(subPathExpr, name => {
    const value = environment.get(name);
    if (value === undefined)
      throw new Error(`missing value for ${JSON.stringify(name)} in subPathExpr of container ${container.name}`);
    return value;
  });
}

/** One file per pod, written before each start: addresses change with the sandbox. */
async function writeHosts(
  { pod, addresses, hostname, domain }: MountRequest,
  { directories }: DiskFilesOptions,
): Promise<string> {
  const file = directories.hosts(uidOf(pod));
  const nodeFile = hostNetworkOf(pod) ? await readFile('/etc/hosts', 'utf8').catch(() => '') : undefined;
  const aliases = pod.spec.hostAliases ?? [];
  const text = hostsFile({
    ips: addresses.podIps,
    hostname,
    domain,
    aliases,
    ...(nodeFile !== undefined && { nodeFile }),
  });
  await mkdir(path.dirname(file), { recursive: true, mode: 0o750 });
  await writeFile(file, text, { mode: 0o644 });
  await chmod(file, 0o644);
  return file;
}

/** A new file for each instance: a message belongs to one life of a container. Everybody inside may write it. */
async function terminationFile(
  { pod, container }: MountRequest,
  { directories, random }: DiskFilesOptions,
): Promise<string> {
  const directory = directories.container(uidOf(pod), container.name);
  await mkdir(directory, { recursive: true, mode: 0o750 });
  const file = path.join(directory, nameSuffix(random, 8));
  await writeFile(file, '');
  await chmod(file, 0o666);
  return file;
}
