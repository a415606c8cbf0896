import { useState } from 'react';
import type { KubeObject } from '@orrery/machinery/meta';
import type { User } from '@orrery/platform-kinds/types';
import { FormDialog } from '../../../blocks/FormDialog.tsx';
import { ObjectInput } from '../../../blocks/ObjectInput.tsx';
import { RolePicker } from '../../../blocks/roles/RolePicker.tsx';
import { useAction } from '../../../data/calls.ts';
import { problemOf } from '../../../data/problems.ts';
import { useMessages } from '../../../ui/locale.ts';
import { useToasts } from '../../../ui/Toaster.tsx';
import { memberMessages } from './messages.data.ts';
import { invitation, type MemberPlace } from './place.ts';

export interface InviteMemberProps {
  readonly place: MemberPlace;
  readonly opened: boolean;
  readonly close: () => void;
}

const nameOf = (object: KubeObject): string | undefined => {
  const { spec } = object as User;
  return spec.displayName ?? spec.email;
};

export function InviteMember({ place, opened, close }: InviteMemberProps) {
  const t = useMessages(memberMessages);
  const toasts = useToasts();
  const add = useAction(place.add);
  const [user, setUser] = useState('');
  const [role, setRole] = useState('');
  const leave = () => {
    close();
    setUser('');
    setRole('');
    add.clear();
  };
  const submit = async () => {
    try {
      await add.run({ path: place.path, body: invitation(user, role) } as never);
      toasts.show({ tone: 'good', title: t('invited', { name: user.trim() }) });
      leave();
    } catch {
      // Shown in the dialog.
    }
  };
  return (
    <FormDialog
      title={t('invite')}
      description={t(place.kind === 'workspace' ? 'inviteWorkspaceText' : 'inviteProjectText')}
      opened={opened}
      close={leave}
      submit={t('inviteShort')}
      blocked={user.trim() === '' || role === ''}
      pending={add.pending}
      problem={add.error ? problemOf(add.error).message : undefined}
      onSubmit={() => void submit()}
    >
      <ObjectInput
        label={t('user')}
        description={t('userText')}
        {...place.candidates}
        value={user}
        onChange={setUser}
        hint={nameOf}
        autoFocus
      />
      <RolePicker route={place.roles} path={place.path} place={place.kind} value={role} onChange={setRole} />
    </FormDialog>
  );
}
