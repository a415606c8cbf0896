import { Link, useRouter } from '@tanstack/react-router';
import { ShieldCheck, UserPlus, Users } from 'lucide-react';
import { devops } from '@orrery/platform-contract/features';
import { annotations } from '@orrery/platform-kinds/names';
import type { DevOpsProject } from '@orrery/platform-kinds/types';
import { Action } from '../../../blocks/Action.tsx';
import { Card, Columns, Facts } from '../../../blocks/card/Card.tsx';
import type { PageProps } from '../../../blocks/page.ts';
import { PageFrame } from '../../../blocks/PageFrame.tsx';
import { PersonCell } from '../../../blocks/people/PersonCell.tsx';
import { PlainTable } from '../../../blocks/PlainTable.tsx';
import { Problem } from '../../../blocks/Problem.tsx';
import { RoleName } from '../../../blocks/roles/RoleName.tsx';
import { Tile, Tiles } from '../../../blocks/tiles/Tiles.tsx';
import { useAccess } from '../../../data/calls.ts';
import { useLive } from '../../../data/live.ts';
import { Age } from '../../../ui/Age.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { aliasOf, descriptionOf } from '../../../blocks/marks.ts';
import { inDevops } from '../members/place.ts';
import { ProjectState } from '../projects/ProjectState.tsx';
import { devopsHref, placeOf } from './devops.ts';
import { messages } from './messages.data.ts';

interface Part {
  readonly project: DevOpsProject;
}

type Props = PageProps<'/workspaces/$workspace/devops/$devops'>;

export default function DevopsPage({ params: { workspace, devops: name } }: Props) {
  const t = useMessages(messages);
  const router = useRouter();
  const { data: project, error } = useLive(devops.get, { path: { workspace, devops: name } });
  if (!project) return <PageFrame title={name}>{error && <Problem error={error} />}</PageFrame>;
  return (
    <PageFrame
      title={aliasOf(project)}
      description={descriptionOf(project)}
      badge={<ProjectState project={project} />}
      actions={
        <Action
          icon={UserPlus}
          question={{ route: devops.addMembers, path: { devops: name } }}
          onRun={() => router.history.push(`${devopsHref(project)}/members?do=invite`)}
        >
          {t('invite')}
        </Action>
      }
    >
      <Numbers project={project} />
      <Columns>
        <Newest project={project} />
        <About project={project} />
      </Columns>
    </PageFrame>
  );
}

const none = { limit: 1, page: 1 } as const;

function Numbers({ project }: Part) {
  const t = useMessages(messages);
  const { devops: name } = placeOf(project);
  const path = { devops: name };
  const seesMembers = useAccess({ route: devops.members, path })?.allowed === true;
  const seesRoles = useAccess({ route: devops.roles, path })?.allowed === true;
  const members = useLive(devops.members, { path, query: none, when: seesMembers }).data;
  const roles = useLive(devops.roles, { path, query: none, when: seesRoles }).data;
  const href = devopsHref(project);
  const count = (page: { readonly totalItems: number } | undefined) => page && { total: page.totalItems };
  return (
    <Tiles columns={4}>
      <Tile icon={Users} title={t('members')} count={count(members)} href={`${href}/members`} />
      <Tile icon={ShieldCheck} title={t('roles')} count={count(roles)} href={`${href}/roles`} />
    </Tiles>
  );
}

const newest = { limit: 8, page: 1, sortBy: 'createTime', ascending: 'false' } as const;

function Newest({ project }: Part) {
  const t = useMessages(messages);
  const { workspace, devops: name } = placeOf(project);
  const place = inDevops(name, workspace);
  const sees = useAccess({ route: devops.members, path: { devops: name } })?.allowed === true;
  const { data, error } = useLive(devops.members, { path: { devops: name }, query: newest, when: sees });
  if (!sees) return null;
  return (
    <>
      {error && <Problem error={error} />}
      {data && (
        <PlainTable
          title={t('newest')}
          label={t('newest')}
          head={[t('members'), t('roles')]}
          empty={t('noMembers')}
          rows={data.items.map(user => [
            <PersonCell key="user" user={user} />,
            <RoleName key="role" name={place.roleOf(user)} place="devops" />,
          ])}
        />
      )}
    </>
  );
}

function About({ project }: Part) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const { name = '', creationTimestamp, annotations: said } = project.metadata;
  return (
    <Card title={t('about')} aside={<Link to={`${devopsHref(project)}/settings`}>{t('change')}</Link>}>
      <Facts
        rows={[
          [c('name'), name],
          [t('workspace'), placeOf(project).workspace],
          [t('namespace'), project.status?.adminNamespace ?? t('notYet')],
          [c('description'), descriptionOf(project) ?? t('noDescription')],
          [t('creator'), said?.[annotations.creator] ?? '–'],
          [c('created'), <Age key="age" time={creationTimestamp} />],
        ]}
      />
    </Card>
  );
}
