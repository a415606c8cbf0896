import { ActionIcon, Menu, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { Link, useRouter } from '@tanstack/react-router';
import {
  ChevronDown,
  CircleUser,
  KeyRound,
  Languages,
  LogOut,
  Menu as MenuIcon,
  Moon,
  Search,
  SquareTerminal,
  Sun,
} from 'lucide-react';
import type { Me } from '../../data/session.ts';
import { useLanguage, useMessages } from '../../ui/locale.ts';
import { Logo } from '../../ui/Logo.tsx';
import { languages, type Language } from '../../util/messages.ts';
import type { Here } from './here.ts';
import { useLogOut } from './leave.ts';
import { shellMessages } from './messages.data.ts';
import { ScopeSwitcher } from './ScopeSwitcher.tsx';
import styles from './topbar.module.css';

interface TopBarProps {
  readonly me: Me;
  readonly here: Here;
  /** kubectl in the browser is a part of the terminals, which can be off. */
  readonly hasTerminal: boolean;
  readonly openPalette: () => void;
  readonly toggleNav: () => void;
}

const paletteKeys = /Mac|iP(hone|ad)/.test(navigator.userAgent) ? '⌘ K' : 'Ctrl K';

export function TopBar({ me, here, hasTerminal, openPalette, toggleNav }: TopBarProps) {
  const t = useMessages(shellMessages);
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const other = scheme === 'dark' ? 'light' : 'dark';
  return (
    <header className={styles.bar}>
      <ActionIcon className={styles.burger} aria-label={t('menu')} onClick={toggleNav}>
        <MenuIcon size={18} />
      </ActionIcon>
      <Link to="/" className={styles.brand} aria-label="Orrery">
        <Logo />
        <span>Orrery</span>
      </Link>
      <span className={styles.slash} aria-hidden="true" />
      <ScopeSwitcher here={here} />
      <button type="button" className={styles.palette} onClick={openPalette} aria-keyshortcuts="Control+K Meta+K">
        <Search size={14} aria-hidden="true" />
        <span>{t('paletteHint')}</span>
        <kbd>{paletteKeys}</kbd>
      </button>
      <div className={styles.tools}>
        {hasTerminal && (
          <Link to="/kubectl" className={styles.kubectl} aria-label={t('kubectl')} title={t('kubectl')}>
            <SquareTerminal size={16} />
          </Link>
        )}
        <LanguageMenu />
        <ActionIcon
          size="md"
          className={styles.tool}
          aria-label={t(other === 'dark' ? 'toDark' : 'toLight')}
          title={t(other === 'dark' ? 'toDark' : 'toLight')}
          onClick={() => setColorScheme(other)}
        >
          {other === 'dark' ? <Moon size={16} /> : <Sun size={16} />}
        </ActionIcon>
        <UserMenu me={me} />
      </div>
    </header>
  );
}

function LanguageMenu() {
  const t = useMessages(shellMessages);
  const [language, choose] = useLanguage();
  return (
    <Menu position="bottom-end" width={150}>
      <Menu.Target>
        <ActionIcon size="md" className={styles.tool} aria-label={t('language')} title={t('language')}>
          <Languages size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {(Object.keys(languages) as Language[]).map(code => (
          <Menu.Item key={code} lang={code} fw={code === language ? 600 : undefined} onClick={() => choose(code)}>
            {languages[code]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function UserMenu({ me }: { readonly me: Me }) {
  const t = useMessages(shellMessages);
  const router = useRouter();
  const logOut = useLogOut();
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <button type="button" className={styles.user} aria-label={t('account', { name: me.displayName })}>
          <span className={styles.initial} data-initial={me.displayName.slice(0, 1).toUpperCase()} aria-hidden="true" />
          <span className={styles.userName}>{me.displayName}</span>
          <ChevronDown size={13} aria-hidden="true" />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.email ?? me.name}</Menu.Label>
        <Menu.Item leftSection={<CircleUser size={14} />} onClick={() => router.history.push('/account')}>
          {t('myAccount')}
        </Menu.Item>
        <Menu.Item
          leftSection={<KeyRound size={14} />}
          onClick={() => router.history.push(`/password?next=${encodeURIComponent(router.state.location.href)}`)}
        >
          {t('password')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item leftSection={<LogOut size={14} />} onClick={() => void logOut()}>
          {t('logOut')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
