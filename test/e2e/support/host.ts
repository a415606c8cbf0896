/** Looks at containers from outside: their processes and cgroup files, whatever the cluster says of them. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { startTicks } from './processes.ts';

interface Place {
  /** Controller and file of version 1. */
  readonly v1: readonly [controller: string, file: string];
  /** File of version 2. */
  readonly v2: string;
}

const bare = (containerId: string): string => containerId.replace('containerd://', '');

/** Processes whose cgroup is that of the container, the first one first. */
export function processesOf(containerId: string): number[] {
  const id = bare(containerId);
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(pid => cgroupsOf(pid).some(line => line.includes(id)))
    .map(pid => ({ pid, began: beganAt(pid) }))
    .filter(({ began }) => began !== undefined)
    .toSorted((a, b) => a.began! - b.began! || a.pid - b.pid)
    .map(({ pid }) => pid);
}

/** In clock ticks since boot; undefined for a process that has ended meanwhile. Numbers of processes say nothing: they wrap around. */
function beganAt(pid: number): number | undefined {
  try {
    return Number(startTicks(pid));
  } catch {
    return undefined;
  }
}

function cgroupsOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

/** The value of a cgroup file of a running container. */
export function cgroupValue(containerId: string, place: Place): string {
  const [pid] = processesOf(containerId);
  if (pid === undefined) throw new Error(`container ${containerId} has no process`);
  const lines = cgroupsOf(pid).map(line => line.split(':') as [string, string, string]);
  const [controller, file] = place.v1;
  const v1 = lines.find(([, controllers]) => controllers.split(',').includes(controller));
  const path = v1
    ? join('/sys/fs/cgroup', controller, v1[2], file)
    : join('/sys/fs/cgroup', lines.find(([id]) => id === '0')![2], place.v2);
  return readFileSync(path, 'utf8').trim();
}
