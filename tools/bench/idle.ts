/** What processes take while nothing happens. */
import type { Clock } from '@orrery/machinery/clock';
import { memoryOf, processorMsOf, sumOver } from './processes.ts';

export interface Idle {
  /** Proportional set size, summed. */
  readonly bytes: number;
  /** Of one core, summed. */
  readonly percent: number;
}

/**
 * Watches groups of processes at the same time, for `durationMs`.
 * @throws when one of them ends meanwhile.
 */
export async function watchIdle<Name extends string>(
  groups: Readonly<Record<Name, readonly number[]>>,
  durationMs: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<Record<Name, Idle>> {
  const entries = Object.entries(groups) as [Name, readonly number[]][];
  const begun = clock.monotonic();
  const before = entries.map(([, pids]) => sumOver(pids, processorMsOf));
  await clock.sleep(durationMs, signal);
  signal.throwIfAborted();
  const elapsed = clock.monotonic() - begun;
  return Object.fromEntries(
    entries.map(([name, pids], at) => [
      name,
      { bytes: sumOver(pids, memoryOf), percent: (100 * (sumOver(pids, processorMsOf) - before[at]!)) / elapsed },
    ]),
  ) as Record<Name, Idle>;
}
