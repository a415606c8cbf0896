/** The machine's cgroup hierarchies: found in /proc/self/mountinfo, written and removed here. The only part that touches files. */
import { access, mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { CgroupVersion } from './amounts.ts';
import type { CgroupPlan } from './pod.ts';

export interface CgroupHost {
  readonly version: CgroupVersion;
  /** True when the kernel accounts swap per cgroup. */
  readonly swapController: boolean;
  /** Page sizes with their own limits, e.g. `2MB`. */
  readonly hugepageSizes: readonly string[];
  /** Creates the cgroup with its parents and writes its files. Files of controllers that the machine lacks are left out. */
  apply(plan: CgroupPlan): Promise<void>;
  /** Removes a cgroup with those below it. Fails with EBUSY while processes are in it. Gone already is fine. */
  remove(path: string): Promise<void>;
  /** Names of cgroups directly below a path: how leftovers of pods are found after a restart. */
  children(path: string): Promise<string[]>;
  /** Process ids in the cgroup and below it. */
  processes(path: string): Promise<number[]>;
}

export interface Hierarchies {
  version: CgroupVersion;
  /** Mount point by controller; on v2 all are the same. */
  mounts: ReadonlyMap<string, string>;
  /** Mount points without controllers of ours (the unified one beside v1, systemd's): runtimes make cgroups there too. */
  beside: readonly string[];
}

const v1Controllers = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'hugetlb', 'devices', 'freezer', 'blkio'];

/**
 * Which cgroup version the machine runs on. With both mounted (hybrid), v1 counts: a controller is in one of them only.
 * `mountinfo` is the text of /proc/self/mountinfo.
 */
export function findHierarchies(mountinfo: string): Hierarchies {
  const mounts = new Map<string, string>();
  const beside: string[] = [];
  let unified: string | undefined;
  for (const line of mountinfo.split('\n')) {
    const [left = '', right = ''] = line.split(' - ');
    const mountPoint = left.split(' ')[4];
    const [type, , options = ''] = right.split(' ');
    if (type === 'cgroup2') unified ??= mountPoint;
    if (type !== 'cgroup' || !mountPoint) continue;
    const controllers = options.split(',').filter(option => v1Controllers.includes(option) && !mounts.has(option));
    for (const controller of controllers) mounts.set(controller, mountPoint);
    if (options.includes('name=')) beside.push(mountPoint);
  }
  if (mounts.has('memory') || unified === undefined) {
    return { version: 1, mounts, beside: unified === undefined ? beside : [...beside, unified] };
  }
  return { version: 2, mounts: new Map(v1Controllers.map(name => [name, unified])), beside };
}

/** Looks at this machine, or at the hierarchies that are given. */
export async function openCgroups(given?: Hierarchies): Promise<CgroupHost> {
  const { version, mounts, beside } = given ?? findHierarchies(await readFile('/proc/self/mountinfo', 'utf8'));
  const roots = [...new Set(mounts.values())];
  const everywhere = [...new Set([...roots, ...beside])];
  const memory = mounts.get('memory');
  const hugetlb = mounts.get('hugetlb');
  return {
    version,
    // The root of v2 has no such file, but the cgroup of any process has.
    swapController: memory !== undefined && (await hasSwap(version, memory)),
    hugepageSizes: hugetlb === undefined ? [] : await hugepageSizes(),
    async apply(plan) {
      for (const root of roots) await create(root, plan.path, version);
      for (const { controller, file, value } of plan.writes) {
        const root = mounts.get(controller);
        if (root !== undefined) await writeIfPresent(join(root, plan.path, file), value);
      }
    },
    async remove(path) {
      for (const root of everywhere) await removeTree(inside(root, path));
    },
    async children(path) {
      const names = await Promise.all(everywhere.map(root => directories(inside(root, path))));
      return [...new Set(names.flat())].sort();
    },
    async processes(path) {
      const found = await Promise.all(everywhere.map(root => processesIn(inside(root, path))));
      return [...new Set(found.flat())].sort((a, b) => a - b);
    },
  };
}

