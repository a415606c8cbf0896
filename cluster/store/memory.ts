/** The memory store: the whole contract but durability, deterministic and without threads, for simulations and tests. */
import { silentLog } from '@orrery/machinery/log';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Prepared } from './commits.ts';
import { Engine } from './engine.ts';
import type { Store } from './types.ts';
import { defaultRetention, Versions } from './versions.ts';
import type { Retention } from './versions.ts';

export interface MemoryStoreOptions extends Partial<Retention> {
  readonly clock: Clock;
  readonly log?: Log;
}

/**
 * A store that forgets everything with the process. Transactions commit in a microtask after the call, several together, so
 * that callers meet the same queue as with the embedded store.
 */
export function createMemoryStore(options: MemoryStoreOptions): Store {
  const { clock, log = silentLog } = options;
  const retention = {
    historyMs: options.historyMs ?? defaultRetention.historyMs,
    historyBytes: options.historyBytes ?? defaultRetention.historyBytes,
  };
  let waiting: Prepared[] = [];
  const settle = () => {
    const batch = waiting;
    waiting = [];
    const timeMs = clock.now();
    for (const prepared of batch) engine.settle(prepared, timeMs);
  };
  const journal = {
    append: (prepared: Prepared) => {
      if (waiting.push(prepared) === 1) queueMicrotask(settle);
    },
    compacted: async () => {},
  };
  const engine = new Engine({ clock, log, retention, versions: new Versions(clock, log, retention), journal });
  return engine;
}
