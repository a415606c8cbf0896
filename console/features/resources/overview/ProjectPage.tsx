import { Plus } from 'lucide-react';
import { useNavigate, Link } from '@tanstack/react-router';
import { overview, tenancy } from '@orrery/platform-contract/features';
import { annotations, labels } from '@orrery/platform-kinds/names';
import { Action } from '../../../blocks/Action.tsx';
import type { PageProps } from '../../../blocks/page.ts';
import { PageFrame } from '../../../blocks/PageFrame.tsx';
import { Problem } from '../../../blocks/Problem.tsx';
import { useLive } from '../../../data/live.ts';
import { Age } from '../../../ui/Age.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { pathTo } from '../../../util/paths.ts';
import { EventTable } from '../EventTable.tsx';
import { phaseState } from '../kinds/state.ts';
import { StateBadge } from '../Cells.tsx';
import { listHref } from '../links.ts';
import { Counts } from './Counts.tsx';
import { overviewMessages } from './messages.data.ts';
import styles from './overview.module.css';

const shown = [
  'deployments',
  'statefulsets',
  'daemonsets',
  'pods',
  'jobs',
  'cronjobs',
  'services',
  'ingresses',
  'persistentvolumeclaims',
];

/** What is in a project, and what went wrong in it lately. */
export default function ProjectPage({
  params: { cluster, namespace },
}: PageProps<'/clusters/$cluster/projects/$namespace'>) {
  const t = useMessages(overviewMessages);
  const c = useMessages(common);
  const navigate = useNavigate();
  const where = { cluster, namespace };
  const project = useLive(tenancy.projectByName, { path: { namespace } });
  const { data: numbers, error } = useLive(overview.project, { path: { namespace } });
  if (!project.data)
    return <PageFrame title={namespace}>{project.error && <Problem error={project.error} />}</PageFrame>;
  const { annotations: notes = {}, labels: marks = {}, creationTimestamp } = project.data.metadata;
  const workspace = marks[labels.workspace];
  const createAt = (resource: string) => () => void navigate({ to: `${listHref(resource, where)}?do=create` });
  return (
    <PageFrame
      title={notes[annotations.alias] ?? namespace}
      description={notes[annotations.description]}
      badge={<StateBadge state={phaseState(project.data)} />}
      actions={
        <>
          <Action
            icon={Plus}
            question={{ verb: 'create', group: '', resource: 'services', namespace }}
            onRun={createAt('services')}
          >
            {t('createService')}
          </Action>
          <Action
            icon={Plus}
            variant="primary"
            question={{ verb: 'create', group: 'apps', resource: 'deployments', namespace }}
            onRun={createAt('deployments')}
          >
            {t('createDeployment')}
          </Action>
        </>
      }
    >
      <dl className={styles.facts}>
        <div>
          <dt>{c('name')}</dt>
          <dd>{namespace}</dd>
        </div>
        {workspace && (
          <div>
            <dt>{t('workspace')}</dt>
            <dd>
              <Link to={pathTo('/workspaces/$workspace', { workspace })}>{workspace}</Link>
            </dd>
          </div>
        )}
        {numbers?.counts['members'] && (
          <div>
            <dt>{t('members')}</dt>
            <dd>{numbers.counts['members'].total}</dd>
          </div>
        )}
        <div>
          <dt>{c('created')}</dt>
          <dd>
            <Age time={creationTimestamp} />
          </dd>
        </div>
      </dl>
      {error ? (
        <Problem error={error} />
      ) : (
        numbers && <Counts counts={numbers.counts} resources={shown} where={where} />
      )}
      <section className={styles.section}>
        <h2>{t('warnings')}</h2>
        <EventTable namespace={namespace} selector="type=Warning" withObject limit={10} />
      </section>
    </PageFrame>
  );
}
