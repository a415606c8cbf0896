/** A client whose writes are answered when the caches of this process show them: whoever writes and then lists finds what he wrote. */
import type { Client } from '@orrery/client';
import type { Clock } from '@orrery/machinery/clock';
import { keyOf, type GroupVersionResource, type KubeObject } from '@orrery/machinery/meta';
import type { InformerFactory } from './types.ts';

export interface ReadYourWritesOptions {
  readonly client: Client;
  readonly informers: InformerFactory;
  readonly clock: Clock;
  /** How long a write waits for a cache at most, in milliseconds: one whose watch is broken holds nobody up. 1 s unless given. */
  readonly longestMs?: number;
}

/** Only resources that a cache follows whole are waited for; a write that failed or was a dry run is waited for by nobody. */
export function readYourWrites({ client, informers, clock, longestMs = 1_000 }: ReadYourWritesOptions): Client {
  const shown = async (
    resource: GroupVersionResource,
    key: string,
    fits: (object: KubeObject | undefined) => boolean,
  ): Promise<void> => {
    const late = informers.running(resource).filter(informer => informer.hasSynced() && !fits(informer.get(key)));
    if (late.length === 0) return;
    const patience = new AbortController();
    const alarm = clock.after(longestMs, () => patience.abort());
    await Promise.all(late.map(informer => informer.until(key, fits, patience.signal)));
    alarm.cancel();
  };
  const written = async <T extends KubeObject>(
    resource: GroupVersionResource,
    object: T,
    options?: { readonly dryRun?: boolean },
  ): Promise<T> => {
    if (!options?.dryRun && object.metadata?.resourceVersion) {
      await shown(resource, keyOf(object), cached => isShown(object, cached));
    }
    return object;
  };
  return {
    ...client,
    create: async (resource, object, options) =>
      written(resource, await client.create(resource, object, options), options),
    update: async (resource, object, options) =>
      written(resource, await client.update(resource, object, options), options),
    patch: async (resource, name, type, patch, options) =>
      written(resource, await client.patch(resource, name, type, patch, options), options),
    async delete(resource, name, options) {
      const answer = await client.delete(resource, name, options);
      if (answer.kind !== 'Status') return written(resource, answer, options);
      const { uid } = (answer as { details?: { uid?: string } }).details ?? {};
      if (uid === undefined || options?.dryRun) return answer;
      const key = options?.namespace ? `${options.namespace}/${name}` : name;
      await shown(resource, key, cached => cached?.metadata.uid !== uid);
      return answer;
    },
  };
}

/** Versions of one store may be compared. What was told to go may be gone already. */
function isShown(object: KubeObject, cached: KubeObject | undefined): boolean {
  if (cached === undefined) return object.metadata.deletionTimestamp !== undefined;
  const [own, seen] = [object.metadata.resourceVersion ?? '', cached.metadata.resourceVersion ?? ''];
  return !/^\d+$/.test(own) || !/^\d+$/.test(seen) || BigInt(seen) >= BigInt(own);
}
