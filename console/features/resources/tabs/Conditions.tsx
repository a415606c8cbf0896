import { PlainTable } from '../../../blocks/PlainTable.tsx';
import { Age } from '../../../ui/Age.tsx';
import { Badge, type Tone } from '../../../ui/Badge.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { conditionsOf, type Condition } from '../kinds/objects.ts';
import { messages } from '../messages.data.ts';
import type { TabProps } from './index.tsx';

/** Conditions that are bad news when they are true. */
const warning = /Pressure$|Unavailable$|Failure$|^Failed$|^Stalled$|^DisruptionTarget$/;
const toneOf = ({ type, status }: Condition): Tone =>
  status === 'Unknown' ? 'warn' : (status === 'True') === !warning.test(type) ? 'good' : 'bad';

export function Conditions({ object }: TabProps) {
  const t = useMessages(messages);
  return (
    <PlainTable
      label={t('tab_conditions')}
      head={[t('condition'), t('status'), t('reason'), t('message'), t('since')]}
      empty={t('noConditions')}
      rows={conditionsOf(object).map(condition => [
        condition.type,
        <Badge key="status" tone={toneOf(condition)}>
          {condition.status}
        </Badge>,
        condition.reason,
        condition.message,
        <Age key="since" time={condition.lastTransitionTime} />,
      ])}
    />
  );
}
