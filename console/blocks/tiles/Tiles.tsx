import type { ReactNode } from 'react';
import { Link } from '@tanstack/react-router';
import type { Icon } from '../../ui/icon.ts';
import { useLanguage, useMessages } from '../../ui/locale.ts';
import { tileMessages } from './messages.data.ts';
import { partsOf, type Count } from './parts.ts';
import styles from './tiles.module.css';

export interface TileProps {
  readonly icon: Icon;
  readonly title: string;
  /** Nothing is drawn for what the user may not see. */
  readonly count: Count | undefined;
  /** Where all of them are. */
  readonly href?: string;
}

/** How many there are, in which states, and the way there. */
export function Tile({ icon: Icon, title, count, href }: TileProps) {
  const t = useMessages(tileMessages);
  const [language] = useLanguage();
  if (!count) return null;
  const parts = partsOf(count);
  const content = (
    <>
      <span className={styles.kind}>
        <Icon size={15} strokeWidth={1.8} />
        {title}
      </span>
      <strong>{count.total.toLocaleString(language)}</strong>
      {count.states && (
        <>
          <span className={styles.bar} aria-hidden="true">
            {parts.map(({ name, count: part, tone }) => (
              <span key={name} data-tone={tone} style={{ flexGrow: part }} />
            ))}
          </span>
          <span className={styles.states}>
            {parts.map(({ name, count: part, tone }) => (
              <span key={name} data-tone={tone}>
                {t(name, { count: part })}
              </span>
            ))}
          </span>
        </>
      )}
    </>
  );
  if (!href) return <div className={styles.tile}>{content}</div>;
  return (
    <Link to={href} className={styles.tile}>
      {content}
    </Link>
  );
}

export interface TilesProps {
  /** Side by side where there is room. */
  readonly columns: 4 | 5 | 6;
  readonly children: ReactNode;
}

export const Tiles = ({ columns, children }: TilesProps) => (
  <div className={styles.tiles} data-columns={columns}>
    {children}
  </div>
);
