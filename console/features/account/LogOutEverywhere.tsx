import { useState } from 'react';
import { useRouter } from '@tanstack/react-router';
import { useQueryClient } from '@tanstack/react-query';
import { oauth } from '@orrery/platform-contract/features';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { useData } from '../../data/context.ts';
import { hostCluster } from '../../data/data.ts';
import { problemOf } from '../../data/problems.ts';
import { useMessages } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';

/** All sessions of the account end: this tab forgets everything and goes to the log-in. */
export function LogOutEverywhere({ opened, close }: { readonly opened: boolean; readonly close: () => void }) {
  const t = useMessages(messages);
  const router = useRouter();
  const queries = useQueryClient();
  const data = useData();
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<string>();
  const submit = async () => {
    setPending(true);
    setProblem(undefined);
    try {
      await data.of(hostCluster).client.call(oauth.logout);
      data.reset('nobody');
      await router.navigate({ to: '/login', search: { left: 'out' } as never });
      queries.clear();
    } catch (error) {
      setProblem(problemOf(error).message);
      setPending(false);
    }
  };
  return (
    <FormDialog
      title={t('everywhereTitle')}
      description={t('sessionsText')}
      opened={opened}
      close={close}
      submit={t('everywhere')}
      danger
      pending={pending}
      problem={problem}
      onSubmit={() => void submit()}
    >
      {null}
    </FormDialog>
  );
}
