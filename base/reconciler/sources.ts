/** What wakes which keys of a controller. */
import type { Clock } from '@orrery/machinery/clock';
import { controllerOf, keyOf, parseApiVersion, type KubeObject } from '@orrery/machinery/meta';
import type { Change, Informer, Source, WorkQueue } from './types.ts';

/**
 * Wakes the keys that `keysOf` names for each change; the changed object's own key unless given. `keysOf` sees both sides of a
 * change so that it can wake what the object belonged to before and what it belongs to now.
 */
export function watchOf<T extends KubeObject>(
  informer: Informer<T>,
  keysOf: (change: Change<T>) => readonly string[] = change => [keyOf((change.after ?? change.before)!)],
): Source {
  return {
    synced: informer.synced,
    start: queue =>
      informer.onChange(change => {
        for (const key of keysOf(change)) queue.add(key);
      }),
  };
}

export interface OwnerKind {
  /** API group of the owner, `` for core; any group unless given. */
  group?: string;
  kind: string;
  /** The owner has no namespace: its key is the name alone. */
  clusterScoped?: boolean;
}

/** The key of the controlling owner of that kind, if `object` has one. */
export function ownerKeyOf(object: KubeObject | undefined, owner: OwnerKind): string | undefined {
  const reference = object && controllerOf(object);
  if (!reference || reference.kind !== owner.kind) return undefined;
  if (owner.group !== undefined && parseApiVersion(reference.apiVersion).group !== owner.group) return undefined;
  return owner.clusterScoped || !object.metadata.namespace
    ? reference.name
    : `${object.metadata.namespace}/${reference.name}`;
}

/** Wakes the controlling owners of the given kind, the former one too when an object changes hands. */
export function ownedBy<T extends KubeObject>(informer: Informer<T>, owner: OwnerKind | string): Source {
  const kind = typeof owner === 'string' ? { kind: owner } : owner;
  return watchOf(informer, ({ before, after }) => {
    const keys = [ownerKeyOf(before, kind), ownerKeyOf(after, kind)];
    return [...new Set(keys.filter(key => key !== undefined))];
  });
}

/** Wakes `key` once at the start and then every `periodMs`: for work that no object announces. */
export function periodically(clock: Clock, periodMs: number, key = 'tick'): Source {
  return {
    synced: Promise.resolve(),
    start(queue) {
      queue.add(key);
      const timer = clock.every(periodMs, () => queue.add(key)).unref();
      return () => timer.cancel();
    },
  };
}

/** Wakes every object in the cache again each `periodMs` (client-go's resync), as a guard against what no event tells. */
export function resync<T extends KubeObject>(clock: Clock, periodMs: number, informer: Informer<T>): Source {
  return {
    synced: informer.synced,
    start(queue) {
      const timer = clock.every(periodMs, () => informer.list().forEach(object => queue.add(keyOf(object)))).unref();
      return () => timer.cancel();
    },
  };
}

/** A source that code drives by hand. Keys given before the controller starts are kept for it. */
export function createTrigger(): Source & { add(key: string): void; addAfter(key: string, delayMs: number): void } {
  const queues = new Set<WorkQueue>();
  const early = new Map<string, number>();
  const addAfter = (key: string, delayMs: number) => {
    if (queues.size === 0) early.set(key, delayMs);
    for (const queue of queues) queue.addAfter(key, delayMs);
  };
  return {
    synced: Promise.resolve(),
    add: key => addAfter(key, 0),
    addAfter,
    start(queue) {
      queues.add(queue);
      for (const [key, delayMs] of early) queue.addAfter(key, delayMs);
      early.clear();
      return () => void queues.delete(queue);
    },
  };
}
