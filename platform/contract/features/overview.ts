/** The numbers of overview pages: one route for each, holding what the user may see. */
import { below, filtered, grant } from '../route.ts';
import { groups } from '@orrery/platform-kinds';
import { integer, map, optional, record } from '../schema.ts';

const route = below('overview', 'overview.orrery.io', ['v1alpha1']);

/** How many, and of those how many in each state (`running`, `updating`, `Pending` ...). */
const count = record({ total: integer(), states: optional(map(integer())) });

/** By plural name. What the user may not see anywhere is absent. */
export const overviewCounts = record({ counts: map(count) });

const answer = { answer: overviewCounts, errors: [404] } as const;

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
    grant('workspace', 'get', groups.tenant, 'workspaces'),
    answer,
  ),
  project: route(
    'overview.project',
    'GET',
    '/namespaces/{namespace}',
    'What is in a project',
    grant('project', 'get', '', 'namespaces', { name: 'namespace' }),
    answer,
  ),
};
