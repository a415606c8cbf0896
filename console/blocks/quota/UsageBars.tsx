import { useMessages } from '../../ui/locale.ts';
import { quotaMessages } from './messages.data.ts';
import { fullnessOf, wordOf, type Usage } from './quota.ts';
import styles from './quota.module.css';

/** What is used of each limit, with a bar for the eye. */
export function UsageBars({ usages }: { readonly usages: readonly Usage[] }) {
  const word = useResourceWord();
  const t = useMessages(quotaMessages);
  return (
    <ul className={styles.usages}>
      {usages.map(usage => (
        <li key={usage.name}>
          <span className={styles.name} title={usage.name}>
            {word(usage.name)}
          </span>
          <span className={styles.numbers}>
            {t('usedOf', { used: usage.used, hard: usage.hard })}
            <small>{usage.percent} %</small>
          </span>
          <span className={styles.bar} data-tone={fullnessOf(usage)} aria-hidden="true">
            <span style={{ width: `${Math.min(usage.percent, 100)}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}

/** What a resource of a quota is called; its own name where there is no word for it. */
export function useResourceWord(): (name: string) => string {
  const t = useMessages(quotaMessages);
  return name => {
    const word = wordOf(name);
    return word === undefined ? name : t(word);
  };
}
