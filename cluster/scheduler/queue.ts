/**
 * The scheduling queue: active pods by priority, backing-off pods by time, unschedulable pods until something changes that could
 * help them (kube-scheduler `internal/queue`).
 */
import type { Clock } from '@orrery/machinery/clock';
import { keyOf } from '@orrery/machinery/meta';
import type { Pod } from '@orrery/kinds/types';
import type { ClusterEvent, Plugin } from './framework.ts';
import { priorityOf } from './priority.ts';

const backOffMsMin = 1_000;
const backOffMsMax = 10_000;
/** After this long an unschedulable pod is tried again whatever happened. */
const forgottenMsMax = 5 * 60_000;

interface Entry {
  pod: Pod;
  attempts: number;
  place: 'active' | 'waiting' | 'backing-off' | 'in-flight';
  /** Plug-ins that rejected it; only their events wake it. */
  rejectedBy: readonly string[];
  readyAtMs: number;
}

export interface SchedulingQueue {
  /** A pod that wants a node appeared or changed. */
  add(pod: Pod): void;
  remove(key: string): void;
  /** The most important active pod, now in flight; undefined when there is none. */
  pop(): Pod | undefined;
  /** It did not fit, for the reasons of these plug-ins; none means an error, which backs off by itself. */
  reject(key: string, plugins: readonly string[]): void;
  /** Something changed: pods that it might help are tried again, after their back-off. */
  wake(event: ClusterEvent): void;
  /** Pods that want a node, wherever they are. */
  readonly length: number;
}

/** `onActive` is called whenever a pod becomes active. */
export function createQueue(clock: Clock, plugins: readonly Plugin[], onActive: () => void): SchedulingQueue {
  const entries = new Map<string, Entry>();
  const active = createActive();

  const activate = (key: string, entry: Entry) => {
    entry.place = 'active';
    active.add(priorityOf(entry.pod), key);
    onActive();
  };
  const backOff = (key: string, entry: Entry) => {
    const delayMs = entry.readyAtMs - clock.now();
    if (delayMs <= 0) return activate(key, entry);
    entry.place = 'backing-off';
    const due = () => entries.get(key) === entry && entry.place === 'backing-off';
    clock.after(delayMs, () => due() && activate(key, entry)).unref();
  };
  const wait = (key: string, entry: Entry) => {
    entry.place = 'waiting';
    const { attempts } = entry;
    const forgotten = () => entries.get(key) === entry && entry.place === 'waiting' && entry.attempts === attempts;
    clock.after(forgottenMsMax, () => forgotten() && activate(key, entry)).unref();
  };

  return {
    add(pod) {
      const key = keyOf(pod);
      const known = entries.get(key);
      if (!known) {
        const entry: Entry = { pod, attempts: 0, place: 'active', rejectedBy: [], readyAtMs: 0 };
        entries.set(key, entry);
        return activate(key, entry);
      }
      // Our own status patches change a waiting pod too: only a change of what it asks for gives it another try.
      const asksAnew =
        known.pod.metadata.generation !== pod.metadata.generation || known.pod.metadata.uid !== pod.metadata.uid;
      known.pod = pod;
      if (asksAnew && known.place === 'waiting') backOff(key, known);
    },
    remove(key) {
      const entry = entries.get(key);
      if (entry?.place === 'active') active.remove(priorityOf(entry.pod), key);
      entries.delete(key);
    },
    pop() {
      const key = active.takeFirst();
      if (key === undefined) return undefined;
      const entry = entries.get(key)!;
      entry.place = 'in-flight';
      entry.attempts++;
      return entry.pod;
    },
    reject(key, rejectedBy) {
      const entry = entries.get(key);
      if (entry?.place !== 'in-flight') return;
      entry.rejectedBy = rejectedBy;
      entry.readyAtMs = clock.now() + Math.min(backOffMsMax, backOffMsMin * 2 ** (entry.attempts - 1));
      if (rejectedBy.length === 0) backOff(key, entry);
      else wait(key, entry);
    },
    wake(event) {
      const helpful = new Set(plugins.filter(plugin => plugin.wakes.includes(event)).map(plugin => plugin.name));
      for (const [key, entry] of entries) {
        if (entry.place === 'waiting' && entry.rejectedBy.some(name => helpful.has(name))) backOff(key, entry);
      }
    },
    get length() {
      return entries.size;
    },
  };
}

/** Keys by priority, the earliest first within one. Priorities are few, so a list of them is searched. */
function createActive() {
  const buckets = new Map<number, Set<string>>();
  return {
    add(priority: number, key: string) {
      const bucket = buckets.get(priority);
      if (bucket) bucket.add(key);
      else buckets.set(priority, new Set([key]));
    },
    remove(priority: number, key: string) {
      buckets.get(priority)?.delete(key);
    },
    takeFirst(): string | undefined {
      let top: number | undefined;
      for (const [priority, bucket] of buckets)
        if (bucket.size > 0 && (top === undefined || priority > top)) top = priority;
      if (top === undefined) return undefined;
      const bucket = buckets.get(top)!;
      const [key] = bucket;
      bucket.delete(key!);
      if (bucket.size === 0) buckets.delete(top);
      return key;
    },
  };
}
