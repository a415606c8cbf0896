/** How many objects there are of each resource (`apiserver_storage_objects`). */
import type { Clock } from '@orrery/machinery/clock';
import type { Store } from '@orrery/store';
import { storagePrefix } from '../registry/resource.ts';
import type { Resources } from '../registry/resources.ts';
import type { Metrics } from './registry.ts';

/** Objects are counted when somebody looks, at most so often. */
const countMs = 60_000;

/** The result counts anew, if it is time to, and is awaited before the metrics are shown. */
export function countObjects(metrics: Metrics, resources: Resources, store: Store, clock: Clock): () => Promise<void> {
  let counts = new Map<string, number>();
  let dueMs = -Infinity;
  metrics.gauge(
    'apiserver_storage_objects',
    'Number of stored objects at the time of last check split by kind. In case of a fetching error, the value will be -1.',
    () => Array.from(counts, ([resource, count]) => [{ resource }, count] as const),
  );
  const count = async (prefix: string): Promise<number> => {
    try {
      const { entries, remaining } = await store.range({ prefix, limit: 1 });
      return entries.length + remaining;
    } catch {
      return -1;
    }
  };
  return async () => {
    if (clock.monotonic() < dueMs) return;
    dueMs = clock.monotonic() + countMs;
    const found = new Map<string, number>();
    for (const { storage, verbs } of resources.all()) {
      const name = storage.group === '' ? storage.resource : `${storage.resource}.${storage.group}`;
      if (verbs.includes('list') && !found.has(name)) found.set(name, await count(storagePrefix(storage)));
    }
    counts = found;
  };
}
