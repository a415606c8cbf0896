import { clusters as routes } from '@orrery/platform-contract/features';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { useAction } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { useMessages } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';

export interface RemoveClusterProps {
  /** `undefined` while none is to be removed. */
  readonly name: string | undefined;
  readonly close: () => void;
  readonly onDone?: () => void;
}

/** From the platform; its work stays. */
export function RemoveCluster({ name, close, onDone }: RemoveClusterProps) {
  const t = useMessages(messages);
  const remove = useAction(routes.delete, hostCluster);
  return (
    <ConfirmDelete
      name={name}
      consequence={t('removeText')}
      close={close}
      onDelete={cluster => remove.run({ path: { cluster } })}
      onDone={onDone}
    />
  );
}
