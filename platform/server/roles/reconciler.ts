/** Keeps native RBAC what the platform's roles and bindings say. Level-based: whatever is changed, added or removed on either side is healed. */
import { resources } from '@orrery/client/resources';
import { keyOf, type KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import {
  labels,
  platformResources,
  type PlatformResource,
  type PlatformRole,
  type PlatformRoleBinding,
} from '@orrery/platform-kinds';
import { watchOf, type Change, type ControllerOptions, type Informer, type Source } from '@orrery/reconciler';
import { derivedObjects } from '../access/derived.ts';
import { isProject, projectPlace, type ProjectPlace } from '../access/projects.ts';
import { heal, isHealed } from '../access/heal.ts';
import {
  planClusterBinding,
  planClusterRole,
  planGlobalBinding,
  planGlobalRole,
  planProjectBinding,
  planProjectRole,
  planWorkspaceBinding,
  planWorkspaceRole,
  reachesInside,
  type Wanted,
} from '../access/materialise.ts';
import type { PlatformContext } from '../context.ts';

const byWorkspace = 'workspace';
const workspacesOf = ({ metadata }: KubeObject): string[] => {
  const workspace = metadata.labels?.[labels.workspace];
  return workspace ? [workspace] : [];
};
const isAlive = ({ metadata }: KubeObject): boolean => metadata.deletionTimestamp === undefined;

/** An object by its key: from the cache, or from the cluster. */
type Read = <T extends KubeObject>(resource: PlatformResource, key: string) => Promise<T | undefined>;

/** In a member: which workspaces have rights there, and what may change that. */
export interface Openness {
  isOpen(workspace: string): boolean;
  /** Whose key is the name of a workspace; each wakes what is of it. */
  changes(tell: (workspace: string) => string[]): readonly Source[];
}

export function healRoles({ client, informers }: PlatformContext, openness?: Openness): ControllerOptions {
  const globalRoles = informers.of<PlatformRole>(platformResources.globalroles);
  const globalBindings = informers.of<PlatformRoleBinding>(platformResources.globalrolebindings);
  const roles = informers.of<PlatformRole>(platformResources.workspaceroles);
  const bindings = informers.of<PlatformRoleBinding>(platformResources.workspacerolebindings);
  const projects = informers.of(resources.namespaces);
  const derived = derivedObjects(informers);
  for (const informer of [roles, bindings, projects] as Informer[]) informer.addIndex(byWorkspace, workspacesOf);

  // Role by role: there are a few of them, and a binding for each user, and this is asked for every project.
  const reachingRoles = (): ReadonlySet<string> =>
    new Set(
      globalRoles
        .list()
        .filter(({ rules = [] }) => reachesInside(rules))
        .map(({ metadata }) => metadata.name!),
    );
  const globalKeys = (which: (binding: PlatformRoleBinding) => boolean) =>
    globalBindings
      .list()
      .filter(which)
      .map(binding => `globalrolebindings/${keyOf(binding)}`);
  const allProjects = () => projects.list().filter(isProject).map(projectPlace);
  const projectsOf = (binding: PlatformRoleBinding): ProjectPlace[] =>
    workspacesOf(binding)
      .flatMap(workspace => projects.byIndex(byWorkspace, workspace))
      .filter(isProject)
      .map(projectPlace);
  const plans: Readonly<Record<string, (read: Read, key: string) => Promise<Wanted[]>>> = {
    ...plain,
    async globalrolebindings(read, key) {
      const binding = await alive<PlatformRoleBinding>(read, platformResources.globalrolebindings, key);
      const role = binding && (await read<PlatformRole>(platformResources.globalroles, binding.roleRef.name));
      return binding ? planGlobalBinding(binding, role, reachesInside(role?.rules ?? []) ? allProjects() : []) : [];
    },
    async workspacerolebindings(read, key) {
      const binding = await alive<PlatformRoleBinding>(read, platformResources.workspacerolebindings, key);
      const role = binding && (await read<PlatformRole>(platformResources.workspaceroles, binding.roleRef.name));
      return binding && isOpen(binding) ? planWorkspaceBinding(binding, role, projectsOf(binding)) : [];
    },
    async workspaceroles(read, key) {
      const role = await alive<PlatformRole>(read, platformResources.workspaceroles, key);
      return role && isOpen(role) ? planWorkspaceRole(role) : [];
    },
  };
  const isOpen = (object: KubeObject): boolean =>
    openness === undefined || workspacesOf(object).every(workspace => openness.isOpen(workspace));
  const keysOf = (workspace: string): string[] => [
    ...roles.byIndex(byWorkspace, workspace).map(role => `workspaceroles/${keyOf(role)}`),
    ...bindings.byIndex(byWorkspace, workspace).map(binding => `workspacerolebindings/${keyOf(binding)}`),
  ];
  const cached: Read = async (resource, key) => informers.of<never>(resource).get(key);
  const live: Read = (resource, key) => {
    const [name, namespace] = key.split('/').toReversed();
    return orUndefined(client.get<never>(resource, name!, { ...(namespace !== undefined && { namespace }) }));
  };
  const bindingsIn = (change: Change<KubeObject>): string[] =>
    [change.before, change.after]
      .flatMap(object => (object ? workspacesOf(object) : []))
      .flatMap(workspace => bindings.byIndex(byWorkspace, workspace))
      .map(binding => `workspacerolebindings/${keyOf(binding)}`);
  const own = (resource: PlatformResource, kind: string) =>
    watchOf(informers.of(resource), ({ before, after }) => [`${kind}/${keyOf((after ?? before)!)}`]);
  return {
    name: 'platform-roles',
    concurrency: 4,
    sources: [
      own(platformResources.globalroles, 'globalroles'),
      own(platformResources.globalrolebindings, 'globalrolebindings'),
      own(platformResources.workspaceroles, 'workspaceroles'),
      own(platformResources.workspacerolebindings, 'workspacerolebindings'),
      own(platformResources.iamClusterRoles, 'iamclusterroles'),
      own(platformResources.iamClusterRoleBindings, 'iamclusterrolebindings'),
      own(platformResources.iamRoles, 'iamroles'),
      own(platformResources.iamRoleBindings, 'iamrolebindings'),
      // A binding's projects come and go, and its role may come after it.
      watchOf(projects, bindingsIn),
      watchOf(projects, ({ before, after }) => {
        if (kindOf(before) === kindOf(after)) return [];
        const roles = reachingRoles();
        return globalKeys(({ roleRef }) => roles.has(roleRef.name));
      }),
      watchOf(roles, bindingsIn),
      watchOf(globalRoles, ({ before, after }) =>
        globalKeys(({ roleRef }) => roleRef.name === (after ?? before)?.metadata.name),
      ),
      ...(openness?.changes(keysOf) ?? []),
      ...derived.sources,
    ],
    async reconcile(key) {
      const slash = key.indexOf('/');
      const plan = plans[key.slice(0, slash)];
      // Whatever follows from other things is healed by who makes it.
      if (!plan) return;
      const name = key.slice(slash + 1);
      if (isHealed(await plan(cached, name), derived.of(key))) return;
      // A route may have been faster than the cache: what it gave or took a moment ago is not undone.
      await heal(client, await plan(live, name), derived.of(key));
    },
  };
}

const kindOf = (namespace: KubeObject | undefined): ProjectPlace['kind'] | undefined =>
  namespace !== undefined && isProject(namespace) ? projectPlace(namespace).kind : undefined;

async function alive<T extends KubeObject>(
  read: Read,
  resource: PlatformResource,
  key: string,
): Promise<T | undefined> {
  const object = await read<T>(resource, key);
  return object && isAlive(object) ? object : undefined;
}

/** From one object and nothing else. */
const from =
  <T extends KubeObject>(resource: PlatformResource, plan: (object: T) => Wanted[]) =>
  async (read: Read, key: string): Promise<Wanted[]> => {
    const object = await alive<T>(read, resource, key);
    return object ? plan(object) : [];
  };

const plain = {
  globalroles: from(platformResources.globalroles, planGlobalRole),
  iamclusterroles: from(platformResources.iamClusterRoles, planClusterRole),
  iamclusterrolebindings: from(platformResources.iamClusterRoleBindings, planClusterBinding),
  iamroles: from(platformResources.iamRoles, planProjectRole),
  iamrolebindings: from(platformResources.iamRoleBindings, planProjectBinding),
};
