import type { ReactNode } from 'react';
import type { Icon } from './icon.ts';
import styles from './notice.module.css';

export interface NoticeProps {
  readonly icon: Icon;
  readonly title: string;
  readonly children?: ReactNode;
  /** What to do next. */
  readonly actions?: ReactNode;
  /** Announced at once. */
  readonly urgent?: boolean;
}

/** In the place of what is not there: what it would be, why it is not, what to do. */
export function Notice({ icon: Icon, title, children, actions, urgent }: NoticeProps) {
  return (
    <div className={styles.notice} role={urgent ? 'alert' : undefined}>
      <span className={styles.icon}>
        <Icon size={22} strokeWidth={1.6} />
      </span>
      <p className={styles.title}>{title}</p>
      {children && <div className={styles.text}>{children}</div>}
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  );
}
