import { Link } from '@tanstack/react-router';
import { Box, Boxes } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import { tenancy } from '@orrery/platform-contract/features';
import { annotations, labels } from '@orrery/platform-kinds/names';
import { Card, LinkRows, type LinkRow } from '../../blocks/card/Card.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { hostCluster } from '../../data/data.ts';
import { useLive } from '../../data/live.ts';
import { useMe } from '../../data/session.ts';
import { Age } from '../../ui/Age.tsx';
import { useMessages } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { pathTo } from '../../util/paths.ts';
import { messages } from './messages.data.ts';

const newest = { limit: 6, page: 1, sortBy: 'createTime', ascending: 'false' } as const;

const rowOf = (object: KubeObject, href: string, text?: string): LinkRow => {
  const { name = '', uid = name, annotations: notes = {}, creationTimestamp } = object.metadata;
  return { key: uid, href, title: notes[annotations.alias] ?? name, text, aside: <Age time={creationTimestamp} /> };
};

export function RecentProjects() {
  const t = useMessages(messages);
  const { data, error } = useLive(tenancy.projects, { query: newest });
  return (
    <Card title={t('recentProjects')} aside={<Link to="/projects">{t('all')}</Link>}>
      {error && <Problem error={error} />}
      {data?.items.length === 0 && (
        <Notice icon={Box} title={t('noProjects')}>
          {t('noProjectsText')}
        </Notice>
      )}
      <LinkRows
        rows={(data?.items ?? []).map(project => {
          const { name: namespace = '', labels: own = {} } = project.metadata;
          const href = pathTo('/clusters/$cluster/projects/$namespace', { cluster: hostCluster, namespace });
          return rowOf(project, href, t('inWorkspace', { workspace: own[labels.workspace] ?? '–' }));
        })}
      />
    </Card>
  );
}

export function RecentWorkspaces() {
  const t = useMessages(messages);
  const me = useMe().data;
  const { data, error } = useLive(tenancy.workspaces, { query: newest });
  return (
    <Card title={t('recentWorkspaces')} aside={<Link to="/workspaces">{t('all')}</Link>}>
      {error && <Problem error={error} />}
      {data?.items.length === 0 && (
        <Notice icon={Boxes} title={t('noWorkspaces')}>
          {t('noWorkspacesText', { name: me?.name ?? '' })}
        </Notice>
      )}
      <LinkRows
        rows={(data?.items ?? []).map(workspace => {
          const { name = '', annotations: notes = {} } = workspace.metadata;
          return rowOf(
            workspace,
            pathTo('/workspaces/$workspace', { workspace: name }),
            notes[annotations.description],
          );
        })}
      />
    </Card>
  );
}
