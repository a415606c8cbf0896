/** How changes reach the kernel: together, one write after the other, until it has taken them. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { createWriter } from './writer.ts';

/** A kernel that takes a write when it is told to, and what was known when each began. */
function start() {
  const clock = createManualClock(0);
  const ending = new AbortController();
  const begun: string[] = [];
  const failures: string[] = [];
  const answers: PromiseWithResolvers<void>[] = [];
  const known = { text: '' };
  const writer = createWriter(
    { clock, signal: ending.signal },
    {
      gatherMs: 10,
      write: () => {
        begun.push(known.text);
        answers.push(Promise.withResolvers());
        return answers.at(-1)!.promise;
      },
      failed: error => void failures.push((error as Error).message),
    },
  );
  const know = (text: string) => {
    known.text += text;
    writer.plan();
  };
  return { clock, ending, begun, failures, answers, writer, know };
}

test('changes that come close together are written together', async () => {
  const { clock, begun, know } = start();
  know('a');
  await clock.advance(9);
  know('b');
  deepEqual(begun, []);
  await clock.advance(1);
  deepEqual(begun, ['ab']);
});

test('what changes during a write is written after it, all of it at once', async () => {
  const { clock, begun, answers, know, writer } = start();
  know('a');
  await clock.advance(10);
  know('b');
  await clock.advance(10);
  know('c');
  await clock.advance(10);
  let isWritten = false;
  void writer.write().then(() => (isWritten = true));
  deepEqual(begun, ['a']);
  answers[0]!.resolve();
  await clock.settle();
  deepEqual(begun, ['a', 'abc']);
  equal(isWritten, false);
  answers[1]!.resolve();
  await clock.settle();
  equal(isWritten, true);
  deepEqual(begun, ['a', 'abc']);
});

test('a write that fails is told and tried again a second later, with what is known then', async () => {
  const { clock, begun, failures, answers, know } = start();
  know('a');
  await clock.advance(10);
  answers[0]!.reject(new Error('no'));
  await clock.advance(500);
  know('b');
  await clock.advance(499);
  deepEqual([begun, failures], [['a'], ['no']]);
  await clock.advance(1);
  deepEqual(begun, ['a', 'ab']);
});

test('nothing is written after the end, neither what failed nor what was planned', async () => {
  const { clock, ending, begun, answers, know, writer } = start();
  know('a');
  await clock.advance(10);
  const behind = writer.write();
  answers[0]!.reject(new Error('no'));
  know('b');
  await clock.settle();
  ending.abort();
  await behind;
  await clock.advance(5_000);
  know('c');
  await clock.advance(5_000);
  await writer.write();
  deepEqual(begun, ['a']);
});
