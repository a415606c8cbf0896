import { Plus } from 'lucide-react';
import { Action } from '../../../blocks/Action.tsx';
import { useChosenCluster } from '../../../blocks/ClusterPicker.tsx';
import { PageFrame } from '../../../blocks/PageFrame.tsx';
import { useDialog } from '../../../blocks/place.ts';
import { ClusterContext } from '../../../data/context.ts';
import { useMessages } from '../../../ui/locale.ts';
import { messages } from '../messages.data.ts';
import { CreateProject } from './CreateProject.tsx';
import { ProjectTable } from './ProjectTable.tsx';

/** The user's projects, whichever workspace they are in. */
export default function ProjectsPage() {
  const t = useMessages(messages);
  const create = useDialog('create');
  const cluster = useChosenCluster();
  // Where he may create one depends on the workspace, which is chosen in the dialog.
  const button = (variant: 'primary' | 'plain') => (
    <Action icon={Plus} variant={variant} onRun={create.open}>
      {t('createProject')}
    </Action>
  );
  return (
    <PageFrame title={t('projects')} description={t('projectsText')} actions={button('primary')}>
      <ClusterContext key={cluster} value={cluster}>
        <ProjectTable emptyAction={button('plain')} />
        <CreateProject opened={create.opened} close={create.close} />
      </ClusterContext>
    </PageFrame>
  );
}
