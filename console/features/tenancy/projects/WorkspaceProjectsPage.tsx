import { Plus } from 'lucide-react';
import { tenancy } from '@orrery/platform-contract/features';
import { Action } from '../../../blocks/Action.tsx';
import type { PageProps } from '../../../blocks/page.ts';
import { useChosenCluster } from '../../../blocks/ClusterPicker.tsx';
import { PageFrame } from '../../../blocks/PageFrame.tsx';
import { useDialog } from '../../../blocks/place.ts';
import { ClusterContext } from '../../../data/context.ts';
import { useMessages } from '../../../ui/locale.ts';
import { messages } from '../messages.data.ts';
import { CreateProject } from './CreateProject.tsx';
import { ProjectTable } from './ProjectTable.tsx';

export default function WorkspaceProjectsPage({ params: { workspace } }: PageProps<'/workspaces/$workspace/projects'>) {
  const t = useMessages(messages);
  const create = useDialog('create');
  const cluster = useChosenCluster();
  const button = (variant: 'primary' | 'plain') => (
    <Action
      icon={Plus}
      variant={variant}
      question={{ route: tenancy.createProject, path: { workspace } }}
      onRun={create.open}
    >
      {t('createProject')}
    </Action>
  );
  return (
    <PageFrame title={t('projects')} description={t('workspaceProjectsText')} actions={button('primary')}>
      <ClusterContext key={cluster} value={cluster}>
        <ProjectTable workspace={workspace} emptyAction={button('plain')} />
        <CreateProject workspace={workspace} opened={create.opened} close={create.close} />
      </ClusterContext>
    </PageFrame>
  );
}
