/** bcrypt in a thread of its own: a hash takes longer than anybody may hold the event loop. */
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Clock, Timer } from '@orrery/machinery/clock';
import { compare, hash } from 'bcryptjs';
import type { Hasher } from '../identity/passwords.ts';

/** The thread ends when nobody has logged in for so long: it holds some megabytes. */
const idleMs = 30_000;

interface Job {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

type Question = readonly ['hash', string, number] | readonly ['compare', string, string];

/** The thread's program. It is text, since a bundle has one file. */
const program = (library: string): string => `
  const { parentPort } = require('node:worker_threads');
  const loaded = require(${JSON.stringify(library)});
  const { hashSync, compareSync } = loaded.default ?? loaded;
  parentPort.on('message', ({ id, question: [what, password, by] }) => {
    try {
      parentPort.postMessage({ id, value: what === 'hash' ? hashSync(password, by) : compareSync(password, by) });
    } catch (error) {
      parentPort.postMessage({ id, error: String(error) });
    }
  });
`;

/** Where the library cannot be found by a thread (a bundle that was carried elsewhere) hashes are made here. */
function locate(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('bcryptjs');
  } catch {
    return undefined;
  }
}

export interface ThreadedHasher extends Hasher {
  /** Ends the thread. */
  close(): Promise<void>;
}

export function createHasher(clock: Clock): ThreadedHasher {
  const library = locate();
  if (library === undefined) return { hash, compare, close: async () => {} };
  const jobs = new Map<number, Job>();
  let worker: Worker | undefined;
  let idle: Timer | undefined;
  let count = 0;
  const stop = async () => {
    const ending = worker;
    worker = undefined;
    idle?.cancel();
    await ending?.terminate();
  };
  const fail = (error: Error) => {
    worker = undefined;
    for (const { reject } of jobs.values()) reject(error);
    jobs.clear();
  };
  const start = (): Worker => {
    const made = new Worker(program(library), { eval: true });
    made.unref();
    made.on('message', ({ id, value, error }: { id: number; value?: unknown; error?: string }) => {
      const job = jobs.get(id);
      jobs.delete(id);
      if (error !== undefined) job?.reject(new Error(error));
      else job?.resolve(value);
      if (jobs.size > 0) return;
      made.unref();
      idle?.cancel();
      idle = clock.after(idleMs, () => void stop()).unref();
    });
    made.on('error', fail);
    return made;
  };
  const ask = (question: Question): Promise<unknown> =>
    new Promise((resolve, reject) => {
      idle?.cancel();
      worker ??= start();
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
      await stop();
      fail(new Error('the platform is closing'));
    },
  };
}
