import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import { listPage } from '../lists/list.ts';
import { fromLegacy } from './legacy.ts';
import { listingOf, relatedKinds, type Related } from './listings.ts';
import { podStatus, podReason } from './pods.ts';
import { shownAs } from './shown.ts';

const object = (name: string, more: object = {}, meta: object = {}): KubeObject =>
  ({ metadata: { name, namespace: 'p', uid: name, ...meta }, ...more }) as KubeObject;

const related: Related = {
  list: (resource, namespace) =>
    (
      ({
        services: [object('front', { spec: { selector: { app: 'web' } } }), object('headless', { spec: {} })],
        replicasets: [object('set', {}, { ownerReferences: [{ uid: 'deployment' }] })],
        pods,
        persistentvolumeclaims: [object('data', { spec: { storageClassName: 'fast' } })],
        storageclasses: [object('fast', { provisioner: 'x.io' })],
        volumesnapshotclasses: [object('snap', { driver: 'x.io' })],
      }) as Record<string, KubeObject[]>
    )[resource]?.filter(({ metadata }) => namespace === undefined || metadata.namespace === namespace) ?? [],
};

const running = { state: { running: {} }, ready: true };
const container = (cpu: string, memory: string) => ({ resources: { requests: { cpu, memory }, limits: { memory } } });
const pods = [
  object(
    'web-1',
    {
      spec: {
        nodeName: 'n1',
        containers: [container('250m', '64Mi'), container('250m', '64Mi')],
        initContainers: [container('1', '32Mi')],
        volumes: [{ persistentVolumeClaim: { claimName: 'data' } }],
      },
      status: { phase: 'Running', podIP: '10.0.0.7', containerStatuses: [{ ...running, restartCount: 3 }] },
    },
    { labels: { app: 'web' }, ownerReferences: [{ kind: 'ReplicaSet', uid: 'set', name: 'set' }] },
  ),
  object('broken', {
    spec: { nodeName: 'n2', containers: [] },
    status: {
      phase: 'Running',
      containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } }, restartCount: 9 }],
    },
  }),
  object('over', {
    spec: { nodeName: 'n1', containers: [container('4', '1Gi')] },
    status: { phase: 'Succeeded', containerStatuses: [{ state: { terminated: { reason: 'Completed' } } }] },
  }),
];

const filters: [string, string, string[]][] = [
  ['pods', 'nodeName=n1', ['over', 'web-1']],
  ['pods', 'pvcName=data', ['web-1']],
  ['pods', 'serviceName=front', ['web-1']],
  ['pods', 'serviceName=headless', []],
  ['pods', 'serviceName=absent', []],
  ['pods', 'ownerReference=set', ['web-1']],
  ['pods', 'ownerReference=deployment', ['web-1']],
  ['pods', 'podIP=10.0', ['web-1']],
  ['pods', 'phase=Running', ['broken', 'web-1']],
  ['pods', 'status=Running', ['broken', 'web-1']],
  ['pods', 'status=Waiting', ['broken']],
  ['pods', 'status=completed|waiting', ['broken', 'over']],
  ['persistentvolumeclaims', 'storageClassName=fast', ['data']],
  ['persistentvolumeclaims', 'status=pending|lost', []],
];
for (const [resource, query, expected] of filters)
  test(`${resource} by ${query}`, () => {
    const page = listPage(
      related.list(resource) as KubeObject[],
      { sortBy: 'name', ascending: 'true' },
      new URLSearchParams(query),
      listingOf(resource, related),
    );
    assert.deepEqual(
      page.items.map(({ metadata }) => metadata.name),
      expected,
    );
  });

test('other kinds are looked at only where the query asks for it', () => {
  assert.deepEqual(relatedKinds('pods', new URLSearchParams('name=x')), []);
  assert.deepEqual(relatedKinds('pods', new URLSearchParams('serviceName=x&ownerReference=y')), [
    'services',
    'replicasets',
  ]);
  assert.deepEqual(relatedKinds('services', new URLSearchParams('serviceName=x')), []);
});

const orders: [string, string, string[]][] = [
  ['pods', 'restarts', ['over', 'web-1', 'broken']],
  ['pods', 'status', ['over', 'broken', 'web-1']],
  ['pods', 'nodeName', ['over', 'web-1', 'broken']],
];
for (const [resource, sortBy, expected] of orders)
  test(`${resource} sorted by ${sortBy}`, () => {
    const all = related.list(resource) as KubeObject[];
    const wanted = { sortBy, ascending: 'true' as const };
    const page = listPage(all, wanted, new URLSearchParams(), listingOf(resource, related));
    const names = page.items.map(({ metadata }) => metadata.name);
    if (sortBy !== 'status') assert.deepEqual(names, expected);
    else
      assert.deepEqual(
        names.map(name => podReason(all.find(({ metadata }) => metadata.name === name) as never)),
        ['Completed', 'CrashLoopBackOff', 'Running'],
      );
  });

