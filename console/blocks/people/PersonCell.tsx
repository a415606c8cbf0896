import { Link } from '@tanstack/react-router';
import type { User } from '@orrery/platform-kinds/types';
import styles from './people.module.css';

/** Who somebody is at first sight; a link when there is a page about him. */
export function PersonCell({ user: { metadata, spec }, href }: { readonly user: User; readonly href?: string }) {
  const name = metadata.name ?? '';
  const shown = spec.displayName || name;
  const more = [...(shown === name ? [] : [name]), ...(spec.email ? [spec.email] : [])].join(' · ');
  return (
    <span className={styles.person}>
      <span className={styles.initial} data-initial={shown.slice(0, 1).toUpperCase()} aria-hidden="true" />
      <span className={styles.words}>
        {href ? (
          <Link to={href} tabIndex={-1}>
            {shown}
          </Link>
        ) : (
          <strong>{shown}</strong>
        )}
        {more && <small>{more}</small>}
      </span>
    </span>
  );
}
