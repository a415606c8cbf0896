import { useState } from 'react';
import { Checkbox, TextInput } from '@mantine/core';
import { roles, users } from '@orrery/platform-contract/features';
import { CreateDialog } from '../../blocks/CreateDialog.tsx';
import { NewPassword } from '../../blocks/people/NewPassword.tsx';
import { RolePicker } from '../../blocks/roles/RolePicker.tsx';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { messages } from './messages.data.ts';
import { userFields, userOf } from './user.ts';

const empty = { name: '', displayName: '', email: '', description: '', password: '', role: 'platform-regular' };

export function CreateUser({ opened, close }: { readonly opened: boolean; readonly close: () => void }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const form = useFields(empty);
  const [mustChange, setMustChange] = useState(true);
  const { role, ...values } = form.values;
  const name = values.name.trim();
  return (
    <CreateDialog
      title={t('create')}
      description={t('createText')}
      opened={opened}
      close={close}
      route={users.create}
      options={() => ({ body: userOf(values, role, mustChange) })}
      form={form}
      fields={userFields}
      ready={name !== '' && values.password !== ''}
      done={t('created', { name })}
      onLeave={() => setMustChange(true)}
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
    </CreateDialog>
  );
}
