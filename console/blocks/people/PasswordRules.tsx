import { Check, Circle } from 'lucide-react';
import { useMessages } from '../../ui/locale.ts';
import { passwordRules } from '../../util/password-rules.ts';
import { peopleMessages } from './messages.data.ts';
import styles from './people.module.css';

/** What a password must have, and what this one has already. */
export function PasswordRules({ password }: { readonly password: string }) {
  const t = useMessages(peopleMessages);
  return (
    <ul className={styles.rules} aria-label={t('passwordRules')}>
      {passwordRules(password).map(([rule, kept]) => (
        <li key={rule} data-kept={kept || undefined}>
          {kept ? <Check size={13} aria-hidden="true" /> : <Circle size={9} aria-hidden="true" />}
          {t(`rule_${rule}`)}
          <span className="o-hidden">{` ${t(kept ? 'ruleKept' : 'ruleMissing')}`}</span>
        </li>
      ))}
    </ul>
  );
}
