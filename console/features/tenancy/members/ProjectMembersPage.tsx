import { tenancy } from '@orrery/platform-contract/features';
import type { PageProps } from '../../../blocks/page.ts';
import { PageFrame } from '../../../blocks/PageFrame.tsx';
import { Problem } from '../../../blocks/Problem.tsx';
import { useLive } from '../../../data/live.ts';
import { useMessages } from '../../../ui/locale.ts';
import { workspaceOf } from '../projects/project.ts';
import { Members } from './Members.tsx';
import { memberMessages } from './messages.data.ts';
import { inProject } from './place.ts';

export default function ProjectMembersPage({
  params: { namespace },
}: PageProps<'/clusters/$cluster/projects/$namespace/members'>) {
  const t = useMessages(memberMessages);
  const { data: project, error } = useLive(tenancy.projectByName, { path: { namespace } });
  if (!project) return <PageFrame title={t('members')}>{error && <Problem error={error} />}</PageFrame>;
  return <Members place={inProject(namespace, workspaceOf(project))} />;
}
