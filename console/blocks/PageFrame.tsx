import { useEffect, type ReactNode } from 'react';
import styles from './page-frame.module.css';

export interface PageFrameProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** Beside the title: a state, usually a Badge. */
  readonly badge?: ReactNode;
  /** Buttons, the most important one last. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** What every page stands in. */
export function PageFrame({ title, description, badge, actions, children }: PageFrameProps) {
  useEffect(() => {
    document.title = `${title} · Orrery`;
  }, [title]);
  return (
    <div className={styles.page}>
      <header className={styles.head}>
        <div className={styles.words}>
          <div className={styles.line}>
            <h1 className={styles.title}>{title}</h1>
            {badge}
          </div>
          {description && <p className={styles.description}>{description}</p>}
        </div>
        {actions && <div className={styles.actions}>{actions}</div>}
      </header>
      {children}
    </div>
  );
}
