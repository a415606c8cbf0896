import { tenancy } from '@orrery/platform-contract/features';
import { CreateDialog, NameFields } from '../../../blocks/CreateDialog.tsx';
import { ObjectInput } from '../../../blocks/ObjectInput.tsx';
import { useFields } from '../../../ui/form.ts';
import { useMessages } from '../../../ui/locale.ts';
import { descriptionOf } from '../marks.ts';
import { messages } from '../messages.data.ts';
import { projectFields, projectOf } from './project.ts';

export interface CreateProjectProps {
  /** Asked for unless given. */
  readonly workspace?: string;
  readonly opened: boolean;
  readonly close: () => void;
}

export function CreateProject({ workspace: given, opened, close }: CreateProjectProps) {
  const t = useMessages(messages);
  const form = useFields({ workspace: '', name: '', alias: '', description: '' });
  const { workspace: chosen, ...values } = form.values;
  const workspace = given ?? chosen.trim();
  const name = values.name.trim();
  return (
    <CreateDialog
      title={t('createProject')}
      description={given ? t('createProjectIn', { workspace: given }) : t('createProjectText')}
      opened={opened}
      close={close}
      route={tenancy.createProject}
      options={() => ({ path: { workspace }, body: projectOf(values) })}
      form={form}
      fields={projectFields}
      ready={name !== '' && workspace !== ''}
      done={t('createdProject', { name })}
    >
      {given === undefined && (
        <ObjectInput
          label={t('workspace')}
          description={t('chooseWorkspace')}
          route={tenancy.workspaces}
          value={chosen}
          onChange={name => form.set('workspace', name)}
          hint={descriptionOf}
          autoFocus
        />
      )}
      <NameFields form={form} focused={given !== undefined} />
    </CreateDialog>
  );
}
