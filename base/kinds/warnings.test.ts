import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import { semanticsOf } from './semantics.ts';
import type { PodSpec } from './types.data.ts';

const warningsOf = (resource: string, object: object, old?: object, group = ''): string[] =>
  semanticsOf({ group, version: 'v1', resource })!.warnings(object as KubeObject, old as KubeObject | undefined);

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
    assert.deepEqual(warningsOf('pods', pod), expected);
    assert.deepEqual(warningsOf('pods', pod, pod), [], 'an update is made by a program');
  });
}

test('a template’s warnings name their place in the owner, and are given when its content changed', () => {
  const owner = (generation: number): KubeObject => {
    const template = { spec: spec({ imagePullSecrets: [{ name: '' }] }) };
    return { metadata: { name: 'd', generation }, spec: { template } } as KubeObject;
  };
  const expected = ['spec.template.spec.imagePullSecrets[0].name: invalid empty name ""'];
  assert.deepEqual(warningsOf('deployments', owner(1), undefined, 'apps'), expected);
  assert.deepEqual(warningsOf('deployments', owner(2), owner(1), 'apps'), expected);
  assert.deepEqual(warningsOf('deployments', owner(1), owner(1), 'apps'), []);
});

for (const [what, resource, object, expected] of [
  [
    'a name with dots',
    'pods',
    { metadata: { name: 'a.b' }, spec: spec({}) },
    [
      "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]",
    ],
  ],
  [
    'a headless service that asks for more',
    'services',
    { spec: { type: 'ClusterIP', clusterIP: 'None', externalIPs: ['1.2.3.4'], sessionAffinity: 'ClientIP' } },
    ['spec.externalIPs is ignored for headless services', 'spec.SessionAffinity is ignored for headless services'],
  ],
  [
    'a name for nobody',
    'services',
    { spec: { type: 'ClusterIP', externalName: 'a.b', externalIPs: ['01.2.3.4'] } },
    [
      'spec.externalIPs[0]: non-standard IP address "01.2.3.4" will be considered invalid in a future Kubernetes release: use "1.2.3.4"',
      'spec.externalName is ignored when spec.type is not "ExternalName"',
    ],
  ],
  [
    'a removed driver and old labels',
    'persistentvolumes',
    {
      spec: {
        rbd: {},
        nodeAffinity: {
          required: {
            nodeSelectorTerms: [{ matchExpressions: [{ key: 'beta.kubernetes.io/os', operator: 'Exists' }] }],
          },
        },
      },
    },
    [
      'spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: beta.kubernetes.io/os is deprecated since v1.14; use "kubernetes.io/os" instead',
      'spec.rbd: deprecated in v1.28, non-functional in v1.31+',
    ],
  ],
  [
    'half a byte of storage',
    'persistentvolumeclaims',
    { spec: { resources: { requests: { storage: '1500m' } } } },
    ['spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer'],
  ],
  [
    'a node told apart by an old field',
    'nodes',
    { spec: { externalID: 'x' } },
    ['spec.externalID: this field is deprecated, and is unused by Kubernetes'],
  ],
] as const satisfies readonly (readonly [string, string, object, readonly string[]])[]) {
  test(`warnings of ${what}`, () => {
    assert.deepEqual(warningsOf(resource, { metadata: { name: 'x' }, ...object }), expected);
  });
}
