import { useState } from 'react';
import { KeyRound, Pencil, Plus, Trash2 } from 'lucide-react';
import { oauthclients as routes } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { Card, Facts, Stack } from '../../blocks/card/Card.tsx';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { CopyButton } from '../../blocks/CopyButton.tsx';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useDialog } from '../../blocks/place.ts';
import { Problem } from '../../blocks/Problem.tsx';
import { useAction, useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { problemOf } from '../../data/problems.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { describing, type Client } from './client.ts';
import { ClientDialog, type MadeSecret } from './ClientDialog.tsx';
import styles from './clients.module.css';
import { messages } from './messages.data.ts';

type Doing = { readonly what: 'edit' | 'renew' | 'remove'; readonly client: Client };

/** Programs that people log in to with their accounts here. */
export default function ClientsPage() {
  const t = useMessages(messages);
  const c = useMessages(common);
  const found = useCall(routes.list, { cluster: hostCluster });
  const remove = useAction(routes.delete, hostCluster);
  const create = useDialog('create');
  const [doing, setDoing] = useState<Doing>();
  const [made, setMade] = useState<MadeSecret>();
  const done = () => setDoing(undefined);
  const items = found.data?.clients;
  return (
    <PageFrame
      title={t('title')}
      description={t('about')}
      actions={
        <Action icon={Plus} variant="primary" question={describing('create')} onRun={create.open}>
          {t('create')}
        </Action>
      }
    >
      {found.error && <Problem error={found.error} again={found.again} />}
      {found.pending && <p role="status">{c('waiting')}</p>}
      <Stack>
        {items?.map(client => (
          <OneClient key={client.name} client={client} onDo={what => setDoing({ what, client })} />
        ))}
      </Stack>
      {create.opened && <ClientDialog close={create.close} onMade={setMade} />}
      {doing?.what === 'edit' && <ClientDialog client={doing.client} close={done} onMade={setMade} />}
      {doing?.what === 'renew' && <Renew name={doing.client.name} close={done} onMade={setMade} />}
      <ConfirmDelete
        name={doing?.what === 'remove' ? doing.client.name : undefined}
        consequence={t('removeText')}
        close={done}
        onDelete={oauthclient => remove.run({ path: { oauthclient } })}
      />
      {made && <Told made={made} close={() => setMade(undefined)} />}
    </PageFrame>
  );
}

interface OneClientProps {
  readonly client: Client;
  readonly onDo: (what: Doing['what']) => void;
}

function OneClient({ client, onDo }: OneClientProps) {
  const t = useMessages(messages);
  const { name, source, secret, grantMethod, hasSecret, redirectURIs, scopeRestrictions, trusted } = client;
  const fixed = source === 'secret' ? undefined : t(source === 'file' ? 'inFile' : 'fixed');
  return (
    <Card
      title={name}
      aside={
        <>
          <Action icon={Pencil} question={describing('update')} disabledReason={fixed} onRun={() => onDo('edit')}>
            {t('edit')}
          </Action>
          <Action icon={KeyRound} question={describing('update')} disabledReason={fixed} onRun={() => onDo('renew')}>
            {t('renew')}
          </Action>
          <Action
            icon={Trash2}
            variant="danger"
            question={describing('delete')}
            disabledReason={fixed}
            onRun={() => onDo('remove')}
          >
            {t('remove')}
          </Action>
        </>
      }
    >
      <Facts
        rows={[
          [t('method'), t(`grant_${grantMethod}`)],
          [t('secretOf'), t(hasSecret ? 'has' : 'hasNone')],
          [t('addresses'), redirectURIs.join(', ') || '–'],
          [t('scopes'), scopeRestrictions.join(', ') || t('everything')],
          ...(trusted ? [[t('passwords'), t('trusted')] as const] : []),
          [t('source'), source === 'secret' ? `Secret ${secret}` : t(source === 'file' ? 'ofFile' : 'ofPlatform')],
        ]}
      />
    </Card>
  );
}

interface RenewProps {
  readonly name: string;
  readonly close: () => void;
  readonly onMade: (made: MadeSecret) => void;
}

function Renew({ name, close, onMade }: RenewProps) {
  const t = useMessages(messages);
  const change = useAction(routes.change, hostCluster);
  const submit = async () => {
    try {
      const { secret } = await change.run({ path: { oauthclient: name }, body: { newSecret: true } });
      if (secret !== undefined) onMade({ name, secret });
      close();
    } catch {
      // Shown in the dialog.
    }
  };
  return (
    <FormDialog
      title={t('renewOf', { name })}
      description={t('renewText')}
      opened
      close={close}
      submit={t('renew')}
      danger
      pending={change.pending}
      problem={change.error ? problemOf(change.error).message : undefined}
      onSubmit={() => void submit()}
    >
      {null}
    </FormDialog>
  );
}

/** A secret, this once. */
function Told({ made: { name, secret }, close }: { readonly made: MadeSecret; readonly close: () => void }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  return (
    <FormDialog
      title={t('made', { name })}
      description={t('madeText')}
      opened
      close={close}
      submit={t('understood')}
      pending={false}
      onSubmit={close}
    >
      <p className={styles.secret}>
        <code>{secret}</code>
        <CopyButton text={secret} label={c('copy')} />
      </p>
    </FormDialog>
  );
}
