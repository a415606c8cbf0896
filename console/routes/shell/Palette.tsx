import { useId, useState, type KeyboardEvent } from 'react';
import { Modal, useComputedColorScheme, useMantineColorScheme } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import { CornerDownLeft, Languages, LogOut, Moon, Search, Sun, Zap } from 'lucide-react';
import type { Offer } from '../../data/session.ts';
import { features } from '../../features/index.ts';
import { useLanguage, useMessages, useText } from '../../ui/locale.ts';
import { hrefOf } from '../../util/paths.ts';
import { stringifySearch } from '../../util/url-search.ts';
import { entriesOf, isElsewhere, type KnownPage } from '../pages.ts';
import type { Here } from './here.ts';
import { useLogOut } from './leave.ts';
import { shellMessages } from './messages.data.ts';
import { useObjects } from './objects.ts';
import { matching, sectionsIn, type Choice } from './palette.ts';
import styles from './palette.module.css';

interface PaletteProps {
  readonly pages: readonly KnownPage[];
  readonly offer: Offer;
  readonly here: Here;
  readonly opened: boolean;
  readonly close: () => void;
}

/** Everything that can be reached from here, by typing. */
export function Palette(props: PaletteProps) {
  const t = useMessages(shellMessages);
  return (
    <Modal.Root opened={props.opened} onClose={props.close} centered={false} yOffset="12vh" padding={0} size={560}>
      <Modal.Overlay />
      <Modal.Content aria-label={t('palette')}>
        <Modal.Body>
          <Choices {...props} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Choices({ close, ...props }: PaletteProps) {
  const t = useMessages(shellMessages);
  const id = useId();
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState(0);
  const near = matching(useChoices(props), typed);
  const choices = [...near, ...useObjects(typed, props.offer)];
  const run = (choice: Choice | undefined) => {
    if (!choice) return;
    close();
    choice.run();
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setAt(now => (now + step + choices.length) % Math.max(choices.length, 1));
    if (event.key === 'Enter' && !event.nativeEvent.isComposing) run(choices[at]);
    if (step !== undefined || event.key === 'Enter') event.preventDefault();
  };
  return (
    <>
      <div className={styles.field}>
        <Search size={16} aria-hidden="true" />
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={id}
          aria-activedescendant={choices[at] && `${id}-${at}`}
          aria-label={t('palette')}
          placeholder={t('palette')}
          value={typed}
          spellCheck={false}
          data-autofocus
          onChange={event => {
            setTyped(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKey}
        />
      </div>
      <div id={id} role="listbox" aria-label={t('palette')} className={styles.list}>
        {sectionsIn(choices).map(({ title, entries }) => (
          <div key={title ?? ''} role="group" aria-label={title ?? t('near')}>
            {title && (
              <p className={styles.section} aria-hidden="true">
                {title}
              </p>
            )}
            {entries.map(({ choice, index }) => (
              <Option
                key={choice.key}
                id={`${id}-${index}`}
                choice={choice}
                selected={index === at}
                kind={choice.hint ?? t(choice.group)}
                onPoint={() => setAt(index)}
                onRun={() => run(choice)}
              />
            ))}
          </div>
        ))}
      </div>
      {choices.length === 0 && <p className={styles.none}>{t('noneFound')}</p>}
    </>
  );
}

interface OptionProps {
  readonly id: string;
  readonly choice: Choice;
  readonly selected: boolean;
  readonly kind: string;
  readonly onPoint: () => void;
  readonly onRun: () => void;
}

function Option({ id, choice: { icon: Icon = Zap, title }, selected, kind, onPoint, onRun }: OptionProps) {
  return (
    // The field above has the keyboard: it moves the selection and presses Enter.
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={selected}
      className={styles.option}
      ref={element => void (selected && element?.scrollIntoView({ block: 'nearest' }))}
      onMouseMove={onPoint}
      onClick={onRun}
      onKeyDown={event => event.key === 'Enter' && onRun()}
    >
      <Icon size={15} />
      <span>{title}</span>
      <small>{kind}</small>
      {selected && <CornerDownLeft size={13} aria-hidden="true" />}
    </div>
  );
}

function useChoices({ pages, offer, here }: Pick<PaletteProps, 'pages' | 'offer' | 'here'>): Choice[] {
  const t = useMessages(shellMessages);
  const text = useText();
  const router = useRouter();
  const [language, choose] = useLanguage();
  const { setColorScheme } = useMantineColorScheme();
  const dark = useComputedColorScheme('light') === 'dark';
  const logOut = useLogOut();
  const go = (href: string) => () => router.history.push(href);
  const scopes = here.scope === 'platform' ? (['platform'] as const) : ([here.scope, 'platform'] as const);
  const found = scopes.flatMap(scope => entriesOf(pages, offer, scope, here.params));
  const toPages = found.map(({ page, href }): Choice => {
    const { en, zh } = page.title;
    const run = isElsewhere(page) ? () => void window.open(href, '_blank', 'noreferrer') : go(href);
    return { key: href, title: text(page.title), words: `${en} ${zh}`, group: 'pages', icon: page.icon, run };
  });
  const toDo = features
    .filter(({ name }) => offer.features.has(name))
    .flatMap(({ commands = [] }) => commands)
    .flatMap(({ title, path, search = {}, scope }): Choice[] => {
      const href = hrefOf(path, here.params);
      if (href === undefined || !(scopes as readonly string[]).includes(scope)) return [];
      const address = `${href}${stringifySearch(search)}`;
      return [
        { key: address, title: text(title), words: `${title.en} ${title.zh}`, group: 'actions', run: go(address) },
      ];
    });
  const setting = (key: string, title: string, words: string, icon: Choice['icon'], run: () => void): Choice => ({
    key,
    title,
    words,
    group: 'settings',
    icon,
    run,
  });
  return [
    ...toPages,
    ...toDo,
    setting('scheme', t(dark ? 'toLight' : 'toDark'), 'theme 主题 light dark', dark ? Sun : Moon, () =>
      setColorScheme(dark ? 'light' : 'dark'),
    ),
    setting('language', t(language === 'zh' ? 'toEnglish' : 'toChinese'), 'language 语言 English 中文', Languages, () =>
      choose(language === 'zh' ? 'en' : 'zh'),
    ),
    setting('leave', t('logOut'), 'log out sign out 退出', LogOut, () => void logOut()),
  ];
}
