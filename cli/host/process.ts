/** Processes by identity: a number alone may have been given to somebody else since. */
import { readFileSync } from 'node:fs';
import { systemClock } from '@orrery/machinery/clock';
import { beganIn } from '@orrery/machinery/process-stat';

/** A process and when it began, in clock ticks since boot (field 22 of /proc/PID/stat); undefined off Linux. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTicks?: string;
}

/** The start time of a live process; undefined when there is none of that number. */
function startTicks(pid: number): string | undefined {
  try {
    return beganIn(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

export const identityOf = (pid: number): ProcessIdentity => ({ pid, startTicks: startTicks(pid) });

export function isAlive({ pid, startTicks: began }: ProcessIdentity): boolean {
  if (began !== undefined) return startTicks(pid) === began;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Asks a process to end and waits; kills it when it has not ended after `graceMs`. */
export async function stopProcess(identity: ProcessIdentity, graceMs: number): Promise<void> {
  if (!isAlive(identity)) return;
  process.kill(identity.pid, 'SIGTERM');
  if (await ended(identity, graceMs)) return;
  if (isAlive(identity)) process.kill(identity.pid, 'SIGKILL');
  await ended(identity, 5_000);
}

async function ended(identity: ProcessIdentity, withinMs: number): Promise<boolean> {
  const deadline = systemClock.monotonic() + withinMs;
  while (isAlive(identity)) {
    if (systemClock.monotonic() > deadline) return false;
    await systemClock.sleep(20);
  }
  return true;
}
