import { useState } from 'react';
import { Checkbox, TextInput } from '@mantine/core';
import { roles, users } from '@orrery/platform-contract/features';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { NewPassword } from '../../blocks/people/NewPassword.tsx';
import { RolePicker } from '../../blocks/roles/RolePicker.tsx';
import { useAction } from '../../data/calls.ts';
import { fieldProblems } from '../../data/problems.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { messages } from './messages.data.ts';
import { userFields, userOf } from './user.ts';

const empty = { name: '', displayName: '', email: '', description: '', password: '', role: 'platform-regular' };

export function CreateUser({ opened, close }: { readonly opened: boolean; readonly close: () => void }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const toasts = useToasts();
  const create = useAction(users.create);
  const form = useFields(empty);
  const [mustChange, setMustChange] = useState(true);
  const leave = () => {
    close();
    form.reset();
    setMustChange(true);
    create.clear();
  };
  const { role, ...values } = form.values;
  const submit = async () => {
    try {
      const { metadata } = await create.run({ body: userOf(values, role, mustChange) });
      toasts.show({ tone: 'good', title: t('created', { name: metadata.name ?? '' }) });
      leave();
    } catch (error) {
      form.fail(fieldProblems(error, userFields).fields);
    }
  };
  return (
    <FormDialog
      title={t('create')}
      description={t('createText')}
      opened={opened}
      close={leave}
      submit={c('create')}
      blocked={values.name.trim() === '' || values.password === ''}
      pending={create.pending}
      problem={create.error ? fieldProblems(create.error, userFields).rest : undefined}
      onSubmit={() => void submit()}
    >
      <TextInput
        {...form.input('name')}
        label={t('name')}
        description={t('nameRule')}
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        data-autofocus
      />
      <TextInput {...form.input('displayName')} label={`${t('displayName')} (${c('optional')})`} autoComplete="off" />
      <TextInput {...form.input('email')} label={`${t('email')} (${c('optional')})`} type="email" autoComplete="off" />
      <NewPassword
        value={values.password}
        error={form.errors.password}
        onChange={password => form.set('password', password)}
      />
      <Checkbox
        label={t('mustChange')}
        description={t('mustChangeText')}
        checked={mustChange}
        onChange={event => setMustChange(event.currentTarget.checked)}
      />
      {opened && (
        <RolePicker
          route={roles.globalRoles}
          place="platform"
          value={role}
          error={form.errors.role}
          onChange={name => form.set('role', name)}
        />
      )}
    </FormDialog>
  );
}
