import { useEffect, useRef, useState } from 'react';
import { Kbd, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { Search } from 'lucide-react';
import { useMessages } from '../../ui/locale.ts';
import { useClock } from '../../ui/time.ts';
import { tableMessages } from '../messages.data.ts';
import styles from './table.module.css';

/** The server is asked when typing pauses. */
const pauseMs = 180;

/** `/` leads here from anywhere on the page; Escape empties it. */
export function SearchBox({ text, onText }: { readonly text: string; readonly onText: (text: string) => void }) {
  const t = useMessages(tableMessages);
  const clock = useClock();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState(text);
  const told = useRef(text);
  const say = useRef(onText);
  say.current = onText;
  useHotkeys([['/', () => input.current?.focus()]]);
  // The address changed by other means, e.g. by going back.
  useEffect(() => {
    if (text !== told.current) setTyped(text);
    told.current = text;
  }, [text]);
  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === told.current) return;
    const timer = clock.after(pauseMs, () => {
      told.current = wanted;
      say.current(wanted);
    });
    return () => timer.cancel();
  }, [typed, clock]);
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
