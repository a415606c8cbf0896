import { TriangleAlert, Workflow } from 'lucide-react';
import type { InstallPlan } from '@orrery/platform-kinds/types';
import { Stack } from '../../blocks/card/Card.tsx';
import { PlainTable } from '../../blocks/PlainTable.tsx';
import { Age } from '../../ui/Age.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { toneOf } from './market.ts';
import { messages } from './messages.data.ts';
import { useStateWord } from './State.tsx';

/** What was done, step by step, the last one first; and why not, where it failed. */
export function Progress({ plan }: { readonly plan: InstallPlan | undefined }) {
  const t = useMessages(messages);
  const word = useStateWord();
  const { stateHistory = [], conditions = [], state } = plan?.status ?? {};
  if (stateHistory.length === 0 && conditions.length === 0) return <Notice icon={Workflow} title={t('noProgress')} />;
  const wrong = conditions.filter(({ status, message }) => status === 'False' && message);
  return (
    <Stack>
      {toneOf(state) === 'bad' &&
        wrong.map(({ type, message }) => (
          <Notice key={type} icon={TriangleAlert} title={word(state)} urgent>
            {message}
          </Notice>
        ))}
      <PlainTable
        label={t('progress')}
        head={[t('step'), t('when')]}
        empty={t('noProgress')}
        rows={stateHistory.toReversed().map(({ state: step, lastTransitionTime }) => [
          <Badge key="step" tone={toneOf(step as typeof state)}>
            {word(step as typeof state)}
          </Badge>,
          <Age key="when" time={lastTransitionTime} />,
        ])}
      />
    </Stack>
  );
}
