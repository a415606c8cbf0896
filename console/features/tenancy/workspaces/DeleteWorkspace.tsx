import { useState } from 'react';
import { Checkbox } from '@mantine/core';
import { tenancy } from '@orrery/platform-contract/features';
import { ConfirmDelete } from '../../../blocks/ConfirmDelete.tsx';
import { useAction } from '../../../data/calls.ts';
import { useMessages } from '../../../ui/locale.ts';
import { messages } from '../messages.data.ts';

export interface DeleteWorkspaceProps {
  /** `undefined` while none is to be deleted. */
  readonly name: string | undefined;
  readonly close: () => void;
  readonly onDone?: () => void;
}

/** With its projects, or without them: they are then in no workspace and go on running. */
export function DeleteWorkspace({ name, close, onDone }: DeleteWorkspaceProps) {
  const t = useMessages(messages);
  const remove = useAction(tenancy.deleteWorkspace);
  const [keep, setKeep] = useState(false);
  const leave = () => {
    setKeep(false);
    close();
  };
  return (
    <ConfirmDelete
      name={name}
      consequence={t(keep ? 'deleteWorkspaceKeepText' : 'deleteWorkspaceText')}
      close={leave}
      onDelete={workspace => remove.run({ path: { workspace }, body: keep ? { propagationPolicy: 'Orphan' } : {} })}
      onDone={onDone}
    >
      <Checkbox
        label={t('keepProjects')}
        description={t('keepProjectsText')}
        checked={keep}
        onChange={event => setKeep(event.currentTarget.checked)}
      />
    </ConfirmDelete>
  );
}
