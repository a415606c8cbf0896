import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectable } from './connect.ts';

test('one connects what is no administrator’s matter, and what is not connected', () => {
  const listed = [
    { name: 'a', displayName: 'A', kind: 'redirect', mappingMethod: 'auto' },
    { name: 'b', displayName: 'B', kind: 'redirect', mappingMethod: 'lookup' },
    { name: 'c', displayName: 'C', kind: 'password', mappingMethod: 'auto' },
    { name: 'd', displayName: 'D', kind: 'redirect', mappingMethod: 'manual' },
  ];
  assert.deepEqual(
    connectable(listed, new Set(['d'])).map(({ name }) => name),
    ['a', 'c'],
  );
  assert.deepEqual(connectable(undefined, new Set()), []);
});
