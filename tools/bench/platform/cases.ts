/** What people ask of a full platform: a row of the table each, with what the answer must be, so that no error is taken for a figure. */
import { projectName, workspaceName, type Counts } from './people.ts';

/** The first administrator, or somebody who is a member of one workspace. */
export type Who = 'administrator' | 'member';

export interface Case {
  readonly what: string;
  readonly who: Who;
  readonly path: string;
  readonly status: number;
  /** Milliseconds of the server's processor. */
  readonly goal?: number;
  /** Whether a first one, for which nothing is remembered, stands beside the others. */
  readonly hasFirst?: boolean;
  /** How many the answer must tell of. */
  readonly total?: (counts: Counts, member: number) => number;
}

const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const search = (query: string): string => `/kapis/search.orrery.io/v1alpha1/search?limit=20&q=${query}`;

/** Of `settings-<n>`, those of one member's projects. */
export const ownObjects = ({ workspaces, projects, objects }: Counts, member: number): number =>
  Array.from({ length: objects }, (_, at) => at).filter(at => (at % projects) % workspaces === member % workspaces)
    .length;
export const ownProjects = ({ workspaces, projects }: Counts, member: number): number =>
  Array.from({ length: projects }, (_, at) => at).filter(at => at % workspaces === member % workspaces).length;

/** `member` is the number of a user who manages nothing. */
export const casesFor = (counts: Counts, member: number): Case[] => {
  const own = member % counts.workspaces;
  const other = (own + 1) % counts.workspaces;
  const term = `settings-${counts.objects - 1}`;
  return [
    {
      ...{ what: 'authorization: a workspace, refused', who: 'member', status: 403, goal: 1 },
      path: `${tenant}/workspaces/${workspaceName(other)}`,
    },
    {
      ...{ what: 'authorization: a workspace, allowed', who: 'member', status: 200, goal: 1 },
      path: `${tenant}/workspaces/${workspaceName(own)}`,
    },
    {
      ...{ what: 'authorization: a project by the native API, refused', who: 'member', status: 403, goal: 1 },
      path: `/api/v1/namespaces/${projectName(other)}/configmaps/none`,
    },
    {
      ...{ what: 'a member’s project list', who: 'member', status: 200, goal: 20, hasFirst: true },
      ...{ path: `${tenant}/namespaces?limit=10`, total: ownProjects },
    },
    {
      ...{ what: 'the administrator’s project list', who: 'administrator', status: 200, goal: 20 },
      ...{ path: `${tenant}/namespaces?limit=10&labelSelector=kubesphere.io/workspace`, hasFirst: true },
    },
    {
      ...{ what: 'search, administrator, one object', who: 'administrator', status: 200, goal: 50, hasFirst: true },
      ...{ path: search(term), total: () => 1 },
    },
    {
      ...{ what: 'search, administrator, what most have', who: 'administrator', status: 200, goal: 50 },
      ...{ path: search('settings&kinds=configmaps'), total: ({ objects }) => objects },
    },
    {
      ...{ what: 'search, administrator, nothing', who: 'administrator', status: 200, goal: 50 },
      ...{ path: search('no-such-thing'), total: () => 0 },
    },
    {
      ...{ what: 'search, member, what most have', who: 'member', status: 200, goal: 50, hasFirst: true },
      ...{ path: search('settings&kinds=configmaps'), total: ownObjects },
    },
    {
      ...{ what: 'search, member, nothing', who: 'member', status: 200, goal: 50 },
      ...{ path: search('no-such-thing'), total: () => 0 },
    },
  ];
};