test('an update is the last thing that a condition says', () => {
  const at = (time: string, updated?: string) =>
    object(
      time,
      { status: { conditions: updated ? [{ type: 'A', status: 'True', lastUpdateTime: updated }] : [] } },
      { creationTimestamp: time },
    );
  const all = [at('2025-01-01'), at('2025-01-03'), at('2025-01-02', '2025-01-09')];
  const page = listPage(all, { sortBy: 'updateTime' }, new URLSearchParams(), listingOf('deployments'));
  assert.deepEqual(
    page.items.map(({ metadata }) => metadata.name),
    ['2025-01-02', '2025-01-03', '2025-01-01'],
  );
});

const states: [string, object, string, string][] = [
  ['deleted', { metadata: { deletionTimestamp: 'x' }, status: { phase: 'Running' } }, 'Terminating', 'Waiting'],
  ['pending', { metadata: {}, status: { phase: 'Pending' } }, 'Pending', 'Waiting'],
  ['out of room', { metadata: {}, status: { phase: 'Failed', reason: 'OutOfcpu' } }, 'OutOfcpu', 'Error'],
  [
    'initialising',
    { metadata: {}, spec: { initContainers: [1, 2] }, status: { initContainerStatuses: [{ state: { running: {} } }] } },
    'Init:0/2',
    'Waiting',
  ],
  [
    'init failed',
    { metadata: {}, status: { initContainerStatuses: [{ state: { terminated: { exitCode: 3 } } }] } },
    'Init:ExitCode:3',
    'Waiting',
  ],
  [
    'killed',
    { metadata: {}, status: { containerStatuses: [{ state: { terminated: { signal: 9, exitCode: 137 } } }] } },
    'Signal:9',
    'Waiting',
  ],
  [
    'one over, one running',
    {
      metadata: {},
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        containerStatuses: [{ state: { terminated: { reason: 'Completed' } } }, running],
      },
    },
    'Running',
    'Running',
  ],
];
for (const [name, pod, reason, status] of states)
  test(`the state of a pod: ${name}`, () =>
    assert.deepEqual([podReason(pod as never), podStatus(pod as never)], [reason, status]));

test('nodes show what their pods ask for; claims whether they are used; classes how often', () => {
  const node = object('n1', { status: { allocatable: { cpu: '4', memory: '1Gi' } } }, { annotations: { own: 'x' } });
  assert.deepEqual(shownAs('nodes', node, related).metadata.annotations, {
    own: 'x',
    'node.kubesphere.io/cpu-requests': '1',
    'node.kubesphere.io/cpu-requests-fraction': '25%',
    'node.kubesphere.io/cpu-limits': '0',
    'node.kubesphere.io/cpu-limits-fraction': '0%',
    'node.kubesphere.io/memory-requests': '128Mi',
    'node.kubesphere.io/memory-requests-fraction': '12.5%',
    'node.kubesphere.io/memory-limits': '128Mi',
    'node.kubesphere.io/memory-limits-fraction': '12.5%',
  });
  assert.deepEqual(
    shownAs('persistentvolumeclaims', related.list('persistentvolumeclaims')[0]!, related).metadata.annotations,
    {
      'kubesphere.io/in-use': 'true',
      'kubesphere.io/allow-snapshot': 'true',
    },
  );
  assert.equal(
    shownAs('storageclasses', object('fast'), related).metadata.annotations!['kubesphere.io/pvc-count'],
    '1',
  );
  const plain = object('x');
  assert.equal(shownAs('configmaps', plain, related), plain);
});

const legacy: [string, string, object][] = [
  ['', '', { ascending: 'true' }],
  ['conditions=name=web,status=running', 'names=web&status=running', { ascending: 'true' }],
  ['conditions=name~we', 'name=we', { ascending: 'true' }],
  ['paging=limit=10,page=3&orderBy=name&reverse=true', '', { ascending: 'false', sortBy: 'name', page: 3, limit: 10 }],
  ['paging=limit=-1,page=x', '', { ascending: 'true' }],
];
for (const [asked, search, query] of legacy)
  test(`the older query "${asked}"`, () => {
    const found = fromLegacy(new URLSearchParams(asked));
    assert.deepEqual([found.search.toString(), found.query], [search, query]);
  });
test('an older condition that is none is the asker’s mistake', () =>
  assert.throws(() => fromLegacy(new URLSearchParams('conditions=name')), { code: 400 }));
