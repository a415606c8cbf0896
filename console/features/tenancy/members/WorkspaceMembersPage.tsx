import { tenancy } from '@orrery/platform-contract/features';
import type { PageProps } from '../../../blocks/page.ts';
import { useLive } from '../../../data/live.ts';
import { managerOf } from '../workspace.ts';
import { Members } from './Members.tsx';
import { inWorkspace } from './place.ts';

export default function WorkspaceMembersPage({
  params: { workspace: name },
}: PageProps<'/workspaces/$workspace/members'>) {
  const workspace = useLive(tenancy.workspace, { path: { workspace: name } }).data;
  return <Members place={inWorkspace(name)} manager={workspace && managerOf(workspace)} />;
}
