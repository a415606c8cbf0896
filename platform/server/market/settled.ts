/** Rights that were just written count a moment later: clusters decide by caches of their own. */
import type { Client } from '@orrery/client';
import type { Clock } from '@orrery/machinery/clock';
import type { Access } from '@orrery/platform-contract';
import type { PolicyRule } from '@orrery/platform-kinds';
import { allowedOf } from '../access/authorizer.ts';

const askAgainMs = 50;
const patienceMs = 5_000;

/** One thing of each rule: what a rule says comes into force together. Paths that are no resources are left out. */
export function samplesOf(rules: readonly PolicyRule[], namespace?: string): Access[] {
  return rules.flatMap(
    ({ verbs: [verb], apiGroups: [group] = [], resources: [whole] = [], resourceNames: [name] = [] }) => {
      if (verb === undefined || group === undefined || whole === undefined) return [];
      const [resource = '', ...rest] = whole.split('/');
      const subresource = rest.join('/');
      return [
        {
          verb,
          group,
          resource,
          ...(subresource && { subresource }),
          ...(name && { name }),
          ...(namespace && { namespace }),
        },
      ];
    },
  );
}

/**
 * Returns when the user behind `client` may do all of it, or after five seconds: what is still refused then is refused to
 * whoever tries it, in the cluster's words.
 */
export async function untilAllowed(
  client: Client,
  wanted: readonly Access[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (const deadline = clock.monotonic() + patienceMs; clock.monotonic() < deadline;) {
    const allowed = await allowedOf(client, wanted, access => access);
    if (allowed.length === wanted.length) return;
    await clock.sleep(askAgainMs, signal);
  }
}
