import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as calls from './calls.ts';

const place = { group: 'apps', version: 'v1', resource: 'deployments', namespace: 'shop', name: 'web' };
const node = { group: '', version: 'v1', resource: 'nodes', name: 'n1' };
const path = '/apis/apps/v1/namespaces/shop/deployments/web';

const cases: readonly [name: string, write: calls.Write, method: string, target: string, kubectl: string][] = [
  ['scaling', calls.scaled(place, 3), 'PATCH', `${path}/scale`, 'kubectl -n shop scale deployments/web --replicas=3'],
  [
    'restarting',
    calls.restarted(place, '2026-01-01T00:00:00Z'),
    'PATCH',
    path,
    'kubectl -n shop rollout restart deployments/web',
  ],
  ['cordoning', calls.cordoned(node, true), 'PATCH', '/api/v1/nodes/n1', 'kubectl cordon n1'],
  ['uncordoning', calls.cordoned(node, false), 'PATCH', '/api/v1/nodes/n1', 'kubectl uncordon n1'],
  ['deleting', calls.deleted(place), 'DELETE', path, 'kubectl -n shop delete deployments/web'],
  [
    'trying to replace',
    calls.replaced({ metadata: {} }, place, { dryRun: true }),
    'PUT',
    `${path}?fieldManager=orrery-console&fieldValidation=Strict&dryRun=All`,
    'kubectl -n shop replace -f FILE',
  ],
];
for (const [name, write, method, target, kubectl] of cases)
  test(`${name} is one request, and one line of kubectl`, () =>
    assert.deepEqual([write.method, write.target, write.kubectl], [method, target, kubectl]));

test('going back is asked of the platform, which knows where each kind keeps its templates', () => {
  const write = calls.rolledBack(place, 2);
  assert.equal(write.target, '/kapis/operations.orrery.io/v1alpha1/namespaces/shop/deployments/web/rollback');
  assert.deepEqual(write.body, { revision: 2 });
  assert.equal(write.kubectl, 'kubectl -n shop rollout undo deployments/web --to-revision=2');
});

test('a job runs again only as the one that was looked at', () =>
  assert.equal(
    calls.ranAgain({ ...place, group: 'batch', resource: 'jobs', name: 'once' }, '17').target,
    '/kapis/operations.kubesphere.io/v1alpha2/namespaces/shop/jobs/once?action=rerun&resourceVersion=17',
  ));

test('curl is one command that a shell takes, whatever stands in the body', () => {
  const write = calls.suspended({ ...place, group: 'batch', resource: 'cronjobs', name: "it's" }, true);
  assert.equal(
    calls.curlOf({ ...write, body: { a: "it's" } }, 'https://o'),
    [
      `curl -X PATCH 'https://o/apis/batch/v1/namespaces/shop/cronjobs/it'\\''s'`,
      `-H "Authorization: Bearer $TOKEN"`,
      `-H 'Content-Type: application/merge-patch+json'`,
      `-d '{"a":"it'\\''s"}'`,
    ].join(' \\\n  '),
  );
});

test('the group of a kind that nobody described is its objects’', () =>
  assert.deepEqual(
    calls.placeOf(
      { apiVersion: 'stable.example.com/v2', kind: 'Tab', metadata: { name: 'a', namespace: 'b' } },
      { group: '', version: '', resource: 'tabs.stable.example.com' },
    ),
    { group: 'stable.example.com', version: 'v2', resource: 'tabs', name: 'a', namespace: 'b' },
  ));

test('names of copies leave room for the names of pods', () =>
  assert.equal(calls.nameLike('x'.repeat(63), 'abc12').length <= 52, true));
