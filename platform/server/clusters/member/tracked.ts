/** Controllers of which one can tell when they have done all that they were woken for. */
import type { ControllerOptions, WorkQueue } from '@orrery/reconciler';

export interface Tracked {
  readonly controllers: readonly ControllerOptions[];
  /** Resolves when nothing is waiting and nothing under way; what failed is retried, and not waited for. */
  idle(): Promise<void>;
}

export function tracked(controllers: readonly ControllerOptions[]): Tracked {
  const busy = new Set<string>();
  let waiting: (() => void)[] = [];
  const done = (id: string) => {
    busy.delete(id);
    if (busy.size > 0) return;
    for (const resolve of waiting) resolve();
    waiting = [];
  };
  const wrap = (options: ControllerOptions): ControllerOptions => {
    const idOf = (key: string) => `${options.name}\n${key}`;
    const again = new Set<string>();
    const running = new Set<string>();
    const noted = (queue: WorkQueue): WorkQueue => ({
      add(key) {
        if (running.has(key)) again.add(key);
        busy.add(idOf(key));
        queue.add(key);
      },
      addAfter: (key, delayMs) => queue.addAfter(key, delayMs),
      addRateLimited: key => queue.addRateLimited(key),
      forget: key => queue.forget(key),
      get length() {
        return queue.length;
      },
    });
    return {
      ...options,
      sources: options.sources.map(({ synced, start }) => ({ synced, start: queue => start(noted(queue)) })),
      async reconcile(key) {
        running.add(key);
        again.delete(key);
        try {
          return await options.reconcile(key);
        } finally {
          running.delete(key);
          if (!again.has(key)) done(idOf(key));
        }
      },
    };
  };
  return {
    controllers: controllers.map(wrap),
    idle: () => (busy.size === 0 ? Promise.resolve() : new Promise(resolve => waiting.push(resolve))),
  };
}
