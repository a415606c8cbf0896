/** Which ended containers and sandboxes are no longer needed (upstream `kuberuntime_gc.go`). Pure. */
import type { ObservedPod } from '../pods/observed.ts';

/** Ended instances kept per container: the one whose state and log `previous` shows. */
const keptPerContainer = 1;

export interface Garbage {
  containers: string[];
  sandboxes: string[];
}

/** What of a pod that is still known may be removed. */
export function garbageOf({ containers, sandboxes }: ObservedPod): Garbage {
  const kept = new Map<string, number>();
  const old = containers.filter(({ name, state }) => {
    if (state !== 'exited') return false;
    const count = kept.get(name) ?? 0;
    kept.set(name, count + 1);
    return count >= keptPerContainer;
  });
  const leaving = new Set(old.map(({ id }) => id));
  const empty = sandboxes.filter(({ id, ready }, index) => {
    if (ready || index === 0) return false;
    return !containers.some(container => container.sandboxId === id && !leaving.has(container.id));
  });
  return { containers: [...leaving], sandboxes: empty.map(({ id }) => id) };
}
