import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originOf, placeOf } from './place.ts';

test('the address says where roles are', () => {
  const cases = [
    [{}, 'platform', '/roles/x'],
    [{ cluster: 'host' }, 'cluster', '/clusters/host/roles/x'],
    [{ workspace: 'w1' }, 'workspace', '/workspaces/w1/roles/x'],
    [{ cluster: 'host', namespace: 'p1' }, 'project', '/clusters/host/projects/p1/roles/x'],
    [{ workspace: 'w1', devops: 'ci' }, 'devops', '/workspaces/w1/devops/ci/roles/x'],
  ] as const;
  for (const [params, kind, href] of cases) {
    const place = placeOf(params);
    assert.deepEqual([place.kind, place.hrefOf('x')], [kind, href]);
  }
});

test('holders of a role are asked for by its name, where it is', () => {
  const { route, path, query } = placeOf({ workspace: 'w1' }).holders('w1-x');
  assert.deepEqual([route.id, path, query], ['roles.workspaceMembers', { workspace: 'w1' }, { workspacerole: 'w1-x' }]);
});

const role = (name: string, labels: Record<string, string> = {}, annotations: Record<string, string> = {}) => ({
  apiVersion: 'v1',
  kind: 'Role',
  metadata: { name, labels, annotations },
});
const ours = { 'app.kubernetes.io/managed-by': 'orrery-platform' };

test('what is built in, what somebody made, and what the platform did not make', () => {
  const platform = placeOf({});
  const project = placeOf({ cluster: 'host', namespace: 'p1' });
  const source = { 'platform.orrery.io/source': 'iamroles/p1/own' };
  assert.equal(originOf(platform, role('platform-admin', ours)), 'builtIn');
  assert.equal(originOf(platform, role('helpdesk')), 'own');
  assert.equal(originOf(project, role('viewer', ours)), 'builtIn');
  assert.equal(originOf(project, role('own', ours, source)), 'own');
  assert.equal(originOf(project, role('leader-election')), 'native');
  const devops = placeOf({ workspace: 'w1', devops: 'ci' });
  assert.equal(originOf(devops, role('operator', ours)), 'builtIn');
  assert.equal(originOf(devops, role('own', ours, source)), 'own');
});
