import { Box, Boxes, Cable, Container, Layers, Rocket, Server, UserPlus, Users } from 'lucide-react';
import { useRouter } from '@tanstack/react-router';
import { overview, tenancy, users } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { Columns } from '../../blocks/card/Card.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { Tile, Tiles } from '../../blocks/tiles/Tiles.tsx';
import { useLive } from '../../data/live.ts';
import { useOffer } from '../../data/session.ts';
import { useMessages } from '../../ui/locale.ts';
import { About } from './About.tsx';
import { messages } from './messages.data.ts';
import { RecentProjects, RecentWorkspaces } from './Recent.tsx';

/** In their order; those of workloads are reached through the cluster. */
const tiles = [
  ['workspaces', Boxes, '/workspaces'],
  ['projects', Box, '/projects'],
  ['users', Users, '/users'],
  ['nodes', Server, '/clusters/host/nodes'],
  ['pods', Container, '/clusters/host/pods'],
  ['deployments', Rocket, '/clusters/host/deployments'],
  ['statefulsets', Layers, '/clusters/host/statefulsets'],
  ['services', Cable, '/clusters/host/services'],
] as const;

/** Where one arrives: the whole platform for who may see it, and one's own part of it for everybody. */
export default function OverviewPage() {
  const t = useMessages(messages);
  const router = useRouter();
  const offer = useOffer().data;
  const numbers = useLive(overview.platform, { when: offer?.features.has('overview') ?? false });
  const counts = numbers.data?.counts;
  const go = (href: string) => () => router.history.push(href);
  return (
    <PageFrame
      title={t('overview')}
      description={t('overviewText')}
      actions={
        <>
          <Action icon={UserPlus} question={{ route: users.create }} onRun={go('/users?do=create')}>
            {t('createUser')}
          </Action>
          <Action icon={Box} onRun={go('/projects?do=create')}>
            {t('createProject')}
          </Action>
          <Action
            icon={Boxes}
            variant="primary"
            question={{ route: tenancy.createWorkspace }}
            onRun={go('/workspaces?do=create')}
          >
            {t('createWorkspace')}
          </Action>
        </>
      }
    >
      {numbers.error && <Problem error={numbers.error} />}
      <Tiles columns={4}>
        {tiles.map(([name, icon, href]) => (
          <Tile key={name} icon={icon} title={t(name)} count={counts?.[name]} href={href} />
        ))}
      </Tiles>
      <Columns>
        <RecentWorkspaces />
        <RecentProjects />
      </Columns>
      <About />
    </PageFrame>
  );
}
