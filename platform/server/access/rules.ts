/** From KubeSphere's rules to native ones. */
import { guardedGroup, tenantGroup } from '@orrery/platform-contract';
import { groups, kinds, type PolicyRule } from '@orrery/platform-kinds';
import { devopsRoles, projectRoles } from './project-roles.data.ts';

const guardedTenant = guardedGroup(tenantGroup);
const devopsGroup = groups.devops;
const everything = (names: readonly string[] | undefined): boolean => names?.includes('*') === true;

const plainName = (resource: string): string => resource.split('/')[0]!;

/** The groups of the platform's own kinds of this name: they are reached through routes only, also when a rule says "in any group". */
const ownGroupsOf = (resource: string): string[] =>
  kinds.filter(({ plural }) => plural === plainName(resource)).map(({ group }) => group);

/** Names that the platform shares with native kinds, such as roles. */
const sharedNames = new Set(kinds.filter(({ key }) => key !== undefined).map(({ plural }) => plural));

const isGuarded = (resource: string): boolean => ownGroupsOf(resource).length > 0;
const isNative = (resource: string): boolean => !isGuarded(resource) || sharedNames.has(plainName(resource));

/** For a ClusterRole: rights to platform routes, and native rights everywhere. */
export const platformRules = (rules: readonly PolicyRule[]): PolicyRule[] =>
  rules.flatMap(rule => (rule.nonResourceURLs?.length ? [rule] : [...guardedRule(rule), ...partsEverywhere(rule)]));

/** The groups of the platform's own kinds are guarded; "any group" means the native ones where a guarded kind is named. */
function guardedRule(rule: PolicyRule): PolicyRule[] {
  const { apiGroups = [], resources = [] } = rule;
  if (!everything(apiGroups) || everything(resources)) return [{ ...rule, apiGroups: apiGroups.map(guardedGroup) }];
  const native = resources.filter(isNative);
  return [
    ...[...new Set(resources.flatMap(ownGroupsOf))].map(group => ({
      ...rule,
      apiGroups: [guardedGroup(group)],
      resources: resources.filter(resource => ownGroupsOf(resource).includes(group)),
    })),
    ...(native.length > 0 ? [{ ...rule, resources: native }] : []),
  ];
}

/** A right to projects or members on the platform holds in every workspace. */
function partsEverywhere({ verbs, resources = [], resourceNames }: PolicyRule): PolicyRule[] {
  const parts = resources.filter(resource => resource !== '*' && resource !== 'workspaces');
  if (parts.length === 0 || resourceNames?.length) return [];
  return [{ verbs, apiGroups: [guardedTenant], resources: parts.map(part => `workspaces/${part}`) }];
}

/** For a ClusterRole of a cluster's own roles: no right to any workspace follows from it. */
export const clusterRules = (rules: readonly PolicyRule[]): PolicyRule[] =>
  rules.flatMap(rule => {
    if (rule.nonResourceURLs?.length) return [rule];
    const apiGroups = (rule.apiGroups ?? []).filter(group => group !== tenantGroup);
    return apiGroups.length === 0 ? [] : guardedRule({ ...rule, apiGroups });
  });

const isOwn = (group: string): boolean => group === '*' || group.endsWith('.kubesphere.io');

/** For a ClusterRole: what a workspace role may do with its workspace. */
export function workspaceRules(workspace: string, rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.flatMap(({ verbs, apiGroups = [], resources = [] }) => {
    const wide = everything(resources);
    // What is about native things is about the projects, not about the workspace itself.
    if (!apiGroups.some(isOwn)) return [];
    if (wide && !everything(apiGroups) && !apiGroups.includes(tenantGroup)) return [];
    const named = resources.map(name => (name === 'workspaces' ? name : `workspaces/${plainName(name)}`));
    const wanted = wide ? ['*'] : named;
    return wanted.length === 0
      ? []
      : [{ verbs, apiGroups: [guardedTenant], resources: wanted, resourceNames: [workspace] }];
  });
}

const reading = ['get', 'list', 'watch'];
const readsAll = (verbs: readonly string[]): boolean => reading.every(verb => verbs.includes(verb));

/** All that may be done in a project, or all that may be seen there. */
const wholeProject = (verbs: readonly string[]): PolicyRule[] =>
  everything(verbs) ? projectRoles.admin : readsAll(verbs) ? projectRoles.viewer : [];

/** "Manage the projects of a workspace" (or see them) is a right in each of them. */
const isProjects = ({ apiGroups = [], resources = [] }: PolicyRule): boolean =>
  apiGroups.includes(tenantGroup) && resources.includes('namespaces');

