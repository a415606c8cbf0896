import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, PodDisruptionBudget } from '@orrery/kinds/types';
import { budgetStatus, untilStale } from './plan.ts';

const now = Date.parse('2025-01-01T12:00:00Z');
const budget = (spec: PodDisruptionBudget['spec'], disrupted?: Record<string, string>): PodDisruptionBudget => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: { name: 'b', namespace: 'n', generation: 3 },
  spec,
  ...(disrupted && {
    status: { disruptedPods: disrupted, disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  }),
});
const pods = (ready: number, broken = 0): Pod[] =>
  Array.from({ length: ready + broken }, (_, index) => ({
    metadata: { name: `p${index}`, uid: `${index}` },
    spec: { containers: [] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: index < ready ? 'True' : 'False' }] },
  }));

const rows: readonly (readonly [
  NonNullable<PodDisruptionBudget['spec']>,
  number,
  number,
  number | undefined,
  readonly number[],
])[] = [
  // spec, ready pods, broken pods, wanted replicas -> allowed, healthy, desired, expected
  [{ minAvailable: 2 }, 3, 0, 3, [1, 3, 2, 3]],
  [{ minAvailable: 2 }, 2, 1, 3, [0, 2, 2, 3]],
  [{ minAvailable: '50%' }, 3, 0, 3, [1, 3, 2, 3]],
  [{ maxUnavailable: 1 }, 3, 0, 3, [1, 3, 2, 3]],
  [{ maxUnavailable: 1 }, 3, 0, 5, [0, 3, 4, 5]],
  [{ maxUnavailable: '34%' }, 3, 0, 3, [2, 3, 1, 3]],
  [{ minAvailable: 1 }, 0, 0, 0, [0, 0, 1, 0]],
  [{ maxUnavailable: 1 }, 3, 0, undefined, [0, 3, 0, 0]],
];
for (const [spec, ready, broken, expected, [allowed, healthy, desired, total]] of rows) {
  test(`${JSON.stringify(spec)} with ${ready} ready, ${broken} broken, ${expected} wanted`, () => {
    const status = budgetStatus({ budget: budget(spec), pods: pods(ready, broken), expected, now });
    assert.deepEqual(
      [status.disruptionsAllowed, status.currentHealthy, status.desiredHealthy, status.expectedPods],
      [allowed, healthy, desired, total],
    );
    const [condition] = status.conditions!;
    assert.equal(condition!.status, allowed! > 0 ? 'True' : 'False');
    assert.equal(
      condition!.reason,
      expected === undefined ? 'SyncFailed' : allowed! > 0 ? 'SufficientPods' : 'InsufficientPods',
    );
  });
}

test('a granted eviction counts as done until the pod is gone, or the grant is stale', () => {
  const granted = budget({ minAvailable: 1 }, { p0: '2025-01-01T11:59:00Z' });
  const status = budgetStatus({ budget: granted, pods: pods(3), expected: 3, now });
  assert.deepEqual([status.currentHealthy, status.disruptionsAllowed], [2, 1]);
  assert.deepEqual(status.disruptedPods, { p0: '2025-01-01T11:59:00Z' });
  assert.equal(untilStale(status, now), 60_001);
  const later = budgetStatus({ budget: granted, pods: pods(3), expected: 3, now: now + 61_000 });
  assert.deepEqual([later.currentHealthy, later.disruptedPods], [3, undefined]);
});
