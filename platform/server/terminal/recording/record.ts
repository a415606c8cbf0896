/** What is known of a recording, and how it is shown. Pure. */
import type { KubeObject } from '@orrery/machinery/meta';

export type TerminalKind = 'pod' | 'node' | 'kubectl';

/** Whose terminal it was, and into what. */
export interface Subject {
  readonly user: string;
  readonly kind: TerminalKind;
  readonly namespace?: string;
  readonly pod?: string;
  readonly container?: string;
  readonly node?: string;
}

export interface Recorded extends Subject {
  readonly id: string;
  readonly startTimeMs: number;
  readonly endTimeMs?: number;
  /** `open` while it goes on; `interrupted` when nobody ended it. */
  readonly state: 'open' | 'ended' | 'interrupted';
  readonly reason?: string;
  readonly width: number;
  readonly height: number;
  readonly chunks: number;
  /** As stored. */
  readonly bytes: number;
  /** Of all chunks in their order, each with that before it: SHA-256, as hexadecimal digits. */
  readonly hash: string;
  readonly seenAtMs: number;
}

/** In the manner of an object, so that lists, filters and the stream know it. */
export interface Recording extends KubeObject {
  readonly spec: Subject;
  readonly status: {
    readonly state: Recorded['state'];
    readonly reason?: string;
    readonly startTime: string;
    readonly endTime?: string;
    readonly seconds: number;
    readonly bytes: number;
    readonly chunks: number;
    readonly hash: string;
    /** Only when one is looked at: whether what is stored is what was recorded. */
    readonly intact?: boolean;
  };
}

const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

export function recordingOf(record: Recorded, resourceVersion?: string, intact?: boolean): Recording {
  const { user, kind, namespace, pod, container, node, id, startTimeMs, endTimeMs, seenAtMs } = record;
  return {
    apiVersion: 'terminal.orrery.io/v1alpha1',
    kind: 'Recording',
    metadata: {
      name: id,
      uid: id,
      creationTimestamp: timeOf(startTimeMs),
      ...(namespace && { namespace }),
      ...(resourceVersion && { resourceVersion }),
    },
    spec: {
      user,
      kind,
      ...(namespace && { namespace }),
      ...(pod && { pod }),
      ...(container && { container }),
      ...(node && { node }),
    },
    status: {
      state: record.state,
      ...(record.reason && { reason: record.reason }),
      startTime: timeOf(startTimeMs),
      ...(endTimeMs !== undefined && { endTime: timeOf(endTimeMs) }),
      seconds: Math.round(((endTimeMs ?? seenAtMs) - startTimeMs) / 1000),
      bytes: record.bytes,
      chunks: record.chunks,
      hash: record.hash,
      ...(intact !== undefined && { intact }),
    },
  };
}

export interface Keeping {
  readonly keptMs: number;
  readonly bytesMax: number;
}

/** A recording that nobody has written to for so long has lost its platform. */
const lostMs = 5 * 60_000;

/** What is to go, and what nobody ends: too old, or beyond the budget, the oldest first. One that goes on stays. */
export function planKeeping(
  records: readonly Recorded[],
  { keptMs, bytesMax }: Keeping,
  nowMs: number,
): { remove: readonly Recorded[]; interrupt: readonly Recorded[] } {
  const interrupt = records.filter(({ state, seenAtMs }) => state === 'open' && nowMs - seenAtMs > lostMs);
  const ended = records
    .filter(({ state }) => state !== 'open')
    .toSorted((left, right) => right.startTimeMs - left.startTimeMs);
  let room = bytesMax - records.filter(({ state }) => state === 'open').reduce((sum, { bytes }) => sum + bytes, 0);
  const remove = ended.filter(({ bytes, endTimeMs = 0 }) => {
    room -= bytes;
    return room < 0 || nowMs - endTimeMs > keptMs;
  });
  return { remove, interrupt };
}
