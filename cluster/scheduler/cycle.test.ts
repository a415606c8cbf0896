import { test } from 'node:test';
import { deepEqual, equal, ok } from 'node:assert/strict';
import { selectorFromMap } from '@orrery/machinery/selector';
import { seededRandom } from '@orrery/machinery/random';
import type { NodeSelectorRequirement, Pod, Taint } from '@orrery/kinds/types';
import { nodesToFind, schedule } from './cycle.ts';
import type { Snapshot } from './framework.ts';
import { fitError } from './message.ts';
import { plugins } from './plugins.ts';
import { asking, at, node, pod, snapshot } from './testing/objects.ts';

/** The node chosen, or the message of the event. */
function decide(wanted: Pod, world: Snapshot, seed = 1): string {
  const outcome = schedule(wanted, world, plugins, seededRandom(seed));
  return 'node' in outcome ? outcome.node : fitError(world.nodes.length, outcome.rejections);
}

const affinityTo = (
  labels: Record<string, string>,
  side: 'podAffinity' | 'podAntiAffinity',
  topologyKey = 'kubernetes.io/hostname',
) => ({
  affinity: {
    [side]: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: labels }, topologyKey }],
    },
  },
});
const nodeAffinityTo = (key: string, operator: NodeSelectorRequirement['operator'], values?: string[]) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key, operator, ...(values && { values }) }] }],
      },
    },
  },
});
const hostPort = (port: number, hostIP?: string) => ({
  containers: [{ name: 'c', image: 'i', ports: [{ containerPort: 80, hostPort: port, hostIP }] }],
});
const tainted = (effect: Taint['effect']) => ({ spec: { taints: [{ key: 'k', value: 'v', effect }] } });
const a = node('a');
const b = node('b');
const web = pod('web', {}, { app: 'web' });

