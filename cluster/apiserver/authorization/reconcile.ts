/**
 * What must change for a stored object to be as wished (upstream `component-helpers/auth/rbac/reconciliation` and the start-up
 * hooks). Pure: additions of people are kept, what they took away from an auto-updated object comes back.
 */
import type { KubeObject } from '@orrery/machinery/meta';
import { missingRules } from './covers.ts';
import type { Role, RoleBinding, Subject } from './rules.ts';
import { same } from './same.ts';

export type Change =
  | { readonly type: 'none' }
  | { readonly type: 'update'; readonly object: KubeObject }
  /** Role references are immutable: the binding is deleted and made again. */
  | { readonly type: 'replace'; readonly object: KubeObject };

const none: Change = { type: 'none' };
const subjectKey = ({ kind, namespace = '', name }: Subject): string => `${kind} ${namespace}/${name}`;

function mergeMetadata(object: KubeObject, wished: KubeObject): KubeObject['metadata'] {
  const { labels, annotations } = wished.metadata;
  return {
    ...object.metadata,
    ...((labels || object.metadata.labels) && { labels: { ...object.metadata.labels, ...labels } }),
    ...((annotations || object.metadata.annotations) && {
      annotations: { ...object.metadata.annotations, ...annotations },
    }),
  };
}

export function reconcileRole(stored: Role, wished: Role): Change {
  const metadata = mergeMetadata(stored, wished);
  const object: Role = { ...stored, metadata };
  if (wished.aggregationRule) object.aggregationRule = wished.aggregationRule;
  else object.rules = [...(stored.rules ?? []), ...missingRulesOf(stored, wished)];
  return !same(object, { ...stored, ...(wished.aggregationRule ? {} : { rules: stored.rules ?? [] }) })
    ? { type: 'update', object }
    : none;
}

/** Whole rules of the table of which some piece is not held. */
const missingRulesOf = (stored: Role, wished: Role) =>
  (wished.rules ?? []).filter(rule => missingRules(stored.rules ?? [], [rule]).length > 0);

export function reconcileBinding(stored: RoleBinding, wished: RoleBinding): Change {
  const { kind, name } = stored.roleRef;
  if (kind !== wished.roleRef.kind || name !== wished.roleRef.name) return { type: 'replace', object: wished };
  const known = new Set((stored.subjects ?? []).map(subjectKey));
  const missing = (wished.subjects ?? []).filter(subject => !known.has(subjectKey(subject)));
  const object: RoleBinding = { ...stored, metadata: mergeMetadata(stored, wished) };
  if (missing.length > 0) object.subjects = [...(stored.subjects ?? []), ...missing];
  return !same(object, stored) ? { type: 'update', object } : none;
}

const autoUpdate: Readonly<Record<string, string>> = {
  'rbac.authorization.k8s.io': 'rbac.authorization.kubernetes.io/autoupdate',
  'flowcontrol.apiserver.k8s.io': 'apf.kubernetes.io/autoupdate-spec',
};

/** True when an administrator switched automatic updates of this object off. */
export const leftAlone = (group: string, stored: KubeObject): boolean =>
  stored.metadata.annotations?.[autoUpdate[group] ?? ''] === 'false';

/** Replaces the named top-level fields where they differ from the wish; defaults that the server added beside them are kept. */
export function reconcileFields(stored: KubeObject, wished: KubeObject, fields: readonly string[]): Change {
  const [now, wish] = [stored as unknown as Record<string, unknown>, wished as unknown as Record<string, unknown>];
  const changed = fields.filter(field => !includesValue(now[field], wish[field]));
  if (changed.length === 0) return none;
  const object = { ...stored, metadata: mergeMetadata(stored, wished) };
  for (const field of changed) Object.assign(object, { [field]: merge(now[field], wish[field]) });
  return { type: 'update', object };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

/** Whether `value` has everything that `wish` names; lists must agree in length and order. */
function includesValue(value: unknown, wish: unknown): boolean {
  if (Array.isArray(wish))
    return (
      Array.isArray(value) &&
      value.length === wish.length &&
      wish.every((part, index) => includesValue(value[index], part))
    );
  if (!isRecord(wish)) return value === wish;
  return isRecord(value) && Object.entries(wish).every(([key, part]) => includesValue(value[key], part));
}

const merge = (value: unknown, wish: unknown): unknown =>
  isRecord(value) && isRecord(wish)
    ? { ...value, ...Object.fromEntries(Object.entries(wish).map(([key, part]) => [key, merge(value[key], part)])) }
    : wish;
