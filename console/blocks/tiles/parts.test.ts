import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf } from './parts.ts';

const names = (states: Record<string, number>) => partsOf({ total: 0, states }).map(({ name, count }) => [name, count]);

test('what needs somebody stands first', () =>
  assert.deepEqual(names({ Running: 3, Failed: 1, Pending: 2 }), [
    ['failed', 1],
    ['pending', 2],
    ['running', 3],
  ]));

test('words of kinds become words of the console, those of the same meaning one; unknown ones are others', () =>
  assert.deepEqual(
    names({ Succeeded: 1, completed: 2, warning: 4, Unknown: 1, Lost: 1, Bound: 2, Strange: 5, Odd: 1 }),
    [
      ['failed', 1],
      ['notReady', 5],
      ['bound', 2],
      ['completed', 3],
      ['other', 6],
    ],
  ));

test('a state that nothing is in is not there', () => assert.deepEqual(names({ stopped: 0 }), []));

test('a kind without states has none', () => assert.deepEqual(partsOf({ total: 7 }), []));
