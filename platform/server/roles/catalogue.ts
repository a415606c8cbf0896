/** The catalogue of role templates: as objects, by their names of both generations, with what they need. */
import { matches, selectorFromObject, type LabelSelector as Selector } from '@orrery/machinery/selector';
import {
  annotations,
  labels,
  platformResources,
  type LabelSelector,
  type Category,
  type PlatformRole,
  type PolicyRule,
  type RoleTemplate,
} from '@orrery/platform-kinds';
import { covers, together } from '../access/covers.ts';
import { managedBy } from '../access/materialise.ts';
import { categoryWords, things, verbs } from './template-words.data.ts';
import { basics, renamed, scopes, templates, type RoleScope } from './templates.data.ts';

const spoken = ([en, zh]: readonly [string, string]) => ({ en, zh });

/** The built-in templates, as the cluster keeps them. */
export const templateObjects = (): RoleTemplate[] =>
  scopes.flatMap(scope =>
    templates[scope].map(({ verb, thing, category, grants, needs = [], rules, to = [] }): RoleTemplate => {
      const [does, about] = [verbs[verb], things[thing]!];
      return {
        apiVersion: platformResources.roletemplates.apiVersion,
        kind: 'RoleTemplate',
        metadata: {
          name: `${scope}-${verb}-${thing}`,
          labels: {
            ...managedBy,
            [labels.roleTemplate]: 'true',
            [labels.scope]: scope,
            [labels.category]: category,
            ...Object.fromEntries(to.map(role => [aggregateTo(role), ''])),
          },
          annotations: {
            [annotations.module]: categoryWords[category]![0],
            [annotations.dependencies]: JSON.stringify(needs.map(name => `${scope}-${name}`)),
            [annotations.grants]: JSON.stringify(grants),
          },
        },
        spec: { displayName: spoken([`${does[0]} ${about[0]}`, `${does[1]}${about[1]}`]), rules: [...rules] },
      };
    }),
  );

export const categoryObjects = (): Category[] =>
  Object.entries(categoryWords).map(([name, words]) => ({
    apiVersion: platformResources.categories.apiVersion,
    kind: 'Category',
    metadata: { name, labels: { ...managedBy } },
    spec: { displayName: spoken(words) },
  }));

/** The label of templates that a built-in role takes in. */
export const aggregateTo = (role: string): string => `iam.kubesphere.io/aggregate-to-${role}`;

export const scopeOf = ({ metadata }: RoleTemplate): string => metadata.labels?.[labels.scope] ?? '';

/** Lists of names are JSON in 3.x, and in 4.x also plain text with commas. */
export function namesIn(text: string | undefined): string[] {
  if (!text) return [];
  try {
    const names: unknown = JSON.parse(text);
    return Array.isArray(names) ? names.filter(name => typeof name === 'string') : [];
  } catch {
    return text
      .split(',')
      .map(name => name.trim())
      .filter(name => name !== '');
  }
}

export const needsOf = ({ metadata }: RoleTemplate): string[] =>
  namesIn(metadata.annotations?.[annotations.dependencies]);

/** All names under which 3.x and 4.x know the template `name` of a scope, to the one it has here. */
export function currentName(scope: RoleScope, name: string): string {
  const plain = name.replace(/^role-template-/, '');
  const short = plain.startsWith(`${scope}-`) ? plain.slice(scope.length + 1) : plain;
  return `${scope}-${renamed[scope]?.[short] ?? short}`;
}

export interface Catalogue {
  /** By any of its names. */
  find(scope: RoleScope, name: string): RoleTemplate | undefined;
  all(scope: RoleScope): readonly RoleTemplate[];
  /** Those that a built-in role takes in, by their labels. */
  markedFor(scope: RoleScope, role: string): readonly RoleTemplate[];
  /** What a role is made of: its templates and all that they need, in order of names. */
  of(scope: RoleScope, role: Pick<PlatformRole, 'metadata' | 'aggregationRoleTemplates'>): Made;
}

/** A selector that says nothing, or nothing sensible, selects nothing: it would else be a role that may do everything. */
function selects(given: LabelSelector, { metadata }: RoleTemplate): boolean {
  let selector: Selector;
  try {
    selector = selectorFromObject(given);
  } catch {
    return false;
  }
  return selector.length > 0 && matches(selector, metadata.labels);
}

export interface Made {
  readonly templates: readonly RoleTemplate[];
  readonly unknown: readonly string[];
}