const unplaced = "node(s) didn't match Pod's node affinity/selector";
const cases: readonly [what: string, pod: Pod, world: Snapshot, expected: string][] = [
  ['no nodes', pod('p'), snapshot(), 'no nodes available to schedule pods'],
  ['a node that is there', pod('p'), snapshot(at(a)), 'a'],
  ['too little cpu', pod('p', asking('3')), snapshot(at(a)), '0/1 nodes are available: 1 Insufficient cpu.'],
  [
    'too little of both',
    pod('p', asking('3', '5Gi')),
    snapshot(at(a), at(b)),
    '0/2 nodes are available: 2 Insufficient cpu, 2 Insufficient memory.',
  ],
  ['what others use counts', pod('p', asking('1500m')), snapshot(at(a, pod('q', asking('1'))), at(b)), 'b'],
  [
    'an unknown resource',
    pod('p', { containers: [{ name: 'c', image: 'i', resources: { requests: { 'example.com/gpu': '1' } } }] }),
    snapshot(at(a)),
    '0/1 nodes are available: 1 Insufficient example.com/gpu.',
  ],
  [
    'a full node',
    pod('p'),
    snapshot(at(node('a', { allocatable: { pods: '1' } }), web)),
    '0/1 nodes are available: 1 Too many pods.',
  ],
  [
    'init containers run one after the other',
    pod('p', {
      ...asking('1'),
      initContainers: [
        { name: 'i', resources: { requests: { cpu: '2' } } },
        { name: 'j', resources: { requests: { cpu: '2' } } },
      ],
    }),
    snapshot(at(a)),
    'a',
  ],
  [
    'a sidecar runs beside the others',
    pod('p', {
      ...asking('1'),
      initContainers: [{ name: 'i', restartPolicy: 'Always', resources: { requests: { cpu: '1500m' } } }],
    }),
    snapshot(at(a)),
    '0/1 nodes are available: 1 Insufficient cpu.',
  ],
  [
    'a cordoned node',
    pod('p'),
    snapshot(at(node('a', { spec: { unschedulable: true } }))),
    '0/1 nodes are available: 1 node(s) were unschedulable.',
  ],
  [
    'a taint',
    pod('p'),
    snapshot(at(node('a', tainted('NoSchedule')))),
    '0/1 nodes are available: 1 node(s) had untolerated taint {k: v}.',
  ],
  [
    'a tolerated taint',
    pod('p', { tolerations: [{ key: 'k', operator: 'Equal', value: 'v' }] }),
    snapshot(at(node('a', tainted('NoExecute')))),
    'a',
  ],
  [
    'a toleration of everything',
    pod('p', { tolerations: [{ operator: 'Exists' }] }),
    snapshot(at(node('a', tainted('NoExecute')))),
    'a',
  ],
  ['a soft taint only counts against', pod('p'), snapshot(at(node('a', tainted('PreferNoSchedule'))), at(b)), 'b'],
  [
    'a node selector',
    pod('p', { nodeSelector: { disk: 'ssd' } }),
    snapshot(at(a), at(node('b', { labels: { disk: 'ssd' } }))),
    'b',
  ],
  [
    'a node selector in vain',
    pod('p', { nodeSelector: { disk: 'ssd' } }),
    snapshot(at(a)),
    `0/1 nodes are available: 1 ${unplaced}.`,
  ],
  ['affinity: In', pod('p', nodeAffinityTo('kubernetes.io/hostname', 'In', ['b'])), snapshot(at(a), at(b)), 'b'],
  ['affinity: NotIn', pod('p', nodeAffinityTo('kubernetes.io/hostname', 'NotIn', ['b'])), snapshot(at(a), at(b)), 'a'],
  [
    'affinity: Exists',
    pod('p', nodeAffinityTo('gen', 'Exists')),
    snapshot(at(a)),
    `0/1 nodes are available: 1 ${unplaced}.`,
  ],
  [
    'affinity: Gt',
    pod('p', nodeAffinityTo('gen', 'Gt', ['3'])),
    snapshot(at(node('a', { labels: { gen: '4' } }))),
    'a',
  ],
  [
    'affinity: Lt in vain',
    pod('p', nodeAffinityTo('gen', 'Lt', ['4'])),
    snapshot(at(node('a', { labels: { gen: '4' } }))),
    `0/1 nodes are available: 1 ${unplaced}.`,
  ],
  [
    'a host port in use',
    pod('p', hostPort(80)),
    snapshot(at(a, pod('q', hostPort(80, '10.0.0.1')))),
    "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.",
  ],
  [
    'the port on another address',
    pod('p', hostPort(80, '10.0.0.2')),
    snapshot(at(a, pod('q', hostPort(80, '10.0.0.1')))),
    'a',
  ],
  ['near its like', pod('p', affinityTo({ app: 'web' }, 'podAffinity')), snapshot(at(a), at(b, web)), 'b'],
  [
    'near what is not there',
    pod('p', affinityTo({ app: 'web' }, 'podAffinity')),
    snapshot(at(a)),
    "0/1 nodes are available: 1 node(s) didn't match pod affinity rules.",
  ],
  ['the first of its kind', pod('p', affinityTo({ app: 'web' }, 'podAffinity'), { app: 'web' }), snapshot(at(a)), 'a'],
  ['away from its like', pod('p', affinityTo({ app: 'web' }, 'podAntiAffinity')), snapshot(at(a, web), at(b)), 'b'],
  [
    'others keep it away',
    web,
    snapshot(at(a, pod('q', affinityTo({ app: 'web' }, 'podAntiAffinity')))),
    "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.",
  ],
  [
    'spread over hosts',
    pod(
      'p',
      {
        topologySpreadConstraints: [
          {
            maxSkew: 1,
            topologyKey: 'kubernetes.io/hostname',
            whenUnsatisfiable: 'DoNotSchedule',
            labelSelector: { matchLabels: { app: 'web' } },
          },
        ],
      },
      { app: 'web' },
    ),
    snapshot(at(a, web), at(b)),
    'b',
  ],
  [
    'a domain without the label',
    pod('p', { topologySpreadConstraints: [{ maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule' }] }),
    snapshot(at(a)),
    "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label).",
  ],
  ['the emptier node', pod('p', asking('100m')), snapshot(at(a, pod('q', asking('1'))), at(b)), 'b'],
];

for (const [what, wanted, world, expected] of cases) test(what, () => equal(decide(wanted, world), expected));

test('pods of one group are spread over hosts although nobody says so', () => {
  const group = selectorFromMap({ app: 'web' });
  const world = { ...snapshot(at(a, web, pod('web-2', {}, { app: 'web' })), at(b)), groupOf: () => group };
  for (let seed = 0; seed < 10; seed++) equal(decide(pod('p', {}, { app: 'web' }), world, seed), 'b');
});

test('the same seed chooses the same node, and ties reach every node', () => {
  const world = snapshot(at(a), at(b));
  const chosen = Array.from({ length: 20 }, (_, seed) => decide(pod('p'), world, seed));
  deepEqual(new Set(chosen), new Set(['a', 'b']));
  equal(decide(pod('p'), world, 7), decide(pod('p'), world, 7));
});

test('large clusters are searched in part', () => {
  equal(nodesToFind(50), 50);
  equal(nodesToFind(100), 100);
  equal(nodesToFind(1000), 420);
  ok(nodesToFind(10_000) === 500);
});
