import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Row } from '../report.ts';
import { judge, judgedText } from './verdict.ts';

const rate = (now: readonly number[], earlier: readonly number[]): Row => ({
  what: 'get',
  unit: 'perSecond',
  values: { now, earlier },
});

describe('a commit', () => {
  for (const [what, now, earlier, isSlower] of [
    ['that is as fast passes', [100, 101, 99], [100, 100, 100], false],
    ['that is faster passes', [300, 300, 300], [100, 100, 100], false],
    ['at the bound passes', [60, 60, 60], [100, 100, 100], false],
    ['below the bound fails', [59, 59, 59], [100, 100, 100], true],
    ['is not failed by one slow round', [100, 10, 100], [100, 100, 100], false],
    ['is not failed by a machine that became slow for both', [100, 20, 20], [100, 20, 20], false],
  ] as const) {
    test(what, () => {
      const [judged] = judge([rate(now, earlier)], 'now', 'earlier');
      assert.equal(judged!.isSlower, isSlower);
    });
  }

  test('is judged by its rates alone', () => {
    const rows: Row[] = [
      { ...rate([1], [100]), unit: 'ms' },
      { ...rate([1], [100]), detail: 'p99', unit: 'us' },
    ];
    assert.deepEqual(judge(rows, 'now', 'earlier'), []);
  });
  test('that was not measured is an error', () =>
    assert.throws(() => judge([rate([], [1])], 'now', 'earlier'), /get was measured on one/));
  test('that fails is named', () =>
    assert.equal(judgedText({ what: 'get', ratio: 0.512, isSlower: true }), '0.51  get  SLOWER than 0.6'));
});
