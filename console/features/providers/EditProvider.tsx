import { useState } from 'react';
import { Checkbox, TextInput } from '@mantine/core';
import { providers as routes } from '@orrery/platform-contract/features';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { SelectField } from '../../blocks/SelectField.tsx';
import { useAction } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { problemOf } from '../../data/problems.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { messages } from './messages.data.ts';
import { changeOf, methods, type Provider, type ProviderForm } from './provider.ts';

interface EditProviderProps {
  /** `undefined` while none is changed. */
  readonly provider: Provider | undefined;
  readonly close: () => void;
}

export const EditProvider = ({ provider, close }: EditProviderProps) =>
  provider && <Editing key={provider.name} provider={provider} close={close} />;

function Editing({ provider, close }: { readonly provider: Provider; readonly close: () => void }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const toasts = useToasts();
  const change = useAction(routes.change, hostCluster);
  const [form, setForm] = useState<ProviderForm>({
    displayName: provider.displayName,
    mappingMethod: provider.mappingMethod,
    enabled: provider.enabled,
    shown: !provider.hidden,
  });
  const set = (more: Partial<ProviderForm>) => setForm(before => ({ ...before, ...more }));
  const body = changeOf(provider, form);
  const submit = async () => {
    try {
      await change.run({ path: { provider: provider.name }, body });
      toasts.show({ tone: 'good', title: t('changed', { name: provider.displayName }) });
      close();
    } catch {
      // Shown in the dialog.
    }
  };
  const method = methods.find(known => known === form.mappingMethod) ?? 'lookup';
  return (
    <FormDialog
      title={t('editOf', { name: provider.displayName })}
      description={t('editText')}
      opened
      close={close}
      submit={c('save')}
      blocked={Object.keys(body).length === 0 || form.displayName.trim() === ''}
      pending={change.pending}
      problem={change.error ? problemOf(change.error).message : undefined}
      onSubmit={() => void submit()}
    >
      <TextInput
        label={t('displayName')}
        value={form.displayName}
        onChange={event => set({ displayName: event.currentTarget.value })}
        autoComplete="off"
        data-autofocus
      />
      <SelectField
        label={t('mapping')}
        description={t(`about_${method}`)}
        choices={methods.map(value => ({ value, title: t(`method_${value}`) }))}
        value={form.mappingMethod}
        onChange={mappingMethod => set({ mappingMethod })}
      />
      <Checkbox
        label={t('enabled')}
        checked={form.enabled}
        onChange={event => set({ enabled: event.currentTarget.checked })}
      />
      <Checkbox
        label={t('shown')}
        checked={form.shown}
        onChange={event => set({ shown: event.currentTarget.checked })}
      />
    </FormDialog>
  );
}
