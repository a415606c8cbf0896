import { common } from '../../ui/messages.data.ts';
import { useMessages } from '../../ui/locale.ts';
import styles from './table.module.css';

/** Says quietly when what is shown may be old. */
export function LiveSign({ down }: { readonly down: boolean }) {
  const t = useMessages(common);
  return (
    <span className={styles.live} data-down={down || undefined} role="status">
      <span className={styles.liveDot} aria-hidden="true" />
      {down ? t('down') : t('live')}
    </span>
  );
}
