/** The departments that have a role, where roles are given to departments: in workspaces and in their projects. */
import { departments, tenancy } from '@orrery/platform-contract/features';
import { labels } from '@orrery/platform-kinds/names';
import { useAccess } from '../../data/calls.ts';
import { useLive } from '../../data/live.ts';
import { useOffer } from '../../data/session.ts';
import { departmentsWith } from './role.ts';
import type { RolePlace } from './place.ts';

export interface DepartmentsWith {
  readonly workspace: string;
  readonly names: readonly string[];
}

const many = { limit: 500, page: 1 } as const;

/** `undefined` where departments have no roles, or where they are not for this user to know. */
export function useDepartmentsWith({ kind, path }: RolePlace, role: string, when = true): DepartmentsWith | undefined {
  const there = useOffer().data?.features.has('departments') === true && when;
  const { namespace = '' } = path;
  const inProject = there && kind === 'project';
  const project = useLive(tenancy.projectByName, { path: { namespace }, when: inProject }).data;
  const workspace = (kind === 'workspace' ? path['workspace'] : project?.metadata.labels?.[labels.workspace]) ?? '';
  const route = kind === 'project' ? departments.projectRoles : departments.workspaceRoles;
  const asked = there && workspace !== '';
  const may = useAccess(asked ? { route, path: { workspace } } : undefined)?.allowed === true;
  const found = useLive(route, { path: { workspace }, query: many, when: asked && may }).data;
  if (!asked || !found) return undefined;
  const here = found.items.filter(({ metadata }) => kind === 'workspace' || metadata.namespace === namespace);
  return { workspace, names: departmentsWith(role, here) };
}
