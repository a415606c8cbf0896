import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { tenancy } from '@orrery/platform-contract/features';
import { readQuery } from '../chain/input.ts';
import { jobStatus, nodeStatus, workloadStatus } from '../resources/listings.ts';
import { filterFor } from './filters.ts';
import { listPage } from './list.ts';
import { compareFor, pageOf } from './page.ts';

const object = (name: string, more: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  metadata: { name, ...more },
});
const names = (objects: readonly KubeObject[]) => objects.map(({ metadata }) => metadata.name);

const all: KubeObject[] = [
  object('web', { uid: '1', creationTimestamp: '2025-01-02T00:00:00Z', labels: { app: 'web', tier: 'front' } }),
  object('Api', { uid: '2', creationTimestamp: '2025-01-01T00:00:00Z', labels: { app: 'api' }, namespace: 'p2' }),
  object('db', {
    uid: '3',
    creationTimestamp: '2025-01-03T00:00:00Z',
    annotations: { 'kubesphere.io/alias-name': 'Web database' },
    ownerReferences: [{ apiVersion: 'v1', kind: 'Thing', name: 'x', uid: 'o1' }],
  }),
];

const filters: [string, string[]][] = [
  ['', ['web', 'Api', 'db']],
  ['name=we', ['web', 'db']],
  ['name=API', ['Api']],
  ['names=web,db', ['web', 'db']],
  ['alias=data', ['db']],
  ['uid=2', ['Api']],
  ['namespace=p2', ['Api']],
  ['ownerReference=o1', ['db']],
  ['ownerKind=Thing', ['db']],
  ['labelSelector=app in (web,api)', ['web', 'Api']],
  ['label=app=web,tier', ['web']],
  ['label=!app', ['db']],
  ['name=we&label=tier', ['web']],
  ['annotation=kubesphere.io/alias-name', ['db']],
  ['fieldSelector=metadata.namespace=p2', ['Api']],
  ['fieldSelector=metadata.name!=web,metadata.namespace=', ['db']],
  ['fieldSelector=metadata.labels.constructor=x', []],
  ['own=b', ['web', 'db']],
  ['nobodyKnows=x', ['web', 'Api', 'db']],
  ['constructor=x&__proto__=y', ['web', 'Api', 'db']],
  ['page=2&limit=1&sortBy=name', ['web', 'Api', 'db']],
];
for (const [query, expected] of filters)
  test(`filter ${query || 'nothing'}`, () => {
    const search = new URLSearchParams(query);
    const filter = filterFor(search, { own: ({ metadata }, value) => metadata.name!.endsWith(value) });
    assert.deepEqual(names(all.filter(filter)), expected);
  });

const asked: [string, object][] = [
  ['limit=-1&page=1', { page: 1 }],
  ['limit=10&page=2&ascending=true', { limit: 10, page: 2, ascending: 'true' }],
  ['limit=all&page=-3&ascending=no', {}],
  ['limit=1e9&page=0&ascending=1', { ascending: 'true' }],
  ['limit=0', { limit: 0 }],
];
for (const [query, expected] of asked)
  test(`what says no page, number or order is not said: ${query}`, () =>
    assert.deepEqual(readQuery(tenancy.workspaces, new URLSearchParams(query)), expected));

test('a selector that cannot be read is the asker’s mistake', () => {
  assert.throws(() => filterFor(new URLSearchParams('label=a in (')), { code: 400 });
  assert.throws(() => filterFor(new URLSearchParams('fieldSelector=a')), { code: 400 });
});

const orders: [Parameters<typeof compareFor>[0], string[]][] = [
  [{}, ['db', 'web', 'Api']],
  [{ ascending: 'true' }, ['Api', 'web', 'db']],
  [{ sortBy: 'name', ascending: 'true' }, ['Api', 'db', 'web']],
  [{ sortBy: 'name' }, ['web', 'db', 'Api']],
  [{ sortBy: 'constructor' }, ['db', 'web', 'Api']],
];
for (const [query, expected] of orders)
  test(`order ${JSON.stringify(query)}`, () => assert.deepEqual(names(all.toSorted(compareFor(query))), expected));

test('pages together are the whole list in order, whatever their size', () => {
  const random = seededRandom(7);
  const many = Array.from({ length: 997 }, (_, index) =>
    object(`o${index}`, { creationTimestamp: new Date(Math.floor(random.float() * 50) * 1000).toISOString() }),
  );
  const compare = compareFor({});
  const whole = names(many.toSorted(compare));
  for (const limit of [1, 10, 33, 600, 997, 2000]) {
    const pages: string[] = [];
    for (let page = 1; page <= Math.ceil(997 / limit); page++) {
      // The middle pages of a list of single items tell nothing new.
      if (limit === 1 && page > 5) break;
      const { items, totalItems } = pageOf(many, { page, limit }, compare);
      assert.equal(totalItems, 997);
      pages.push(...(names(items) as string[]));
    }
    assert.deepEqual(pages, limit === 1 ? whole.slice(0, 5) : whole);
  }
  assert.deepEqual(pageOf(many, { page: 99, limit: 100 }, compare).items, []);
  assert.equal(listPage(many, { limit: 10 }, new URLSearchParams('name=o99')).totalItems, 8);
});

const states: [string, string][] = [
  [workloadStatus({ ...all[0]!, spec: { replicas: 0 } }), 'stopped'],
  [workloadStatus({ ...all[0]!, spec: { replicas: 2 }, status: { readyReplicas: 2, updatedReplicas: 2 } }), 'running'],
  [workloadStatus({ ...all[0]!, spec: { replicas: 2 }, status: { readyReplicas: 1, updatedReplicas: 2 } }), 'updating'],
  [
    workloadStatus({ ...all[0]!, status: { desiredNumberScheduled: 1, numberReady: 1, updatedNumberScheduled: 1 } }),
    'running',
  ],
  [jobStatus({ ...all[0]!, status: { conditions: [{ type: 'Failed', status: 'True' }] } }), 'failed'],
  [jobStatus({ ...all[0]!, status: {} }), 'running'],
  [nodeStatus({ ...all[0]!, spec: { unschedulable: true } }), 'unschedulable'],
  [nodeStatus({ ...all[0]!, status: { conditions: [{ type: 'Ready', status: 'True' }] } }), 'running'],
  [nodeStatus({ ...all[0]! }), 'warning'],
];
test('states as one word', () =>
  assert.deepEqual(
    states.map(([found]) => found),
    states.map(([, wanted]) => wanted),
  ));
