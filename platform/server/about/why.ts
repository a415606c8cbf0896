/** Why: the bindings that name a user, and the roles of a place, gathered for an explanation. */
import { resources } from '@orrery/client/resources';
import { orUndefined } from '@orrery/machinery/status';
import type { Access } from '@orrery/platform-contract';
import { labels, platformResources, type PlatformRole, type PolicyRule } from '@orrery/platform-kinds';
import { allows } from '../access/covers.ts';
import { whyAllowed, whyDenied, type Held, type Why } from '../access/explain.ts';
import { managedBy, sourceAnnotation } from '../access/materialise.ts';
import { workspaceRules } from '../access/rules.ts';
import { bindingsNaming, projectBindings, type NativeBinding } from '../access/visible.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';

const labelSelector = Object.entries(managedBy)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');

export interface Explainer {
  explain(caller: Caller, access: Access, allowed: boolean): Promise<Why | undefined>;
}

export function createExplainer(context: PlatformContext): Explainer {
  const { informers, client } = context;
  const everywhere = informers.of<NativeBinding>(resources.clusterrolebindings, { labelSelector });
  const clusterRoles = informers.of<PlatformRole>(resources.clusterroles, { labelSelector });
  const projectRoles = informers.of<PlatformRole>(resources.roles, { labelSelector });
  const workspaceRoles = informers.of<PlatformRole>(platformResources.workspaceroles);
  const bySubject = 'subject';
  everywhere.addIndex(bySubject, ({ subjects = [] }) => subjects.map(({ kind, name }) => `${kind}/${name}`));

  const rulesOf = async ({ roleRef, metadata }: NativeBinding): Promise<readonly PolicyRule[]> => {
    const { namespace } = metadata;
    const inCluster = roleRef.kind === 'ClusterRole';
    const known = inCluster ? clusterRoles.get(roleRef.name) : projectRoles.get(`${namespace}/${roleRef.name}`);
    const resource = inCluster ? resources.clusterroles : resources.roles;
    const where = inCluster ? {} : { namespace: namespace! };
    return (known ?? (await orUndefined(client.get<PlatformRole>(resource, roleRef.name, where))))?.rules ?? [];
  };
  const heldOf = async ({ name, groups }: Caller): Promise<Held[]> => {
    await Promise.all([everywhere.synced, projectBindings(context).synced]);
    const subjects = [
      { kind: 'User' as const, name },
      ...[...groups, 'system:authenticated'].map(group => ({ kind: 'Group' as const, name: group })),
    ];
    const found = subjects.flatMap(subject =>
      [...everywhere.byIndex(bySubject, `${subject.kind}/${subject.name}`), ...bindingsNaming(context, subject)].map(
        async (binding): Promise<Held> => {
          const { namespace } = binding.metadata;
          const source = binding.metadata.annotations?.[sourceAnnotation];
          return {
            kind: namespace ? 'RoleBinding' : 'ClusterRoleBinding',
            name: binding.metadata.name!,
            ...(namespace && { namespace }),
            ...(source && { source }),
            role: binding.roleRef.name,
            subject,
            rules: await rulesOf(binding),
          };
        },
      ),
    );
    return Promise.all(found);
  };
  /** Roles of a place are told to whoever has one there, and to nobody else. */
  const rolesAt = (access: Access, held: readonly Held[]): string[] => {
    const { namespace, name } = access;
    const allowing = (roles: readonly PlatformRole[], rules: (role: PlatformRole) => readonly PolicyRule[]) =>
      roles.filter(role => rules(role).some(rule => allows(rule, access))).map(({ metadata }) => metadata.name!);
    if (namespace !== undefined)
      return held.some(one => one.namespace === namespace)
        ? allowing(projectRoles.list(namespace), ({ rules = [] }) => rules).toSorted()
        : [];
    const workspace = access.group === 'kapis.tenant.kubesphere.io' ? name : undefined;
    const isInside = held.some(({ rules }) =>
      rules.some(({ resourceNames }) => resourceNames?.includes(workspace ?? '')),
    );
    if (workspace === undefined || !isInside) return [];
    const own = workspaceRoles.list().filter(({ metadata }) => metadata.labels?.[labels.workspace] === workspace);
    return allowing(own, ({ rules = [] }) => workspaceRules(workspace, rules)).toSorted();
  };
  return {
    async explain(caller, access, allowed) {
      const held = await heldOf(caller);
      return allowed ? whyAllowed(access, held) : whyDenied(access, held, rolesAt(access, held));
    },
  };
}
