/** Asking the cluster's own authorizer, as the user himself: the platform has no opinion of its own about rights. */
import type { Client } from '@orrery/client';
import type { KubeObject } from '@orrery/machinery/meta';
import { guardedGroup, workspaceAccess, type Access } from '@orrery/platform-contract';
import type { PolicyRule } from '@orrery/platform-kinds';

export interface Decision {
  readonly allowed: boolean;
  /** The authorizer's words, when it has some. */
  readonly reason: string;
}

interface Review extends KubeObject {
  spec: { resourceAttributes: Record<string, string | undefined> };
  status?: { allowed: boolean; reason?: string };
}

const reviews = { group: 'authorization.k8s.io', version: 'v1', resource: 'selfsubjectaccessreviews' };

/** Whether the user behind `client` may do this. */
export async function decide(client: Client, access: Access): Promise<Decision> {
  const { status } = await client.create<Review>(reviews, {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    metadata: {},
    spec: { resourceAttributes: { ...access } },
  });
  return { allowed: status?.allowed === true, reason: status?.reason ?? '' };
}

/** Questions at a time, so that a list of a thousand projects does not flood the cluster. */
const atOnce = 32;

/** The members of `items` that the user may see. */
export async function allowedOf<T>(client: Client, items: readonly T[], accessOf: (item: T) => Access): Promise<T[]> {
  const allowed: T[] = [];
  for (let start = 0; start < items.length; start += atOnce) {
    const slice = items.slice(start, start + atOnce);
    const decisions = await Promise.all(slice.map(item => decide(client, accessOf(item))));
    allowed.push(...slice.filter((_, index) => decisions[index]!.allowed));
  }
  return allowed;
}

/** Where a role's rules would hold. */
export type Place = { readonly workspace: string } | { readonly namespace: string } | 'platform';

/**
 * The first thing in `rules` that the user does not hold himself; undefined when he holds all of it. Nobody grants more than
 * that, whatever else he may do.
 */
export async function notHeld(client: Client, rules: readonly PolicyRule[], place: Place): Promise<Access | undefined> {
  const wanted = rules.flatMap(rule => accessesOf(rule, place));
  const held = new Set(await allowedOf(client, wanted, access => access));
  return wanted.find(access => !held.has(access));
}

/** Every single thing that a rule allows, as questions. A star asks for the star itself. */
export function accessesOf(rule: PolicyRule, place: Place): Access[] {
  const names = rule.resourceNames?.length ? rule.resourceNames : [undefined];
  return rule.verbs.flatMap(verb =>
    (rule.apiGroups ?? []).flatMap(group =>
      (rule.resources ?? []).flatMap(whole => names.map(name => accessAt(place, verb, group, whole, name))),
    ),
  );
}

function accessAt(place: Place, verb: string, group: string, whole: string, name: string | undefined): Access {
  if (place !== 'platform' && 'workspace' in place) return workspaceAccess(verb, place.workspace, whole.split('/')[0]!);
  const [resource, ...rest] = whole.split('/');
  const subresource = rest.join('/');
  return {
    verb,
    group: guardedGroup(group),
    resource: resource!,
    ...(subresource && { subresource }),
    ...(name && { name }),
    ...(place !== 'platform' && { namespace: place.namespace }),
  };
}
