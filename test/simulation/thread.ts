/** A thread that plays the seeds it is told, one after the other. */
import { parentPort } from 'node:worker_threads';
import { simulate } from './simulate.ts';
import type { ThreadedOptions } from './threads.ts';

parentPort!.on('message', async (options: ThreadedOptions) => {
  const outcome = await simulate(options);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort!.postMessage(outcome);
});
