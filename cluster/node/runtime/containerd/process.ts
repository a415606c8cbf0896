/** Processes of which we may not be the parent: told apart from a later one with the same number by their start time. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '@orrery/machinery/clock';
import { beganIn } from '@orrery/machinery/process-stat';

export interface ProcessIdentity {
  pid: number;
  /** Clock ticks since boot, as in /proc/<pid>/stat: with `pid` unique within one boot. */
  startTime: string;
  bootId: string;
}

/** The process that has this number now; undefined when there is none or it has ended. */
export async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  try {
    const startTime = beganIn(await readFile(`/proc/${pid}/stat`, 'utf8'));
    const bootId = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    return startTime === undefined ? undefined : { pid, startTime, bootId };
  } catch {
    return undefined;
  }
}

export async function isAlive(identity: ProcessIdentity): Promise<boolean> {
  const now = await identify(identity.pid);
  return now !== undefined && now.startTime === identity.startTime && now.bootId === identity.bootId;
}

/** Ends a process with SIGTERM, and SIGKILL after `graceMs`. Resolves when it is gone; never hits another one of its number. */
export async function endProcess(identity: ProcessIdentity, clock: Clock, graceMs: number): Promise<void> {
  if (!(await signal(identity, 'SIGTERM'))) return;
  const deadline = clock.monotonic() + graceMs;
  for (let pause = 2; await isAlive(identity); pause = Math.min(pause * 2, 100)) {
    if (clock.monotonic() > deadline) await signal(identity, 'SIGKILL');
    await clock.sleep(pause);
  }
}

async function signal(identity: ProcessIdentity, name: NodeJS.Signals): Promise<boolean> {
  if (!(await isAlive(identity))) return false;
  try {
    return process.kill(identity.pid, name);
  } catch {
    return false;
  }
}
