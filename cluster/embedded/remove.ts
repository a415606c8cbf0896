/** Takes away everything that a real node made outside its data directory: containers, mounts, cgroups, network, sockets. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, type Clock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { cleanHost } from '@orrery/network';
import { connectCri, openCgroups, stopContainerd, type Runtime } from '@orrery/node/runtime';
import type { Layout } from './layout.ts';
import { containerdDirs, idOf, runDirOf, startContainerd } from './runtime.ts';

/** What could not be removed, in words; the rest was. */
export type Leftovers = readonly string[];

/** Level-based: removes what is there, in the order in which things depend on each other. Nothing of others is touched. */
export async function removeNode(layout: Layout): Promise<Leftovers> {
  const leftovers: string[] = [];
  const attempt = async (what: string, work: () => Promise<unknown> | unknown): Promise<void> => {
    try {
      await work();
    } catch (error) {
      leftovers.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    }
  };
  const wasReal = existsSync(layout.agent.containerd);
  if (hasTasks(layout)) await removePods(layout).catch(() => {});
  await attempt('containerd', () => stopContainerd({ ...containerdDirs(layout), clock: systemClock }));
  await attempt('processes', () => endProcesses(layout, systemClock));
  for (const mount of mountsBelow([layout.root, runDirOf(layout)])) {
    await attempt(`mount ${mount}`, () => execFileSync('umount', ['-l', mount], { stdio: 'pipe' }));
  }
  if (wasReal) {
    await attempt('network', () => cleanHost(join(layout.agent.root, 'sysctls.json')));
    await attempt('cgroups', async () => (await openCgroups()).remove(`/orrery-${idOf(layout)}`));
  }
  await attempt('records of CNI', () => removeResults(layout));
  await attempt('sockets', () =>
    rmSync(runDirOf(layout), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  );
  return leftovers;
}

/** True when containerd has started something in this boot that may still run. */
function hasTasks(layout: Layout): boolean {
  const tasks = join(runDirOf(layout), 'containerd/io.containerd.runtime.v2.task/k8s.io');
  return existsSync(tasks) && readdirSync(tasks).length > 0;
}

const removalsAtOnce = 8;

/**
 * Through the runtime, so that networks and mounts go in order; it is started for this where it does not run. What it cannot do is
 * done without it afterwards.
 */
async function removePods(layout: Layout): Promise<void> {
  const common = { layout, clock: systemClock, random: systemRandom, log: silentLog };
  const containerd = await startContainerd(common);
  const runtime = connectCri({ socket: containerd.socket, clock: systemClock, requestTimeoutMs: 20_000 });
  try {
    const sandboxes = await runtime.listPodSandboxes();
    const waiting = sandboxes.map(({ id }) => id);
    const remove = async (): Promise<void> => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) await removePod(runtime, id);
    };
    await Promise.all(Array.from({ length: removalsAtOnce }, remove));
  } finally {
    await runtime.close();
    containerd.release();
  }
}

async function removePod(runtime: Runtime, id: string): Promise<void> {
  await runtime.stopPodSandbox(id);
  await runtime.removePodSandbox(id);
}

/** The kernel takes its time with the last of many on a busy machine. */
const endWithinMs = 30_000;

/** Ends shims that lost their containerd (they name our socket) and whatever is left in our cgroups. */
async function endProcesses(layout: Layout, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + endWithinMs;
  for (let left = ownProcesses(layout); left.length > 0; left = ownProcesses(layout)) {
    if (clock.monotonic() > deadline) throw new Error(`${left.join(', ')} did not end`);
    for (const pid of left) signal(pid);
    await clock.sleep(20);
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

function ownProcesses(layout: Layout): number[] {
  const [own, group] = [runDirOf(layout), `/orrery-${idOf(layout)}/`];
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(name => {
      try {
        if (readFileSync(`/proc/${name}/cgroup`, 'utf8').includes(group)) return true;
        const isShim = readlinkSync(`/proc/${name}/exe`).includes('containerd-shim');
        return isShim && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(own);
      } catch {
        // It ended meanwhile, or it is the kernel's own.
        return false;
      }
    })
    .map(Number);
}

/** CNI's library, inside containerd, remembers what it gave to whom, in a place of its own choosing. */
const cniResults = '/var/lib/cni/results';

/** Of pods that could not be taken away in order. */
function removeResults(layout: Layout): void {
  for (const name of existsSync(cniResults) ? readdirSync(cniResults) : []) {
    const file = join(cniResults, name);
    try {
      if (readFileSync(file, 'utf8').includes(`${runDirOf(layout)}/`)) rmSync(file);
    } catch (error) {
      // It was another's, who removed it meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** Mount points below the folders, the deepest first. */
export function mountsBelow(
  folders: readonly string[],
  mountinfo = readFileSync('/proc/self/mountinfo', 'utf8'),
): string[] {
  const points = mountinfo
    .split('\n')
    .map(line => line.split(' ')[4])
    .filter(point => point !== undefined)
    .map(point =>
      point.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))),
    );
  return points
    .filter(point => folders.some(folder => point.startsWith(`${folder}/`)))
    .toSorted((a, b) => b.length - a.length);
}
