import { devops } from '@orrery/platform-contract/features';
import { CreateDialog, NameFields } from '../../../blocks/CreateDialog.tsx';
import { useFields } from '../../../ui/form.ts';
import { useMessages } from '../../../ui/locale.ts';
import { projectFields } from '../projects/project.ts';
import { devopsOf } from './devops.ts';
import { messages } from './messages.data.ts';

export interface CreateDevopsProps {
  readonly workspace: string;
  readonly opened: boolean;
  readonly close: () => void;
}

export function CreateDevops({ workspace, opened, close }: CreateDevopsProps) {
  const t = useMessages(messages);
  const form = useFields({ name: '', alias: '', description: '' });
  const name = form.values.name.trim();
  return (
    <CreateDialog
      title={t('create')}
      description={t('createText', { workspace })}
      opened={opened}
      close={close}
      route={devops.create}
      options={() => ({ path: { workspace }, body: devopsOf(form.values) })}
      form={form}
      fields={projectFields}
      ready={name !== ''}
      done={t('created', { name })}
    >
      <NameFields form={form} rule={t('nameRule')} />
    </CreateDialog>
  );
}
