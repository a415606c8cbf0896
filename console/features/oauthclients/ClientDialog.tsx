import { Checkbox, Textarea, TextInput } from '@mantine/core';
import { oauthclients as routes } from '@orrery/platform-contract/features';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { SelectField } from '../../blocks/SelectField.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { useAction } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { useFields, type Fields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import {
  changeIn,
  clientFields,
  emptyForm,
  formOf,
  grantMethods,
  hasScope,
  scopes,
  withScope,
  type Client,
  type ClientForm,
} from './client.ts';
import { messages } from './messages.data.ts';
import styles from './clients.module.css';

export interface MadeSecret {
  readonly name: string;
  readonly secret: string;
}

interface ClientDialogProps {
  /** A new one unless given. */
  readonly client?: Client;
  readonly close: () => void;
  readonly onMade: (made: MadeSecret) => void;
}

/** A program, made or changed. */
export function ClientDialog({ client, close, onMade }: ClientDialogProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const create = useAction(routes.create, hostCluster);
  const change = useAction(routes.change, hostCluster);
  const before = client ? formOf(client) : emptyForm;
  const form = useFields<ClientForm>(before);
  const saving = useSave(form, clientFields);
  const body = changeIn(form.values, before);
  const name = form.values.name.trim();
  const isPublic = form.values.public === 'true';
  const send = async () => {
    if (client) return change.run({ path: { oauthclient: client.name }, body });
    const made = await create.run({ body: { name, public: isPublic, ...body } });
    if (made.secret !== undefined) onMade({ name, secret: made.secret });
    return made;
  };
  const submit = async () => {
    if (await saving.run(send, t('saved', { name }))) close();
  };
  return (
    <FormDialog
      title={client ? t('editOf', { name: client.name }) : t('create')}
      description={client ? undefined : t('createText')}
      opened
      close={close}
      submit={client ? c('save') : c('create')}
      blocked={client ? Object.keys(body).length === 0 : name === ''}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      {!client && (
        <>
          <TextInput
            {...form.input('name')}
            label={c('name')}
            description={t('nameText')}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
          <Flag form={form} name="public" title={t('isPublic')} text={t('isPublicText')} />
        </>
      )}
      <ClientFields form={form} isPublic={isPublic} />
    </FormDialog>
  );
}

interface FlagProps {
  readonly form: Fields<ClientForm>;
  readonly name: 'public' | 'trusted';
  readonly title: string;
  readonly text: string;
}

const Flag = ({ form, name, title, text }: FlagProps) => (
  <Checkbox
    label={title}
    description={text}
    checked={form.values[name] === 'true'}
    error={form.errors[name]}
    onChange={event => form.set(name, event.currentTarget.checked ? 'true' : '')}
  />
);

function ClientFields({ form, isPublic }: { readonly form: Fields<ClientForm>; readonly isPublic: boolean }) {
  const t = useMessages(messages);
  return (
    <>
      <SelectField
        label={t('method')}
        choices={grantMethods.map(value => ({ value, title: t(`grant_${value}`) }))}
        value={form.values.grantMethod}
        onChange={method => form.set('grantMethod', method)}
      />
      <Textarea
        {...form.input('redirectURIs')}
        label={t('addresses')}
        description={t('addressesText')}
        placeholder="https://grafana.example.com/login/generic_oauth"
        rows={2}
        spellCheck={false}
      />
      <Textarea {...form.input('postLogoutRedirectURIs')} label={t('afterwards')} rows={2} spellCheck={false} />
      <fieldset className={styles.scopes}>
        <legend>{t('scopes')}</legend>
        <p>{t('scopesText')}</p>
        {scopes.map(scope => (
          <Checkbox
            key={scope}
            label={scope}
            checked={hasScope(form.values.scopeRestrictions, scope)}
            onChange={event =>
              form.set(
                'scopeRestrictions',
                withScope(form.values.scopeRestrictions, scope, event.currentTarget.checked),
              )
            }
          />
        ))}
      </fieldset>
      {!isPublic && <Flag form={form} name="trusted" title={t('trusted')} text={t('trustedText')} />}
      <TextInput
        {...form.input('accessTokenMaxAgeSeconds')}
        label={t('access')}
        description={t('secondsText')}
        inputMode="numeric"
        autoComplete="off"
      />
      <TextInput
        {...form.input('accessTokenInactivityTimeoutSeconds')}
        label={t('idle')}
        description={t('secondsText')}
        inputMode="numeric"
        autoComplete="off"
      />
    </>
  );
}
