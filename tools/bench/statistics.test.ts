import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { median, spread } from './statistics.ts';

describe('the median', () => {
  for (const [values, middle] of [
    [[7], 7],
    [[3, 1, 2], 2],
    [[10, 9, 100], 10],
    [[4, 1, 3, 2], 2.5],
    [[-1, -3, -2], -2],
  ] as const) {
    test(`of ${values.join(', ')} is ${middle}`, () => assert.equal(median(values), middle));
  }

  test('of nothing is an error', () => assert.throws(() => median([]), RangeError));

  test('leaves its values as they were', () => {
    const values = [3, 1, 2];
    median(values);
    assert.deepEqual(values, [3, 1, 2]);
  });
});

describe('the spread', () => {
  test('is the width as a share of the median', () => assert.equal(spread([90, 100, 120]), 0.3));
  test('of equal values is 0', () => assert.equal(spread([5, 5]), 0));
  test('of zeros is 0', () => assert.equal(spread([0, 0]), 0));
});
