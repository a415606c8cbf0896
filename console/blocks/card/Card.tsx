import { useId, type ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import styles from './card.module.css';

export interface CardProps {
  readonly title: string;
  readonly description?: ReactNode;
  /** At the right of the title. */
  readonly aside?: ReactNode;
  /** What cannot be undone is set apart. */
  readonly danger?: boolean;
  readonly children?: ReactNode;
}

/** A part of a page with a name of its own. */
export function Card({ title, description, aside, danger, children }: CardProps) {
  const id = useId();
  return (
    <section className={styles.card} aria-labelledby={id} data-danger={danger || undefined}>
      <header className={styles.head}>
        <div>
          <h2 id={id}>{title}</h2>
          {description && <p>{description}</p>}
        </div>
        {aside && <div className={styles.aside}>{aside}</div>}
      </header>
      {children}
    </section>
  );
}

/** Space around what is no list. */
export const CardBody = ({ children }: { readonly children: ReactNode }) => (
  <div className={styles.body}>{children}</div>
);

/** Cards side by side, or below each other where there is little room. */
export const Columns = ({ children }: { readonly children: ReactNode }) => (
  <div className={styles.columns}>{children}</div>
);

/** Cards below each other, within one column. */
export const Stack = ({ children }: { readonly children: ReactNode }) => <div className={styles.stack}>{children}</div>;

/** A name above what is a card itself, such as a table. */
export const Titled = ({ title, children }: { readonly title: string; readonly children: ReactNode }) => (
  <div className={styles.titled}>
    <h2>{title}</h2>
    {children}
  </div>
);

export interface LinkRow {
  readonly key: string;
  readonly href: string;
  readonly title: string;
  /** Below it. */
  readonly text?: ReactNode;
  /** At the right. */
  readonly aside?: ReactNode;
}

/** A few objects, each a way to its page. */
export const LinkRows = ({ rows }: { readonly rows: readonly LinkRow[] }) => (
  <ul className={styles.rows}>
    {rows.map(({ key, href, title, text, aside }) => (
      <li key={key}>
        <Link to={href}>
          <span className={styles.words}>
            <strong>{title}</strong>
            {text && <span>{text}</span>}
          </span>
          {aside && <span className={styles.end}>{aside}</span>}
        </Link>
      </li>
    ))}
  </ul>
);

/** Names with their values, below each other. */
export const Facts = ({ rows }: { readonly rows: readonly (readonly [name: string, value: ReactNode])[] }) => (
  <dl className={styles.facts}>
    {rows.map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>{value}</dd>
      </div>
    ))}
  </dl>
);
