import { tenancy } from '@orrery/platform-contract/features';
import type { PageProps } from '../../blocks/page.ts';
import { DetailFrame } from '../../blocks/DetailFrame.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { useLive } from '../../data/live.ts';
import { Age } from '../../ui/Age.tsx';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { annotations } from '@orrery/platform-kinds/names';
import { messages } from './messages.data.ts';
import { descriptionOf, managerOf } from './workspace.ts';
import { WorkspaceState } from './WorkspaceState.tsx';

export default function WorkspacePage({ params: { workspace: name } }: PageProps<'/workspaces/$workspace'>) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const { data: workspace, error } = useLive(tenancy.workspace, { path: { workspace: name } });
  if (!workspace) return <PageFrame title={name}>{error && <Problem error={error} />}</PageFrame>;
  const { annotations: notes = {}, creationTimestamp } = workspace.metadata;
  return (
    <DetailFrame
      title={notes[annotations.alias] ?? name}
      badge={<WorkspaceState workspace={workspace} />}
      facts={[
        { label: c('name'), value: name },
        { label: t('manager'), value: managerOf(workspace) ?? '–' },
        { label: c('created'), value: <Age time={creationTimestamp} /> },
      ]}
      tabs={[
        { key: 'about', title: t('about'), content: () => <p>{descriptionOf(workspace) ?? t('noDescription')}</p> },
      ]}
    />
  );
}
