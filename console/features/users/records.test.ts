import assert from 'node:assert/strict';
import { test } from 'node:test';
import { providersIn, recordQuery } from './records.ts';

const now = Date.parse('2026-05-06T07:08:09Z');

test('filters of the address are asked for, and nothing else of it', () => {
  assert.deepEqual(recordQuery({}, now), {});
  assert.deepEqual(recordQuery({ page: '2', limit: '50', do: 'x', user: 'ann', success: 'false', type: '' }, now), {
    user: 'ann',
    success: 'false',
  });
  assert.deepEqual(recordQuery({ provider: 'corp', sourceIP: '10.', span: 'day' }, now), {
    provider: 'corp',
    sourceIP: '10.',
    from: '2026-05-05T07:08:09.000Z',
  });
  assert.deepEqual(recordQuery({ span: 'century' }, now), {});
});

test('providers are chosen by the names that people know', () =>
  assert.deepEqual(providersIn([{ name: 'corp', displayName: 'Directory', kind: 'password' }]), [
    { value: 'corp', title: 'Directory' },
  ]));
