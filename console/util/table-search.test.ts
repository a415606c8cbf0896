import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listQueryOf, searchFor, tableStateOf } from './table-search.ts';

const plain = { page: 1, limit: 20, sortBy: 'createTime', ascending: false, text: '' };

test('an empty address is the newest twenty', () => assert.deepEqual(tableStateOf({}), plain));

test('nonsense in the address is a sensible table', () =>
  assert.deepEqual(tableStateOf({ page: '-3', limit: '100000', sort: '', q: '' }), plain));

test('a state and its address say the same', () => {
  for (const state of [
    plain,
    { page: 3, limit: 50, sortBy: 'name', ascending: true, text: 'web' },
    { ...plain, sortBy: 'name' },
    { ...plain, ascending: true },
  ])
    assert.deepEqual(tableStateOf(searchFor({}, state)), state);
});

test('what is as usual is not in the address, and keys of others stay', () =>
  assert.deepEqual(searchFor({ tab: 'events', page: '4' }, plain), { tab: 'events' }));

test("a table's own order is usual for it", () => {
  const byName = { sortBy: 'name', ascending: true };
  assert.deepEqual(tableStateOf({}, byName), { ...plain, ...byName });
  assert.deepEqual(searchFor({}, { ...plain, ...byName }, byName), {});
});

test('every list has a limit', () =>
  assert.deepEqual(listQueryOf({ ...plain, text: 'x' }), {
    page: '1',
    limit: '20',
    sortBy: 'createTime',
    ascending: 'false',
    name: 'x',
  }));
