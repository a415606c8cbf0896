import {
  Box,
  Cable,
  Container,
  HardDrive,
  Infinity as Loop,
  ListChecks,
  Network,
  Rocket,
  ShieldCheck,
  Users,
} from 'lucide-react';
import type { AnyRoute, Page } from '@orrery/platform-contract';
import { departments, devops, overview, roles } from '@orrery/platform-contract/features';
import { Tile, Tiles } from '../../../blocks/tiles/Tiles.tsx';
import { useLive } from '../../../data/live.ts';
import { useOffer } from '../../../data/session.ts';
import { useMessages } from '../../../ui/locale.ts';
import { pathTo } from '../../../util/paths.ts';
import { messages } from '../messages.data.ts';

interface NumbersProps {
  readonly workspace: string;
}

/** How many there are of what a workspace is made of. What the user may not see is not drawn. */
export function Numbers({ workspace }: NumbersProps) {
  const t = useMessages(messages);
  const features = useOffer().data?.features;
  const path = { workspace };
  const when = features?.has('overview') ?? false;
  const counts = useLive(overview.workspace, { path, when }).data?.counts ?? {};
  const groups = useTotal(departments.list, workspace, features?.has('departments') ?? false);
  const own = useTotal(roles.workspaceRoles, workspace, features?.has('roles') ?? false);
  const loops = useTotal(devops.list, workspace, features?.has('devops') ?? false);
  return (
    <Tiles columns={5}>
      <Tile
        icon={Box}
        title={t('projects')}
        count={counts['projects']}
        href={pathTo('/workspaces/$workspace/projects', path)}
      />
      <Tile icon={Loop} title={t('devops')} count={loops} href={pathTo('/workspaces/$workspace/devops', path)} />
      <Tile
        icon={Users}
        title={t('members')}
        count={counts['members']}
        href={pathTo('/workspaces/$workspace/members', path)}
      />
      <Tile
        icon={Network}
        title={t('departments')}
        count={groups}
        href={pathTo('/workspaces/$workspace/departments', path)}
      />
      <Tile icon={ShieldCheck} title={t('roles')} count={own} href={pathTo('/workspaces/$workspace/roles', path)} />
      <Tile icon={Container} title={t('pods')} count={counts['pods']} />
      <Tile icon={Rocket} title={t('deployments')} count={counts['deployments']} />
      <Tile icon={ListChecks} title={t('jobs')} count={counts['jobs']} />
      <Tile icon={Cable} title={t('services')} count={counts['services']} />
      <Tile icon={HardDrive} title={t('claims')} count={counts['persistentvolumeclaims']} />
    </Tiles>
  );
}

const first = { limit: 1, page: 1 };

/** How many a list of the workspace has; `undefined` when it is off or not for this user. */
function useTotal(route: AnyRoute, workspace: string, when: boolean): { readonly total: number } | undefined {
  const { data } = useLive(route, { path: { workspace } as never, query: first as never, when });
  return data === undefined ? undefined : { total: (data as Page<unknown>).totalItems };
}
