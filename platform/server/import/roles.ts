/** Custom roles of all scopes, made of the templates that are here. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import { annotations, labels, type Category, type PlatformRole } from '@orrery/platform-kinds';
import { categoryObjects, isAggregated, namesIn, withRules } from '../roles/catalogue.ts';
import type { RoleScope } from '../roles/templates.data.ts';
import { splitRules } from './beyond.ts';
import { cleanMeta, nameOf } from './clean.ts';
import {
  beyondText,
  builtIn,
  builtInOfWorkspace,
  hidden,
  isBasic,
  isScope,
  isTemplate,
  labelOf,
  type Known,
} from './known.ts';
import type { Kind, Refusal, Wish, Wishes } from './shapes.ts';

const rego = 'iam.kubesphere.io/rego-override';

/** The role as it is wanted here: with the rules of templates, or with its own as far as they may be given. */
export function translateRole(kind: Kind, scope: RoleScope, role: PlatformRole, { catalogue }: Known): Wish {
  const changes: string[] = [];
  if (role.metadata.annotations?.[rego] !== undefined)
    changes.push('its Rego policy is left out: only its rules count here');
  const { aggregationRoleTemplates, rules = [] } = role;
  const plain: PlatformRole = {
    metadata: cleanMeta(role),
    ...(aggregationRoleTemplates && { aggregationRoleTemplates }),
    rules,
  };
  if (!isAggregated(plain)) {
    const { kept, beyond } = splitRules(scope, rules);
    if (beyond.length > 0) changes.push(beyondText(beyond));
    const own: PlatformRole = { ...plain, rules: kept };
    return { kind, object: own, changes };
  }
  const wished =
    aggregationRoleTemplates?.templateNames ?? namesIn(plain.metadata.annotations?.[annotations.aggregated]);
  const renamed = wished.filter(
    name => catalogue.find(scope, name)?.metadata.name !== name && catalogue.find(scope, name),
  );
  if (renamed.length > 0)
    changes.push(
      `its templates have other names here: ${renamed
        .map(name => `${name} is ${catalogue.find(scope, name)?.metadata.name}`)
        .join(', ')}`,
    );
  const unknown = catalogue.of(scope, plain).unknown.filter(name => !isBasic(name));
  if (unknown.length > 0) changes.push(`gives nothing here, since there are no such templates: ${unknown.join(', ')}`);
  return { kind, object: withRules(scope, plain, catalogue), changes };
}

interface Found {
  readonly kind: Kind;
  readonly scope: RoleScope;
  readonly role: PlatformRole;
}

/** Of one name the platform's own role before the native one that follows from it. */
function unique(found: readonly Found[]): Found[] {
  const seen = new Map<string, Found>();
  for (const each of found) {
    const key = `${each.kind}/${nameOf(each.role)}`;
    if (!seen.has(key)) seen.set(key, each);
  }
  return [...seen.values()];
}

const isMade = ({ metadata }: KubeObject): boolean => metadata.annotations?.[annotations.aggregated] !== undefined;

/** Custom roles wherever either generation keeps them. */
function customRoles({ source }: Known): Found[] {
  const of = (kind: Kind, scope: RoleScope, roles: readonly PlatformRole[]): Found[] =>
    roles.filter(role => !isTemplate(role)).map(role => ({ kind, scope, role }));
  const not = (names: readonly string[]) => (role: KubeObject) => !names.includes(role.metadata.name ?? '');
  return unique([
    ...of('globalroles', 'global', source.globalroles.filter(not([...builtIn.global, ...hidden]))),
    ...of('iamClusterRoles', 'cluster', source.iamClusterRoles.filter(not(builtIn.cluster))),
    ...of('iamClusterRoles', 'cluster', source.clusterroles.filter(isMade).filter(not(builtIn.cluster))),
    ...of(
      'workspaceroles',
      'workspace',
      source.workspaceroles.filter(role => not(builtInOfWorkspace(labelOf(role, labels.workspace)))(role)),
    ),
    ...of('iamRoles', 'namespace', source.iamRoles.filter(not(builtIn.namespace))),
    ...of('iamRoles', 'namespace', source.roles.filter(isMade).filter(not(builtIn.namespace))),
  ]);
}

/** Why the place of a role is not here; undefined when it is. */
function homeless({ kind, role }: Found, known: Known): string | undefined {
  if (kind === 'workspaceroles' && !known.workspaces.has(labelOf(role, labels.workspace)))
    return labelOf(role, labels.workspace) === 'system-workspace'
      ? 'what the system runs in has no roles of its own here'
      : 'its workspace is not there';
  const namespace = role.metadata.namespace ?? '';
  if (kind === 'iamRoles' && !known.projects.has(namespace) && !known.devops.has(namespace)) return notAProject;
  return undefined;
}

/** Where templates stand in the dialog, as far as Orrery has no such place. */
function categories({ source }: Known): Wish[] {
  const ours = new Set(categoryObjects().map(({ metadata }) => metadata.name));
  return source.categories
    .filter(({ metadata }) => !ours.has(metadata.name))
    .map(category => {
      const { spec } = category as Category;
      return { kind: 'categories', object: { metadata: cleanMeta(category), spec } as KubeObject, changes: [] };
    });
}

export const notAProject = 'its namespace is no project that is brought over';

export function translateRoles(known: Known): Wishes {
  const wishes: Wish[] = [];
  const refusals: Refusal[] = [];
  for (const found of customRoles(known)) {
    const why = homeless(found, known);
    if (why !== undefined) refusals.push({ kind: found.kind, name: nameOf(found.role), why });
    else {
      const scope = known.devops.has(found.role.metadata.namespace ?? '') ? 'devops' : found.scope;
      wishes.push(translateRole(found.kind, scope, found.role, known));
    }
  }
  for (const template of known.source.roletemplates)
    if (!isScope(labelOf(template, labels.scope)))
      refusals.push({ kind: 'roletemplates', name: nameOf(template), why: 'says no scope that roles have here' });
  return { wishes: [...categories(known), ...known.templates, ...wishes], refusals };
}
