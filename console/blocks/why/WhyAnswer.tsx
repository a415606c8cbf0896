import type { ReactNode } from 'react';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { Facts } from '../card/Card.tsx';
import { whyMessages } from './messages.data.ts';
import { sentenceOf, type Explained } from './why.ts';
import styles from './why.module.css';

export interface WhyAnswerProps {
  readonly answer: Explained;
  readonly verb: string;
}

/** Whether, and by which binding; or what comes nearest and what would do. */
export function WhyAnswer({ answer, verb }: WhyAnswerProps) {
  const t = useMessages(whyMessages);
  const { allowed, why, reason } = answer;
  const said = sentenceOf(answer, verb, t('noReason'));
  const { binding, role, subject, roles = [] } = why ?? {};
  const facts: (readonly [string, ReactNode])[] = [
    ...(!allowed && reason ? [[t('refusal'), reason] as const] : []),
    ...(role ? [[t('role'), role] as const] : []),
    ...(subject
      ? [[t('holder'), t(subject.kind === 'Group' ? 'asGroup' : 'asUser', { name: subject.name })] as const]
      : []),
    ...(binding
      ? [
          [t('place'), binding.namespace ? t('inProject', { namespace: binding.namespace }) : t('everywhere')] as const,
          [t('binding'), <code key="binding">{`${binding.kind}/${binding.name}`}</code>] as const,
        ]
      : []),
    ...(binding?.source ? [[t('source'), <code key="source">{binding.source}</code>] as const] : []),
    ...(roles.length > 0 ? [[t('instead'), roles.join(', ')] as const] : []),
  ];
  return (
    <div className={styles.answer} role="status">
      <p>
        <Badge tone={allowed ? 'good' : 'bad'}>{t(allowed ? 'allowed' : 'denied')}</Badge>
        <span>{t(said.key, said.values)}</span>
      </p>
      {facts.length > 0 && <Facts rows={facts} />}
    </div>
  );
}
