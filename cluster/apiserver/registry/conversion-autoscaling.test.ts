import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import { autoscalerConversion } from './conversion-autoscaling.ts';

const selector = { matchLabels: { a: 'b' } };
const metric = { name: 'm', selector };
const describedObject = { kind: 'Ingress', name: 'i' };

/** Metrics of v2 and of v1. */
const metrics: [now: object, old: object][] = [
  [
    { type: 'Object', object: { describedObject, metric, target: { type: 'Value', value: '5' } } },
    { type: 'Object', object: { target: describedObject, metricName: 'm', targetValue: '5', selector } },
  ],
  [
    { type: 'Pods', pods: { metric, target: { type: 'AverageValue', averageValue: '1' } } },
    { type: 'Pods', pods: { metricName: 'm', targetAverageValue: '1', selector } },
  ],
  [
    { type: 'Resource', resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 50 } } },
    { type: 'Resource', resource: { name: 'memory', targetAverageUtilization: 50 } },
  ],
  [
    {
      type: 'ContainerResource',
      containerResource: { name: 'cpu', container: 'c', target: { type: 'AverageValue', averageValue: '1' } },
    },
    { type: 'ContainerResource', containerResource: { name: 'cpu', targetAverageValue: '1', container: 'c' } },
  ],
  [
    { type: 'External', external: { metric: { name: 'm' }, target: { type: 'AverageValue', averageValue: '1' } } },
    { type: 'External', external: { metricName: 'm', targetAverageValue: '1' } },
  ],
];

const currentMetrics: [now: object, old: object][] = [
  [
    { type: 'Resource', resource: { name: 'cpu', current: { averageValue: '9m', averageUtilization: 9 } } },
    { type: 'Resource', resource: { name: 'cpu', currentAverageUtilization: 9, currentAverageValue: '9m' } },
  ],
  [
    { type: 'Pods', pods: { metric, current: { averageValue: '2' } } },
    { type: 'Pods', pods: { metricName: 'm', currentAverageValue: '2', selector } },
  ],
];

const behavior = {
  scaleUp: { selectPolicy: 'Max', policies: [{ type: 'Pods', value: 4, periodSeconds: 15 }] },
};
const inner =
  '{"ScaleUp":{"StabilizationWindowSeconds":null,"SelectPolicy":"Max",' +
  '"Policies":[{"Type":"Pods","Value":4,"PeriodSeconds":15}],"Tolerance":null},"ScaleDown":null}';

test('what the old version has no field for travels in its own words, and comes back', () => {
  const stored = {
    metadata: { name: 'h' },
    spec: { maxReplicas: 2, metrics: metrics.map(([now]) => now), behavior },
    status: { desiredReplicas: 1, currentMetrics: currentMetrics.map(([now]) => now) },
  };
  const old = autoscalerConversion.fromStored(structuredClone(stored) as KubeObject);
  const prefix = 'autoscaling.alpha.kubernetes.io';
  assert.deepEqual(old.metadata.annotations, {
    [`${prefix}/metrics`]: JSON.stringify(metrics.map(([, given]) => given)),
    [`${prefix}/behavior`]: inner,
    [`${prefix}/current-metrics`]: JSON.stringify(currentMetrics.map(([, given]) => given)),
  });
  const back = autoscalerConversion.toStored(old) as unknown as typeof stored;
  assert.deepEqual(back.spec, stored.spec);
  assert.deepEqual(back.status.currentMetrics, stored.status.currentMetrics);
});

test('the use of the processor has a field of its own', () => {
  const cpu = { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } };
  const old = autoscalerConversion.fromStored({ metadata: {}, spec: { metrics: [cpu] } } as unknown as KubeObject);
  assert.deepEqual((old as unknown as { spec: object }).spec, { targetCPUUtilizationPercentage: 80 });
  assert.equal(old.metadata.annotations, undefined);
});
