import { useState } from 'react';
import { Fingerprint, Pencil, Plus, Trash2 } from 'lucide-react';
import { providers as routes } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { Card, Facts, Stack } from '../../blocks/card/Card.tsx';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useDialog } from '../../blocks/place.ts';
import { Problem } from '../../blocks/Problem.tsx';
import { useAction, useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { Notice } from '../../ui/Notice.tsx';
import { messages } from './messages.data.ts';
import { describing, stateOf, titleOf, type Provider } from './provider.ts';
import { CreateProvider, EditProvider } from './ProviderDialog.tsx';

export default function ProvidersPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  const found = useCall(routes.configured, { cluster: hostCluster });
  const remove = useAction(routes.delete, hostCluster);
  const create = useDialog('create');
  const [edited, setEdited] = useState<Provider>();
  const [leaving, setLeaving] = useState<Provider>();
  const items = found.data?.providers;
  const button = (variant: 'primary' | 'plain') => (
    <Action icon={Plus} variant={variant} question={describing('create')} onRun={create.open}>
      {t('create')}
    </Action>
  );
  return (
    <PageFrame title={t('title')} description={t('about')} actions={button('primary')}>
      {found.error && <Problem error={found.error} again={found.again} />}
      {found.pending && <p role="status">{c('waiting')}</p>}
      {items && items.length === 0 && (
        <Card title={t('title')}>
          <Notice icon={Fingerprint} title={t('emptyTitle')} actions={button('plain')}>
            {t('emptyText')}
          </Notice>
        </Card>
      )}
      <Stack>
        {items?.map(provider => (
          <OneProvider
            key={provider.name}
            provider={provider}
            onEdit={() => setEdited(provider)}
            onDelete={() => setLeaving(provider)}
          />
        ))}
      </Stack>
      {create.opened && <CreateProvider close={create.close} />}
      {edited && <EditProvider key={edited.name} provider={edited} close={() => setEdited(undefined)} />}
      <ConfirmDelete
        name={leaving?.name}
        consequence={t(leaving?.users === 0 ? 'removeText' : 'removeUsersText', { count: leaving?.users ?? 0 })}
        close={() => setLeaving(undefined)}
        onDelete={provider => remove.run({ path: { provider } })}
      />
    </PageFrame>
  );
}

interface OneProviderProps {
  readonly provider: Provider;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
}

function OneProvider({ provider, onEdit, onDelete }: OneProviderProps) {
  const t = useMessages(messages);
  const { name, displayName, type, mappingMethod, users, address, redirectURL, secret, problem } = provider;
  const { key, tone } = stateOf(provider);
  const fixed = secret === undefined ? t('inFile') : undefined;
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
            disabledReason={fixed}
            onRun={onEdit}
          >
            {t('edit')}
          </Action>
          <Action
            icon={Trash2}
            variant="danger"
            question={describing('delete')}
            disabledReason={fixed}
            onRun={onDelete}
          >
            {t('remove')}
          </Action>
        </>
      }
    >
      <Facts
        rows={[
          [t('type'), titleOf(type)],
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