/** "Manage the DevOps projects of a workspace" (or see them) is a right in each of them, and in no project of applications. */
const isDevops = ({ apiGroups = [], resources = [] }: PolicyRule): boolean =>
  apiGroups.includes(devopsGroup) && resources.includes('devopsprojects');

/** The groups of what DevOps projects are for. */
const groupsInDevops = [guardedGroup(devopsGroup), 'kapis.gitops.kubesphere.io'];

/** All that may be done in a DevOps project, or all that may be seen there, members and roles with it. */
const wholeDevops = (verbs: readonly string[]): PolicyRule[] => {
  if (everything(verbs)) return devopsRoles.admin;
  if (!readsAll(verbs)) return [];
  return devopsRoles.admin.map(rule => ({ ...rule, verbs: [...reading] }));
};

/**
 * For a binding in each project of applications of the workspace. "Everything" is what a project's own roles may have at most: its admin's rights, or
 * its viewer's when it is only to be read.
 */
export function projectRules(rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.flatMap(rule => {
    const { verbs, apiGroups = [], resources = [] } = rule;
    if (rule.nonResourceURLs?.length) return [];
    if (everything(apiGroups) && everything(resources)) return wholeProject(verbs);
    if (isProjects(rule)) return wholeProject(verbs);
    if (isDevops(rule)) return [];
    const native = apiGroups.filter(group => !group.endsWith('.kubesphere.io'));
    const inside = resources.filter(
      resource => plainName(resource) !== 'namespaces' && isNative(resource) && resource !== 'workspacemembers',
    );
    return native.length === 0 || inside.length === 0
      ? []
      : rulesInProject([{ ...rule, apiGroups: native, resources: inside }]);
  });
}

/** For a binding in each DevOps project of the workspace: rights over projects are none there, and native things are about projects. */
export function devopsRules(rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.flatMap(rule => {
    const { verbs, apiGroups = [], resources = [] } = rule;
    if (rule.nonResourceURLs?.length) return [];
    if (everything(apiGroups) && everything(resources)) return wholeProject(verbs);
    if (isDevops(rule)) return wholeDevops(verbs);
    // Any group is theirs too.
    if (!everything(apiGroups)) return [];
    const inside = resources.filter(resource => isNative(resource) && plainName(resource) !== 'namespaces');
    return inside.length === 0 ? [] : [{ ...rule, apiGroups: groupsInDevops, resources: inside }];
  });
}

/** Rights over all workspaces, as far as they reach into projects of applications. */
export const projectRulesOfAll = (rules: readonly PolicyRule[]): PolicyRule[] =>
  rules.filter(isProjects).flatMap(({ verbs }) => wholeProject(verbs));

/** The same, into DevOps projects. */
export const devopsRulesOfAll = (rules: readonly PolicyRule[]): PolicyRule[] =>
  rules.filter(isDevops).flatMap(({ verbs }) => wholeDevops(verbs));

/** Of a project's namespace its members may see what it is, and remove it: its labels say whose it is. */
const ofNamespaces = new Set([...reading, 'delete']);
/** With these somebody gives himself what he was not given. */
const lifting = new Set(['escalate', 'bind', 'impersonate']);
const withoutLifting = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection'];
const rbac = 'rbac.authorization.k8s.io';
const mayLift = ['roles', 'rolebindings', 'serviceaccounts'];

/** For a Role in a project: nothing of it reaches beyond the project, whatever the rule says. */
export function rulesInProject(rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.flatMap(rule => {
    const { verbs, apiGroups = [], resources = [], nonResourceURLs, ...rest } = rule;
    if (nonResourceURLs?.length) return [];
    const groups = apiGroups.map(guardedGroup);
    if (everything(resources) && (everything(groups) || groups.includes(''))) return wholeProject(verbs);
    const lifts = everything(resources)
      ? groups.some(group => group === rbac || group === '*')
      : resources.some(resource => mayLift.includes(plainName(resource)));
    const safe = !lifts ? verbs : everything(verbs) ? withoutLifting : verbs.filter(verb => !lifting.has(verb));
    const native = everything(groups) || groups.includes('');
    const namespaces = native ? resources.filter(resource => plainName(resource) === 'namespaces') : [];
    const others = resources.filter(resource => !namespaces.includes(resource));
    const seen = everything(verbs) ? [...ofNamespaces] : verbs.filter(verb => ofNamespaces.has(verb));
    return [
      ...(others.length > 0 && safe.length > 0 ? [{ ...rest, verbs: safe, apiGroups: groups, resources: others }] : []),
      ...(namespaces.length > 0 && seen.length > 0
        ? [{ ...rest, verbs: seen, apiGroups: [''], resources: namespaces }]
        : []),
    ];
  });
}
