import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { tenancy } from '@orrery/platform-contract/features';
import { gatherQuestions, type WireQuestion } from './questions.ts';

function start() {
  const clock = createManualClock();
  const asked: (readonly WireQuestion[])[] = [];
  const may = gatherQuestions(async questions => {
    asked.push(questions);
    return questions.map(question => ({ allowed: question['name'] !== 'x', reason: String(question['name']) }));
  }, clock);
  return { clock, asked, may };
}
const named = (name: string) => ({ verb: 'get', resource: 'pods', namespace: 'p1', name });

test('the questions of one moment are one request, and each gets its own answer', async () => {
  const { clock, asked, may } = start();
  const answers = Promise.all([
    may(named('a')),
    may(named('x')),
    may({ route: tenancy.createProject, path: { workspace: 'w' } }),
  ]);
  await clock.advance(10);
  assert.deepEqual(
    (await answers).map(({ allowed }) => allowed),
    [true, false, true],
  );
  assert.deepEqual(asked, [[named('a'), named('x'), { route: 'tenancy.createProject', path: { workspace: 'w' } }]]);
});

test('at most a hundred at once', async () => {
  const { clock, asked, may } = start();
  const answers = Promise.all(Array.from({ length: 250 }, (_, index) => may(named(`n${index}`))));
  await clock.advance(10);
  assert.deepEqual(
    (await answers).map(({ reason }) => reason),
    Array.from({ length: 250 }, (_, index) => `n${index}`),
  );
  assert.deepEqual(
    asked.map(({ length }) => length),
    [100, 100, 50],
  );
});

test('what whoever is logged in may do is not asked', async () => {
  const { asked, may } = start();
  assert.deepEqual(await may({ route: tenancy.workspaces }), { allowed: true });
  assert.equal(asked.length, 0);
});
