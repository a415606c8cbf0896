import { Link } from '@tanstack/react-router';
import type { AnswerOf } from '@orrery/platform-contract';
import { users } from '@orrery/platform-contract/features';
import { PlainTable } from '../../blocks/PlainTable.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { RoleName } from '../../blocks/roles/RoleName.tsx';
import { useCall } from '../../data/calls.ts';
import { hostCluster } from '../../data/data.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { pathTo } from '../../util/paths.ts';
import { messages } from './messages.data.ts';

/** Nobody reads more; the pages of workspaces and projects have them all. */
const shownMax = 200;

type RoleAt = AnswerOf<typeof users.places>['items'][number];

/** What somebody is anywhere, as far as one may see it. */
export function Places({ user }: { readonly user: string }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const found = useCall(users.places, { cluster: hostCluster, path: { user }, query: { limit: shownMax } });
  if (found.error) return <Problem error={found.error} again={found.again} />;
  return (
    <PlainTable
      label={t('roles')}
      head={[t('where'), t('roleThere'), t('through')]}
      rows={(found.data?.items ?? []).map(at => [
        <Where key="where" at={at} />,
        <RoleName key="role" name={at.role} place={at.scope} workspace={at.workspace} />,
        at.group ? t('throughGroup', { group: at.group }) : t('itself'),
      ])}
      empty={found.pending ? c('waiting') : t('noRoles')}
    />
  );
}

function Where({ at: { scope, workspace = '', project = '' } }: { readonly at: RoleAt }) {
  const t = useMessages(messages);
  switch (scope) {
    case 'platform':
      return t('onPlatform');
    case 'cluster':
      return t('inCluster');
    case 'workspace':
      return <Link to={pathTo('/workspaces/$workspace', { workspace })}>{t('workspace', { name: workspace })}</Link>;
    case 'project':
      return (
        <Link to={pathTo('/clusters/$cluster/projects/$namespace', { cluster: hostCluster, namespace: project })}>
          {t('project', { name: project })}
        </Link>
      );
  }
}
