import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedIn, partsOf, questionOf, searchOf } from './question.ts';

test('resources are written as commands write them', () => {
  assert.deepEqual(partsOf(' deployments.apps/scale '), {
    resource: 'deployments',
    group: 'apps',
    subresource: 'scale',
  });
  assert.deepEqual(partsOf('users.iam.kubesphere.io'), { resource: 'users', group: 'iam.kubesphere.io' });
  assert.deepEqual(partsOf('pods'), { resource: 'pods', group: '' });
});

const asked = {
  user: 'bob',
  verb: 'delete',
  resource: 'pods/exec',
  place: 'project',
  where: 'p1',
  name: ' x ',
} as const;

test('a question in a project names it, and an object if there is one', () => {
  assert.deepEqual(questionOf(asked), {
    ...{ verb: 'delete', resource: 'pods', group: '', subresource: 'exec' },
    ...{ namespace: 'p1', name: 'x' },
  });
  assert.deepEqual(questionOf({ ...asked, place: 'platform', resource: 'nodes', name: '' }), {
    ...{ verb: 'delete', resource: 'nodes', group: '' },
  });
});

test('a question in a workspace is one about its parts', () =>
  assert.deepEqual(questionOf({ ...asked, place: 'workspace', resource: 'groups.iam.kubesphere.io', where: 'w1' }), {
    ...{ verb: 'delete', resource: 'groups', workspace: 'w1' },
  }));

test('half a question is none', () => {
  for (const missing of [{ verb: '' }, { resource: ' ' }, { where: '' }])
    assert.equal(questionOf({ ...asked, ...missing }), undefined);
});

test('it stands in the address, without what is empty, and is read from there', () => {
  const search = searchOf({ ...asked, user: '', name: 'x' });
  assert.deepEqual(search, { verb: 'delete', resource: 'pods/exec', place: 'project', where: 'p1', name: 'x' });
  assert.deepEqual(askedIn(search), { ...asked, user: '', name: 'x' });
  assert.equal(askedIn({ place: 'moon' }).place, 'platform');
});
