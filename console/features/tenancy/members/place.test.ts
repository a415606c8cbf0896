import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parametersIn, type AnyRoute } from '@orrery/platform-contract';
import { inDevops, inProject, inWorkspace, invitations, memberPath } from './place.ts';

const member = (annotation: string) => ({
  apiVersion: 'iam.kubesphere.io/v1beta1',
  kind: 'User',
  metadata: { name: 'mia', annotations: { [annotation]: 'viewer' } },
  spec: {},
});

for (const place of [inWorkspace('w1'), inProject('p1', 'w1'), inDevops('ci', 'w1')])
  describe(`members of a ${place.kind}`, () => {
    const filled = (route: AnyRoute, path: object) =>
      assert.deepEqual(
        parametersIn(route.paths[0]!).filter(name => !(name in path)),
        [],
      );
    test('every route gets the values that its path has', () => {
      for (const route of [place.list, place.add, place.roles]) filled(route, place.path);
      for (const route of [place.update, place.remove]) filled(route, memberPath(place, 'mia'));
      filled(place.candidates.route, place.candidates.path ?? {});
    });
  });

test('the role is the one in this place', () => {
  assert.equal(inWorkspace('w').roleOf(member('iam.kubesphere.io/workspacerole')), 'viewer');
  assert.equal(inProject('p', 'w').roleOf(member('iam.kubesphere.io/workspacerole')), undefined);
  assert.equal(inProject('p', 'w').roleOf(member('iam.kubesphere.io/role')), 'viewer');
});

test('an invitation is for all of them, without the blanks around their names', () =>
  assert.deepEqual(invitations([' mia ', 'tom'], 'viewer'), [
    { username: 'mia', roleRef: 'viewer' },
    { username: 'tom', roleRef: 'viewer' },
  ]));
