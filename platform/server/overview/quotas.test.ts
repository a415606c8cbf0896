import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import { componentOf } from '../components/feature.ts';
import { abnormalIn, metricsOf, quotaData } from './quotas.ts';
import { roomOf } from './room.ts';

const quota = (hard: object, used: object) => ({ metadata: { name: 'q' }, status: { hard, used } }) as KubeObject;

test('of several quotas the tightest counts; what none counts is counted', () =>
  assert.deepEqual(
    quotaData({ pods: { total: 3 }, services: { total: 2 }, secrets: { total: 9 } }, [
      quota({ 'count/pods': '10', 'limits.memory': '2Gi' }, { 'count/pods': '3', 'limits.memory': '3Gi' }),
      quota({ 'count/pods': '5' }, { 'count/pods': '3' }),
    ]),
    {
      hard: { 'count/pods': '5', 'limits.memory': '2Gi' },
      used: { 'count/pods': '3', 'limits.memory': '3Gi', 'count/services': '2' },
      left: { 'count/pods': '2', 'limits.memory': '0' },
    },
  ));

test('abnormal is what updates, failed, waits for a volume or lost it', () =>
  assert.deepEqual(
    abnormalIn({
      deployments: { total: 5, states: { updating: 2, running: 3 } },
      jobs: { total: 2, states: { completed: 2 } },
      persistentvolumeclaims: { total: 3, states: { Pending: 1, Lost: 1, Bound: 1 } },
      pods: { total: 1, states: { Failed: 1 } },
    }),
    { deployments: 2, jobs: 0, persistentvolumeclaims: 2 },
  ));

test('counts as metrics', () =>
  assert.deepEqual(metricsOf({ pods: { total: 7 }, other: { total: 1 } }, 'cluster', 12_345), {
    results: [{ metric_name: 'cluster_pod_count', data: { resultType: 'vector', result: [{ value: [12, 7] }] } }],
  }));

const node = (cpu: string) =>
  ({
    metadata: { name: cpu },
    status: { capacity: { cpu, memory: '2Gi', pods: '110' }, allocatable: { cpu, memory: '1Gi', pods: '110' } },
  }) as KubeObject;
const pod = (spec: object, status: object = {}, labels: Record<string, string> = {}) =>
  ({
    metadata: { name: 'p', labels },
    spec: { containers: [{ resources: { requests: { cpu: '250m' }, limits: { memory: '1Gi' } } }], ...spec },
    status,
  }) as KubeObject;

test('how full the nodes are: pods that are over or nowhere take nothing', () =>
  assert.deepEqual(
    roomOf([node('2'), node('1500m')], [pod({ nodeName: 'a' }), pod({ nodeName: 'a' }, { phase: 'Failed' }), pod({})]),
    {
      cpu: { capacity: '3500m', allocatable: '3500m', requests: '250m', limits: '0' },
      memory: { capacity: '4Gi', allocatable: '2Gi', requests: '0', limits: '1Gi' },
      pods: { capacity: '220', allocatable: '220', requests: '1' },
    },
  ));

test('a component is a Service with pods; it is as well as they are', () => {
  const service = (selector?: object) =>
    ({ metadata: { name: 's', namespace: 'kube-system', creationTimestamp: 't' }, spec: { selector } }) as KubeObject;
  const ready = { phase: 'Running', containerStatuses: [{ ready: true }] };
  const pods = [
    pod({}, ready, { app: 'x' }),
    pod({}, { phase: 'Running', containerStatuses: [{ ready: false }] }, { app: 'x' }),
    pod({}, ready, { app: 'y' }),
  ];
  assert.equal(componentOf(service(), pods), undefined);
  assert.deepEqual(componentOf(service({ app: 'x' }), pods), {
    name: 's',
    namespace: 'kube-system',
    selfLink: '/api/v1/namespaces/kube-system/services/s',
    label: { app: 'x' },
    startedAt: 't',
    totalBackends: 2,
    healthyBackends: 1,
  });
});
