import { useState } from 'react';
import type { KubeObject } from '@orrery/machinery/meta';
import type { User } from '@orrery/platform-kinds/types';
import { FormDialog } from '../../../blocks/FormDialog.tsx';
import { ObjectsInput } from '../../../blocks/ObjectsInput.tsx';
import { RolePicker } from '../../../blocks/roles/RolePicker.tsx';
import { useAction } from '../../../data/calls.ts';
import { problemOf } from '../../../data/problems.ts';
import { useMessages } from '../../../ui/locale.ts';
import { useToasts } from '../../../ui/Toaster.tsx';
import { memberMessages } from './messages.data.ts';
import { invitations, type MemberPlace } from './place.ts';

export interface InviteMemberProps {
  readonly place: MemberPlace;
  readonly opened: boolean;
  readonly close: () => void;
}

const nameOf = (object: KubeObject): string | undefined => {
  const { spec } = object as User;
  return spec.displayName ?? spec.email;
};

/** One or several, with the same role. */
export function InviteMember({ place, opened, close }: InviteMemberProps) {
  const t = useMessages(memberMessages);
  const toasts = useToasts();
  const add = useAction(place.add);
  const [users, setUsers] = useState<readonly string[]>([]);
  const [role, setRole] = useState('');
  const leave = () => {
    close();
    setUsers([]);
    setRole('');
    add.clear();
  };
  const submit = async () => {
    try {
      await add.run({ path: place.path, body: invitations(users, role) } as never);
      toasts.show({ tone: 'good', title: t('invited', { count: users.length, name: users.join(', ') }) });
      leave();
    } catch {
      // Shown in the dialog.
    }
  };
  return (
    <FormDialog
      title={t('invite')}
      description={t(`invite_${place.kind}`)}
      opened={opened}
      close={leave}
      submit={t('inviteShort')}
      blocked={users.length === 0 || role === ''}
      pending={add.pending}
      problem={add.error ? problemOf(add.error).message : undefined}
      onSubmit={() => void submit()}
    >
      <ObjectsInput
        label={t('user')}
        description={t('userText')}
        {...place.candidates}
        values={users}
        onChange={setUsers}
        hint={nameOf}
        autoFocus
      />
      {opened && (
        <RolePicker route={place.roles} path={place.path} place={place.kind} value={role} onChange={setRole} />
      )}
    </FormDialog>
  );
}
