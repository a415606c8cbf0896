import { useRef } from 'react';
import { Kbd, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { Search } from 'lucide-react';
import { useMessages } from '../../ui/locale.ts';
import { useTyped } from '../../ui/typed.ts';
import { tableMessages } from '../messages.data.ts';
import styles from './table.module.css';

/** The server is asked when typing pauses. */
const pauseMs = 180;

/** `/` leads here from anywhere on the page; Escape empties it. */
export function SearchBox({ text, onText }: { readonly text: string; readonly onText: (text: string) => void }) {
  const t = useMessages(tableMessages);
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useTyped(text, onText, pauseMs);
  useHotkeys([['/', () => input.current?.focus()]]);
  return (
    <TextInput
      ref={input}
      className={styles.search}
      size="xs"
      type="search"
      aria-label={t('search')}
      placeholder={t('search')}
      leftSection={<Search size={14} />}
      rightSection={typed === '' ? <Kbd size="xs">/</Kbd> : undefined}
      value={typed}
      onChange={event => setTyped(event.currentTarget.value)}
      onKeyDown={event => event.key === 'Escape' && setTyped('')}
      spellCheck={false}
    />
  );
}
