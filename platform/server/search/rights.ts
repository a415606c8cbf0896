/** Where somebody may look, remembered while he types: nothing is evaluated here, the cluster was asked. */
import { resources } from '@orrery/client/resources';
import type { Where } from '../resources/read.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';

/** Answers are asked anew after this time, and at once when a binding changes or a right is lost. */
const keepMs = 5_000;

export interface Remembered {
  /** What `ask` answered for this user a moment ago, or answers now. */
  of(caller: Caller, key: string, ask: () => Promise<Where>): Promise<Where>;
}

export function rememberRights({ clock, informers, live }: PlatformContext): Remembered {
  const known = new Map<string, { until: number; where: Promise<Where> }>();
  const forget = () => known.clear();
  live.onRightsLost(forget);
  for (const resource of [resources.rolebindings, resources.clusterrolebindings])
    informers.of(resource).onChange(forget);
  return {
    of({ name, groups, session }, key, ask) {
      const whole = JSON.stringify([name, groups, session, key]);
      const found = known.get(whole);
      const now = clock.monotonic();
      if (found && found.until > now) return found.where;
      if (known.size > 10_000) forget();
      const where = ask();
      known.set(whole, { until: now + keepMs, where });
      // What failed is nobody's answer.
      where.catch(() => known.delete(whole));
      return where;
    },
  };
}
