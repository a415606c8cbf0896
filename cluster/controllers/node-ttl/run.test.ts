import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stepFor } from './run.ts';

test('steps overlap: growing and shrinking change at different sizes', () => {
  assert.deepEqual(
    [1, 100, 101, 600, 5000].map(nodes => stepFor(nodes, 0)),
    [0, 0, 1, 2, 4],
  );
  assert.deepEqual(
    [95, 89, 1].map(nodes => stepFor(nodes, 1)),
    [1, 0, 0],
  );
  assert.equal(stepFor(500, 4), 2);
});
