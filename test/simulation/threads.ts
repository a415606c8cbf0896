/**
 * Seeds in threads of their own. The test runner follows every promise of its thread, and a simulation is made of promises: beside it
 * a seed costs a fifth less.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Outcome, SimulationOptions } from './simulate.ts';

export type ThreadedOptions = Pick<SimulationOptions, 'seed' | 'minutes' | 'kept' | 'nodes'>;

export interface Threads {
  /** As many as run well at once. */
  readonly count: number;
  /** As {@link simulate}, in a thread that nobody uses meanwhile. Rejects when the thread fails. */
  simulate(options: ThreadedOptions): Promise<Outcome>;
  end(): Promise<void>;
}

export function startThreads(): Threads {
  const idle: Worker[] = [];
  return {
    count: Math.min(4, availableParallelism()),
    async simulate(options) {
      const thread = idle.pop() ?? new Worker(new URL('./thread.ts', import.meta.url));
      const outcome = await ask(thread, options);
      idle.push(thread);
      return outcome;
    },
    end: async () => void (await Promise.all(idle.splice(0).map(thread => thread.terminate()))),
  };
}

/** A thread that fails has ended, and is not asked again. */
function ask(thread: Worker, options: ThreadedOptions): Promise<Outcome> {
  const answer = Promise.withResolvers<Outcome>();
  const ended = (code: number) => answer.reject(new Error(`the thread of seed ${options.seed} ended with ${code}`));
  thread.once('message', answer.resolve).once('error', answer.reject).once('exit', ended);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  thread.postMessage(options);
  return answer.promise.finally(() =>
    thread.off('message', answer.resolve).off('error', answer.reject).off('exit', ended),
  );
}
