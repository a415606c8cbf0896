import { Button } from '@mantine/core';
import { Check, KeyRound, Mail, RefreshCw, User, Users } from 'lucide-react';
import type { Icon } from '../../ui/icon.ts';
import { useLogOut } from '../../blocks/people/useLogOut.ts';
import { useMessages } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';
import styles from './session.module.css';

const scopes = {
  openid: { key: 'scopeOpenid', icon: KeyRound },
  profile: { key: 'scopeProfile', icon: User },
  email: { key: 'scopeEmail', icon: Mail },
  groups: { key: 'scopeGroups', icon: Users },
  offline_access: { key: 'scopeOffline', icon: RefreshCw },
} as const satisfies Record<string, { key: string; icon: Icon }>;

interface AskingProps {
  readonly client: string;
  readonly scopes: readonly string[];
  readonly username: string;
  readonly pending: boolean;
  readonly problem: string | undefined;
  readonly onAnswer: (allow: boolean) => void;
  /** Where somebody else goes on after the log-in. */
  readonly here: string;
}

/** What a program asks the user for, and his answer. */
export function Asking({ client, scopes: asked, username, pending, problem, onAnswer, here }: AskingProps) {
  const t = useMessages(messages);
  const leave = useLogOut();
  return (
    <div className={styles.form}>
      <ul className={styles.scopes} aria-label={t('asksFor', { client })}>
        <li>
          <Check size={16} aria-hidden="true" />
          {t('scopeRights')}
        </li>
        {asked.map(scope => {
          const known = Object.hasOwn(scopes, scope) ? scopes[scope as keyof typeof scopes] : undefined;
          const Sign = known?.icon ?? Check;
          return (
            <li key={scope}>
              <Sign size={16} aria-hidden="true" />
              {known ? t(known.key) : scope}
            </li>
          );
        })}
      </ul>
      {problem && (
        <p className={styles.problem} role="alert">
          {problem}
        </p>
      )}
      <div className={styles.pair}>
        <Button size="md" variant="default" disabled={pending} onClick={() => onAnswer(false)}>
          {t('deny')}
        </Button>
        <Button size="md" loading={pending} onClick={() => onAnswer(true)}>
          {t('allow')}
        </Button>
      </div>
      <p className={styles.hint}>
        {t('asWho', { username })}{' '}
        <button type="button" className={styles.link} onClick={() => void leave(here)}>
          {t('another')}
        </button>
      </p>
    </div>
  );
}
