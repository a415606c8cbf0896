import { ShieldCheck } from 'lucide-react';
import type { PolicyRule } from '@orrery/platform-kinds/types';
import { PlainTable } from '../../blocks/PlainTable.tsx';
import { Badge, type Tone } from '../../ui/Badge.tsx';
import { useMessages, useText } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { areas } from './areas.data.ts';
import { isEverything, levelsOf, ruleTexts, type Level } from './levels.ts';
import { messages } from './messages.data.ts';
import styles from './roles.module.css';

const tones: Readonly<Record<Level, Tone>> = { none: 'quiet', some: 'warn', view: 'quiet', manage: 'good' };

/** What a role may do: in the words of people, and below as the rules say it. */
export function Permissions({ rules }: { readonly rules: readonly PolicyRule[] }) {
  const t = useMessages(messages);
  const text = useText();
  const levels = levelsOf(rules);
  const given = areas.filter(({ key }) => levels[key] !== 'none');
  return (
    <>
      {isEverything(rules) ? (
        <Notice icon={ShieldCheck} title={t('everything')}>
          {t('everythingText')}
        </Notice>
      ) : (
        <PlainTable
          label={t('permissions')}
          head={[t('area'), t('may')]}
          empty={t('noRules')}
          rows={given.map(({ key, title, about }) => [
            <span key="area" className={styles.area}>
              <strong>{text(title)}</strong>
              <small>{text(about)}</small>
            </span>,
            <Badge key="level" tone={tones[levels[key]!]}>
              {t(`level_${levels[key]!}`)}
            </Badge>,
          ])}
        />
      )}
      {rules.length > 0 && (
        <PlainTable
          title={t('rules')}
          label={t('rules')}
          head={[t('what'), t('names'), t('verbs')]}
          empty=""
          rows={rules.map(rule => {
            const { what, names, verbs } = ruleTexts(rule);
            return [
              <span key="what" className={styles.mono}>
                {what}
              </span>,
              names || '–',
              <span key="verbs" className={styles.mono}>
                {verbs}
              </span>,
            ];
          })}
        />
      )}
    </>
  );
}
