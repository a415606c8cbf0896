import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job, Node, Pod, Service } from '@orrery/kinds/types';
import { memoryText, rolesOf } from './cluster.ts';
import { kindNames } from '../../../blocks/kinds/names.data.ts';
import { externalAccess } from './network.ts';
import { selectorText, shortImage } from './objects.ts';
import { restartsOf } from './pods.ts';
import { jobState, nodeState, podState, workloadState } from './state.ts';
import { viewOf } from './index.ts';

const metadata = { name: 'a' };
const pod = (spec: object, status: object): Pod => ({ metadata, spec: { containers: [], ...spec }, status }) as Pod;
const waiting = (reason: string) => ({ ready: false, restartCount: 0, state: { waiting: { reason } } });

test('a pod is in the state that kubectl shows', () => {
  const states: readonly [Pod, string, string][] = [
    [pod({}, { phase: 'Running', containerStatuses: [{ ready: true }] }), 'good', 'Running'],
    [pod({}, { phase: 'Running', containerStatuses: [{ ready: false }] }), 'warn', 'Not ready'],
    [pod({}, { phase: 'Pending', containerStatuses: [waiting('ContainerCreating')] }), 'busy', 'ContainerCreating'],
    [pod({}, { phase: 'Pending', containerStatuses: [waiting('ImagePullBackOff')] }), 'bad', 'ImagePullBackOff'],
    [
      pod({ initContainers: [{}, {}] }, { phase: 'Pending', initContainerStatuses: [{ state: { running: {} } }] }),
      'busy',
      'Init:0/2',
    ],
    [
      pod(
        { initContainers: [{}] },
        { phase: 'Pending', initContainerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff' } } }] },
      ),
      'bad',
      'Init:CrashLoopBackOff',
    ],
    [pod({}, { phase: 'Succeeded' }), 'quiet', 'Completed'],
    [pod({}, { phase: 'Failed', reason: 'Evicted' }), 'bad', 'Evicted'],
    [
      pod({}, { phase: 'Failed', containerStatuses: [{ state: { terminated: { exitCode: 2, reason: 'Error' } } }] }),
      'bad',
      'Error',
    ],
    [pod({}, { phase: 'Pending' }), 'busy', 'Pending'],
  ];
  for (const [object, tone, word] of states) {
    const found = podState(object);
    assert.deepEqual([found.tone, found.word.en], [tone, word]);
  }
});

test('a pod that no node takes says why', () =>
  assert.equal(
    podState(pod({}, { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: 'no room' }] }))
      .reason,
    'no room',
  ));

test('a workload runs when what was asked for is there and new', () => {
  const states: readonly [object, object, string][] = [
    [{ replicas: 2 }, { readyReplicas: 2, updatedReplicas: 2 }, 'Running'],
    [{ replicas: 2 }, { readyReplicas: 2, updatedReplicas: 1 }, 'Updating'],
    [{ replicas: 2 }, {}, 'Updating'],
    [{ replicas: 0 }, {}, 'Stopped'],
    [{}, { desiredNumberScheduled: 3, numberReady: 3, updatedNumberScheduled: 3 }, 'Running'],
    [
      { replicas: 1 },
      { conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota' }] },
      'Failed',
    ],
  ];
  for (const [spec, status, word] of states)
    assert.equal(workloadState({ metadata, spec, status } as never).word.en, word, JSON.stringify({ spec, status }));
});

test('a job is completed, failed, paused or under way', () => {
  const job = (spec: object, type?: string): Job =>
    ({ metadata, spec, status: { conditions: type ? [{ type, status: 'True' }] : [] } }) as unknown as Job;
  assert.deepEqual(
    [job({}, 'Complete'), job({}, 'Failed'), job({ suspend: true }), job({})].map(each => jobState(each).word.en),
    ['Completed', 'Failed', 'Paused', 'Running'],
  );
});

test('a node that is not ready is wrong before it is cordoned', () => {
  const node = (ready: string, unschedulable?: boolean): Node =>
    ({ metadata, spec: { unschedulable }, status: { conditions: [{ type: 'Ready', status: ready }] } }) as Node;
  assert.deepEqual(
    [node('True'), node('True', true), node('Unknown', true)].map(each => nodeState(each).tone),
    ['good', 'warn', 'bad'],
  );
  assert.deepEqual(
    rolesOf({ metadata: { labels: { 'node-role.kubernetes.io/control-plane': '' } } } as unknown as Node),
    ['control-plane'],
  );
});

test('selectors are said in the words of the list protocol', () =>
  assert.equal(
    selectorText({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['a', 'b'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    }),
    'app=web,tier in (a,b),!old',
  ));

test('a selector that chooses nothing is none', () => assert.equal(selectorText({}), undefined));

test('images are shown by what tells them apart', () =>
  assert.deepEqual(
    ['docker.io/library/nginx:1.27', 'nginx', `r.example:5000/a/b@sha256:${'0123456789abcdef'.repeat(4)}`].map(
      shortImage,
    ),
    ['nginx:1.27', 'nginx', 'b@0123456789ab'],
  ));

test('memory is shown as people say it', () =>
  assert.deepEqual(['16384Mi', '4045112Ki', '1536Mi', 'odd', undefined].map(memoryText), [
    '16 GiB',
    '3.9 GiB',
    '1.5 GiB',
    'odd',
    undefined,
  ]));

test('a service is reached from outside by its balancer, else by its node ports', () => {
  const service = { metadata, spec: { ports: [{ port: 80, nodePort: 30_080 }] } } as Service;
  assert.deepEqual(externalAccess(service), [':30080']);
  assert.deepEqual(externalAccess({ ...service, status: { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } } }), [
    '192.0.2.1',
  ]);
});

test('restarts are those of all containers', () =>
  assert.equal(
    restartsOf(pod({}, { initContainerStatuses: [{ restartCount: 1 }], containerStatuses: [{ restartCount: 2 }] })),
    3,
  ));

test('every kind in the navigation has a view, and every column a title in both languages', () => {
  for (const { resource } of kindNames) {
    const { columns } = viewOf(resource);
    assert.ok(columns.length > 0, resource);
    for (const { title } of columns) assert.ok(title.en && title.zh);
  }
});

test('every column can be shown of an object that has just its name', () => {
  const bare = { metadata, spec: {}, status: {} };
  const needed: Readonly<Record<string, object>> = {
    pods: { spec: { containers: [] } },
    horizontalpodautoscalers: { spec: { scaleTargetRef: {} } },
    cronjobs: { spec: { jobTemplate: {} } },
    customresourcedefinitions: { spec: { names: {} } },
  };
  for (const { resource } of kindNames) {
    const { columns, facts = [] } = viewOf(resource);
    for (const { cell } of [...columns, ...facts]) cell({ ...bare, ...needed[resource] });
  }
});
