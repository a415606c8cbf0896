/** Making what is there what should be there. */
import type { Client } from '@orrery/client';
import { keyOf, type KubeObject } from '@orrery/machinery/meta';
import { StatusError, isReason, orUndefined } from '@orrery/machinery/status';
import { labels } from '@orrery/platform-kinds';
import type { Wanted } from './materialise.ts';

const identity = ({ resource, object }: Wanted): string => `${resource.group}/${resource.resource}/${keyOf(object)}`;

/** Whether there is nothing to heal. */
export function isHealed(wanted: readonly Wanted[], existing: readonly Wanted[]): boolean {
  if (wanted.length !== existing.length) return false;
  const there = new Map(existing.map(found => [identity(found), found]));
  return wanted.every(want => {
    const found = there.get(identity(want));
    return found !== undefined && agrees(found.object, want.object);
  });
}

/**
 * Creates what is missing, corrects what differs, deletes what nobody wants any more. `existing` may be a little old: who lost a race is
 * told by the next change.
 */
export async function heal(client: Client, wanted: readonly Wanted[], existing: readonly Wanted[]): Promise<void> {
  const there = new Map(existing.map(found => [identity(found), found]));
  for (const want of wanted) {
    const found = there.get(identity(want));
    there.delete(identity(want));
    if (!found) await create(client, want);
    else if (!agrees(found.object, want.object)) await correct(client, found.object, want);
  }
  for (const { resource, object } of there.values()) await remove(client, { resource, object });
}

/**
 * Bindings are named as KubeSphere names them, `<user>-<role>`, which two pairs of user and role may share. Rejects with 409 when a name
 * is taken by another: the rights of one must not be told as those of the other.
 */
export async function refuseTaken(client: Client, wanted: readonly Wanted[]): Promise<void> {
  for (const { resource, object } of wanted) {
    const { name = '', namespace } = object.metadata;
    const found = await orUndefined(client.get(resource, name, { ...(namespace && { namespace }) }));
    if (!found || ownerOf(found) === ownerOf(object)) continue;
    throw new StatusError(
      409,
      'Conflict',
      `${resource.resource} "${name}" belongs to ${ownerOf(found)}: choose another name for the user or the workspace`,
    );
  }
}

const ownerOf = ({ metadata }: KubeObject): string =>
  [metadata.labels?.[labels.user], metadata.labels?.[labels.workspace]].filter(Boolean).join(' in ');

async function create(client: Client, { resource, object }: Wanted): Promise<void> {
  try {
    await client.create(resource, object);
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
  }
}

const remove = (
  { delete: drop }: Client,
  { resource, object: { metadata } }: Wanted,
): Promise<KubeObject | undefined> =>
  orUndefined(drop(resource, metadata.name!, { ...(metadata.namespace && { namespace: metadata.namespace }) }));

async function correct(client: Client, found: KubeObject, want: Wanted): Promise<void> {
  const { resource, object } = want;
  // What a binding refers to cannot be changed.
  if (!same(member(found, 'roleRef'), member(object, 'roleRef'))) {
    await remove(client, { resource, object: found });
    await create(client, want);
    return;
  }
  const { metadata } = found;
  await client.update(resource, {
    ...found,
    ...object,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...object.metadata.labels },
      annotations: { ...metadata.annotations, ...object.metadata.annotations },
    },
  });
}

const member = (object: KubeObject, name: string): unknown => (object as unknown as Record<string, unknown>)[name];

/** Everything wanted is there exactly; labels and annotations of others do not matter. */
export function agrees(found: KubeObject, wanted: KubeObject): boolean {
  const { metadata, ...fields } = wanted;
  return (
    within(found.metadata.labels, metadata.labels) &&
    within(found.metadata.annotations, metadata.annotations) &&
    Object.entries(fields).every(([name, value]) => same(member(found, name), value))
  );
}

const within = (all: Record<string, string> = {}, some: Record<string, string> = {}): boolean =>
  Object.entries(some).every(([name, value]) => all[name] === value);

/** Deep equality; an empty list or object equals none. */
export function same(left: unknown, right: unknown): boolean {
  if (left === right || (isEmpty(left) && isEmpty(right))) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  const names = new Set([...Object.keys(left), ...Object.keys(right)]);
  const [a, b] = [left as Record<string, unknown>, right as Record<string, unknown>];
  return Array.isArray(left) === Array.isArray(right) && [...names].every(name => same(a[name], b[name]));
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);
