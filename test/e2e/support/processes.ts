/** The processes of a cluster, looked at and ended from outside. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface Instance {
  readonly pid: number;
  readonly port: number;
  readonly simulated: boolean;
  readonly server: { readonly pid: number };
}

/** What `DATA/instance.json` says. */
export const instanceOf = (dataDir: string): Instance =>
  JSON.parse(readFileSync(join(dataDir, 'instance.json'), 'utf8')) as Instance;

/** The containerd that the node agent of this data directory started. */
export const containerdOf = (dataDir: string): number =>
  (JSON.parse(readFileSync(join(dataDir, 'agent/containerd/running.json'), 'utf8')) as { pid: number }).pid;

const stat = (pid: number): string[] => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
};

/** When a process began, in clock ticks since boot. */
export const startTicks = (pid: number): string => stat(pid)[19]!;

export function isRunning(pid: number): boolean {
  try {
    return stat(pid)[0] !== 'Z';
  } catch {
    return false;
  }
}

/** kill -9, and waits until they are gone. */
export async function killHard(...pids: number[]): Promise<void> {
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  while (pids.some(isRunning)) await sleep(5);
}

/** Command lines of all processes that name `text`, this one and its parents aside. */
export function processesNaming(text: string): string[] {
  const own = new Set(['self', 'thread-self', String(process.pid), String(process.ppid)]);
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name) && !own.has(name))
    .flatMap(name => {
      try {
        const line = readFileSync(`/proc/${name}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return line.includes(text) ? [`${name} ${line}`] : [];
      } catch {
        return [];
      }
    });
}

/** A line of /proc/PID/status. */
export const statusField = (pid: number, name: string): string =>
  new RegExp(`^${name}:[ \\t]*(.*)$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]!.trim();
