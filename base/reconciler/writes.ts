/**
 * The writes that most controllers make (controller-runtime `controllerutil`). Each writes only what differs, and never over
 * somebody else's change.
 */
import { retryOnConflict } from '@orrery/client';
import type { GroupVersionResource, KubeObject, OwnerReference } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { mergePatchOf, sameJson } from './diff.ts';
import type { ComponentContext } from './types.ts';

export type WriteContext = Pick<ComponentContext, 'client' | 'clock' | 'random'>;

export interface WriteSettings {
  /** Whose fields these are, for server-side apply; the client's user agent unless given. */
  readonly fieldManager?: string;
}

export const hasFinalizer = (object: KubeObject, finalizer: string): boolean =>
  object.metadata.finalizers?.includes(finalizer) ?? false;

/**
 * Adds a finalizer unless it is there; answers the object as it is then. Rejects with a Conflict when `object` is no longer what the
 * server has, so that nobody's finalizer is lost: let the reconcile be tried again.
 */
export async function ensureFinalizer<T extends KubeObject>(
  { client }: Pick<WriteContext, 'client'>,
  resource: GroupVersionResource,
  object: T,
  finalizer: string,
  settings: WriteSettings = {},
): Promise<T> {
  if (hasFinalizer(object, finalizer)) return object;
  const finalizers = [...(object.metadata.finalizers ?? []), finalizer];
  return patchMetadata(client, resource, object, { finalizers }, settings);
}

/** Takes a finalizer away if it is there. An object that is gone already is fine: undefined. Conflicts as {@link ensureFinalizer}. */
export async function removeFinalizer<T extends KubeObject>(
  { client }: Pick<WriteContext, 'client'>,
  resource: GroupVersionResource,
  object: T,
  finalizer: string,
  settings: WriteSettings = {},
): Promise<T | undefined> {
  if (!hasFinalizer(object, finalizer)) return object;
  const finalizers = object.metadata.finalizers!.filter(name => name !== finalizer);
  return orUndefined(patchMetadata(client, resource, object, { finalizers }, settings));
}

function patchMetadata<T extends KubeObject>(
  client: WriteContext['client'],
  resource: GroupVersionResource,
  { metadata: { name, namespace, resourceVersion } }: T,
  metadata: object,
  { fieldManager }: WriteSettings,
): Promise<T> {
  return client.patch<T>(
    resource,
    name!,
    'merge',
    { metadata: { ...metadata, resourceVersion } },
    { namespace, fieldManager },
  );
}

/**
 * Writes the status that `statusOf` computes, if it differs from what the object has. On a Conflict the object is read anew and `statusOf`
 * asked again, so it must be a pure function of the object. Rejects with NotFound when the object is gone.
 */
export async function patchStatus<T extends KubeObject & { readonly status?: object }>(
  context: WriteContext,
  resource: GroupVersionResource,
  object: T,
  statusOf: (object: T) => NonNullable<T['status']>,
  { fieldManager }: WriteSettings = {},
): Promise<T> {
  const { name, namespace } = object.metadata;
  let known: T | undefined = object;
  return retryOnConflict(context, async () => {
    const current: T = known ?? (await context.client.get<T>(resource, name!, { namespace }));
    known = undefined;
    const status = mergePatchOf(current.status ?? {}, statusOf(current));
    if (!status) return current;
    const patch = { metadata: { resourceVersion: current.metadata.resourceVersion }, status };
    return context.client.patch<T>(resource, name!, 'merge', patch, { namespace, subresource: 'status', fieldManager });
  });
}

export interface Written<T> {
  readonly object: T;
  readonly outcome: 'created' | 'updated' | 'unchanged';
}

/**
 * Makes an object what `wanted` says, given what is there; `wanted` answers a whole object and never changes its input. Nothing is written when that
 * is what is there. Conflicts are retried with the object read anew.
 */
export async function createOrUpdate<T extends KubeObject>(
  context: WriteContext,
  resource: GroupVersionResource,
  { name, namespace }: { readonly name: string; readonly namespace?: string },
  wanted: (found: T | undefined) => T,
  { fieldManager }: WriteSettings = {},
): Promise<Written<T>> {
  const { client } = context;
  const checked = (found: T | undefined): T => {
    const object = wanted(found);
    if (object.metadata.name !== name || object.metadata.namespace !== namespace) {
      throw new Error(`what is wanted has another name or namespace than ${namespace ? `${namespace}/` : ''}${name}`);
    }
    return object;
  };
  return retryOnConflict(context, async (): Promise<Written<T>> => {
    const found = await orUndefined(client.get<T>(resource, name, { namespace }));
    const object = checked(found);
    if (!found) return { object: await client.create<T>(resource, object, { fieldManager }), outcome: 'created' };
    const { resourceVersion } = found.metadata;
    const next: T = { ...object, metadata: { ...object.metadata, resourceVersion } };
    if (sameJson(next, found)) return { object: found, outcome: 'unchanged' };
    const updated = await client.update<T>(resource, next, { fieldManager });
    // What the server adds by default may be all that differed.
    return { object: updated, outcome: updated.metadata.resourceVersion === resourceVersion ? 'unchanged' : 'updated' };
  });
}

/**
 * The object with `owner` as its controlling owner, which is woken by `ownedBy` and takes the object with it when deleted. Throws when another owner
 * controls it, or when `owner` lives in another namespace.
 */
export function withController<T extends KubeObject>(object: T, owner: KubeObject): T {
  const { name, uid, namespace } = owner.metadata;
  if (namespace !== undefined && namespace !== object.metadata.namespace) {
    throw new Error(`an owner in namespace ${namespace} cannot own an object outside of it`);
  }
  const others = (object.metadata.ownerReferences ?? []).filter(reference => reference.uid !== uid);
  const rival = others.find(reference => reference.controller);
  if (rival) throw new Error(`${object.metadata.name} is controlled by ${rival.kind} ${rival.name} already`);
  const reference: OwnerReference = {
    apiVersion: owner.apiVersion!,
    kind: owner.kind!,
    name: name!,
    uid: uid!,
    controller: true,
    blockOwnerDeletion: true,
  };
  return { ...object, metadata: { ...object.metadata, ownerReferences: [...others, reference] } };
}
