/** Keeps what follows from departments: bindings, the groups of accounts; and nothing of those whose workspace or member is gone. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { labels, platformResources, type Group, type GroupBinding, type User } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions } from '@orrery/reconciler';
import { heal } from '../access/heal.ts';
import { managedBy, sourceAnnotation, type Wanted } from '../access/materialise.ts';
import type { PlatformContext } from '../context.ts';
import { bindingsOfUser, departmentsAnnotation, syncGroups } from '../identity/departments.ts';
import { groupSource, planGroup, workspaceOf } from './plan.ts';

const labelSelector = Object.entries(managedBy)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');
// Informers are shared: an index of the same name would take the place of another's.
const bySource = 'department';
const sourceOf = (object: KubeObject | undefined): string[] => {
  const source = object?.metadata.annotations?.[sourceAnnotation];
  return source?.startsWith('groups/') ? [source] : [];
};
const usersOf = (binding: GroupBinding | undefined): string[] => {
  const user = binding?.metadata.labels?.[labels.user];
  return [...(binding?.users ?? []), ...(user === undefined ? [] : [user])].map(name => `users/${name}`);
};

export function healDepartments(context: PlatformContext): ControllerOptions {
  const { client, informers } = context;
  const groups = informers.of<Group>(platformResources.groups);
  const bindings = informers.of<GroupBinding>(platformResources.groupbindings);
  const users = informers.of<User>(platformResources.users);
  const templates = informers.of(platformResources.workspacetemplates);
  const projects = informers.of(resources.namespaces);
  const derived = [platformResources.workspacerolebindings, resources.rolebindings].map(resource => ({
    resource,
    informer: informers.of(resource, { labelSelector }),
  }));
  for (const { informer } of derived) informer.addIndex(bySource, sourceOf);
  const keysIn = (workspace: string | undefined): string[] =>
    groups
      .list()
      .filter(group => workspaceOf(group) === workspace)
      .map(({ metadata }) => groupSource(metadata.name!));
  const members = (names: ReadonlySet<string>) =>
    bindings
      .list()
      .filter(({ groupRef }) => names.has(groupRef.name))
      .flatMap(usersOf);
  return {
    name: 'platform-departments',
    sources: [
      // A department that moves in the tree changes what the members of all of its workspace's may have.
      watchOf(groups, ({ before, after }) => {
        const workspace = workspaceOf((after ?? before)!);
        const names = new Set(
          groups
            .list()
            .filter(group => workspaceOf(group) === workspace)
            .map(({ metadata }) => metadata.name!),
        );
        names.add((after ?? before)!.metadata.name!);
        return [groupSource((after ?? before)!.metadata.name!), ...members(names)];
      }),
      watchOf(bindings, ({ before, after }) => [
        ...usersOf(before),
        ...usersOf(after),
        `groupbindings/${(after ?? before)!.metadata.name}`,
      ]),
      watchOf(users, ({ before, after }) => {
        const { metadata, spec } = (after ?? before)!;
        const touched = spec?.groups?.length || metadata.annotations?.[departmentsAnnotation];
        return touched || !after ? [`users/${metadata.name}`] : [];
      }),
      watchOf(templates, ({ before, after }) => keysIn((after ?? before)!.metadata.name)),
      watchOf(projects, ({ before, after }) =>
        [before, after].flatMap(project => (project ? keysIn(workspaceOf(project)) : [])),
      ),
      ...derived.map(({ informer }) =>
        watchOf(informer, ({ before, after }) => [...sourceOf(before), ...sourceOf(after)]),
      ),
    ],
    async reconcile(key) {
      const slash = key.indexOf('/');
      const name = key.slice(slash + 1);
      switch (key.slice(0, slash)) {
        case 'users':
          return reconcileUser(name);
        case 'groupbindings':
          return reconcileBinding(name);
        default:
          return reconcileGroup(name, key);
      }
    },
  };

  async function reconcileUser(name: string): Promise<void> {
    if (await orUndefined(client.get(platformResources.users, name))) return syncGroups(context, client, name);
    for (const { metadata } of await bindingsOfUser(client, name))
      await orUndefined(client.delete(platformResources.groupbindings, metadata.name!));
  }

  async function reconcileBinding(name: string): Promise<void> {
    const binding = bindings.get(name);
    if (!binding || groups.get(binding.groupRef.name)) return;
    if (!(await orUndefined(client.get(platformResources.groups, binding.groupRef.name))))
      await orUndefined(client.delete(platformResources.groupbindings, name));
  }

  async function reconcileGroup(name: string, source: string): Promise<void> {
    const existing = derived.flatMap(({ resource, informer }) =>
      informer.byIndex(bySource, source).map((object): Wanted => ({ resource, object })),
    );
    const group = await orUndefined(client.get<Group>(platformResources.groups, name));
    if (!group) {
      await heal(client, [], existing);
      for (const binding of bindings.list().filter(({ groupRef }) => groupRef.name === name))
        await reconcileBinding(binding.metadata.name!);
      return;
    }
    if (!(await exists(workspaceOf(group)))) {
      await orUndefined(client.delete(platformResources.groups, name));
      return;
    }
    const inside = projects.list().filter(project => workspaceOf(project) === workspaceOf(group));
    await heal(client, planGroup(group, new Set(inside.map(({ metadata }) => metadata.name!))), existing);
  }

  /** A workspace that is going is still there: its departments go with its rights, after it. */
  async function exists(workspace: string): Promise<boolean> {
    if (workspace === '') return true;
    try {
      return (await orUndefined(client.get(platformResources.workspacetemplates, workspace))) !== undefined;
    } catch (error) {
      if (isReason(error, 'NotFound')) return false;
      throw error;
    }
  }
}
