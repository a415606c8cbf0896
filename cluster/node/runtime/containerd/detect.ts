/** What this machine has for running containers, and which Debian packages would bring what it lacks. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, readFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { isSupported, parseContainerdVersion, type ContainerdVersion } from './config.ts';

export interface ContainerSoftware {
  /** Absolute paths. */
  containerd?: string;
  containerdVersion?: ContainerdVersion;
  runc?: string;
  /** Directory that holds the CNI plug-ins we use. */
  cniBinDir?: string;
  /** Other runc-compatible runtimes by handler name. */
  runtimes: Record<string, string>;
  /** Debian packages to install, in order; empty when all is there. */
  missing: string[];
}

/** Directories besides PATH where distributions put root's programs. */
const programDirectories = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
const cniDirectories = ['/opt/cni/bin', '/usr/lib/cni', '/usr/libexec/cni'];
/** What our network configuration calls. */
const cniPlugins = ['bridge', 'host-local', 'loopback', 'ptp'];

export interface SoftwareSearch {
  /** Directories for programs, after those of PATH. */
  programs: readonly string[];
  cni: readonly string[];
}

/** Looks for containerd (1.6 or later), its shim, runc and CNI plug-ins. Starts nothing but `containerd --version`. */
export async function detectSoftware(
  environment: Readonly<Record<string, string | undefined>>,
  search: SoftwareSearch = { programs: programDirectories, cni: cniDirectories },
): Promise<ContainerSoftware> {
  const onPath = (environment['PATH'] ?? '').split(':').filter(path => path.startsWith('/'));
  const directories = [...onPath, ...search.programs];
  const program = (name: string) => firstExecutable(directories.map(directory => join(directory, name)));
  const [containerd, shim, runc, crun, cniBinDir] = await Promise.all([
    program('containerd'),
    program('containerd-shim-runc-v2'),
    program('runc'),
    program('crun'),
    firstDirectoryWith(search.cni, cniPlugins),
  ]);
  const containerdVersion = containerd && (await versionOf(containerd));
  const usable = containerd && shim && containerdVersion && isSupported(containerdVersion);
  const missing: string[] = [];
  if (!usable) missing.push('containerd');
  if (!runc) missing.push('runc');
  if (!cniBinDir) missing.push('containernetworking-plugins');
  return {
    ...(usable && { containerd, containerdVersion }),
    ...(runc && { runc }),
    ...(cniBinDir && { cniBinDir }),
    runtimes: crun ? { crun } : {},
    missing,
  };
}

async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function firstDirectoryWith(
  directories: readonly string[],
  names: readonly string[],
): Promise<string | undefined> {
  for (const directory of directories) {
    const found = await Promise.all(names.map(name => isExecutable(join(directory, name))));
    if (found.every(Boolean)) return directory;
  }
  return undefined;
}

const isExecutable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

async function versionOf(program: string): Promise<ContainerdVersion | undefined> {
  try {
    return parseContainerdVersion((await promisify(execFile)(program, ['--version'])).stdout);
  } catch {
    return undefined;
  }
}

/** File systems (statfs magic numbers) that cannot carry overlayfs: overlayfs itself, NFS, ZFS, FUSE. */
const withoutOverlay = new Set([0x794c7630, 0x6969, 0x2fc12fc1, 0x65735546]);

/** `overlayfs`, or `native` (plain copies) where the file system of `directory` cannot carry it. It need not exist yet. */
export async function chooseSnapshotter(directory: string): Promise<'overlayfs' | 'native'> {
  try {
    return withoutOverlay.has((await statfs(directory)).type) ? 'native' : 'overlayfs';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || directory === dirname(directory)) throw error;
    return chooseSnapshotter(dirname(directory));
  }
}

/** CAP_SYS_RESOURCE: without it oom_score_adj can only be raised. */
const capSysResource = 1n << 24n;

/** True when this process may not lower oom_score_adj. */
export async function oomScoreIsRestricted(): Promise<boolean> {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(await readFile('/proc/self/status', 'utf8'))?.[1] ?? '0';
  return (BigInt(`0x${effective}`) & capSysResource) === 0n;
}

/** True when the kernel runs AppArmor and containerd could load profiles. */
export async function apparmorIsEnabled(): Promise<boolean> {
  const text = await readFile('/sys/module/apparmor/parameters/enabled', 'utf8').catch(() => 'N');
  return text.startsWith('Y') && (await isExecutable('/sbin/apparmor_parser'));
}
