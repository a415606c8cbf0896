import { useState } from 'react';
import { Checkbox, TextInput } from '@mantine/core';
import { PlugZap } from 'lucide-react';
import { providers as routes } from '@orrery/platform-contract/features';
import { providerTypeOf, providerTypes } from '@orrery/platform-contract/provider-types';
import { Action } from '../../blocks/Action.tsx';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { SelectField } from '../../blocks/SelectField.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { useAccess, useAction, useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { fieldProblems } from '../../data/problems.ts';
import { Badge } from '../../ui/Badge.tsx';
import { useFields, type Fields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { messages } from './messages.data.ts';
import { OptionFields } from './OptionFields.tsx';
import { isComplete, optionFields, optionsIn, textsOf, type Texts } from './options.ts';
import { changeOf, describing, methods, titleOf, type Provider, type ProviderForm } from './provider.ts';
import styles from './providers.module.css';

interface DialogProps {
  readonly close: () => void;
}

type Form = Fields<Record<string, string>>;

const baseFields = { name: 'name', type: 'type', displayName: 'displayName' } as const;
const fresh = { displayName: '', mappingMethod: 'auto', enabled: 'true', shown: 'true' };

export function CreateProvider({ close }: DialogProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const create = useAction(routes.create, hostCluster);
  const [known, setKnown] = useState(providerTypes[0]!.type);
  const type = providerTypeOf(known)!;
  const form: Form = useFields<Record<string, string>>({ ...fresh, name: '' });
  const saving = useSave(form, { ...baseFields, ...optionFields(type) });
  const { name = '', displayName = '' } = form.values;
  const submit = async () => {
    const { shown, enabled, mappingMethod } = formOf(form);
    const method = methods.find(each => each === mappingMethod);
    const body = {
      name: name.trim(),
      type: known,
      ...(displayName.trim() !== '' && { displayName: displayName.trim() }),
      ...(method && { mappingMethod: method }),
      ...{ enabled, hidden: !shown, provider: optionsIn(type, form.values) },
    };
    if (await saving.run(() => create.run({ body }), t('created', { name: displayName.trim() || name.trim() })))
      close();
  };
  return (
    <FormDialog
      title={t('create')}
      description={t('createText')}
      wide
      opened
      close={close}
      submit={c('create')}
      blocked={name.trim() === '' || !isComplete(type, form.values)}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      <SelectField
        label={t('type')}
        choices={providerTypes.map(({ type: value, title }) => ({ value, title }))}
        value={known}
        onChange={setKnown}
      />
      <TextInput
        {...form.input('name')}
        label={c('name')}
        description={t('nameText')}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
      <ShownFields form={form} />
      <OptionFields type={type} form={form} secrets={[]} />
      <TestLine name={name.trim() || 'new'} type={known} form={form} />
    </FormDialog>
  );
}

/** The switches of a form, which holds texts alone. */
const formOf = ({ values }: Form): ProviderForm => ({
  displayName: values['displayName'] ?? '',
  mappingMethod: values['mappingMethod'] ?? '',
  enabled: values['enabled'] === 'true',
  shown: values['shown'] === 'true',
});

interface EditProps extends DialogProps {
  readonly provider: Provider;
}

/** With its options, for who may write them. */
export function EditProvider({ provider, close }: EditProps) {
  const mayDescribe = useAccess(describing('update'));
  const type = providerTypeOf(provider.type);
  const wanted = mayDescribe?.allowed === true && type !== undefined;
  const found = useCall(routes.get, { cluster: hostCluster, path: { provider: provider.name }, when: wanted });
  if (mayDescribe === undefined || (wanted && found.pending)) return null;
  const { options, secrets } = found.data ?? {};
  const texts = type && options && textsOf(type, options);
  return <Editing provider={provider} texts={texts} secrets={secrets ?? []} error={found.error} close={close} />;
}

interface EditingProps extends EditProps {
  /** `undefined` where the options are not for this user. */
  readonly texts: Texts | undefined;
  readonly secrets: readonly string[];
  readonly error: Error | null;
}

function Editing({ provider, texts, secrets, error, close }: EditingProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const change = useAction(routes.change, hostCluster);
  const type = providerTypeOf(provider.type);
  const { displayName, mappingMethod, enabled, hidden } = provider;
  const form: Form = useFields<Record<string, string>>({
    ...{ displayName, mappingMethod, enabled: String(enabled), shown: String(!hidden) },
    ...texts,
  });
  const saving = useSave(form, { ...baseFields, ...(type && optionFields(type)) });
  const options = type && texts ? optionsIn(type, form.values, texts) : {};
  const body = { ...changeOf(provider, formOf(form)), ...(Object.keys(options).length > 0 && { provider: options }) };
  const submit = async () => {
    const done = t('changed', { name: displayName });
    if (await saving.run(() => change.run({ path: { provider: provider.name }, body }), done)) close();
  };
  return (
    <FormDialog
      title={t('editOf', { name: displayName })}
      description={t(texts ? 'editText' : 'editWordsText')}
      wide={texts !== undefined}
      opened
      close={close}
      submit={c('save')}
      blocked={Object.keys(body).length === 0 || form.values['displayName']?.trim() === ''}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      {error && <Problem error={error} />}
      <ShownFields form={form} focused />
      {type && texts && (
        <>
          <p className={styles.type}>{titleOf(provider.type)}</p>
          <OptionFields type={type} form={form} secrets={secrets} />
          <TestLine name={provider.name} type={provider.type} form={form} initial={texts} />
        </>
      )}
    </FormDialog>
  );
}

/** How it is shown, and whom it lets in. */
function ShownFields({ form, focused }: { readonly form: Form; readonly focused?: boolean }) {
  const t = useMessages(messages);
  const method = methods.find(known => known === form.values['mappingMethod']) ?? 'lookup';
  const flag = (name: 'enabled' | 'shown') => (
    <Checkbox
      label={t(name)}
      checked={form.values[name] === 'true'}
      onChange={event => form.set(name, String(event.currentTarget.checked))}
    />
  );
  return (
    <>
      <TextInput
        {...form.input('displayName')}
        label={t('displayName')}
        autoComplete="off"
        data-autofocus={focused || undefined}
      />
      <SelectField
        label={t('mapping')}
        description={t(`about_${method}`)}
        choices={methods.map(value => ({ value, title: t(`method_${value}`) }))}
        value={method}
        onChange={value => form.set('mappingMethod', value)}
      />
      {flag('enabled')}
      {flag('shown')}
    </>
  );
}

interface TestLineProps {
  readonly name: string;
  readonly type: string;
  readonly form: Form;
  readonly initial?: Texts;
}

/** Asks the provider with what stands in the form, before anything is kept. */
function TestLine({ name, type, form, initial }: TestLineProps) {
  const t = useMessages(messages);
  const test = useAction(routes.test, hostCluster);
  const [said, setSaid] = useState<{ readonly good: boolean; readonly text: string }>();
  const table = providerTypeOf(type)!;
  const run = async () => {
    setSaid(undefined);
    try {
      const body = { type, provider: optionsIn(table, form.values, initial) };
      const { ok, problem = 'answer', field = '' } = await test.run({ path: { provider: name }, body });
      if (!ok) form.fail({ [`option_${field.replace('.', '_')}`]: t(`test_${problem}`) });
      setSaid({ good: ok, text: t(ok ? 'testWorks' : 'testFailed') });
    } catch (error) {
      const { fields, rest } = fieldProblems(error, optionFields(table));
      form.fail(fields);
      setSaid({ good: false, text: rest ?? t('testFailed') });
    }
  };
  return (
    <div className={styles.test}>
      <Action icon={PlugZap} pending={test.pending} onRun={() => void run()}>
        {t('test')}
      </Action>
      <span role="status">{said && <Badge tone={said.good ? 'good' : 'bad'}>{said.text}</Badge>}</span>
    </div>
  );
}
