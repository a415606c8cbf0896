import { TextInput, Textarea } from '@mantine/core';
import { roles, users } from '@orrery/platform-contract/features';
import type { User } from '@orrery/platform-kinds/types';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { RolePicker } from '../../blocks/roles/RolePicker.tsx';
import { useAction } from '../../data/calls.ts';
import { fieldProblems } from '../../data/problems.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { messages } from './messages.data.ts';
import { nameOf, profileOf, roleOf, userFields, userPatch } from './user.ts';

interface EditUserProps {
  /** `undefined` while nobody is edited. */
  readonly user: User | undefined;
  readonly close: () => void;
}

export const EditUser = ({ user, close }: EditUserProps) =>
  user && <Editing key={nameOf(user)} user={user} close={close} />;

function Editing({ user, close }: { readonly user: User; readonly close: () => void }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const toasts = useToasts();
  const patch = useAction(users.patch);
  const form = useFields({ ...profileOf(user), role: roleOf(user) });
  const { role, ...profile } = form.values;
  const name = nameOf(user);
  const submit = async () => {
    try {
      await patch.run({ path: { user: name }, body: userPatch(profile, role) as never });
      toasts.show({ tone: 'good', title: t('edited', { name }) });
      close();
    } catch (error) {
      form.fail(fieldProblems(error, userFields).fields);
    }
  };
  return (
    <FormDialog
      title={t('editOf', { name })}
      opened
      close={close}
      submit={c('save')}
      pending={patch.pending}
      problem={patch.error ? fieldProblems(patch.error, userFields).rest : undefined}
      onSubmit={() => void submit()}
    >
      <TextInput {...form.input('displayName')} label={t('displayName')} autoComplete="off" data-autofocus />
      <TextInput {...form.input('email')} label={t('email')} type="email" autoComplete="off" />
      <Textarea {...form.input('description')} label={c('description')} rows={2} />
      <RolePicker
        route={roles.globalRoles}
        place="platform"
        value={role}
        error={form.errors.role}
        onChange={chosen => form.set('role', chosen)}
      />
    </FormDialog>
  );
}
