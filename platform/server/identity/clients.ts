/** Clients of a cluster under somebody's name. */
import { createClient, impersonating, type Client } from '@orrery/client';
import type { Handler, UserInfo } from '@orrery/http';
import { readYourWrites, type ComponentContext } from '@orrery/reconciler';

/** Routes list from caches: whoever made something finds it in the next list. */
export const clientAs = (
  cluster: Handler,
  { informers, clock }: Pick<ComponentContext, 'informers' | 'clock'>,
  user: UserInfo,
): Client =>
  readYourWrites({
    client: createClient(impersonating(cluster, user), { userAgent: 'orrery-platform' }),
    informers,
    clock,
    longestMs: 3_000,
  });
