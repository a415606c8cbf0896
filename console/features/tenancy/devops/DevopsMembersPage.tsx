import type { PageProps } from '../../../blocks/page.ts';
import { Members } from '../members/Members.tsx';
import { inDevops } from '../members/place.ts';

type Props = PageProps<'/workspaces/$workspace/devops/$devops/members'>;

export default function DevopsMembersPage({ params: { workspace, devops } }: Props) {
  return <Members place={inDevops(devops, workspace)} />;
}
