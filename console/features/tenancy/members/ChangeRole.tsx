import { useEffect, useState } from 'react';
import type { User } from '@orrery/platform-kinds/types';
import { FormDialog } from '../../../blocks/FormDialog.tsx';
import { RolePicker } from '../../../blocks/roles/RolePicker.tsx';
import { useAction } from '../../../data/calls.ts';
import { problemOf } from '../../../data/problems.ts';
import { useMessages } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { useToasts } from '../../../ui/Toaster.tsx';
import { memberMessages } from './messages.data.ts';
import { memberPath, type MemberPlace } from './place.ts';

export interface ChangeRoleProps {
  readonly place: MemberPlace;
  /** `undefined` while nobody's is changed. */
  readonly member: User | undefined;
  readonly close: () => void;
}

export function ChangeRole({ place, member, close }: ChangeRoleProps) {
  const t = useMessages(memberMessages);
  const c = useMessages(common);
  const toasts = useToasts();
  const update = useAction(place.update);
  const name = member?.metadata.name ?? '';
  const known = member && place.roleOf(member);
  const [role, setRole] = useState('');
  useEffect(() => setRole(known ?? ''), [name, known]);
  const leave = () => {
    close();
    update.clear();
  };
  const submit = async () => {
    try {
      await update.run({ path: memberPath(place, name), body: { username: name, roleRef: role } } as never);
      toasts.show({ tone: 'good', title: t('roleChanged', { name }) });
      leave();
    } catch {
      // Shown in the dialog.
    }
  };
  return (
    <FormDialog
      title={t('roleOf', { name })}
      description={t('changeRoleText')}
      opened={member !== undefined}
      close={leave}
      submit={c('save')}
      blocked={role === '' || role === known}
      pending={update.pending}
      problem={update.error ? problemOf(update.error).message : undefined}
      onSubmit={() => void submit()}
    >
      {member && (
        <RolePicker route={place.roles} path={place.path} place={place.kind} value={role} onChange={setRole} />
      )}
    </FormDialog>
  );
}
