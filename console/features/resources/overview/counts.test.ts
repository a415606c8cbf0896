import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf } from './counts.ts';

test('what needs somebody stands first; what does not occur is not there', () =>
  assert.deepEqual(
    partsOf({ total: 6, states: { Running: 3, Failed: 1, Pending: 2, Succeeded: 0 } }).map(({ name, count, tone }) => [
      name,
      count,
      tone,
    ]),
    [
      ['failed', 1, 'bad'],
      ['pending', 2, 'busy'],
      ['running', 3, 'good'],
    ],
  ));

test('states of one meaning are counted together', () =>
  assert.deepEqual(
    partsOf({ total: 3, states: { completed: 1, Succeeded: 2 } }).map(({ name, count }) => [name, count]),
    [['completed', 3]],
  ));
