import { useEffect, useRef, useState } from 'react';
import { Outlet, useRouter, useRouterState } from '@tanstack/react-router';
import { ClusterContext } from '../../data/context.ts';
import { hostCluster } from '../../data/data.ts';
import { useMe, useOffer, type Me, type Offer } from '../../data/session.ts';
import { useHotkeys } from '@mantine/hooks';
import { Problem } from '../../blocks/Problem.tsx';
import { useAccountLanguage, useMessages } from '../../ui/locale.ts';
import { useLate } from '../../ui/time.ts';
import { doorTo, safeNext } from '../../util/paths.ts';
import { Missing } from '../Fallbacks.tsx';
import type { ExtensionHost } from '../extensions/host.ts';
import { useAllPages } from '../extensions/pages.tsx';
import { useExtensionOffer } from '../extensions/useExtensions.ts';
import type { KnownPage } from '../pages.ts';
import { Crumbs } from './Crumbs.tsx';
import { shellMessages } from './messages.data.ts';
import { Palette } from './Palette.tsx';
import { SideNav } from './SideNav.tsx';
import { TopBar } from './TopBar.tsx';
import { useHere } from './here.ts';
import styles from './shell.module.css';

/** What stands around every page, for who is logged in. */
export function Shell({ pages, host }: Pick<FrameProps, 'pages' | 'host'>) {
  const me = useMe();
  const router = useRouter();
  // Who must choose a password, or a name, is told so by the first answer; nothing else would be answered to him.
  const first = me.data?.mustRegister ? '/login/confirm' : me.data?.mustChangePassword ? '/password' : undefined;
  const offer = useOffer(me.data !== undefined && first === undefined);
  useEffect(() => {
    if (first) router.history.replace(doorTo(first, safeNext(router.latestLocation.href)));
  }, [first, router]);
  const late = useLate();
  if (me.error ?? offer.error)
    return <Problem error={me.error ?? offer.error} again={() => (me.error ? me.again() : offer.again())} />;
  if (!me.data || !offer.data) return late ? <div className={styles.frame} aria-busy="true" data-waiting /> : null;
  return <Frame pages={pages} host={host} me={me.data} offer={offer.data} />;
}

interface FrameProps {
  /** The console's own. */
  readonly pages: readonly KnownPage[];
  readonly host: ExtensionHost;
  readonly me: Me;
  readonly offer: Offer;
}

function Frame({ pages: own, host, me, offer }: FrameProps) {
  const t = useMessages(shellMessages);
  useAccountLanguage(me.locale);
  useExtensionOffer(host, offer.features.has('extensions'));
  const pages = useAllPages(own, host);
  const here = useHere(pages);
  const main = useRef<HTMLElement>(null);
  const [palette, setPalette] = useState(false);
  const [nav, setNav] = useState(false);
  const pathname = useRouterState({ select: state => state.location.pathname });
  useHotkeys([['mod+K', () => setPalette(true)]], []);
  const first = useRef(true);
  // Keyboard and screen reader go on where the new page begins.
  useEffect(() => {
    setNav(false);
    if (!first.current) main.current?.focus({ preventScroll: true });
    first.current = false;
    main.current?.scrollTo(0, 0);
  }, [pathname]);
  const off = here.page !== undefined && !offer.features.has(here.page.feature);
  return (
    <ClusterContext value={here.params['cluster'] ?? hostCluster}>
      <div className={styles.frame}>
        <a className={styles.skip} href="#content">
          {t('skip')}
        </a>
        <TopBar
          me={me}
          here={here}
          hasTerminal={offer.features.has('terminal')}
          openPalette={() => setPalette(true)}
          toggleNav={() => setNav(open => !open)}
        />
        <SideNav pages={pages} offer={offer} here={here} opened={nav} />
        <main id="content" ref={main} tabIndex={-1} className={styles.main}>
          <Crumbs pages={pages} here={here} />
          {off ? <Missing /> : <Outlet />}
        </main>
        <Palette pages={pages} offer={offer} here={here} opened={palette} close={() => setPalette(false)} />
      </div>
    </ClusterContext>
  );
}
