/** What the routes of roles do, in all scopes, after their permission was checked. */
import { retryOnConflict, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { GroupVersionResource, ObjectMeta } from '@orrery/machinery/meta';
import { validateDns1123Subdomain } from '@orrery/machinery/names';
import { applyMergePatch, type JsonObject } from '@orrery/machinery/patch';
import { StatusError, forbidden, notFound, orUndefined } from '@orrery/machinery/status';
import { accessText } from '@orrery/platform-contract';
import {
  annotations,
  groups,
  labels,
  platformResources,
  type PlatformRole,
  type PolicyRule,
} from '@orrery/platform-kinds';
import { notHeld, type Place } from '../access/authorizer.ts';
import {
  planClusterRole,
  planGlobalRole,
  planProjectRole,
  planWorkspaceRole,
  type Wanted,
} from '../access/materialise.ts';
import { projectRoles } from '../access/project-roles.data.ts';
import { clusterRules, rulesInProject } from '../access/rules.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { ensureWanted } from '../install/manifest.ts';
import { isAggregated, isBuiltIn, namesIn, withRules, type Catalogue } from './catalogue.ts';
import { readCatalogue } from './templates.ts';
import type { RoleScope } from './templates.data.ts';

/** Where a role is: its scope, and the names of the place. */
export interface RolePlace {
  readonly scope: RoleScope;
  readonly workspace?: string;
  readonly namespace?: string;
}

interface Kind {
  readonly kind: string;
  readonly resource: GroupVersionResource & { readonly apiVersion: string };
  /** As routes name it. */
  readonly plural: string;
  readonly plan: (role: PlatformRole) => Wanted[];
  /** What the rules come to for the cluster, so that the granter is asked about no less. */
  readonly asked: (rules: readonly PolicyRule[]) => readonly PolicyRule[];
}

const same = (rules: readonly PolicyRule[]) => rules;
/** A DevOps project has its roles where a project has them. */
const ofProjects: Kind = {
  kind: 'Role',
  resource: platformResources.iamRoles,
  plural: 'roles',
  plan: planProjectRole,
  asked: rulesInProject,
};

const kinds: Readonly<Record<RolePlace['scope'], Kind>> = {
  global: {
    kind: 'GlobalRole',
    resource: platformResources.globalroles,
    plural: 'globalroles',
    plan: planGlobalRole,
    asked: same,
  },
  cluster: {
    kind: 'ClusterRole',
    resource: platformResources.iamClusterRoles,
    plural: 'clusterroles',
    plan: planClusterRole,
    asked: clusterRules,
  },
  workspace: {
    kind: 'WorkspaceRole',
    resource: platformResources.workspaceroles,
    plural: 'workspaceroles',
    plan: planWorkspaceRole,
    asked: same,
  },
  namespace: ofProjects,
  devops: ofProjects,
};

export const placeOf = ({ workspace, namespace }: RolePlace): Place =>
  workspace !== undefined ? { workspace } : namespace !== undefined ? { namespace } : 'platform';
/** What rules of a role come to for the cluster. */
export const askedOf = ({ scope }: RolePlace): Kind['asked'] => kinds[scope].asked;
const what = ({ scope }: RolePlace, name: string) => ({ group: groups.iam, resource: kinds[scope].plural, name });
const at = ({ namespace }: RolePlace) => ({ ...(namespace !== undefined && { namespace }) });

/** Rejects with 404, for a role of another workspace too. */
export async function getRole(client: Client, place: RolePlace, name: string): Promise<PlatformRole> {
  const role = await orUndefined(client.get<PlatformRole>(kinds[place.scope].resource, name, at(place)));
  const elsewhere = place.workspace !== undefined && role?.metadata.labels?.[labels.workspace] !== place.workspace;
  if (!role || elsewhere) throw notFound(what(place, name));
  return role;
}

/** A role of a project as its members see it: made here, or by the native API. */
export async function getProjectRole(client: Client, namespace: string, name: string): Promise<PlatformRole> {
  const role = await orUndefined(client.get<PlatformRole>(resources.roles, name, { namespace }));
  if (!role) throw notFound(what({ scope: 'namespace', namespace }, name));
  return role;
}

/** A role that may be changed. Rejects with 403 for one that is built in, as those of projects are that the cluster alone knows. */
async function changeable(client: Client, place: RolePlace, name: string): Promise<PlatformRole> {
  const role = await orUndefined(getRole(client, place, name));
  const native =
    role === undefined && place.namespace !== undefined
      ? await orUndefined(getProjectRole(client, place.namespace, name))
      : undefined;
  const known = role ?? native;
  if (known && isBuiltIn(known)) throw forbidden(what(place, name), 'it is built in');
  if (!role) throw notFound(what(place, name));
  return role;
}

const invalid = (place: RolePlace, name: string, field: string, why: string): StatusError =>
  new StatusError(422, 'Invalid', `${kinds[place.scope].kind} "${name}" is invalid: ${field}: ${why}`, {
    ...what(place, name),
    kind: kinds[place.scope].kind,
    causes: [{ field, message: why }],
  });

/** URLs are no resources: who may do everything may give them. */
const everything: PolicyRule = { verbs: ['*'], apiGroups: ['*'], resources: ['*'] };

/** Nobody gives what he does not hold, neither by rules nor by templates. Rejects with 403 that names what is missing. */
export async function refuseGreaterRole(
  context: Pick<PlatformContext, 'clientOf'>,
  caller: Caller,
  place: RolePlace,
  { metadata, rules = [] }: PlatformRole,
): Promise<void> {
  const wanted = kinds[place.scope].asked(rules);
  const asked = wanted.some(rule => rule.nonResourceURLs?.length) ? [...wanted, everything] : wanted;
  const missing = await notHeld(context.clientOf(caller), asked, placeOf(place));
  if (missing)
    throw forbidden(what(place, metadata.name ?? ''), `you may not give what you do not have: ${accessText(missing)}`);
}

/** With the rules of its templates. Rejects with 422 for a template that there is not. */
function completed(place: RolePlace, role: PlatformRole, catalogue: Catalogue): PlatformRole {
  if (!isAggregated(role)) return role;
  const [unknown] = catalogue.of(place.scope, role).unknown;
  if (unknown !== undefined)
    throw invalid(
      place,
      role.metadata.name!,
      'aggregationRoleTemplates.templateNames',
      `there is no template "${unknown}" for roles of this scope`,
    );
  return withRules(place.scope, role, catalogue);
}

/** Roles of workspaces share one space of names: each begins with its workspace's. */
const fullName = ({ workspace }: RolePlace, name: string): string =>
  workspace === undefined || name.startsWith(`${workspace}-`) ? name : `${workspace}-${name}`;

function checkName(place: RolePlace, name: string): void {
  const [problem] = validateDns1123Subdomain(name);
  if (problem) throw invalid(place, name, 'metadata.name', problem);
  if (place.namespace !== undefined && Object.hasOwn(projectRoles, name))
    throw invalid(place, name, 'metadata.name', 'a built-in role has this name');
}

export async function createRole(
  context: PlatformContext,
  caller: Caller,
  place: RolePlace,
  given: PlatformRole,
): Promise<PlatformRole> {
  const service = context.serviceOf(caller);
  const { resource, kind } = kinds[place.scope];
  const name = fullName(place, given.metadata?.name ?? '');
  checkName(place, name);
  const { rules = [], aggregationRoleTemplates } = given;
  const role = completed(
    place,
    {
      apiVersion: resource.apiVersion,
      kind,
      metadata: {
        name,
        ...at(place),
        labels: { ...openLabels(given.metadata), ...(place.workspace && { [labels.workspace]: place.workspace }) },
        annotations: { ...given.metadata?.annotations, [annotations.creator]: caller.name },
      },
      rules,
      ...(aggregationRoleTemplates && { aggregationRoleTemplates }),
    },
    await readCatalogue(service),
  );
  await refuseGreaterRole(context, caller, place, role);
  if (place.namespace !== undefined && (await orUndefined(service.get(resources.roles, name, at(place)))))
    throw new StatusError(409, 'AlreadyExists', `roles "${name}" already exists`, what(place, name));
  const created = await service.create<PlatformRole>(resource, role);
  await materialise(service, place, created);
  return created;
}

/** Marks of ours are not for a form to set: they say what is built in, and whose it is. */
const openLabels = ({ labels: given = {} }: ObjectMeta = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(given).filter(([key]) => !/(^|\.)(kubesphere\.io|orrery\.io|kubernetes\.io)\//.test(key)),
  );

/** At once, so that the next request sees it; the controller keeps it so. What it gave `before` and gives no more is gone as soon. */
const materialise = async (
  service: Client,
  { scope }: RolePlace,
  role: PlatformRole,
  before?: PlatformRole,
): Promise<void> => {
  const all = kinds[scope].plan(role);
  for (const wanted of all) await ensureWanted(service, wanted);
  const stays = new Set(all.map(({ object }) => object.metadata.name));
  for (const { resource, object } of before ? kinds[scope].plan(before) : [])
    if (!stays.has(object.metadata.name))
      await orUndefined(service.delete(resource, object.metadata.name!, at({ scope, ...object.metadata })));
};

type Marks = Pick<ObjectMeta, 'labels' | 'annotations'>;

/** `kept` are marks that stay unless `given` names them. */
export async function updateRole(
  context: PlatformContext,
  caller: Caller,
  place: RolePlace,
  name: string,
  given: PlatformRole,
  kept?: Marks,
): Promise<PlatformRole> {
  const service = context.serviceOf(caller);
  const before = await changeable(service, place, name);
  const stay = kept ?? before.metadata;
  const said = { ...stay.annotations, ...given.metadata?.annotations };
  const chosen = choose(before, { ...given, metadata: { annotations: said } });
  const { [annotations.aggregated]: _names, ...others } = said;
  const after = completed(
    place,
    {
      apiVersion: before.apiVersion,
      kind: before.kind,
      metadata: {
        ...before.metadata,
        ...(given.metadata?.resourceVersion && { resourceVersion: given.metadata.resourceVersion }),
        labels: { ...ownLabels(before.metadata), ...openLabels(stay), ...openLabels(given.metadata) },
        annotations: {
          ...others,
          ...(before.metadata.annotations?.[annotations.creator] && {
            [annotations.creator]: before.metadata.annotations[annotations.creator]!,
          }),
        },
      },
      rules: given.rules ?? before.rules ?? [],
      ...(chosen && { aggregationRoleTemplates: chosen }),
    },
    await readCatalogue(service),
  );
  await refuseGreaterRole(context, caller, place, after);
  const updated = await service.update<PlatformRole>(kinds[place.scope].resource, after);
  await materialise(service, place, updated, before);
  return updated;
}

const ownLabels = ({ labels: marks = {} }: ObjectMeta): Record<string, string> => {
  const open = openLabels({ labels: marks });
  return Object.fromEntries(Object.entries(marks).filter(([key]) => !Object.hasOwn(open, key)));
};

/** Which templates a change is about: 4.x says it in a field, 3.x in an annotation; what was touched counts. */
function choose(before: PlatformRole, given: PlatformRole): PlatformRole['aggregationRoleTemplates'] {
  const text = given.metadata.annotations?.[annotations.aggregated];
  const changedText = text !== before.metadata.annotations?.[annotations.aggregated];
  const field = given.aggregationRoleTemplates;
  const changedField = field !== undefined && JSON.stringify(field) !== JSON.stringify(before.aggregationRoleTemplates);
  if (changedField) return field;
  const selector = before.aggregationRoleTemplates?.roleSelector;
  if (changedText && text !== undefined)
    return { ...(selector && { roleSelector: selector }), templateNames: namesIn(text) };
  return before.aggregationRoleTemplates;
}

export const patchRole = (
  context: PlatformContext,
  caller: Caller,
  place: RolePlace,
  name: string,
  patch: PlatformRole,
): Promise<PlatformRole> =>
  retryOnConflict(context, async () => {
    const before = await changeable(context.serviceOf(caller), place, name);
    const given = applyMergePatch(before as unknown as JsonObject, patch) as unknown as PlatformRole;
    return updateRole(context, caller, place, name, given, {});
  });

export async function deleteRole(context: PlatformContext, caller: Caller, place: RolePlace, name: string) {
  const service = context.serviceOf(caller);
  const role = await changeable(service, place, name);
  await service.delete(kinds[place.scope].resource, name, at(place));
  // The rights end with this answer, not a moment later.
  for (const { resource, object } of kinds[place.scope].plan(role))
    await orUndefined(service.delete(resource, object.metadata.name!, at({ scope: place.scope, ...object.metadata })));
  return { message: 'success' };
}
