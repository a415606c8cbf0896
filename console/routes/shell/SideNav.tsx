import { useId } from 'react';
import { Link } from '@tanstack/react-router';
import { ArrowLeft, Circle } from 'lucide-react';
import type { AnyRoute } from '@orrery/platform-contract';
import * as contract from '@orrery/platform-contract/features';
import { useAccess } from '../../data/calls.ts';
import type { Offer } from '../../data/session.ts';
import { useMessages, useText } from '../../ui/locale.ts';
import { hrefOf } from '../../util/paths.ts';
import { extensionMessages } from '../extensions/messages.data.ts';
import { entriesOf, isElsewhere, sectionsOf, type Entry, type KnownPage } from '../pages.ts';
import type { Text } from '../../util/messages.ts';
import { scopeNames, type Here } from './here.ts';
import { shellMessages } from './messages.data.ts';
import styles from './sidenav.module.css';

interface SideNavProps {
  readonly pages: readonly KnownPage[];
  readonly offer: Offer;
  readonly here: Here;
  /** On narrow screens it comes when called. */
  readonly opened: boolean;
}

const routes: ReadonlyMap<string, AnyRoute> = new Map(
  Object.values(contract).flatMap(feature =>
    Object.values(feature as Record<string, AnyRoute>).map(route => [route.id, route]),
  ),
);

/** Where one leaves a scope for. */
function useAbove({ scope, params }: Here): { readonly href: string; readonly title: string } {
  const t = useMessages(shellMessages);
  if (scope === 'workspace') return { href: '/workspaces', title: t('workspaces') };
  if (scope !== 'devops') return { href: '/', title: t('platform') };
  return { href: hrefOf('/workspaces/$workspace/devops', params) ?? '/', title: params['workspace'] ?? '' };
}

export function SideNav({ pages, offer, here, opened }: SideNavProps) {
  const t = useMessages(shellMessages);
  const entries = entriesOf(pages, offer, here.scope, here.params);
  const name = scopeNames[here.scope];
  const above = useAbove(here);
  return (
    <nav className={styles.nav} aria-label={t('navigation')} data-opened={opened || undefined}>
      {name !== undefined && (
        <div className={styles.scope}>
          <Link to={above.href} className={styles.up}>
            <ArrowLeft size={13} aria-hidden="true" />
            {above.title}
          </Link>
          <span className={styles.kind}>{t(here.scope)}</span>
          <strong className={styles.name}>{here.params[name]}</strong>
        </div>
      )}
      {sectionsOf(entries).map(({ title, entries }, index) => (
        <Section key={title?.en ?? index} title={title} entries={entries} here={here} />
      ))}
    </nav>
  );
}

interface SectionProps {
  readonly title: Text | undefined;
  readonly entries: readonly Entry[];
  readonly here: Here;
}

function Section({ title, entries, here }: SectionProps) {
  const text = useText();
  const id = useId();
  return (
    <div className={styles.section}>
      {title && (
        <h2 id={id} className={styles.heading}>
          {text(title)}
        </h2>
      )}
      <ul className={styles.list} aria-labelledby={title && id}>
        {entries.map(entry => (
          <Item key={`${entry.page.extension ?? ''} ${entry.page.path}`} entry={entry} here={here} />
        ))}
      </ul>
    </div>
  );
}

/** What the user may not open is not offered; who goes there by its address is told why. */
function Item({ entry: { page, href, route: id }, here }: { readonly entry: Entry; readonly here: Here }) {
  const text = useText();
  const e = useMessages(extensionMessages);
  const route = id === undefined ? undefined : routes.get(id);
  const access = useAccess(page.question ?? (route && { route, path: here.params }));
  if (access?.allowed !== true) return null;
  const Icon = page.icon ?? Circle;
  const current = here.page !== undefined && isWithin(page.path, here);
  if (isElsewhere(page))
    return (
      <li>
        <a href={href} target="_blank" rel="noreferrer" className={styles.item}>
          <Icon size={16} strokeWidth={1.8} />
          {text(page.title)}
          <span className="o-hidden">({e('newWindow')})</span>
        </a>
      </li>
    );
  return (
    <li>
      <Link
        to={href}
        className={styles.item}
        data-current={current || undefined}
        aria-current={current ? 'page' : undefined}
      >
        <Icon size={16} strokeWidth={1.8} />
        {text(page.title)}
      </Link>
    </li>
  );
}

/** The entry of the page itself, or of the list that it was opened from. */
const isWithin = (path: string, { page, params, scope }: Here): boolean => {
  if (!page || hrefOf(path, params) === undefined) return false;
  const roots: Record<Here['scope'], string> = {
    platform: '/',
    cluster: '/clusters/$cluster',
    workspace: '/workspaces/$workspace',
    project: '/clusters/$cluster/projects/$namespace',
    devops: '/workspaces/$workspace/devops/$devops',
  };
  return page.path === path || (path !== roots[scope] && page.path.startsWith(`${path}/`));
};
