import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import { formatQuantity } from '@orrery/machinery/quantity';
import { isInScopes, usageOf } from './quota.ts';
import type { Pod, ResourceQuota } from './types.data.ts';

const now = Date.parse('2025-01-01T12:00:00Z');
const pods = { group: '', resource: 'pods' };
const text = (resource: { group: string; resource: string }, object: unknown) =>
  Object.fromEntries(
    [...usageOf(resource, object as KubeObject, now)].map(([name, amount]) => [name, formatQuantity(amount)]),
  );
const container = (requests: Record<string, string> = {}, more: object = {}) => ({
  name: 'c',
  image: 'i',
  resources: { requests },
  ...more,
});
const pod = (spec: object, more: object = {}): Pod => ({ metadata: { name: 'p' }, spec, ...more }) as Pod;

test('a pod counts what it needs at its peak', () => {
  const initContainers = [
    container({ cpu: '100m' }, { restartPolicy: 'Always' }),
    container({ cpu: '2', memory: '1Gi' }),
  ];
  const containers = [container({ cpu: '500m', memory: '512Mi' }), container({ cpu: '500m', 'example.com/gpu': '1' })];
  assert.deepEqual(text(pods, pod({ initContainers, containers, overhead: { cpu: '50m' } })), {
    'count/pods': '1',
    pods: '1',
    'requests.cpu': '2150m',
    cpu: '2150m',
    'requests.memory': '1Gi',
    memory: '1Gi',
    'requests.example.com/gpu': '1',
  });
});

test('limits count under their own names', () => {
  const limits = { cpu: '1', memory: '1Gi', 'example.com/gpu': '1' };
  assert.deepEqual(text(pods, pod({ containers: [{ name: 'c', resources: { limits } }] })), {
    'count/pods': '1',
    pods: '1',
    'limits.cpu': '1',
    'limits.memory': '1Gi',
  });
});

test('a pod that has finished, or should have, only counts as an object', () => {
  const containers = [container({ cpu: '1' })];
  const late = { deletionTimestamp: '2025-01-01T11:59:00Z', deletionGracePeriodSeconds: 30 };
  assert.deepEqual(text(pods, pod({ containers }, { status: { phase: 'Succeeded' } })), { 'count/pods': '1' });
  assert.deepEqual(text(pods, pod({ containers }, { metadata: late })), { 'count/pods': '1' });
});

const rows: readonly (readonly [string, { group: string; resource: string }, object, Record<string, string>])[] = [
  ['a config map', { group: '', resource: 'configmaps' }, {}, { 'count/configmaps': '1', configmaps: '1' }],
  ['a deployment', { group: 'apps', resource: 'deployments' }, {}, { 'count/deployments.apps': '1' }],
  [
    'a node port service',
    { group: '', resource: 'services' },
    { spec: { type: 'NodePort', ports: [{}, {}] } },
    { 'count/services': '1', services: '1', 'services.nodeports': '2' },
  ],
  [
    'a load balancer without node ports',
    { group: '', resource: 'services' },
    { spec: { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{}] } },
    { 'count/services': '1', services: '1', 'services.loadbalancers': '1', 'services.nodeports': '0' },
  ],
  [
    'a claim of a class',
    { group: '', resource: 'persistentvolumeclaims' },
    { metadata: {}, spec: { storageClassName: 'gold', resources: { requests: { storage: '1Gi' } } } },
    {
      'count/persistentvolumeclaims': '1',
      persistentvolumeclaims: '1',
      'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '1',
      'requests.storage': '1Gi',
      'gold.storageclass.storage.k8s.io/requests.storage': '1Gi',
    },
  ],
];
for (const [what, resource, object, expected] of rows)
  test(what, () => assert.deepEqual(text(resource, object), expected));

test('scopes', () => {
  const quota = (spec: object): ResourceQuota => ({ metadata: {}, spec }) as ResourceQuota;
  const effort = pod({ containers: [container({ cpu: '1' })], priorityClassName: 'high' });
  const best = pod({ containers: [container()], activeDeadlineSeconds: 5 });
  const inside = (spec: object, subject: Pod) => isInScopes(quota(spec), pods, subject);
  const priority = (operator: string, values?: string[]) => ({
    scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator, values }] },
  });
  assert.deepEqual(
    [effort, best].map(subject => inside({}, subject)),
    [true, true],
  );
  assert.deepEqual(
    [effort, best].map(subject => inside({ scopes: ['BestEffort'] }, subject)),
    [false, true],
  );
  assert.deepEqual(
    [effort, best].map(subject => inside({ scopes: ['NotTerminating', 'NotBestEffort'] }, subject)),
    [true, false],
  );
  assert.deepEqual(
    [effort, best].map(subject => inside(priority('In', ['high']), subject)),
    [true, false],
  );
  assert.deepEqual(
    [effort, best].map(subject => inside(priority('Exists'), subject)),
    [true, false],
  );
  assert.deepEqual(
    [effort, best].map(subject => inside(priority('NotIn', ['high']), subject)),
    [false, true],
  );
  assert.equal(isInScopes(quota({ scopes: ['BestEffort'] }), { group: '', resource: 'services' }, best), false);
  const crossing = pod({
    containers: [],
    affinity: {
      podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ namespaces: ['x'], topologyKey: 'k' }] },
    },
  });
  assert.equal(inside({ scopes: ['CrossNamespacePodAffinity'] }, crossing), true);
});
