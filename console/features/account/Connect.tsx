import { useState } from 'react';
import { PasswordInput, TextInput } from '@mantine/core';
import { Link as LinkSign } from 'lucide-react';
import { platform, providers as routes } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { useAction, useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { problemOf } from '../../data/problems.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { connectable, type Connectable } from './connect.ts';
import { messages } from './messages.data.ts';
import styles from './account.module.css';

interface ConnectProps {
  readonly linked: ReadonlySet<string>;
  /** The list of those that are connected is another one now. */
  readonly onDone: () => void;
}

/** Buttons for the providers that one may connect oneself: a directory is asked here, others send the browser there and back. */
export function Connect({ linked, onDone }: ConnectProps) {
  const t = useMessages(messages);
  const toasts = useToasts();
  const config = useCall(platform.oauthConfig, { cluster: hostCluster });
  const link = useAction(routes.link, hostCluster);
  const [asked, setAsked] = useState<Connectable>();
  const begin = async (provider: Connectable) => {
    if (provider.kind === 'password') return setAsked(provider);
    try {
      const { url } = await link.run({ path: { provider: provider.name } });
      location.assign(url);
    } catch (error) {
      toasts.show({ tone: 'bad', title: problemOf(error).message });
    }
  };
  const free = connectable(config.data?.identityProviders, linked);
  if (free.length === 0) return null;
  return (
    <div className={styles.row}>
      {free.map(provider => (
        <Action key={provider.name} icon={LinkSign} pending={link.pending} onRun={() => void begin(provider)}>
          {t('connect', { provider: provider.displayName })}
        </Action>
      ))}
      {asked && <AskDirectory provider={asked} close={() => setAsked(undefined)} onDone={onDone} />}
    </div>
  );
}

interface AskDirectoryProps {
  readonly provider: Connectable;
  readonly close: () => void;
  readonly onDone: () => void;
}

const fields = { username: 'username', password: 'password' } as const;

function AskDirectory({ provider: { name, displayName }, close, onDone }: AskDirectoryProps) {
  const t = useMessages(messages);
  const tie = useAction(routes.tie, hostCluster);
  const form = useFields({ username: '', password: '' });
  const saving = useSave(form, fields);
  const submit = async () => {
    const body = { username: form.values.username.trim(), password: form.values.password };
    const work = () => tie.run({ path: { provider: name }, body });
    if (!(await saving.run(work, t('linked', { provider: displayName })))) return;
    onDone();
    close();
  };
  return (
    <FormDialog
      title={t('connect', { provider: displayName })}
      description={t('connectText')}
      opened
      close={close}
      submit={t('connectShort')}
      blocked={form.values.username.trim() === '' || form.values.password === ''}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      <TextInput
        {...form.input('username')}
        label={t('nameThere')}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
      <PasswordInput {...form.input('password')} label={t('passwordThere')} autoComplete="off" />
    </FormDialog>
  );
}
