/** Who fails all the time is counted, not recorded each time: nobody washes the trail away by knocking at doors. */
import type { Clock } from '@orrery/machinery/clock';

export interface Flood {
  /** True when this one is recorded. */
  admits(key: string): boolean;
  /** Who had more than were recorded, and how many; starts anew. */
  drain(): { readonly key: string; readonly more: number }[];
}

/** So many failures of one user, or address, in one window are recorded one by one. */
export const failuresMax = 60;
const windowMs = 60_000;
const keysMax = 1_000;
const others = 'others';

export function createFlood(clock: Pick<Clock, 'monotonic'>): Flood {
  const counts = new Map<string, number>();
  let began = clock.monotonic();
  let finished: { key: string; more: number }[] = [];
  const turn = () => {
    if (clock.monotonic() - began < windowMs) return;
    finished.push(...over());
    finished = finished.slice(-keysMax);
    counts.clear();
    began = clock.monotonic();
  };
  const over = () =>
    [...counts].filter(([, count]) => count > failuresMax).map(([key, count]) => ({ key, more: count - failuresMax }));
  return {
    admits(wanted) {
      turn();
      const key = counts.has(wanted) || counts.size < keysMax ? wanted : others;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      return count <= failuresMax;
    },
    drain() {
      turn();
      return finished.splice(0);
    },
  };
}
