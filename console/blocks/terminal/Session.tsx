import { lazy, Suspense, useCallback, useState, type ReactNode } from 'react';
import { Button } from '@mantine/core';
import { RotateCw } from 'lucide-react';
import { withQuery } from '@orrery/client';
import { inCluster } from '@orrery/platform-contract';
import { useClusterData } from '../../data/context.ts';
import type { SocketEvents } from '../../data/stream/manager.ts';
import { Badge, type Tone } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { terminalMessages } from './messages.data.ts';
import type { ScreenState } from './Screen.tsx';
import styles from './session.module.css';

const Screen = lazy(() => import('./Screen.tsx'));

export interface SessionProps {
  /** For screen readers. */
  readonly label: string;
  /** Of a route that is a WebSocket of a terminal, filled in. */
  readonly path: string;
  /** Which container it is in, for example. */
  readonly container?: string;
  /** Before the state: what else one could be in. */
  readonly picker?: ReactNode;
  /** Why it may never have opened: a browser is not told what the platform said. */
  readonly whenRefused?: string;
}

const tones: Readonly<Record<ScreenState, Tone>> = {
  connecting: 'busy',
  connected: 'good',
  ended: 'quiet',
  broken: 'bad',
};

/** A terminal, its state, and another try. */
export function Session({ label, path, container, picker, whenRefused }: SessionProps) {
  const t = useMessages(terminalMessages);
  const { cluster, open } = useClusterData();
  const [turn, setTurn] = useState(0);
  const [{ state, notice }, setState] = useState<{ state: ScreenState; notice?: string }>({ state: 'connecting' });
  const [wasOpen, setWasOpen] = useState(false);
  const connect = useCallback(
    (events: SocketEvents) => open(withQuery(inCluster(path, cluster), { ...(container && { container }) }), events),
    [open, cluster, path, container],
  );
  return (
    <section className={styles.card} aria-label={label}>
      <div className={styles.bar}>
        {picker}
        <span role="status">
          <Badge tone={tones[state]}>{t(state)}</Badge>
        </span>
        {state === 'broken' && !wasOpen && !notice && whenRefused && (
          <span className={styles.notice} role="alert">
            {whenRefused}
          </span>
        )}
        {notice && <span className={styles.notice}>{notice}</span>}
        <span className={styles.spacer} />
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<RotateCw size={14} />}
          onClick={() => {
            setState({ state: 'connecting' });
            setTurn(turn + 1);
          }}
        >
          {t('reconnect')}
        </Button>
      </div>
      <Suspense fallback={<div className={styles.blank} />}>
        <Screen
          key={turn}
          label={label}
          connect={connect}
          onState={(next, said) => {
            if (next === 'connected') setWasOpen(true);
            setState({ state: next, ...(said && { notice: said }) });
          }}
        />
      </Suspense>
      <footer className={styles.foot}>{t('escape')}</footer>
    </section>
  );
}
