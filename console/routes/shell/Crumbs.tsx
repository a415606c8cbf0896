import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import { useMessages, useText } from '../../ui/locale.ts';
import { crumbsOf, type KnownPage } from '../pages.ts';
import type { Here } from './here.ts';
import { shellMessages } from './messages.data.ts';
import styles from './shell.module.css';

/** The way back. The page itself is not in it: its title stands right below. */
export function Crumbs({
  pages,
  here: { page, params },
}: {
  readonly pages: readonly KnownPage[];
  readonly here: Here;
}) {
  const t = useMessages(shellMessages);
  const text = useText();
  const crumbs = page ? crumbsOf(pages, page.path, params) : [];
  if (crumbs.length === 0) return <div className={styles.crumbs} />;
  return (
    <nav className={styles.crumbs} aria-label={t('breadcrumbs')}>
      <ol>
        {crumbs.map(({ page: { path, title, titleFrom }, href }) => (
          <li key={path}>
            <Link to={href}>{titleFrom ? params[titleFrom] : text(title)}</Link>
            <ChevronRight size={12} aria-hidden="true" />
          </li>
        ))}
      </ol>
    </nav>
  );
}
