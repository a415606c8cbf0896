/** Records one terminal: what comes on the screen is kept in memory for some seconds, then written; what cannot be written ends the terminal. */
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import { headLine, outputLine, resizeLine } from './cast.ts';
import { chained, firstHash, packChunk } from './chunks.ts';
import { toHex } from './encode.ts';
import type { Recorded, Subject } from './record.ts';
import type { RecordingStore } from './store.ts';

export interface Recorder {
  readonly id: string;
  /** False when so much waits to be written that the terminal should wait: `onDrain` tells when it may go on. */
  output(text: string): boolean;
  resize(width: number, height: number): void;
  onDrain(callback: () => void): void;
  /** Nothing more can be recorded, for this reason: the terminal must end. */
  onFailure(callback: (why: string) => void): void;
  /** Writes what is left. Resolves with what was recorded. */
  end(reason: string): Promise<Recorded>;
}

export interface RecorderOptions {
  readonly store: RecordingStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly subject: Subject;
  /** As stored, of one recording. */
  readonly bytesMax: number;
}

/** So much waits at most before it is written, and before the terminal is held back. */
const chunkLetters = 128 * 1024;
const waitingLetters = 1024 * 1024;
const flushMs = 10_000;
const tries = 3;

/** Resolves when the head is written: a terminal that cannot be recorded does not begin. */
export async function startRecorder(options: RecorderOptions): Promise<Recorder> {
  const { store, clock, random, subject, bytesMax } = options;
  const id = toHex(random.bytes(16));
  const began = clock.monotonic();
  const title = `${subject.user}: ${[subject.namespace, subject.pod ?? subject.node, subject.container].filter(Boolean).join('/')}`;
  const startTimeMs = clock.now();
  const size = { width: 80, height: 24 };
  let record: Recorded = {
    ...subject,
    ...size,
    id,
    startTimeMs,
    state: 'open',
    chunks: 0,
    bytes: 0,
    hash: firstHash,
    seenAtMs: startTimeMs,
  };
  await store.create(record);

  let waiting = headLine({ ...size, timestamp: Math.floor(startTimeMs / 1000), title });
  let isHeld = false;
  let failure: string | undefined;
  let drained = () => {};
  let failed = (_why: string) => {};
  let writing: Promise<void> = Promise.resolve();

  const fail = (why: string) => {
    if (failure !== undefined) return;
    failure = why;
    failed(why);
  };
  const save = async (text: string, more: Partial<Recorded> = {}) => {
    const bytes = text === '' ? undefined : await packChunk(text);
    const chunks = record.chunks + (bytes ? 1 : 0);
    const hash = bytes ? await chained(record.hash, bytes) : record.hash;
    if (bytes) await retried(clock, () => store.append(id, chunks, bytes));
    record = { ...record, chunks, hash, bytes: record.bytes + (bytes?.length ?? 0), seenAtMs: clock.now(), ...more };
    if (!(await retried(clock, () => store.update(record)))) fail('its recording was deleted');
    else if (record.bytes > bytesMax) fail('one recording holds no more: open a new terminal');
  };
  const flush = (more?: Partial<Recorded>): Promise<void> => {
    writing = writing.then(async () => {
      const text = waiting;
      waiting = '';
      if (text === '' && !more && clock.now() - record.seenAtMs < 6 * flushMs) return;
      try {
        await save(text, more);
      } catch {
        fail('it cannot be recorded');
      }
      if (isHeld) {
        isHeld = false;
        drained();
      }
    });
    return writing;
  };
  const timer = clock.every(flushMs, () => void flush());
  const seconds = () => (clock.monotonic() - began) / 1000;
  return {
    id,
    output(text) {
      waiting += outputLine(seconds(), text);
      if (waiting.length >= chunkLetters) void flush();
      isHeld ||= waiting.length >= waitingLetters;
      return !isHeld;
    },
    resize(width, height) {
      waiting += resizeLine(seconds(), width, height);
    },
    onDrain: callback => void (drained = callback),
    onFailure(callback) {
      failed = callback;
      if (failure !== undefined) callback(failure);
    },
    async end(reason) {
      timer.cancel();
      await flush({ state: 'ended', reason, endTimeMs: clock.now() });
      return record;
    },
  };
}

async function retried<T>(clock: Clock, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++)
    try {
      return await work();
    } catch (error) {
      if (attempt === tries) throw error;
      await clock.sleep(attempt * 500);
    }
}
