import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Access } from '@orrery/platform-contract';
import { whyAllowed, whyDenied, type Ground, type Held } from './explain.ts';

const held = (role: string, verbs: string[], resource: string, more: Partial<Held> = {}): Held => ({
  kind: 'RoleBinding',
  name: `bob-${role}`,
  namespace: 'p1',
  role,
  subject: { kind: 'User', name: 'bob' },
  rules: [{ verbs, apiGroups: ['apps'], resources: [resource] }],
  ...more,
});
const access: Access = { verb: 'delete', group: 'apps', resource: 'deployments', namespace: 'p1' };

const rows: [Ground, string, Held[], string[], string][] = [
  [
    'verbs',
    'a role with other verbs',
    [held('viewer', ['get', 'list'], '*')],
    ['admin'],
    'the role "viewer" in the project "p1" lets you get, list this, not delete',
  ],
  [
    'elsewhere',
    'the right in another project',
    [held('other', ['get'], 'jobs'), held('admin', ['*'], '*', { namespace: 'p2' })],
    [],
    'the role "admin" in the project "p2" lets you do this elsewhere, not here',
  ],
  [
    'silent',
    'a role about other things',
    [held('jobs', ['*'], 'jobs')],
    [],
    'the role "jobs" in the project "p1" says nothing about this',
  ],
  ['nothing', 'nothing', [], [], 'no role of yours says anything about this'],
];
for (const [ground, what, given, roles, expected] of rows)
  test(`the nearest miss is ${what}`, () => {
    assert.equal(whyAllowed(access, given), undefined);
    const why = whyDenied(access, given, roles);
    assert.deepEqual([why.ground, why.text], [ground, expected]);
    assert.deepEqual(why.roles, roles.length > 0 ? roles : undefined);
  });

test('a right is told by the binding that gives it, and by whom one has it', () => {
  const group = held('orrery:projects:w1-dev', ['*'], 'deployments', {
    subject: { kind: 'Group', name: 'makers' },
    source: 'workspacerolebindings/x',
  });
  const why = whyAllowed(access, [held('viewer', ['get'], '*'), group])!;
  assert.equal(why.text, 'the role "w1-dev" in the project "p1" lets you do this as a member of "makers"');
  assert.deepEqual([why.ground, why.binding!.source, why.role], ['granted', 'workspacerolebindings/x', 'w1-dev']);
});
