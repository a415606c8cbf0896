import { useState } from 'react';
import { Button, Checkbox, TextInput } from '@mantine/core';
import { Download, Pause, Play, Search } from 'lucide-react';
import type { Pod } from '@orrery/kinds/types';
import { hasText, logLimits } from '../../../blocks/logs/buffer.ts';
import { LogView } from '../../../blocks/logs/LogView.tsx';
import { Problem } from '../../../blocks/Problem.tsx';
import { useSearch, useSetSearch } from '../../../blocks/place.ts';
import { useMessages } from '../../../ui/locale.ts';
import { saveBlob } from '../../../blocks/save.ts';
import { terminalMessages } from '../../../blocks/terminal/messages.data.ts';
import { withSearch } from '../../../util/url-search.ts';
import type { TabProps } from '../tabs/index.tsx';
import { ContainerSelect } from './ContainerSelect.tsx';
import { containersOf } from './containers.ts';
import { logTarget, tails, tailOf } from './log-request.ts';
import { podMessages } from './messages.data.ts';
import styles from './pods.module.css';
import { useLog } from './useLog.ts';

/** What a container writes, as it writes it. */
export default function Logs({ object }: TabProps) {
  const t = useMessages(podMessages);
  const s = useMessages(terminalMessages);
  const pod = object as Pod;
  const search = useSearch();
  const setSearch = useSetSearch();
  const [follow, setFollow] = useState(true);
  const [paused, setPaused] = useState(false);
  const [wrap, setWrap] = useState(true);
  const [times, setTimes] = useState(false);
  const [wanted, setWanted] = useState('');
  const containers = containersOf(pod);
  const container = containers.find(({ name }) => name === search['container']) ?? containers[0];
  const previous = search['previous'] === 'true';
  const tail = tailOf(search['tail']);
  const log = useLog(logTarget(pod, { container: container?.name ?? '', follow, previous, tail }), paused);
  const shown = wanted === '' ? log.lines : log.lines.filter(line => hasText(line, wanted));
  const turn = (change: Readonly<Record<string, string | undefined>>) =>
    setSearch(before => withSearch(before, change), true);
  if (!container) return null;
  return (
    <section className={styles.card} aria-label={t('logLabel', { container: container.name })}>
      <div className={styles.bar}>
        <ContainerSelect containers={containers} value={container.name} onChange={name => turn({ container: name })} />
        <label className={styles.choice}>
          <span>{t('tail')}</span>
          <select value={tail.key} onChange={event => turn({ tail: event.currentTarget.value })}>
            {tails.map(({ key, unit, count }) => (
              <option key={key} value={key}>
                {t(unit, { count })}
              </option>
            ))}
          </select>
        </label>
        <TextInput
          size="xs"
          type="search"
          className={styles.find}
          aria-label={t('find')}
          placeholder={t('find')}
          leftSection={<Search size={14} />}
          value={wanted}
          onChange={event => setWanted(event.currentTarget.value)}
        />
        {wanted !== '' && <small role="status">{t('found', { count: shown.length })}</small>}
        <span className={styles.spacer} />
        <Button
          variant="default"
          size="compact-sm"
          leftSection={paused ? <Play size={14} /> : <Pause size={14} />}
          onClick={() => setPaused(!paused)}
        >
          {t(paused ? 'resume' : 'pause')}
        </Button>
        <Button
          variant="default"
          size="compact-sm"
          leftSection={<Download size={14} />}
          onClick={() => save(shown, pod)}
        >
          {t('download')}
        </Button>
      </div>
      <div className={styles.options}>
        <Checkbox
          size="xs"
          label={t('follow')}
          checked={follow && !previous}
          disabled={previous}
          onChange={() => setFollow(!follow)}
        />
        <Checkbox size="xs" label={t('wrap')} checked={wrap} onChange={() => setWrap(!wrap)} />
        <Checkbox size="xs" label={t('timestamps')} checked={times} onChange={() => setTimes(!times)} />
        <Checkbox
          size="xs"
          label={t('previous')}
          checked={previous}
          disabled={!previous && (container.status?.restartCount ?? 0) === 0}
          onChange={() => turn({ previous: previous ? undefined : 'true' })}
        />
        <span className={styles.spacer} />
        <small role="status">
          {log.held > 0
            ? t('held', { count: log.held })
            : log.dropped > 0
              ? t('dropped', { count: logLimits.linesMax })
              : ''}
        </small>
      </div>
      {log.error ? (
        <Problem error={log.error} again={log.again} />
      ) : (
        <LogView
          label={t('logLabel', { container: container.name })}
          lines={shown}
          follow={follow && !paused}
          wrap={wrap}
          times={times}
          wanted={wanted}
        />
      )}
      <footer className={styles.foot}>
        {log.state === 'open'
          ? log.lines.length === 0
            ? t('noLines')
            : ''
          : log.state === 'connecting'
            ? s('connecting')
            : t(log.state === 'broken' ? 'logBroken' : 'logEnded')}
        {(log.state === 'ended' || log.state === 'broken') && (
          <Button variant="subtle" size="compact-sm" onClick={log.again}>
            {s('reconnect')}
          </Button>
        )}
      </footer>
    </section>
  );
}

/** As a file of the browser's. */
function save(lines: readonly { readonly time?: string; readonly text: string }[], { metadata }: Pod): void {
  const text = lines.map(({ time, text }) => `${time ? `${time} ` : ''}${text}\n`).join('');
  saveBlob(new Blob([text], { type: 'text/plain' }), `${metadata.name}.log`);
}
