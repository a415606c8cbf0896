/** Takes away everything that a real node made outside its data directory: containers, mounts, cgroups, network, sockets. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock, type Clock } from '@orrery/machinery/clock';
import { cleanHost } from '@orrery/network';
import { connectCri, openCgroups, stopContainerd, type Runtime } from '@orrery/node/runtime';
import type { Layout } from './layout.ts';
import { containerdDirs, idOf, runDirOf } from './runtime.ts';

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
  await attempt('containers', () => removePods(layout, systemClock));
  await attempt('containerd', () => stopContainerd({ ...containerdDirs(layout), clock: systemClock }));
  await attempt('processes', () => endShims(layout));
  for (const mount of mountsBelow([layout.root, runDirOf(layout)])) {
    await attempt(`mount ${mount}`, () => execFileSync('umount', ['-l', mount], { stdio: 'pipe' }));
  }
  if (wasReal) {
    await attempt('network', () => cleanHost(join(layout.agent.root, 'sysctls.json')));
    await attempt('cgroups', async () => (await openCgroups()).remove(`/orrery-${idOf(layout)}`));
  }
  await attempt('sockets', () =>
    rmSync(runDirOf(layout), { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }),
  );
  return leftovers;
}

const removalsAtOnce = 8;

/** Through the runtime, so that networks and mounts go in order. */
async function removePods(layout: Layout, clock: Clock): Promise<void> {
  const socket = join(runDirOf(layout), 'containerd.sock');
  if (!existsSync(socket)) return;
  const runtime = connectCri({ socket, clock, requestTimeoutMs: 20_000 });
  try {
    const sandboxes = await runtime.listPodSandboxes();
    const waiting = sandboxes.map(({ id }) => id);
    const remove = async (): Promise<void> => {
      for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) await removePod(runtime, id);
    };
    await Promise.all(Array.from({ length: removalsAtOnce }, remove));
  } finally {
    await runtime.close();
  }
}

async function removePod(runtime: Runtime, id: string): Promise<void> {
  await runtime.stopPodSandbox(id);
  await runtime.removePodSandbox(id);
}

/** Shims of ours that lost their containerd: they name our socket. */
function endShims(layout: Layout): void {
  const own = runDirOf(layout);
  for (const name of readdirSync('/proc').filter(each => /^\d+$/.test(each))) {
    try {
      const command = readFileSync(`/proc/${name}/cmdline`, 'utf8');
      const isShim = readlinkSync(`/proc/${name}/exe`).includes('containerd-shim');
      if (isShim && command.includes(own)) process.kill(Number(name), 'SIGKILL');
    } catch {
      // It ended meanwhile.
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