const byName = (left: RoleTemplate, right: RoleTemplate): number =>
  left.metadata.name! < right.metadata.name! ? -1 : 1;

export function createCatalogue(all: readonly RoleTemplate[]): Catalogue {
  const named = new Map(all.map(template => [template.metadata.name!, template]));
  const find = (scope: RoleScope, name: string) => {
    const found = named.get(name) ?? named.get(currentName(scope, name));
    return found && scopeOf(found) === scope ? found : undefined;
  };
  const inScope = (scope: RoleScope) => all.filter(template => scopeOf(template) === scope).sort(byName);
  return {
    find,
    all: inScope,
    markedFor: (scope, role) =>
      inScope(scope).filter(({ metadata }) => role === 'admin' || metadata.labels?.[aggregateTo(role)] !== undefined),
    of(scope, role) {
      const { templateNames, roleSelector } = role.aggregationRoleTemplates ?? {};
      // 4.x's field counts where there is one; 3.x has the annotation alone.
      const wished = templateNames ?? namesIn(role.metadata.annotations?.[annotations.aggregated]);
      const selected = roleSelector
        ? all.filter(template => scopeOf(template) === scope && selects(roleSelector, template))
        : [];
      const found = new Map<string, RoleTemplate>();
      const unknown: string[] = [];
      const take = (template: RoleTemplate | undefined, name: string) => {
        if (!template) return void unknown.push(name);
        if (found.has(template.metadata.name!)) return;
        found.set(template.metadata.name!, template);
        // What a template needs may be of an extension that is gone: then the rest is still worth having.
        for (const need of needsOf(template)) if (find(scope, need)) take(find(scope, need), need);
      };
      for (const name of wished) take(find(scope, name), name);
      for (const template of selected) take(template, template.metadata.name!);
      const templates = [...found.values()].sort((left, right) =>
        left.metadata.name! < right.metadata.name! ? -1 : 1,
      );
      return { templates, unknown: [...new Set(unknown)] };
    },
  };
}

/** Whether the role's rules follow from templates; then nothing that a client says about them counts. */
export const isAggregated = (role: Pick<PlatformRole, 'metadata' | 'aggregationRoleTemplates'>): boolean =>
  role.aggregationRoleTemplates !== undefined || role.metadata.annotations?.[annotations.aggregated] !== undefined;

/** The role with the rules of its templates, named in the manner of both generations. */
export function withRules<R extends PlatformRole>(scope: RoleScope, role: R, catalogue: Catalogue): R {
  if (!isAggregated(role)) return role;
  const { templates: made, unknown } = catalogue.of(scope, role);
  // A name that nothing answers to stays: it may be of an extension that is not there yet.
  const names = [...made.map(({ metadata }) => metadata.name!), ...unknown];
  const own = role.aggregationRoleTemplates?.roleSelector;
  return {
    ...role,
    metadata: {
      ...role.metadata,
      annotations: { ...role.metadata.annotations, [annotations.aggregated]: JSON.stringify(names) },
    },
    aggregationRoleTemplates: { ...(own && { roleSelector: own }), templateNames: names },
    rules: together(
      basics[scope],
      made.flatMap(({ spec }) => spec.rules ?? []),
    ),
  };
}

/** The rules of a built-in role: its own, and those of the templates that are marked for it. An admin has all of his scope. */
export const builtInRules = (
  scope: RoleScope,
  name: string,
  own: readonly PolicyRule[],
  catalogue: Catalogue,
): PolicyRule[] =>
  together(
    own,
    catalogue.markedFor(scope, name).flatMap(({ spec }) => spec.rules ?? []),
  );

export const isBuiltIn = ({ metadata }: PlatformRole): boolean =>
  Object.entries(managedBy).every(([label, value]) => metadata.labels?.[label] === value);

const everything: PolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };

/** The templates that a role amounts to, for people: all for who may do everything, else those that it is made of. */
export function templatesOf(scope: RoleScope, role: PlatformRole, catalogue: Catalogue): readonly RoleTemplate[] {
  if (isAggregated(role)) return catalogue.of(scope, role).templates;
  if (covers(role.rules ?? [], everything)) return catalogue.all(scope);
  const workspace = role.metadata.labels?.[labels.workspace];
  const name = role.metadata.name ?? '';
  if (!isBuiltIn(role)) return [];
  return catalogue.markedFor(scope, workspace ? name.slice(workspace.length + 1) : name);
}
