/** Which Events are written, which are counted and which are dropped (client-go `EventCorrelator`). Pure but for its memory. */

/** What upstream's `ObjectReference` of an Event tells. */
export interface InvolvedObject {
  kind?: string;
  namespace?: string;
  name?: string;
  uid?: string;
  apiVersion?: string;
  resourceVersion?: string;
  fieldPath?: string;
}

export interface Occurrence {
  readonly component: string;
  readonly host: string;
  readonly object: InvolvedObject;
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What to do about an occurrence: nothing, a new Event, or one more count on an Event written before. */
export type Verdict =
  | { readonly action: 'drop'; readonly key: string; readonly event?: Known }
  | { readonly action: 'create'; readonly key: string; readonly message: string }
  | { readonly action: 'count'; readonly key: string; readonly message: string; readonly event: Known };

/** An Event as the correlator remembers it. */
export interface Known {
  readonly name: string;
  readonly count: number;
  readonly firstTimestamp: string;
}

export interface Correlator {
  /** `now` in milliseconds of any steady clock. */
  judge(occurrence: Occurrence, now: number): Verdict;
  /** Remembers what was written for a key. */
  remember(key: string, event: Known): void;
}

/** Upstream's defaults. */
const remembered = 4096;
const similarMax = 10;
const similarWindowMs = 600_000;
const burst = 25;
const refillMs = 300_000;

/** A correlator with upstream's limits: 25 Events per source and object at once, then one each 5 minutes. */
export function createCorrelator(): Correlator {
  const events = createLru<Known>(remembered);
  const similar = createLru<{ messages: Set<string>; at: number }>(remembered);
  const buckets = createLru<{ tokens: number; at: number }>(remembered);

  /** The key to count under, and the message to show: many different messages of one reason are folded into one Event. */
  const fold = (occurrence: Occurrence, now: number) => {
    const group = keyOf(occurrence, occurrence.type, occurrence.reason);
    let record = similar.get(group);
    if (!record || now - record.at > similarWindowMs) record = { messages: new Set(), at: now };
    record.messages.add(occurrence.message);
    record.at = now;
    similar.set(group, record);
    if (record.messages.size < similarMax) {
      const { type, reason, message, object } = occurrence;
      return { key: keyOf(occurrence, object.fieldPath ?? '', type, reason, message), message };
    }
    const [oldest] = record.messages;
    record.messages.delete(oldest!);
    return { key: group, message: `(combined from similar events): ${occurrence.message}` };
  };
  const allowed = (occurrence: Occurrence, now: number) => {
    const key = keyOf(occurrence);
    const bucket = buckets.get(key) ?? { tokens: burst, at: now };
    const tokens = Math.min(burst, bucket.tokens + (now - bucket.at) / refillMs);
    buckets.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    return tokens >= 1;
  };
  return {
    judge(occurrence, now) {
      const { key, message } = fold(occurrence, now);
      const event = events.get(key);
      if (!allowed(occurrence, now)) return { action: 'drop', key, event };
      return event ? { action: 'count', key, message, event } : { action: 'create', key, message };
    },
    remember: (key, event) => events.set(key, event),
  };
}

const keyOf = ({ component, host, object }: Occurrence, ...more: string[]): string =>
  [component, host, object.kind, object.namespace, object.name, object.uid, object.apiVersion, ...more].join('\n');

function createLru<V>(capacity: number) {
  const values = new Map<string, V>();
  return {
    get: (key: string) => values.get(key),
    set(key: string, value: V) {
      values.delete(key);
      values.set(key, value);
      if (values.size <= capacity) return;
      const [oldest] = values.keys();
      values.delete(oldest!);
    },
  };
}
