/** Whether a cache already shows what its reader created: objects with generated names must not be created twice. */
import { keyOf, type KubeObject } from '@orrery/machinery/meta';
import type { ComponentContext, Informer } from '@orrery/reconciler';
import { listen } from './listen.ts';

/** An object that was deleted at once may never show: after this time nobody waits for it any longer. */
const patienceMs = 30_000;

export interface Freshness {
  /** Notes objects just created by the reconcile of `key`. */
  created(key: string, objects: readonly KubeObject[]): void;
  /** True when the cache has seen everything noted for `key`. */
  isFresh(key: string): boolean;
}

export function createFreshness<T extends KubeObject>(
  informer: Informer<T>,
  ctx: Pick<ComponentContext, 'clock' | 'signal'>,
): Freshness {
  const waiting = new Map<string, { key: string; since: number }>();
  const { clock } = ctx;
  listen(ctx, informer, ({ before, after }) => void waiting.delete(keyOf((after ?? before)!)));
  return {
    created(key, objects) {
      const since = clock.monotonic();
      for (const object of objects) {
        if (!informer.get(keyOf(object))) waiting.set(keyOf(object), { key, since });
      }
    },
    isFresh(key) {
      const now = clock.monotonic();
      for (const [object, entry] of waiting) if (now - entry.since > patienceMs) waiting.delete(object);
      return !waiting.values().some(entry => entry.key === key);
    },
  };
}
