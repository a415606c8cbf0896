import { useState } from 'react';
import { Fingerprint, Pencil } from 'lucide-react';
import { providers as routes } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { Card, CardBody, Facts, Stack } from '../../blocks/card/Card.tsx';
import { CopyButton } from '../../blocks/CopyButton.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { Notice } from '../../ui/Notice.tsx';
import { scrollable } from '../../ui/scrollable.ts';
import { EditProvider } from './EditProvider.tsx';
import { example } from './example.data.ts';
import { messages } from './messages.data.ts';
import { stateOf, typeName, type Provider } from './provider.ts';
import styles from './providers.module.css';

export default function ProvidersPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  const found = useCall(routes.configured, { cluster: hostCluster });
  const [edited, setEdited] = useState<Provider>();
  const items = found.data?.providers;
  return (
    <PageFrame title={t('title')} description={t('about')}>
      {found.error && <Problem error={found.error} again={found.again} />}
      {found.pending && <p role="status">{c('waiting')}</p>}
      {items && items.length === 0 && (
        <Card title={t('title')}>
          <Notice icon={Fingerprint} title={t('emptyTitle')}>
            {t('emptyText')}
          </Notice>
        </Card>
      )}
      <Stack>
        {items?.map(provider => (
          <OneProvider key={provider.name} provider={provider} onEdit={() => setEdited(provider)} />
        ))}
        {items && (
          <Card
            title={t('example')}
            description={t('writeSecret')}
            aside={<CopyButton text={example} label={c('copy')} />}
          >
            <CardBody>
              <pre className={styles.example} {...scrollable} role="group" aria-label={t('example')}>
                {example}
              </pre>
            </CardBody>
          </Card>
        )}
      </Stack>
      <EditProvider provider={edited} close={() => setEdited(undefined)} />
    </PageFrame>
  );
}

function OneProvider({ provider, onEdit }: { readonly provider: Provider; readonly onEdit: () => void }) {
  const t = useMessages(messages);
  const { name, displayName, type, mappingMethod, users, address, redirectURL, secret, problem } = provider;
  const { key, tone } = stateOf(provider);
  return (
    <Card
      title={displayName}
      description={displayName === name ? undefined : name}
      aside={
        <>
          <Badge tone={tone}>{t(key)}</Badge>
          <Action
            icon={Pencil}
            question={{ route: routes.change, path: { provider: name } }}
            disabledReason={secret === undefined ? t('inFile') : undefined}
            onRun={onEdit}
          >
            {t('edit')}
          </Action>
        </>
      }
    >
      <Facts
        rows={[
          [t('type'), typeName(type)],
          [t('mapping'), t(`method_${mappingMethod}`)],
          [t('users'), String(users)],
          [t('address'), address ?? '–'],
          ...(redirectURL === undefined ? [] : [[t('callback'), <code key="callback">{redirectURL}</code>] as const]),
          [t('describedBy'), secret === undefined ? t('file') : `Secret ${secret}`],
          ...(problem === undefined ? [] : [[t('broken'), problem] as const]),
        ]}
      />
    </Card>
  );
}
