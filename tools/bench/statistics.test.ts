import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { median, pairedRatio, percentile, spread } from './statistics.ts';

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

describe('the ratio', () => {
  for (const [what, first, second, ratio] of [
    ['is the median of the rounds', [10, 20, 90], [10, 10, 10], 2],
    ['pairs rounds: a slow moment that meets both does not count', [10, 1, 10], [5, 0.5, 5], 2],
    ['leaves out a round that only one has', [10, 20], [5], 2],
    ['leaves out what cannot be divided by', [10, 20], [0, 5], 4],
    ['of nothing is nothing', [], [], undefined],
  ] as const) {
    test(what, () => assert.equal(pairedRatio(first, second), ratio));
  }
});

describe('a percentile', () => {
  const hundred = Array.from({ length: 100 }, (_, at) => 100 - at);
  for (const [percent, value] of [
    [50, 50],
    [99, 99],
    [100, 100],
    [0, 1],
  ] as const) {
    test(`${percent} of 1 to 100 is ${value}`, () => assert.equal(percentile(hundred, percent), value));
  }
  test('of one value is that value', () => assert.equal(percentile([7], 99), 7));
  test('of nothing is an error', () => assert.throws(() => percentile([], 50), RangeError));
});
