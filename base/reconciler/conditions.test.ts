import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import {
  findCondition,
  isConditionTrue,
  removeCondition,
  setCondition,
  type Condition,
  type ConditionUpdate,
} from './conditions.ts';

const clock = createManualClock(Date.UTC(2025, 5, 1));
const now = '2025-06-01T00:00:00Z';
const earlier = '2025-01-01T00:00:00Z';
const condition = (type: string, status = 'True'): Condition => ({
  type,
  status,
  reason: 'Because',
  message: 'it is so',
  lastTransitionTime: earlier,
});
const known = [condition('Ready'), condition('Healthy')];
const say = (change: Partial<ConditionUpdate>): ConditionUpdate => {
  const { lastTransitionTime: _time, ...update } = condition('Ready');
  return { ...update, ...change };
};

const cases: [string, ConditionUpdate, Condition[]][] = [
  [
    'a new type is appended with the time of now',
    say({ type: 'New' }),
    [...known, { ...condition('New'), lastTransitionTime: now }],
  ],
  ['a new type may name its time', say({ type: 'New', lastTransitionTime: earlier }), [...known, condition('New')]],
  [
    'a new status moves the time',
    say({ status: 'False' }),
    [{ ...condition('Ready', 'False'), lastTransitionTime: now }, known[1]!],
  ],
  ['a new message does not move the time', say({ message: 'other' }), [{ ...known[0]!, message: 'other' }, known[1]!]],
  ['nor does a new reason', say({ reason: 'Other' }), [{ ...known[0]!, reason: 'Other' }, known[1]!]],
  ['nor does a new generation', say({ observedGeneration: 3 }), [{ ...known[0]!, observedGeneration: 3 }, known[1]!]],
  [
    'nor does a time that is given without a new status',
    say({ lastTransitionTime: now, reason: 'Other' }),
    [{ ...known[0]!, reason: 'Other' }, known[1]!],
  ],
];

for (const [name, update, expected] of cases) {
  test(name, () => {
    const before = JSON.stringify(known);
    assert.deepEqual(setCondition(known, update, clock), expected);
    assert.equal(JSON.stringify(known), before, 'the list that was given stays as it is');
  });
}

test('what changes nothing answers the very list', () => {
  assert.equal(setCondition(known, say({}), clock), known);
  assert.equal(removeCondition(known, 'Unknown'), known);
});

test('no list is an empty list', () => {
  assert.deepEqual(setCondition(undefined, say({ lastTransitionTime: earlier }), clock), [condition('Ready')]);
  assert.deepEqual(removeCondition(undefined, 'Ready'), []);
  assert.equal(findCondition(undefined, 'Ready'), undefined);
});

test('conditions are found, asked and removed by type', () => {
  assert.equal(findCondition(known, 'Healthy'), known[1]);
  assert.equal(isConditionTrue(known, 'Ready'), true);
  assert.equal(isConditionTrue([condition('Ready', 'Unknown')], 'Ready'), false);
  assert.deepEqual(removeCondition(known, 'Ready'), [known[1]]);
});
