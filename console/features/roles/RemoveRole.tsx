import type { roles } from '@orrery/platform-contract/features';
import type { PlatformRole } from '@orrery/platform-kinds/types';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { useAction } from '../../data/calls.ts';
import { useMessages } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';
import type { RolePlace } from './place.ts';
import { useWhyStays } from './useRemoval.ts';

export interface RemoveRoleProps {
  readonly place: RolePlace;
  readonly role: PlatformRole;
  readonly close: () => void;
  readonly onDone?: () => void;
}

/** Removing a role that nobody has any more. */
export function RemoveRole({ place, role, close, onDone }: RemoveRoleProps) {
  const t = useMessages(messages);
  const remove = useAction(place.remove as typeof roles.deleteGlobalRole);
  const stays = useWhyStays(place, role);
  return (
    <ConfirmDelete
      name={role.metadata.name}
      consequence={t('removeText')}
      disabledReason={stays}
      close={close}
      onDelete={name => remove.run({ path: place.pathOf(name) as never })}
      onDone={onDone}
    />
  );
}
