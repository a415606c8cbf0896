import { tenancy } from '@orrery/platform-contract/features';
import { CreateDialog, NameFields } from '../../blocks/CreateDialog.tsx';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';
import { workspaceFields, workspaceOf } from './workspace.ts';

export function CreateWorkspace({ opened, close }: { readonly opened: boolean; readonly close: () => void }) {
  const t = useMessages(messages);
  const form = useFields({ name: '', alias: '', description: '' });
  const name = form.values.name.trim();
  return (
    <CreateDialog
      title={t('createWorkspace')}
      description={t('createWorkspaceText')}
      opened={opened}
      close={close}
      route={tenancy.createWorkspace}
      options={() => ({ body: workspaceOf(form.values) })}
      form={form}
      fields={workspaceFields}
      ready={name !== ''}
      done={t('created', { name })}
    >
      <NameFields form={form} />
    </CreateDialog>
  );
}
