/**
 * Faults that a test asks the server process for, in the environment variable ORRERY_FAULTS (decision 0263). Without it nothing here
 * is loaded and every failpoint is inert.
 */
import type { ServerOptions } from '@orrery/embedded/server';
import type { Clock } from '@orrery/machinery/clock';
import { armFailpoints, failpoints, type Failpoint } from '@orrery/machinery/failpoint';
import { CliError } from '../error.ts';

export interface Faults {
  /** The signal that the process sends itself when it passes a failpoint for the `hit`-th time; 1 unless given. */
  readonly at?: { readonly failpoint: Failpoint; readonly signal: 'SIGKILL' | 'SIGSTOP'; readonly hit?: number };
  /** The wall clock jumps by so much, this long after the start. */
  readonly clock?: { readonly afterMs: number; readonly byMs: number };
  readonly store?: ServerOptions['store'];
}

/** @throws CliError when the text is not JSON, or names a failpoint that does not exist. */
export function parseFaults(text: string): Faults {
  let faults: Faults;
  try {
    faults = JSON.parse(text) as Faults;
  } catch {
    throw new CliError('ORRERY_FAULTS is not JSON: unset it, it is for tests', 2);
  }
  const name = faults.at?.failpoint;
  if (name !== undefined && !Object.hasOwn(failpoints, name))
    throw new CliError(
      `ORRERY_FAULTS names the failpoint "${name}", which does not exist: unset it, it is for tests`,
      2,
    );
  return faults;
}

/** Arms the failpoint. Returns the clock to use. */
export function armFaults(faults: Faults, clock: Clock, signalSelf: (signal: NodeJS.Signals) => void): Clock {
  const { at } = faults;
  let left = at?.hit ?? 1;
  if (at) {
    armFailpoints(name => {
      if (name !== at.failpoint || --left !== 0) return;
      signalSelf(at.signal);
    });
  }
  const { clock: jump } = faults;
  if (!jump) return clock;
  let offsetMs = 0;
  clock.after(jump.afterMs, () => (offsetMs = jump.byMs)).unref();
  return { ...clock, now: () => clock.now() + offsetMs };
}
