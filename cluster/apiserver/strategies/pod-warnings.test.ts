import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodSpec } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import type { WriteContext } from '../types.ts';
import { warningsOfPod, warningsOfTemplate } from './pod-warnings.ts';

const context: WriteContext = {
  user: { name: 'u', groups: [] },
  nowMs: 0,
  random: seededRandom(1),
  dryRun: false,
  reads: { get: async () => undefined, list: async () => [], subscribe: async () => () => {} },
  warn: () => {},
};

const spec = (part: Partial<PodSpec>): PodSpec => ({ containers: [{ name: 'c', image: 'i' }], ...part });
const env = (...pairs: [string, string][]) => ({
  containers: [{ name: 'c', env: pairs.map(([name, value]) => ({ name, value })) }],
});

for (const [what, part, expected] of [
  ['nothing unusual', {}, []],
  [
    'a removed volume',
    { volumes: [{ name: 'v', rbd: { monitors: [], image: 'i' } }] },
    ['spec.volumes[0].rbd: deprecated in v1.28, non-functional in v1.31+'],
  ],
  [
    'an old node label',
    { nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
    ['spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead'],
  ],
  [
    'a spread over nothing',
    { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'k', whenUnsatisfiable: 'DoNotSchedule' }] },
    ['spec.topologySpreadConstraints[0].labelSelector: a null labelSelector results in matching no pod'],
  ],
  [
    'a variable given twice',
    env(['A', '1'], ['A', '2']),
    ['spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply'],
  ],
  ['a variable that extends itself', env(['A', '1'], ['A', '$(A)2']), []],
  [
    'half a byte',
    { containers: [{ name: 'c', resources: { limits: { memory: '500m' } } }] },
    ['spec.containers[0].resources.limits[memory]: fractional byte value "500m" is invalid, must be an integer'],
  ],
  [
    'a port given twice',
    {
      containers: [
        {
          name: 'c',
          ports: [
            { containerPort: 80, protocol: 'TCP' },
            { containerPort: 80, protocol: 'TCP' },
          ],
        },
      ],
    },
    ['spec.containers[0].ports[1]: duplicate port definition with spec.containers[0].ports[0]'],
  ],
  [
    'a secret without name',
    { imagePullSecrets: [{ name: '' }] },
    ['spec.imagePullSecrets[0].name: invalid empty name ""'],
  ],
  [
    'a negative grace period',
    { terminationGracePeriodSeconds: -1 },
    ['spec.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1'],
  ],
] as const satisfies readonly (readonly [string, object, readonly string[]])[]) {
  test(`warnings of ${what}`, () => {
    const pod = { metadata: { name: 'p' }, spec: spec(part as Partial<PodSpec>) } as KubeObject;
    assert.deepEqual(warningsOfPod!(pod, undefined, context), expected);
    assert.deepEqual(warningsOfPod!(pod, pod, context), [], 'an update is made by a program');
  });
}

test('a template’s warnings name their place in the owner, and are given when its content changed', () => {
  const owner = (generation: number): KubeObject => {
    const template = { spec: spec({ imagePullSecrets: [{ name: '' }] }) };
    return { metadata: { name: 'd', generation }, spec: { template } } as KubeObject;
  };
  const expected = ['spec.template.spec.imagePullSecrets[0].name: invalid empty name ""'];
  assert.deepEqual(warningsOfTemplate!(owner(1), undefined, context), expected);
  assert.deepEqual(warningsOfTemplate!(owner(2), owner(1), context), expected);
  assert.deepEqual(warningsOfTemplate!(owner(1), owner(1), context), []);
});
