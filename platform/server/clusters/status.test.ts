/** What is told of a member. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { conditionsOf, type Found } from './status.ts';

const day = 24 * 3_600_000;
const found = (more: Partial<Found> = {}): Found => ({
  ready: undefined,
  initialized: undefined,
  endsMs: undefined,
  nowMs: 0,
  time: 'now',
  ...more,
});
const told = (conditions: ReturnType<typeof conditionsOf>) =>
  conditions.map(({ type, status, reason }) => `${type} ${status}${reason ? ` ${reason}` : ''}`);
const silent = { reason: 'NoAnswer', message: 'nobody answers' };

test('a cluster that answers is ready; one that never did is not even begun', () => {
  assert.deepEqual(told(conditionsOf(found())), [
    'Initialized True',
    'Ready True',
    'KubeConfigCertExpiresInSevenDays False',
  ]);
  assert.deepEqual(told(conditionsOf(found({ ready: silent }))).slice(0, 2), [
    'Initialized False NoAnswer',
    'Ready False NoAnswer',
  ]);
});

test('what was brought stays while a cluster is away, and times change with what they are of', () => {
  const before = conditionsOf(found({ time: 'then' }));
  assert.deepEqual(conditionsOf(found(), before), before);
  const [initialized, ready] = conditionsOf(found({ ready: silent }), before);
  assert.deepEqual([initialized!.status, initialized!.lastTransitionTime], ['True', 'then']);
  assert.deepEqual([ready!.status, ready!.lastTransitionTime, ready!.message], ['False', 'now', 'nobody answers']);
});

for (const [days, status] of [
  [8, 'False'],
  [6, 'True'],
  [-1, 'True'],
] as const)
  test(`a certificate that ends in ${days} days`, () => {
    const [, , expiry] = conditionsOf(found({ endsMs: days * day }));
    assert.equal(expiry!.status, status);
  });
