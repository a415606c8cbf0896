/** The numbers of overview pages: one route for each, holding what the user may see; KubeSphere's numbers at KubeSphere's paths. */
import { at, below, filtered, grant } from '../route.ts';
import { groups } from '@orrery/platform-kinds';
import { integer, list, map, object, optional, record, text } from '../schema.ts';

const route = below('overview', 'overview.orrery.io', ['v1alpha1']);
const kubeSphere = at('overview');

/** How many, and of those how many in each state (`running`, `updating`, `Pending` ...). */
const count = record({ total: integer(), states: optional(map(integer())) });

/** Of one resource of all nodes (`cpu`, `memory`, `pods`): what they have, what pods may take, what pods ask for and may use, as quantities. */
const room = record({
  capacity: text(),
  allocatable: text(),
  requests: text(),
  limits: optional(text('absent for what has none')),
});

/** By plural name. What the user may not see anywhere is absent. */
export const overviewCounts = record({
  counts: map(count),
  room: optional(map(room)),
});

const answer = { answer: overviewCounts, errors: [404] } as const;
const ofWorkspace = grant('workspace', 'get', groups.tenant, 'workspaces');
const ofProject = grant('project', 'get', '', 'namespaces', { name: 'namespace' });

/** A sample of each: `value` is the time in seconds since 1970 and the number. */
const metrics = {
  answer: record({
    results: list(
      record({
        metric_name: text(),
        data: record({ resultType: text(), result: list(record({ value: list(object<number>('a number')) })) }),
      }),
    ),
  }),
} as const;

/** What is set (`hard`), what is there (`used`), what is left, as quantities by the names that ResourceQuotas have. */
const quotas = {
  answer: record({
    namespace: text(),
    data: record({ hard: map(text()), used: map(text()), left: optional(map(text())) }),
  }),
} as const;

/** By plural name, how many are not as they should be. */
const abnormal = { answer: record({ namespace: text(), data: map(integer()) }) } as const;
const resources = '/kapis/resources.kubesphere.io';

export const overview = {
  platform: route(
    'overview.platform',
    'GET',
    '/platform',
    'Accounts, workspaces, nodes and what runs',
    filtered,
    answer,
  ),
  workspace: route(
    'overview.workspace',
    'GET',
    '/workspaces/{workspace}',
    'Members, projects and what runs in them',
    ofWorkspace,
    answer,
  ),
  project: route('overview.project', 'GET', '/namespaces/{namespace}', 'What is in a project', ofProject, answer),
  clusterMetrics: kubeSphere(
    'overview.clusterMetrics',
    'GET',
    [`${resources}/v1alpha3/metrics`],
    'What is in the cluster, as metrics',
    filtered,
    metrics,
  ),
  projectMetrics: kubeSphere(
    'overview.projectMetrics',
    'GET',
    [`${resources}/v1alpha3/namespaces/{namespace}/metrics`],
    'What is in a project, as metrics',
    ofProject,
    metrics,
  ),
  platformMetrics: kubeSphere(
    'overview.platformMetrics',
    'GET',
    [`/kapis/${groups.tenant}/v1beta1/metrics`],
    'Accounts, workspaces and clusters, as metrics',
    filtered,
    metrics,
  ),
  workspaceMetrics: kubeSphere(
    'overview.workspaceMetrics',
    'GET',
    [`/kapis/${groups.tenant}/v1beta1/workspaces/{workspace}/metrics`],
    'Members, roles and projects of a workspace, as metrics',
    ofWorkspace,
    metrics,
  ),
  quotas: kubeSphere(
    'overview.quotas',
    'GET',
    [`${resources}/v1alpha2/quotas`],
    'How much there is of what quotas count, as far as the user sees it',
    filtered,
    quotas,
  ),
  projectQuotas: kubeSphere(
    'overview.projectQuotas',
    'GET',
    [`${resources}/v1alpha2/namespaces/{namespace}/quotas`],
    'The quotas of a project: set, used, left',
    ofProject,
    quotas,
  ),
  abnormal: kubeSphere(
    'overview.abnormal',
    'GET',
    [`${resources}/v1alpha2/abnormalworkloads`],
    'How many workloads are not as they should be, as far as the user sees them',
    filtered,
    abnormal,
  ),
  projectAbnormal: kubeSphere(
    'overview.projectAbnormal',
    'GET',
    [`${resources}/v1alpha2/namespaces/{namespace}/abnormalworkloads`],
    'How many workloads of a project are not as they should be',
    ofProject,
    abnormal,
  ),
};
