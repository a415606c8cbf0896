import { useState, type ReactNode } from 'react';
import { Modal, Tabs } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { Facts } from '../../blocks/card/Card.tsx';
import { printValue } from '../../blocks/yaml/documents.ts';
import { YamlEditor } from '../../blocks/yaml/YamlEditor.tsx';
import { useLanguage, useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { pathTo } from '../../util/paths.ts';
import styles from './audit.module.css';
import { LinkState } from './Chain.tsx';
import { objectText, userText } from '../../blocks/trail/record.ts';
import { Result, useVerb } from '../../blocks/trail/words.tsx';
import { auditMessages } from './messages.data.ts';
import { linkOf, recordingOf } from './trail.ts';

interface RecordProps {
  readonly event: AuditEvent;
}

const parts = ['details', 'request', 'response', 'whole'] as const;
type Part = (typeof parts)[number];

/** One record: what is known of it, and the bodies where they were kept and may be seen. */
export function RecordDialog({ event, close }: RecordProps & { readonly close: () => void }) {
  const t = useMessages(auditMessages);
  const c = useMessages(common);
  const verb = useVerb();
  const [part, setPart] = useState<Part>('details');
  return (
    <Modal
      opened
      onClose={close}
      title={`${verb(event.verb)} ${objectText(event)}`}
      closeButtonProps={{ 'aria-label': c('close') }}
      size={820}
    >
      <Tabs value={part} onChange={value => setPart((value ?? 'details') as Part)}>
        <Tabs.List aria-label={t('record', { id: event.auditID })}>
          {parts.map(value => (
            <Tabs.Tab key={value} value={value}>
              {t(value)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={part} pt="md">
          <PartView part={part} event={event} />
        </Tabs.Panel>
      </Tabs>
    </Modal>
  );
}

function PartView({ part, event }: RecordProps & { readonly part: Part }) {
  const t = useMessages(auditMessages);
  if (part === 'details') return <Details event={event} />;
  const value = { request: event.requestObject, response: event.responseObject, whole: event }[part];
  if (value === undefined) return <p className={styles.none}>{t('noBody')}</p>;
  return <YamlEditor key={part} label={t(part)} value={printValue(value)} readOnly height="56vh" />;
}

function Details({ event }: RecordProps) {
  const t = useMessages(auditMessages);
  const [language] = useLanguage();
  const time = new Date(Date.parse(event.requestReceivedTimestamp)).toLocaleString(language, {
    dateStyle: 'full',
    timeStyle: 'medium',
  });
  const link = linkOf(event);
  const recording = recordingOf(event);
  const rows: [string, ReactNode][] = [
    [t('message'), event.Message],
    [t('time'), time],
    [t('user'), userText(event)],
    [t('groups'), (event.impersonatedUser ?? event.user).groups?.join(', ')],
    [t('object'), objectText(event)],
    [t('project'), event.objectRef?.namespace],
    [t('workspace'), event.Workspace],
    [t('cluster'), event.Cluster],
    [t('result'), <Result key="result" event={event} />],
    [t('reason'), event.responseStatus?.message ?? event.responseStatus?.reason],
    [t('address'), event.requestURI && <code>{event.requestURI}</code>],
    [t('from_where'), event.sourceIPs?.join(', ')],
    [t('agent'), event.userAgent],
    [t('level'), event.level],
    [t('recording'), recording && <Link to={pathTo('/recordings/$recording', { recording })}>{recording}</Link>],
    [
      t('chain'),
      <span key="chain" className={styles.chain}>
        {link ? t('chainPlace', link) : t('unlinked')}
        <LinkState event={event} />
      </span>,
    ],
  ];
  return <Facts rows={rows.filter(([, value]) => value !== undefined && value !== '')} />;
}
