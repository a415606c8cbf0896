/** Keeps native RBAC what the platform's roles and bindings say. Level-based: whatever is changed, added or removed on either side is healed. */
import { resources } from '@orrery/client/resources';
import { keyOf, type KubeObject } from '@orrery/machinery/meta';
import { labels, platformResources, type PlatformRole, type PlatformRoleBinding } from '@orrery/platform-kinds';
import { watchOf, type Change, type ControllerOptions, type Informer } from '@orrery/reconciler';
import { derivedObjects } from '../access/derived.ts';
import { heal } from '../access/heal.ts';
import {
  planGlobalBinding,
  planGlobalRole,
  planWorkspaceBinding,
  planWorkspaceRole,
  type Wanted,
} from '../access/materialise.ts';
import type { PlatformContext } from '../context.ts';

const byWorkspace = 'workspace';
const workspacesOf = ({ metadata }: KubeObject): string[] => {
  const workspace = metadata.labels?.[labels.workspace];
  return workspace ? [workspace] : [];
};

export function healRoles({ client, informers }: PlatformContext): ControllerOptions {
  const globalRoles = informers.of<PlatformRole>(platformResources.globalroles);
  const globalBindings = informers.of<PlatformRoleBinding>(platformResources.globalrolebindings);
  const roles = informers.of<PlatformRole>(platformResources.workspaceroles);
  const bindings = informers.of<PlatformRoleBinding>(platformResources.workspacerolebindings);
  const projects = informers.of(resources.namespaces);
  const derived = derivedObjects(informers);
  for (const informer of [bindings, projects] as Informer[]) informer.addIndex(byWorkspace, workspacesOf);

  const projectsOf = (binding: PlatformRoleBinding): string[] =>
    workspacesOf(binding)
      .flatMap(workspace => projects.byIndex(byWorkspace, workspace))
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ metadata }) => metadata.name!);
  const plan = (key: string): Wanted[] => {
    const [kind, name = ''] = key.split('/');
    const alive = <T extends KubeObject>(object: T | undefined, then: (object: T) => Wanted[]): Wanted[] =>
      object && object.metadata.deletionTimestamp === undefined ? then(object) : [];
    switch (kind) {
      case 'globalroles':
        return alive(globalRoles.get(name), planGlobalRole);
      case 'globalrolebindings':
        return alive(globalBindings.get(name), planGlobalBinding);
      case 'workspaceroles':
        return alive(roles.get(name), planWorkspaceRole);
      case 'workspacerolebindings':
        return alive(bindings.get(name), binding =>
          planWorkspaceBinding(binding, roles.get(binding.roleRef.name), projectsOf(binding)),
        );
      default:
        return [];
    }
  };
  const bindingsIn = (change: Change<KubeObject>): string[] =>
    [change.before, change.after]
      .flatMap(object => (object ? workspacesOf(object) : []))
      .flatMap(workspace => bindings.byIndex(byWorkspace, workspace))
      .map(binding => `workspacerolebindings/${keyOf(binding)}`);
  const own = (informer: Informer, kind: string) =>
    watchOf(informer, ({ before, after }) => [`${kind}/${keyOf((after ?? before)!)}`]);
  return {
    name: 'platform-roles',
    concurrency: 4,
    sources: [
      own(globalRoles, 'globalroles'),
      own(globalBindings, 'globalrolebindings'),
      own(roles, 'workspaceroles'),
      own(bindings, 'workspacerolebindings'),
      // A binding's projects come and go, and its role may come after it.
      watchOf(projects, bindingsIn),
      watchOf(roles, bindingsIn),
      ...derived.sources,
    ],
    reconcile: key => heal(client, plan(key), derived.of(key)),
  };
}
