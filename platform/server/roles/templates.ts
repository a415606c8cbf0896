/** Brings the catalogue of role templates into the cluster, and keeps the roles that are made of templates what those say. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { keyOf } from '@orrery/machinery/meta';
import { labels, platformResources, type PlatformRole, type RoleTemplate } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions, type Informer } from '@orrery/reconciler';
import { heal, same } from '../access/heal.ts';
import type { Wanted } from '../access/materialise.ts';
import type { PlatformContext } from '../context.ts';
import {
  builtInRules,
  categoryObjects,
  createCatalogue,
  isAggregated,
  isBuiltIn,
  templateObjects,
  withRules,
  type Catalogue,
} from './catalogue.ts';
import { builtinRoleObjects } from './built-in.ts';
import type { RoleScope } from './templates.data.ts';

/** What comes with the platform: corrected when it differs; what others added stays. One list per kind, not a request per object. */
export async function ensureTemplates(client: Client): Promise<void> {
  for (const [resource, objects] of [
    [platformResources.categories, categoryObjects()],
    [platformResources.roletemplates, templateObjects()],
    [platformResources.builtinroles, builtinRoleObjects()],
  ] as const) {
    const names = new Set(objects.map(({ metadata }) => metadata.name));
    const { items } = await client.list(resource);
    const there = items
      .filter(({ metadata }) => names.has(metadata.name))
      .map((object): Wanted => ({ resource, object }));
    await heal(
      client,
      objects.map((object): Wanted => ({ resource, object })),
      there,
    );
  }
}

/** The catalogue as the cluster has it now. */
export const readCatalogue = async (client: Client): Promise<Catalogue> =>
  createCatalogue((await client.list<RoleTemplate>(platformResources.roletemplates)).items);

/** The same from the cache, made anew after it changed. */
export function cachedCatalogue({ informers }: Pick<PlatformContext, 'informers'>): () => Catalogue {
  const templates = informers.of<RoleTemplate>(platformResources.roletemplates);
  let made: Catalogue | undefined;
  templates.onChange(() => (made = undefined));
  return () => (made ??= createCatalogue(templates.list()));
}

const aggregatedKinds = [
  ['global', platformResources.globalroles],
  ['cluster', platformResources.iamClusterRoles],
  ['workspace', platformResources.workspaceroles],
  ['namespace', platformResources.iamRoles],
] as const satisfies readonly (readonly [RoleScope, unknown])[];

/** Roles that are made of templates have the rules that those have now. */
/** `only` are the scopes that are looked after, all unless given. */
export function aggregateRoles(context: PlatformContext, only?: readonly RoleScope[]): ControllerOptions {
  const { client, informers } = context;
  const templates = informers.of<RoleTemplate>(platformResources.roletemplates);
  const catalogue = cachedCatalogue(context);
  const wanted = aggregatedKinds.filter(([scope]) => only === undefined || only.includes(scope));
  const kinds = wanted.map(([scope, resource]) => ({
    scope,
    resource,
    roles: informers.of<PlatformRole>(resource),
  }));
  const namespaces = informers.of(resources.namespaces);
  // Built-in roles of workspaces and projects are made where those are.
  const follows = (scope: RoleScope, role: PlatformRole): boolean =>
    isAggregated(role) || ((scope === 'global' || scope === 'cluster') && isBuiltIn(role));
  const keysOf = (scope: RoleScope, roles: Informer<PlatformRole>) =>
    roles
      .list()
      .filter(role => follows(scope, role))
      .map(role => `${scope}/${keyOf(role)}`);
  return {
    name: 'platform-role-templates',
    sources: [
      ...kinds.map(({ scope, roles }) =>
        watchOf(roles, ({ after }) => (after && follows(scope, after) ? [`${scope}/${keyOf(after)}`] : [])),
      ),
      watchOf(templates, () => kinds.flatMap(({ scope, roles }) => keysOf(scope, roles))),
    ],
    async reconcile(key) {
      const slash = key.indexOf('/');
      const kind = kinds.find(({ scope }) => scope === key.slice(0, slash));
      const role = kind?.roles.get(key.slice(slash + 1));
      if (!kind || !role || role.metadata.deletionTimestamp !== undefined) return undefined;
      const { namespace } = role.metadata;
      const project = namespace === undefined ? undefined : namespaces.get(namespace);
      // Not heard of yet: whose templates the role is made of is not known.
      if (namespace !== undefined && !project) return { requeueAfterMs: 100 };
      // A DevOps project has its roles where a project has them.
      const scope = project?.metadata.labels?.[labels.devops] ? 'devops' : kind.scope;
      const wanted = isAggregated(role)
        ? withRules(scope, role, catalogue())
        : { ...role, rules: builtInRules(kind.scope, role.metadata.name!, role.rules ?? [], catalogue()) };
      if (!agrees(role, wanted)) await client.update<PlatformRole>(kind.resource, wanted);
      return undefined;
    },
  };
}

const agrees = (role: PlatformRole, wanted: PlatformRole): boolean =>
  same(role.rules, wanted.rules) &&
  same(role.metadata.annotations, wanted.metadata.annotations) &&
  same(role.aggregationRoleTemplates, wanted.aggregationRoleTemplates);
