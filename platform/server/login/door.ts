/**
 * What is counted in this replica alone: log-ins under way and failures of an address, whatever names it tries. It bounds what one address can
 * cost; what closes doors for good is in the cluster.
 */
import type { Clock } from '@orrery/machinery/clock';
import { tooManyRequests } from '@orrery/machinery/status';
import { addressKey } from './limits.ts';

/** Log-ins of one address at a time: a hash takes long, and others wait. */
const underWayMax = 8;
/** Addresses that are remembered; the oldest are forgotten first. */
const addressesMax = 10_000;

export interface Door {
  /** Runs one log-in. Rejects with 429 when too many from this address are under way. */
  pass<T>(address: string, work: () => Promise<T>): Promise<T>;
  /** Whether the address failed too often within the window. */
  isClosed(address: string, failuresMax: number): boolean;
  failed(address: string, windowSeconds: number): void;
}

export function createDoor(clock: Clock): Door {
  const underWay = new Map<string, number>();
  const failures = new Map<string, { count: number; readonly untilMs: number }>();
  const recent = (key: string) => {
    const known = failures.get(key);
    return known && known.untilMs > clock.monotonic() ? known : undefined;
  };
  return {
    async pass(address, work) {
      const key = addressKey(address);
      const before = underWay.get(key) ?? 0;
      if (before >= underWayMax) throw tooManyRequests('too many log-ins at once: try again in a moment', 2);
      underWay.set(key, before + 1);
      try {
        return await work();
      } finally {
        const left = (underWay.get(key) ?? 1) - 1;
        if (left === 0) underWay.delete(key);
        else underWay.set(key, left);
      }
    },
    isClosed: (address, failuresMax) => (recent(addressKey(address))?.count ?? 0) >= failuresMax,
    failed(address, windowSeconds) {
      const key = addressKey(address);
      const known = recent(key);
      if (known) known.count++;
      else failures.set(key, { count: 1, untilMs: clock.monotonic() + windowSeconds * 1000 });
      const [oldest] = failures.keys();
      if (failures.size > addressesMax && oldest !== undefined) failures.delete(oldest);
    },
  };
}