/** Paths come from pod uids: they must never leave the hierarchy, and never be its root. */
function inside(root: string, path: string): string {
  if (!/^(\/[A-Za-z0-9._:-]+)+$/.test(path) || path.split('/').includes('..'))
    throw new Error(`bad cgroup path ${path}`);
  return join(root, path);
}

async function create(root: string, path: string, version: CgroupVersion): Promise<void> {
  const target = inside(root, path);
  await mkdir(target, { recursive: true });
  if (version === 2) await enableControllers(root, target);
}

/** On v2 a controller works in a cgroup only when its parent passes it on. */
async function enableControllers(root: string, target: string): Promise<void> {
  const parents: string[] = [];
  for (let at = dirname(target); at.startsWith(root); at = dirname(at)) {
    parents.unshift(at);
    if (at === root) break;
  }
  for (const parent of parents) await passOn(parent);
}

const essential = ['cpu', 'memory', 'pids'];
const wanted = [...essential, 'cpuset', 'io', 'hugetlb'];

async function passOn(parent: string): Promise<void> {
  const words = async (file: string) => (await readFile(join(parent, file), 'utf8')).split(/\s+/);
  const [available, enabled] = await Promise.all([words('cgroup.controllers'), words('cgroup.subtree_control')]);
  for (const name of wanted) {
    if (!available.includes(name) || enabled.includes(name)) continue;
    try {
      await writeFile(join(parent, 'cgroup.subtree_control'), `+${name}`);
    } catch (error) {
      // One at a time: a controller that cannot be passed on must not keep the others from it.
      if (essential.includes(name)) throw error;
    }
  }
}

async function writeIfPresent(file: string, value: string): Promise<void> {
  // Creating files is not possible in cgroupfs; a missing one means a missing controller.
  if (await exists(file)) await writeFile(file, value);
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function hasSwap(version: CgroupVersion, memory: string): Promise<boolean> {
  if (version === 1) return exists(join(memory, 'memory.memsw.limit_in_bytes'));
  const own = /^0::(.*)$/m.exec(await readFile('/proc/self/cgroup', 'utf8'))?.[1] ?? '/';
  return exists(join(memory, own, 'memory.swap.max'));
}

/** The kernel lists them as `hugepages-2048kB`, and names limits `2MB`. */
async function hugepageSizes(): Promise<string[]> {
  const names = await readdir('/sys/kernel/mm/hugepages').catch(() => []);
  return names.flatMap(name => {
    const kilobytes = Number(/^hugepages-(\d+)kB$/.exec(name)?.[1]);
    return Number.isInteger(kilobytes) ? [hugepageName(kilobytes)] : [];
  });
}

/** 2048 -> `2MB`. */
export function hugepageName(kilobytes: number): string {
  if (kilobytes % (1024 * 1024) === 0) return `${kilobytes / (1024 * 1024)}GB`;
  return kilobytes % 1024 === 0 ? `${kilobytes / 1024}MB` : `${kilobytes}KB`;
}

async function directories(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(goneIsEmpty);
  return entries.filter(entry => entry.isDirectory()).map(({ name }) => name);
}

async function processesIn(path: string): Promise<number[]> {
  const own = await readFile(join(path, 'cgroup.procs'), 'utf8').catch(error => (goneIsEmpty(error), ''));
  const below = await Promise.all((await directories(path)).map(name => processesIn(join(path, name))));
  return [...own.split('\n').filter(Boolean).map(Number), ...below.flat()];
}

/** Files in cgroupfs cannot be deleted; removing the directories, innermost first, is all there is. */
async function removeTree(path: string): Promise<void> {
  for (const name of await directories(path)) await removeTree(join(path, name));
  await rmdir(path).catch(goneIsEmpty);
}

function goneIsEmpty(error: unknown): never[] {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENODEV') return [];
  throw error;
}
