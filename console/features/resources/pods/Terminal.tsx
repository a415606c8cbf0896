import { lazy, Suspense, useCallback, useState } from 'react';
import { Button } from '@mantine/core';
import { Lock, RotateCw, SquareTerminal } from 'lucide-react';
import { inCluster } from '@orrery/platform-contract';
import { terminal as routes } from '@orrery/platform-contract/features';
import { withQuery } from '@orrery/client';
import type { Pod } from '@orrery/kinds/types';
import type { ScreenState } from '../../../blocks/terminal/Screen.tsx';
import { useSearch, useSetSearch } from '../../../blocks/place.ts';
import { useAccess } from '../../../data/calls.ts';
import { useClusterData } from '../../../data/context.ts';
import type { SocketEvents } from '../../../data/stream/manager.ts';
import { Badge, type Tone } from '../../../ui/Badge.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { Notice } from '../../../ui/Notice.tsx';
import { withSearch } from '../../../util/url-search.ts';
import type { TabProps } from '../tabs/index.tsx';
import { ContainerSelect } from './ContainerSelect.tsx';
import { containersOf } from './containers.ts';
import { podMessages } from './messages.data.ts';
import styles from './pods.module.css';

const Screen = lazy(() => import('../../../blocks/terminal/Screen.tsx'));

/** A shell in a container that runs, for whoever may. */
export default function Terminal({ object }: TabProps) {
  const t = useMessages(podMessages);
  const pod = object as Pod;
  const { name = '', namespace = '' } = pod.metadata;
  const access = useAccess({ route: routes.exec, path: { namespace, pod: name } });
  const search = useSearch();
  const setSearch = useSetSearch();
  const running = containersOf(pod).filter(({ status }) => status?.state?.running);
  const container = running.find(each => each.name === search['container']) ?? running[0];
  if (access === undefined) return null;
  if (!access.allowed)
    return (
      <Notice icon={Lock} title={t('mayNot')}>
        {access.reason}
      </Notice>
    );
  if (!container)
    return (
      <Notice icon={SquareTerminal} title={t('notRunning')}>
        {t('notRunningText')}
      </Notice>
    );
  return (
    <Session
      // A container that was started again is another place.
      key={`${container.name} ${container.status?.containerID}`}
      namespace={namespace}
      pod={name}
      container={container.name}
      picker={
        <ContainerSelect
          containers={running}
          value={container.name}
          onChange={chosen => setSearch(before => withSearch(before, { container: chosen }), true)}
        />
      }
    />
  );
}

interface SessionProps {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly picker: React.ReactNode;
}

const tones: Readonly<Record<ScreenState, Tone>> = {
  connecting: 'busy',
  connected: 'good',
  ended: 'quiet',
  broken: 'bad',
};

function Session({ namespace, pod, container, picker }: SessionProps) {
  const t = useMessages(podMessages);
  const { cluster, open } = useClusterData();
  const [turn, setTurn] = useState(0);
  const [{ state, notice }, setState] = useState<{ state: ScreenState; notice?: string }>({ state: 'connecting' });
  const connect = useCallback(
    (events: SocketEvents) => {
      const parts = [namespace, pod].map(encodeURIComponent);
      const path = routes.exec.paths[0]!.replace('{namespace}', parts[0]!).replace('{pod}', parts[1]!);
      return open(withQuery(inCluster(path, cluster), { container }), events);
    },
    [open, cluster, namespace, pod, container],
  );
  return (
    <section className={styles.card} aria-label={t('terminalLabel', { container })}>
      <div className={styles.bar}>
        {picker}
        <span role="status">
          <Badge tone={tones[state]}>{t(state)}</Badge>
        </span>
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
          label={t('terminalLabel', { container })}
          connect={connect}
          onState={(next, said) => setState({ state: next, ...(said && { notice: said }) })}
        />
      </Suspense>
      <footer className={styles.foot}>{t('escape')}</footer>
    </section>
  );
}
