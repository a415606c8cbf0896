/** The thread that hashes: a question in, an answer out, in order. */
import { parentPort } from 'node:worker_threads';
import { compareSync, hashSync } from 'bcryptjs';

export type Question = readonly ['hash', string, number] | readonly ['compare', string, string];

const answer = (question: Question): string | boolean =>
  question[0] === 'hash' ? hashSync(question[1], question[2]) : compareSync(question[1], question[2]);

parentPort?.on('message', ({ id, question }: { id: number; question: Question }) => {
  // A thread has no origin.
  // oxlint-disable unicorn/require-post-message-target-origin
  try {
    parentPort!.postMessage({ id, value: answer(question) });
  } catch (error) {
    parentPort!.postMessage({ id, error: String(error) });
  }
});
