/** Logging out: the platform ends the session, this tab forgets everything. */
import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { oauth } from '@orrery/platform-contract/features';
import { useAction } from '../../data/calls.ts';
import { useData } from '../../data/context.ts';

export function useLogOut(): () => Promise<void> {
  const router = useRouter();
  const queries = useQueryClient();
  const data = useData();
  const { run } = useAction(oauth.consoleLogout);
  return async () => {
    // A session that is over already is as good.
    await run().catch(() => {});
    router.history.push('/login');
    queries.clear();
    data.reset();
  };
}
