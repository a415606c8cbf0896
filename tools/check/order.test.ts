import { test } from 'node:test';
import { deepEqual, equal } from 'node:assert/strict';
import { runAll, type RunStage } from './order.ts';
import type { Outcome } from './run.ts';
import { stages, type Stage } from './stages.ts';

const stage = (name: string, runs?: Stage['runs']): Stage => ({
  ...{ name, what: '', minutesMax: 1, command: ['x'] },
  ...(runs && { runs }),
});

const outcome: Outcome = { passed: 1, failed: 0, seconds: 0, note: '', told: '' };

/** Stages that end when they are told to; `events` says what began and ended. */
function stagesByHand() {
  const ends = new Map<string, () => void>();
  const events: string[] = [];
  const runStage: RunStage = async ({ name }, write) => {
    events.push(`${name} begins`);
    await new Promise<void>(resolve => ends.set(name, resolve));
    write(`${name} says\n`);
    events.push(`${name} ends`);
    return outcome;
  };
  const end = async (name: string) => {
    ends.get(name)!();
    await new Promise(resolve => setImmediate(resolve));
  };
  return { runStage, end, events };
}

test('a stage beside others begins at once, and one that is alone after all of them', async () => {
  const { runStage, end, events } = stagesByHand();
  const all = [stage('one'), stage('gaps', 'beside'), stage('rates', 'alone'), stage('two')];
  const done = runAll(all, { write: () => {}, runStage, canYield: true });
  deepEqual(events.splice(0), ['gaps begins', 'one begins']);
  await end('one');
  await end('two');
  deepEqual(events.splice(0), ['one ends', 'two begins', 'two ends']);
  await end('gaps');
  await end('rates');
  deepEqual(events, ['gaps ends', 'rates begins', 'rates ends']);
  equal((await done).length, 4);
});

test('what a stage beside others writes comes after them, and whole', async () => {
  const { runStage, end } = stagesByHand();
  let written = '';
  const done = runAll([stage('gaps', 'beside'), stage('one')], {
    ...{ runStage, canYield: true },
    write: text => (written += text),
  });
  await end('gaps');
  await end('one');
  await done;
  deepEqual(
    written.split('\n').filter(line => line !== ''),
    ['== one: ', 'one says', '-- one: 1 passed, 0 failed in 0.0 s', '== gaps: ', 'gaps says'].concat(
      '-- gaps: 1 passed, 0 failed in 0.0 s',
    ),
  );
});

test('where time is rationed a stage waits instead of running beside others', async () => {
  const { runStage, end, events } = stagesByHand();
  const done = runAll([stage('gaps', 'beside'), stage('one')], { write: () => {}, runStage, canYield: false });
  await end('one');
  await end('gaps');
  await done;
  deepEqual(events, ['one begins', 'one ends', 'gaps begins', 'gaps ends']);
});

test('only what does not depend on its speed runs beside others', () => {
  deepEqual(
    stages.filter(({ runs }) => runs === 'beside').map(({ name }) => name),
    ['format', 'simulation'],
  );
});

test('what a stage said of its failure is the last that is written', async () => {
  let written = '';
  const runStage: RunStage = async ({ name }) =>
    name === 'one' ? { ...outcome, failed: 1, note: ', stopped', told: 'a test failed' } : outcome;
  await runAll([stage('one'), stage('two')], { write: text => (written += text), runStage, canYield: true });
  equal(written.split('-- two').at(-1), ': 1 passed, 0 failed in 0.0 s\n\n== one failed, stopped\na test failed\n');
});
