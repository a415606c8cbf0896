import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aliasOf, marksIn, marksOf, marksPatch } from './marks.ts';

const alias = 'kubesphere.io/alias-name';
const description = 'kubesphere.io/description';

test('something new has no empty marks', () =>
  assert.deepEqual(marksOf({ alias: ' A ', description: ' ' }), { [alias]: 'A' }));

test('a mark that is emptied is taken away', () =>
  assert.deepEqual(marksPatch({ alias: '', description: 'D' }), { [alias]: null, [description]: 'D' }));

test('what is read is what was written', () => {
  const marks = { alias: 'A', description: 'D' };
  assert.deepEqual(marksIn({ apiVersion: 'v1', kind: 'Namespace', metadata: { annotations: marksOf(marks) } }), marks);
});

test('what has no display name is called by its name', () =>
  assert.equal(aliasOf({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'n' } }), 'n'));
