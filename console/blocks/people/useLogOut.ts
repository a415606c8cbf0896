/** Logging out: the platform ends the session, this tab forgets everything. */
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { oauth } from '@orrery/platform-contract/features';
import { useData } from '../../data/context.ts';
import { hostCluster } from '../../data/data.ts';

/** Goes to the log-in, and after that on to `next`. */
export function useLogOut(): (next?: string) => Promise<void> {
  const router = useRouter();
  const queries = useQueryClient();
  const data = useData();
  return async next => {
    const { client } = data.of(hostCluster);
    // Before the session ends: a connection that breaks would be taken for an accident.
    data.reset('nobody');
    // A session that is over already is as good.
    await client.call(oauth.consoleLogout).catch(() => {});
    await router.navigate({ to: '/login', search: { left: 'out', ...(next !== undefined && { next }) } as never });
    queries.clear();
  };
}
