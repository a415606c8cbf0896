import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import type { WriteContext } from '../types.ts';
import { strategyOf } from './index.ts';

const context: WriteContext = {
  user: { name: 'u', groups: [] },
  nowMs: 0,
  random: seededRandom(1),
  dryRun: false,
  reads: { get: async () => undefined, list: async () => [], subscribe: async () => () => {} },
  warn: () => {},
};

type Loose = KubeObject & Record<string, unknown>;

/** Group and resource, what is written, and what of it stays in a new object. */
const cases: [group: string, resource: string, field: string, given: unknown, kept: unknown][] = [
  ['coordination.k8s.io', 'leases', 'spec', { holderIdentity: 'h', strategy: 's' }, { holderIdentity: 'h' }],
  [
    'autoscaling',
    'horizontalpodautoscalers',
    'spec',
    { behavior: { scaleUp: { tolerance: '1' } }, maxReplicas: 2 },
    { behavior: { scaleUp: {} }, maxReplicas: 2 },
  ],
  [
    'resource.k8s.io',
    'resourceclaims',
    'spec',
    { devices: { requests: [{ name: 'a', exactly: { tolerations: [{}], deviceClassName: 'c' } }, { name: 'b' }] } },
    { devices: { requests: [{ name: 'a', exactly: { deviceClassName: 'c' } }, { name: 'b' }] } },
  ],
  [
    'resource.k8s.io',
    'resourceslices',
    'spec',
    { nodeName: 'n', devices: [{ nodeName: 'm', capacity: { c: { value: '1', requestPolicy: {} } } }] },
    { nodeName: 'n', devices: [{ capacity: { c: { value: '1' } } }] },
  ],
  [
    'discovery.k8s.io',
    'endpointslices',
    'endpoints',
    [{ addresses: ['a'], deprecatedTopology: { 'kubernetes.io/hostname': 'n' } }],
    [{ addresses: ['a'] }],
  ],
];

test('fields of features that are off are dropped, unless the stored object has them', () => {
  for (const [group, resource, field, given, kept] of cases) {
    const strategy = strategyOf(group, resource);
    const make = (): Loose => ({ metadata: { name: 'a' }, [field]: structuredClone(given) });
    const created = make();
    strategy.prepareForCreate?.(created, context);
    assert.deepEqual(created[field], kept, resource);
    const changed = make();
    strategy.prepareForUpdate!(changed, created, context);
    assert.deepEqual(changed[field], kept, resource);
    const again = make();
    strategy.prepareForUpdate!(again, make(), context);
    assert.deepEqual(again[field], given, resource);
  }
});

test('the host of a stored endpoint stays as its node when its topology goes', () => {
  const hosts = { 'kubernetes.io/hostname': 'n' };
  const slice = (addresses: string[]): Loose => ({
    metadata: { name: 'a' },
    endpoints: [{ addresses, deprecatedTopology: hosts }],
  });
  const changed = slice(['b']);
  strategyOf('discovery.k8s.io', 'endpointslices').prepareForUpdate!(changed, slice(['a']), context);
  assert.deepEqual(changed['endpoints'], [{ addresses: ['b'], nodeName: 'n' }]);
});

test('annotations that stand for fields are not written with the newer version', () => {
  const object: Loose = { metadata: { name: 'a', annotations: { 'autoscaling.alpha.kubernetes.io/metrics': '[]' } } };
  strategyOf('autoscaling', 'horizontalpodautoscalers').prepareForCreate!(object, context);
  assert.equal(object.metadata.annotations, undefined);
});
