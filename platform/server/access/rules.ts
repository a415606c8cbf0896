/** From KubeSphere's rules to native ones. */
import { guardedGroup, tenantGroup } from '@orrery/platform-contract';
import { kinds, type PolicyRule } from '@orrery/platform-kinds';
import { projectRoles } from './project-roles.data.ts';

const guardedTenant = guardedGroup(tenantGroup);
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

/** For a ClusterRole: what a workspace role may do with its workspace. */
export function workspaceRules(workspace: string, rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.flatMap(({ verbs, apiGroups, resources = [] }) => {
    const wide = everything(resources);
    // "Everything in the group of Deployments" is nothing about the workspace itself.
    if (wide && !everything(apiGroups) && !apiGroups?.includes(tenantGroup)) return [];
    const named = resources.map(name => (name === 'workspaces' ? name : `workspaces/${name}`));
    const wanted = wide ? ['*'] : named;
    return wanted.length === 0
      ? []
      : [{ verbs, apiGroups: [guardedTenant], resources: wanted, resourceNames: [workspace] }];
  });
}

const reading = ['get', 'list', 'watch'];

/**
 * For a binding in each project of the workspace. "Everything" is what a project's own roles may have at most: its admin's rights, or
 * its viewer's when it is only to be read.
 */
export function projectRules(rules: readonly PolicyRule[]): PolicyRule[] {
  return rules.flatMap(rule => {
    const { verbs, apiGroups = [], resources = [] } = rule;
    if (rule.nonResourceURLs?.length) return [];
    if (everything(apiGroups) && everything(resources)) {
      if (everything(verbs)) return projectRoles.admin;
      return reading.every(verb => verbs.includes(verb)) ? projectRoles.viewer : [];
    }
    const native = apiGroups.filter(group => !group.endsWith('.kubesphere.io'));
    const inside = resources.filter(
      resource => resource !== 'namespaces' && isNative(resource) && resource !== 'workspacemembers',
    );
    return native.length === 0 || inside.length === 0 ? [] : [{ ...rule, apiGroups: native, resources: inside }];
  });
}
