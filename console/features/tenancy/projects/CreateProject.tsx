import { tenancy } from '@orrery/platform-contract/features';
import { CreateDialog, NameFields } from '../../../blocks/CreateDialog.tsx';
import { ObjectInput } from '../../../blocks/ObjectInput.tsx';
import { SelectField } from '../../../blocks/SelectField.tsx';
import { useOpenClusters } from '../../../blocks/useOpenClusters.ts';
import { ClusterContext, useCluster } from '../../../data/context.ts';
import { useFields } from '../../../ui/form.ts';
import { useMessages } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { descriptionOf } from '../../../blocks/marks.ts';
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
  const c = useMessages(common);
  const page = useCluster();
  const form = useFields({ workspace: '', cluster: '', name: '', alias: '', description: '' });
  const { workspace: chosen, cluster: asked, ...values } = form.values;
  const workspace = given ?? chosen.trim();
  const name = values.name.trim();
  const { names } = useOpenClusters(workspace);
  const first = names.includes(page) ? page : (names[0] ?? page);
  const cluster = names.includes(asked) ? asked : first;
  return (
    <ClusterContext value={cluster}>
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
        {names.length > 1 && (
          <SelectField
            label={c('cluster')}
            choices={names.map(value => ({ value, title: value }))}
            value={cluster}
            onChange={value => form.set('cluster', value)}
          />
        )}
        <NameFields form={form} focused={given !== undefined} />
      </CreateDialog>
    </ClusterContext>
  );
}
