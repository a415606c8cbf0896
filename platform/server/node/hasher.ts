/** bcrypt in a thread of its own: a hash takes longer than anybody may hold the event loop. */
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '@orrery/machinery/clock';
import { compare, hash } from 'bcryptjs';
import type { Hasher } from '../identity/passwords.ts';
import type { Question } from './hash-thread.ts';

/** The thread ends when nobody has logged in for so long: it holds some megabytes. */
const idleMs = 30_000;

interface Job {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

interface Running {
  readonly worker: Worker;
  /** What it was asked and has not answered. */
  readonly jobs: Map<number, Job>;
}

/** The thread's program: beside this file, as source or as the bundle has it. */
const program = ['./hash-thread.ts', './hash-thread.js']
  .map(name => new URL(name, import.meta.url))
  .find(url => existsSync(url));

export interface ThreadedHasher extends Hasher {
  /** Ends the thread. */
  close(): Promise<void>;
}

export function createHasher(clock: Clock, thread = program): ThreadedHasher {
  // A bundle of one file, carried elsewhere: hashes are made here.
  if (thread === undefined) return { hash, compare, close: async () => {} };
  let running: Running | undefined;
  let idle: Timer | undefined;
  let count = 0;
  let isClosed = false;
  const stop = async () => {
    const ending = running;
    running = undefined;
    idle?.cancel();
    await ending?.worker.terminate();
  };
  const start = (): Running => {
    const worker = new Worker(thread);
    const made: Running = { worker, jobs: new Map() };
    const { jobs } = made;
    let failure = new Error('the thread that hashes has ended');
    worker.unref();
    worker.on('message', ({ id, value, error }: { id: number; value?: unknown; error?: string }) => {
      const job = jobs.get(id);
      jobs.delete(id);
      if (error !== undefined) job?.reject(new Error(error));
      else job?.resolve(value);
      if (jobs.size > 0) return;
      worker.unref();
      idle?.cancel();
      idle = clock.after(idleMs, () => void stop()).unref();
    });
    worker.on('error', (error: Error) => (failure = error));
    // However it came to it: nobody is left waiting, and who asks next has another.
    worker.on('exit', () => {
      if (running === made) running = undefined;
      for (const { reject } of jobs.values()) reject(isClosed ? closing() : failure);
      jobs.clear();
    });
    return made;
  };
  const ask = (question: Question): Promise<unknown> =>
    new Promise((resolve, reject) => {
      if (isClosed) return reject(closing());
      idle?.cancel();
      const { worker, jobs } = (running ??= start());
      // Somebody waits for the answer: the process must not end before it.
      worker.ref();
      const id = count++;
      jobs.set(id, { resolve, reject });
      // A thread has no origin.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      worker.postMessage({ id, question });
    });
  return {
    hash: async (password, cost) => String(await ask(['hash', password, cost])),
    compare: async (password, known) => (await ask(['compare', password, known])) === true,
    async close() {
      isClosed = true;
      await stop();
    },
  };
}

const closing = (): Error => new Error('the platform is closing');
