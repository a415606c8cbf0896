/**
 * Nobody grants what they do not hold: checks on writes of roles and bindings (upstream `registry/rbac/.../policybased`). They
 * are write hooks and not admission, because they also bind callers who may configure admission.
 */
import type { UserInfo } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import { forbidden, notFound } from '@orrery/machinery/status';
import type { Authorizer, WriteContext, WriteHooks } from '../types.ts';
import { privilegedGroup } from './chain.ts';
import { compact, missingRules, quotedList, ruleText } from './covers.ts';
import { rulesFor } from './rbac.ts';
import type { RoleIndex } from './role-index.ts';
import type { PolicyRule, Role, RoleBinding } from './rules.ts';
import { rbacGroup } from './rules.ts';
import { same } from './same.ts';

const fullAuthority: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** What a user lacks of these rules, in upstream's words; undefined when nothing. */
export function escalationText(
  index: RoleIndex,
  user: UserInfo,
  namespace: string,
  rules: readonly PolicyRule[],
): string | undefined {
  const missing = missingRules(rulesFor(index, user, namespace), rules);
  if (missing.length === 0) return undefined;
  const lines = [...new Set(compact(missing).map(ruleText))].toSorted();
  const who = `user ${JSON.stringify(user.name)} (groups=${quotedList(user.groups)})`;
  return `${who} is attempting to grant RBAC permissions not currently held:\n${lines.join('\n')}`;
}

/** Garbage collection may take owners and finalizers off a role whose rules it does not hold. */
function onlyGarbageCollection(object: KubeObject, old: KubeObject): boolean {
  const touched = ({ metadata }: KubeObject) => [metadata.ownerReferences ?? [], metadata.finalizers ?? []];
  const kept = ({ metadata, ...rest }: KubeObject) => {
    const { ownerReferences: _, finalizers: _f, managedFields: _m, resourceVersion: _r, ...others } = metadata;
    return [{ ...rest, kind: undefined, apiVersion: undefined }, others];
  };
  return !same(touched(object), touched(old)) && same(kept(object), kept(old));
}

interface Guard {
  readonly index: RoleIndex;
  readonly authorizer: Authorizer;
}

async function allowed(
  { authorizer }: Guard,
  user: UserInfo,
  verb: string,
  resource: string,
  namespace: string,
  name: string,
) {
  if (user.groups.includes(privilegedGroup)) return true;
  const attributes = {
    verb,
    isResourceRequest: true,
    path: '',
    apiGroup: rbacGroup,
    apiVersion: '*',
    resource,
    subresource: '',
    namespace,
    name,
  };
  return (await authorizer(user, attributes)).decision === 'allow';
}

async function checkRole(
  guard: Guard,
  resource: string,
  object: KubeObject,
  old: KubeObject | undefined,
  context: WriteContext,
) {
  const { namespace = '', name = '' } = object.metadata;
  if (await allowed(guard, context.user, 'escalate', resource, namespace, name)) return;
  if (old && onlyGarbageCollection(object, old)) return;
  const what = { group: rbacGroup, resource, name };
  const role = object as Role;
  const text = escalationText(guard.index, context.user, namespace, role.rules ?? []);
  if (text) throw forbidden(what, text);
  const aggregates = (value: KubeObject | undefined) =>
    (value as Role | undefined)?.aggregationRule?.clusterRoleSelectors?.length;
  if ((aggregates(object) || aggregates(old)) && escalationText(guard.index, context.user, namespace, fullAuthority))
    throw forbidden(what, 'must have cluster-admin privileges to use the aggregationRule');
}

async function checkBinding(
  guard: Guard,
  resource: string,
  object: KubeObject,
  old: KubeObject | undefined,
  context: WriteContext,
) {
  const { namespace = '', name = '' } = object.metadata;
  const { roleRef } = object as RoleBinding;
  const roles = roleRef.kind === 'ClusterRole' ? 'clusterroles' : 'roles';
  if (await allowed(guard, context.user, 'bind', roles, namespace, roleRef.name)) return;
  if (old && onlyGarbageCollection(object, old)) return;
  const rules = guard.index.rulesOf(roleRef, namespace);
  if (!rules) throw notFound({ group: rbacGroup, resource: roles.slice(0, -1), name: roleRef.name });
  const text = escalationText(guard.index, context.user, namespace, rules);
  if (text) throw forbidden({ group: rbacGroup, resource, name }, text);
}

/** The hooks of the four RBAC resources. `authorizer` is the whole chain: it answers the verbs `escalate` and `bind`. */
export function escalationHooks(index: RoleIndex, authorizer: Authorizer): Record<string, WriteHooks> {
  const guard: Guard = { index, authorizer };
  const hooks = (check: typeof checkRole, resource: string): WriteHooks => ({
    beginCreate: async (object, context) => void (await check(guard, resource, object, undefined, context)),
    beginUpdate: async (object, old, context) => void (await check(guard, resource, object, old, context)),
  });
  return {
    [`${rbacGroup}/roles`]: hooks(checkRole, 'roles'),
    [`${rbacGroup}/clusterroles`]: hooks(checkRole, 'clusterroles'),
    [`${rbacGroup}/rolebindings`]: hooks(checkBinding, 'rolebindings'),
    [`${rbacGroup}/clusterrolebindings`]: hooks(checkBinding, 'clusterrolebindings'),
  };
}
