import { useState } from 'react';
import { Button } from '@mantine/core';
import { Eye, EyeOff } from 'lucide-react';
import type { ConfigMap, Secret } from '@orrery/kinds/types';
import { CopyButton } from '../../../blocks/CopyButton.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { scrollable } from '../../../ui/scrollable.ts';
import { messages } from '../messages.data.ts';
import styles from '../resources.module.css';
import { decoded } from './secret.ts';
import type { TabProps } from './index.tsx';

export function Data({ object }: TabProps) {
  const t = useMessages(messages);
  const { data = {}, binaryData = {} } = object as ConfigMap;
  return (
    <div className={styles.entries}>
      {Object.entries(data).map(([name, value]) => (
        <Entry key={name} name={name} value={value} />
      ))}
      {Object.keys(binaryData).map(name => (
        <Entry key={name} name={name} value={t('binary')} />
      ))}
      {Object.keys({ ...data, ...binaryData }).length === 0 && <p className={styles.note}>{t('noData')}</p>}
    </div>
  );
}

/** Values stay hidden until they are asked for: somebody may be looking. */
export function Values({ object }: TabProps) {
  const t = useMessages(messages);
  const [shown, setShown] = useState(false);
  const { data = {} } = object as Secret;
  const names = Object.keys(data);
  if (names.length === 0) return <p className={styles.note}>{t('noData')}</p>;
  const Icon = shown ? EyeOff : Eye;
  return (
    <div className={styles.entries}>
      <div>
        <Button variant="default" size="compact-sm" leftSection={<Icon size={14} />} onClick={() => setShown(!shown)}>
          {t(shown ? 'hideValues' : 'showValues')}
        </Button>
      </div>
      {names.map(name => (
        <Entry
          key={name}
          name={name}
          value={shown ? (decoded(data[name] ?? '') ?? t('binary')) : '••••••••'}
          hidden={!shown}
        />
      ))}
    </div>
  );
}

interface EntryProps {
  readonly name: string;
  readonly value: string;
  readonly hidden?: boolean;
}

function Entry({ name, value, hidden }: EntryProps) {
  const t = useMessages(messages);
  return (
    <section className={styles.entry} aria-label={name}>
      <header>
        <h2>{name}</h2>
        {!hidden && <CopyButton text={value} label={t('copyValue', { name })} />}
      </header>
      <pre {...scrollable}>{value}</pre>
    </section>
  );
}
