/** Brings objects into a cluster, changes and removes them: in Helm's order, with its three-way merge. */
import { retryOnConflict, type Client } from '@orrery/client';
import { catalogue, schemaOf } from '@orrery/kinds';
import type { KubeObject } from '@orrery/machinery/meta';
import type { JsonObject, PatchSchema } from '@orrery/machinery/patch';
import { patchSchemaOf } from '@orrery/machinery/schema';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { ReleaseError } from '../errors.ts';
import { until, messageOf, type ActionContext, type Patience } from './context.ts';
import { patchBetween, threeWay } from './merge.ts';
import { at, describe, keyOf, live, type Item } from './objects.ts';
import { isReady } from './ready.ts';

const fieldManager = 'helm';

const signalOf = (signal: AbortSignal | undefined) => (signal ? { signal } : {});

async function createOne(client: Client, item: Item, signal: AbortSignal | undefined): Promise<void> {
  await client.create(item.place, item.object, { ...at(item), fieldManager, ...signalOf(signal) });
}

export async function createAll(
  { client }: ActionContext,
  items: readonly Item[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const item of items) await createOne(client, item, signal);
}

/** Kinds that the cluster extends itself by know nothing of merged lists. */
function schemaFor({ place }: Item): PatchSchema | undefined {
  const kind = catalogue.byKind(place);
  return kind && patchSchemaOf(schemaOf(kind));
}

const asJson = (object: KubeObject): JsonObject => object as unknown as JsonObject;

/** Changes one object by what the release says now and no longer says. @throws ReleaseError when the cluster refuses */
async function changeOne(
  context: ActionContext,
  before: Item | undefined,
  item: Item,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { client } = context;
  try {
    await retryOnConflict(context, async () => {
      const current = await live(client, item, signal);
      if (!current) return createOne(client, item, signal);
      const wanted = threeWay(before && asJson(before.object), asJson(item.object), asJson(current), schemaFor(item));
      const patch = patchBetween(asJson(current), wanted);
      if (!patch) return undefined;
      // Lists are written whole: what others wrote in between must be seen first.
      const { resourceVersion } = current.metadata;
      const metadata = {
        ...(patch['metadata'] as JsonObject | undefined),
        ...(resourceVersion && { resourceVersion }),
      };
      await client.patch(
        item.place,
        item.name,
        'merge',
        { ...patch, metadata },
        { ...at(item), fieldManager, ...signalOf(signal) },
      );
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw new ReleaseError(
      `cannot patch ${JSON.stringify(item.name)} with kind ${item.place.kind}: ${messageOf(error)}`,
      undefined,
      error,
    );
  }
}

export const resourcePolicy = 'helm.sh/resource-policy';

/** Removes an object; one that is gone already is well. */
export const removeOne = (client: Client, item: Item): Promise<KubeObject | undefined> =>
  orUndefined(client.delete(item.place, item.name, { ...at(item), propagationPolicy: 'Background' }));

/**
 * From what a release was to what it shall be: creates, changes, and removes what is in it no more unless it says `keep`.
 * @throws ReleaseError with all refusals; what could be changed is
 */
export async function changeAll(
  context: ActionContext,
  before: readonly Item[],
  after: readonly Item[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const { client } = context;
  const old = new Map(before.map(item => [keyOf(item), item]));
  const fresh = new Set(after.map(keyOf));
  const refusals: string[] = [];
  for (const item of after) {
    signal?.throwIfAborted();
    if (!(await live(client, item, signal))) {
      await createOne(client, item, signal);
      continue;
    }
    await changeOne(context, old.get(keyOf(item)), item, signal).catch((error: unknown) => {
      signal?.throwIfAborted();
      refusals.push(messageOf(error));
    });
  }
  if (refusals.length > 0) throw new ReleaseError(refusals.join(' && '));
  for (const item of before.filter(each => !fresh.has(keyOf(each))).toReversed()) {
    const current = await live(client, item, signal);
    if (!current || current.metadata.annotations?.[resourcePolicy] === 'keep') continue;
    // What may not be removed is left, as Helm leaves it.
    await removeOne(client, item).catch(() => undefined);
  }
}

/** Waits until all objects do what they are for. @throws ReleaseError when time is up */
export async function waitReady(context: ActionContext, items: readonly Item[], patience: Patience): Promise<void> {
  const { clock, client } = context;
  const end = clock.monotonic() + patience.timeoutMs;
  for (const item of items) {
    const left = { ...patience, timeoutMs: Math.max(0, end - clock.monotonic()) };
    try {
      await until(context, left, async () => {
        const current = await live(client, item, patience.signal);
        return current && isReady(item.place.group, current) ? true : undefined;
      });
    } catch (error) {
      if (error instanceof ReleaseError) throw new ReleaseError(`${describe(item)} is not ready: ${error.message}`);
      throw error;
    }
  }
}

/** Waits until objects are gone. */
export async function waitGone(context: ActionContext, items: readonly Item[], patience: Patience): Promise<void> {
  for (const item of items) {
    await until(context, patience, async () =>
      (await live(context.client, item, patience.signal)) ? undefined : true,
    );
  }
}

/** Creates what is not there yet. */
export async function ensureOne({ client }: ActionContext, item: Item, signal: AbortSignal | undefined): Promise<void> {
  await createOne(client, item, signal).catch((error: unknown) => {
    if (!isReason(error, 'AlreadyExists')) throw error;
  });
}
