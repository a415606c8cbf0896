import { Link, useRouter } from '@tanstack/react-router';
import { Box, Plus, UserPlus } from 'lucide-react';
import { roles, tenancy } from '@orrery/platform-contract/features';
import type { WorkspaceTemplate } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { Card, Columns, Facts, LinkRows, Stack } from '../../blocks/card/Card.tsx';
import type { PageProps } from '../../blocks/page.ts';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { QuotaCard } from '../../blocks/quota/QuotaCard.tsx';
import { RecentRecords } from '../../blocks/trail/RecentRecords.tsx';
import { useLive } from '../../data/live.ts';
import { useOffer } from '../../data/session.ts';
import { Age } from '../../ui/Age.tsx';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { Notice } from '../../ui/Notice.tsx';
import { pathTo } from '../../util/paths.ts';
import { aliasOf, descriptionOf } from '../../blocks/marks.ts';
import { messages } from './messages.data.ts';
import { Numbers } from './overview/Numbers.tsx';
import { projectHref } from './projects/project.ts';
import { ProjectState } from './projects/ProjectState.tsx';
import { managerOf } from './workspace.ts';
import { WorkspaceState } from './WorkspaceState.tsx';

interface Part {
  readonly workspace: string;
}

export default function WorkspacePage({ params: { workspace: name } }: PageProps<'/workspaces/$workspace'>) {
  const t = useMessages(messages);
  const router = useRouter();
  const features = useOffer().data?.features;
  const path = { workspace: name };
  const { data: workspace, error } = useLive(tenancy.workspace, { path });
  if (!workspace) return <PageFrame title={name}>{error && <Problem error={error} />}</PageFrame>;
  const projects = pathTo('/workspaces/$workspace/projects', path);
  const members = pathTo('/workspaces/$workspace/members', path);
  return (
    <PageFrame
      title={aliasOf(workspace)}
      description={descriptionOf(workspace)}
      badge={<WorkspaceState workspace={workspace} />}
      actions={
        <>
          <Action
            icon={UserPlus}
            question={{ route: roles.addWorkspaceMembers, path }}
            onRun={() => router.history.push(`${members}?do=invite`)}
          >
            {t('invite')}
          </Action>
          <Action
            icon={Plus}
            variant="primary"
            question={{ route: tenancy.createProject, path }}
            onRun={() => router.history.push(`${projects}?do=create`)}
          >
            {t('createProject')}
          </Action>
        </>
      }
    >
      <Numbers workspace={name} />
      <Columns>
        <Stack>
          <Newest workspace={name} />
          <About workspace={workspace} />
        </Stack>
        <Stack>
          {features?.has('quotas') && <QuotaCard workspace={name} />}
          {features?.has('audit') && <RecentRecords place={path} href={pathTo('/workspaces/$workspace/audit', path)} />}
        </Stack>
      </Columns>
    </PageFrame>
  );
}

const newest = { limit: 8, page: 1, sortBy: 'createTime', ascending: 'false' } as const;

function Newest({ workspace }: Part) {
  const t = useMessages(messages);
  const { data, error } = useLive(tenancy.workspaceProjects, { path: { workspace }, query: newest });
  const all = <Link to={pathTo('/workspaces/$workspace/projects', { workspace })}>{t('showAll')}</Link>;
  return (
    <Card title={t('projects')} aside={all}>
      {error && <Problem error={error} />}
      {data?.items.length === 0 && (
        <Notice icon={Box} title={t('noProjects')}>
          {t('noProjectsText')}
        </Notice>
      )}
      <LinkRows
        rows={(data?.items ?? []).map(project => ({
          key: project.metadata.uid ?? '',
          href: projectHref(project),
          title: aliasOf(project),
          text: descriptionOf(project),
          aside: <ProjectState project={project} />,
        }))}
      />
    </Card>
  );
}

function About({ workspace }: { readonly workspace: WorkspaceTemplate }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const { name = '', creationTimestamp } = workspace.metadata;
  const settings = pathTo('/workspaces/$workspace/settings', { workspace: name });
  return (
    <Card title={t('about')} aside={<Link to={settings}>{t('change')}</Link>}>
      <Facts
        rows={[
          [c('name'), name],
          [t('manager'), managerOf(workspace) ?? '–'],
          [c('description'), descriptionOf(workspace) ?? t('noDescription')],
          [c('created'), <Age key="age" time={creationTimestamp} />],
        ]}
      />
    </Card>
  );
}
