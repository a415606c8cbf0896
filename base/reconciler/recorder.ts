/** Writing Events (client-go `tools/record`). */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { formatTime, type Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Random } from '@orrery/machinery/random';
import { StatusError, isReason } from '@orrery/machinery/status';
import { createCorrelator, type Correlator, type Known, type Occurrence, type Verdict } from './correlate.ts';
import type { EventRecorder, EventOptions } from './types.ts';

export interface RecorderOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Name of the component, e.g. `default-scheduler`. */
  readonly component: string;
  /** Node the component runs on; only node agents name theirs. */
  readonly host?: string;
}

/** Events waiting to be written beyond this are dropped, as by upstream's broadcaster. */
const longestQueue = 1_000;
const attempts = 12;
const betweenAttemptsMs = 10_000;

type Namer = (objectName: string | undefined, atMs: number) => string;

interface Pending {
  readonly occurrence: Occurrence;
  readonly at: number;
  readonly options: EventOptions;
}

/** A recorder that writes one Event after the other in the background, in the order they were recorded. */
export function createRecorder(options: RecorderOptions): EventRecorder {
  const { clock, random, log, signal, component, host = '' } = options;
  const correlator = createCorrelator();
  const nameFor = createNamer(random);
  const waiting: Pending[] = [];
  let writing = false;

  const drain = async () => {
    writing = true;
    for (let next = waiting.shift(); next && !signal.aborted; next = waiting.shift()) {
      await writeOne(options, correlator, nameFor, next).catch(error => log.warn('event not written', { error }));
    }
    writing = false;
  };
  return {
    record(object, type, reason, message, more = {}) {
      if (signal.aborted) return;
      if (waiting.length >= longestQueue) return log.warn('event dropped: too many are waiting', { reason });
      const occurrence = { component, host, object: referenceTo(object, more.fieldPath), type, reason, message };
      waiting.push({ occurrence, at: clock.now(), options: more });
      if (!writing) void drain();
    },
  };
}

const referenceTo = ({ apiVersion, kind, metadata }: KubeObject, fieldPath: string | undefined) => ({
  kind,
  namespace: metadata.namespace,
  name: metadata.name,
  uid: metadata.uid,
  apiVersion,
  resourceVersion: metadata.resourceVersion,
  ...(fieldPath && { fieldPath }),
});

async function writeOne(
  options: RecorderOptions,
  correlator: Correlator,
  nameFor: Namer,
  pending: Pending,
): Promise<void> {
  const { clock, random, log, signal } = options;
  const verdict = correlator.judge(pending.occurrence, clock.monotonic());
  if (verdict.action === 'drop') {
    // A dropped repetition counts all the same: the next one that is written tells the true number.
    if (verdict.event) correlator.remember(verdict.key, { ...verdict.event, count: verdict.event.count + 1 });
    return;
  }
  for (let attempt = 1; ; attempt++) {
    try {
      correlator.remember(verdict.key, await write(options, verdict, nameFor, pending));
      return;
    } catch (error) {
      // A server that answered will answer the same again; only silence is worth another attempt.
      if (error instanceof StatusError || attempt >= attempts || signal.aborted) {
        if (!signal.aborted) log.debug('event rejected', { reason: pending.occurrence.reason, error });
        return;
      }
      await clock.sleep(betweenAttemptsMs * (attempt === 1 ? random.float() : 1), signal);
    }
  }
}

async function write(
  options: RecorderOptions,
  verdict: Exclude<Verdict, { action: 'drop' }>,
  nameFor: Namer,
  pending: Pending,
): Promise<Known> {
  const namespace = pending.occurrence.object.namespace || 'default';
  const timestamp = formatTime(pending.at);
  if (verdict.action === 'count') {
    const { name, firstTimestamp } = verdict.event;
    const count = verdict.event.count + 1;
    const patch = { count, lastTimestamp: timestamp, message: verdict.message };
    try {
      await options.client.patch(resources.events, name, 'strategic', patch, { namespace, signal: options.signal });
      return { name, count, firstTimestamp };
    } catch (error) {
      // Events live an hour only: one that is gone is written anew, with its count.
      if (!isReason(error, 'NotFound')) throw error;
      return create(options, pending, namespace, verdict.message, { count, firstTimestamp, name });
    }
  }
  const name = nameFor(pending.occurrence.object.name, pending.at);
  return create(options, pending, namespace, verdict.message, { count: 1, firstTimestamp: timestamp, name });
}

async function create(
  { client, signal }: RecorderOptions,
  { occurrence, at, options }: Pending,
  namespace: string,
  message: string,
  known: Known,
): Promise<Known> {
  const { component, host, object, reason, type } = occurrence;
  const event: KubeObject & Record<string, unknown> = {
    kind: 'Event',
    apiVersion: 'v1',
    metadata: { name: known.name, namespace, ...(options.annotations && { annotations: options.annotations }) },
    involvedObject: object,
    reason,
    message,
    source: { component, ...(host && { host }) },
    firstTimestamp: known.firstTimestamp,
    lastTimestamp: formatTime(at),
    count: known.count,
    type,
    eventTime: null,
    reportingComponent: component,
    reportingInstance: host,
  };
  await client.create(resources.events, event, { namespace, signal });
  return known;
}

/**
 * Names of Events: the object's and a time in nanoseconds in hexadecimal. Below the millisecond chance decides, so that recorders do not
 * collide; each recorder's own times only grow, because clients list what happened in one second by name.
 */
function createNamer(random: Random): Namer {
  let last = 0n;
  return (objectName, atMs) => {
    const drawn = BigInt(atMs) * 1_000_000n + BigInt(Math.floor(random.float() * 1_000_000));
    last = drawn > last ? drawn : last + 1n;
    return `${objectName}.${last.toString(16)}`;
  };
}
