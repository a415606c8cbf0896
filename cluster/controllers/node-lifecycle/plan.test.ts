import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lease, Node, Pod, Taint } from '@orrery/kinds/types';
import { stayUnder } from '../common/taints.ts';
import { formatRange, nextShare, parseRange, planShares } from '../node-ipam/plan.ts';
import { planRemovals } from '../pod-garbage/plan.ts';
import { leaveAt } from '../taint-eviction/run.ts';
import { evictionInterval, silentConditions, takePulse, wantedTaints, zoneState } from './plan.ts';

const now = Date.parse('2025-01-01T12:00:00Z');
const at = (seconds: number) => new Date(now + seconds * 1000).toISOString().replace('.000Z', 'Z');

const node = (ready: 'True' | 'False' | 'Unknown' | undefined, more: Partial<Node['spec']> = {}): Node => ({
  metadata: { name: 'n', creationTimestamp: at(-3600) },
  spec: more,
  status: { conditions: ready === undefined ? [] : [{ type: 'Ready', status: ready, lastHeartbeatTime: at(-5) }] },
});
const lease = (seconds: number): Lease => ({ metadata: { name: 'n' }, spec: { renewTime: at(seconds) } }) as Lease;

test('a renewed lease is a sign of life, silence beyond the grace period is told', () => {
  const first = takePulse(node('True'), lease(0), undefined, 1000, now);
  assert.equal(first.seenAt, 1000);
  assert.equal(takePulse(node('True'), lease(0), first, 9000, now), first, 'the same lease says nothing new');
  const renewed = takePulse(node('True'), lease(10), first, 9000, now);
  assert.equal(renewed.seenAt, 9000);
  assert.equal(silentConditions(node('True'), first, 40_000, 41_000, now), undefined);
  const silent = silentConditions(node('True'), first, 40_000, 41_001, now)!;
  assert.deepEqual(
    silent.map(({ type, status, reason }) => `${type} ${status} ${reason}`),
    [
      'Ready Unknown NodeStatusUnknown',
      'MemoryPressure Unknown NodeStatusNeverUpdated',
      'DiskPressure Unknown NodeStatusNeverUpdated',
      'PIDPressure Unknown NodeStatusNeverUpdated',
    ],
  );
  assert.equal(silent[0]!.message, 'Kubelet stopped posting node status.');
});

test('what we set ourselves is no sign of life, and is not set twice', () => {
  const first = takePulse(node('True'), undefined, undefined, 0, now);
  const marked: Node = {
    ...node('True'),
    status: {
      conditions: ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'].map(type => ({
        type,
        status: 'Unknown',
        reason: 'NodeStatusUnknown',
        lastHeartbeatTime: at(-5),
      })),
    },
  };
  const later = takePulse(marked, undefined, first, 50_000, now);
  assert.equal(silentConditions(marked, later, 40_000, 100_000, now), undefined);
});

test('a node that never reported gets a minute from its creation', () => {
  const young: Node = { metadata: { name: 'n', creationTimestamp: at(-30) }, spec: {}, status: {} };
  const pulse = takePulse(young, undefined, undefined, 100_000, now);
  assert.equal(silentConditions(young, pulse, 40_000, 100_000, now), undefined);
  assert.equal(silentConditions(young, pulse, 40_000, 130_001, now)?.length, 4);
});

const keys = (taints: readonly Taint[]) => taints.map(({ key, effect }) => `${key}:${effect}`);
const taintRows: readonly (readonly [string, Node, 'yes' | 'later' | 'no', readonly string[]])[] = [
  ['a healthy node', node('True'), 'yes', []],
  [
    'not ready',
    node('False'),
    'yes',
    ['node.kubernetes.io/not-ready:NoSchedule', 'node.kubernetes.io/not-ready:NoExecute'],
  ],
  [
    'unreachable',
    node('Unknown'),
    'yes',
    ['node.kubernetes.io/unreachable:NoSchedule', 'node.kubernetes.io/unreachable:NoExecute'],
  ],
  ['not its turn yet', node('Unknown'), 'later', ['node.kubernetes.io/unreachable:NoSchedule']],
  ['cordoned', node('True', { unschedulable: true }), 'yes', ['node.kubernetes.io/unschedulable:NoSchedule']],
  [
    'recovered',
    node('True', {
      taints: [
        { key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' },
        { key: 'node.kubernetes.io/unreachable', effect: 'NoSchedule' },
      ],
    }),
    'yes',
    [],
  ],
  [
    'taints of others stay',
    node('True', { taints: [{ key: 'mine', effect: 'NoExecute' }] }),
    'yes',
    ['mine:NoExecute'],
  ],
  [
    'everything seems down',
    node('Unknown', { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] }),
    'no',
    ['node.kubernetes.io/unreachable:NoSchedule'],
  ],
  [
    'once begun it goes on',
    node('Unknown', { taints: [{ key: 'node.kubernetes.io/unreachable', effect: 'NoExecute' }] }),
    'later',
    ['node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/unreachable:NoSchedule'],
  ],
];
for (const [what, subject, may, expected] of taintRows) {
  test(`taints: ${what}`, () => assert.deepEqual(keys(wantedTaints(subject, may, now)), expected));
}

test('zones: how fast pods are driven out depends on how many nodes are down', () => {
  const zone = (up: number, down: number) => [
    ...Array<Node>(up).fill(node('True')),
    ...Array<Node>(down).fill(node('False')),
  ];
  assert.equal(zoneState(zone(10, 1)), 'normal');
  assert.equal(zoneState(zone(4, 6)), 'partial');
  assert.equal(zoneState(zone(1, 2)), 'normal', 'two are too few to conclude from');
  assert.equal(zoneState(zone(0, 3)), 'full');
  assert.equal(evictionInterval('normal', 10, false), 10_000);
  assert.equal(evictionInterval('partial', 10, false), Infinity);
  assert.equal(evictionInterval('partial', 100, false), 100_000);
  assert.equal(evictionInterval('full', 10, true), Infinity);
});

test('tolerations: how long a pod may stay', () => {
  const taint: Taint = { key: 'k', value: 'v', effect: 'NoExecute' };
  assert.equal(stayUnder([taint], []), 0);
  assert.equal(stayUnder([taint], [{ operator: 'Exists' }]), Infinity);
  assert.equal(stayUnder([taint], [{ key: 'k', value: 'v', tolerationSeconds: 300 }]), 300_000);
  assert.equal(stayUnder([taint], [{ key: 'k', value: 'other' }]), 0);
  assert.equal(stayUnder([taint], [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }]), 0);
  assert.equal(
    stayUnder(
      [taint],
      [
        { operator: 'Exists', tolerationSeconds: -1 },
        { operator: 'Exists', tolerationSeconds: 9 },
      ],
    ),
    0,
  );
});

test('eviction counts from when the taint was added, not from a restart', () => {
  const tainted = node('False', { taints: [{ key: 'k', effect: 'NoExecute', timeAdded: at(-100) }] });
  const pod = (tolerationSeconds?: number): Pod => ({
    metadata: { name: 'p', creationTimestamp: at(-1000) },
    spec: { containers: [], tolerations: [{ key: 'k', operator: 'Exists', tolerationSeconds }] },
  });
  assert.equal(leaveAt(pod(300), tainted, now), now + 200_000);
  assert.equal(leaveAt(pod(), tainted, now), undefined);
  assert.equal(leaveAt(pod(300), node('True'), now), undefined);
});

test('pods nobody will clean up', () => {
  const pod = (
    name: string,
    nodeName: string | undefined,
    more: Partial<Pod['metadata']> = {},
    phase: 'Running' | 'Succeeded' = 'Running',
  ): Pod => ({
    metadata: { name, creationTimestamp: at(-10), ...more },
    spec: { containers: [], nodeName },
    status: { phase },
  });
  const leaving = { deletionTimestamp: at(-1) };
  const dead = node('Unknown', { taints: [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }] });
  const pods = [
    pod('kept', 'here'),
    pod('homeless', 'missing'),
    pod('quarantined', 'lately-missing'),
    pod('unplaced', undefined, leaving),
    pod('waiting', undefined),
    pod('stuck', 'dead', leaving),
    pod('old', 'here', { creationTimestamp: at(-99) }, 'Succeeded'),
    pod('new', 'here', {}, 'Succeeded'),
  ];
  const nodes = new Map([
    ['here', node('True')],
    ['dead', dead],
  ]);
  const removals = planRemovals(pods, nodes, name => name === 'missing', 1);
  assert.deepEqual(removals.map(({ pod: { metadata } }) => metadata.name).sort(), [
    'homeless',
    'old',
    'stuck',
    'unplaced',
  ]);
  assert.equal(
    removals.find(({ pod: { metadata } }) => metadata.name === 'homeless')?.failWith,
    'PodGC: node no longer exists',
  );
});

test('address ranges read and write alike', () => {
  for (const text of [
    '10.42.0.0/16',
    '192.168.7.0/24',
    'fd00::/48',
    '2001:db8:1::/64',
    '::/0',
    '2001:db8:0:1:0:0:0:0/64',
  ]) {
    const range = parseRange(text);
    assert.deepEqual(parseRange(formatRange(range)), range, text);
  }
  assert.equal(formatRange(parseRange('10.42.7.9/16')), '10.42.0.0/16');
  assert.equal(formatRange(parseRange('fd00:0:0:1::/64')), 'fd00:0:0:1::/64');
  for (const text of ['10.42.0.0', '10.42.0/16', '10.42.0.0/33', 'x/8', '300.0.0.0/8']) {
    assert.throws(() => parseRange(text), /is not an address range/, text);
  }
});

test('every node gets a share of its own, until none is left', () => {
  const whole = parseRange('10.42.0.0/30');
  const taken = [parseRange('10.42.0.0/32'), parseRange('10.42.0.2/31')];
  assert.equal(formatRange(nextShare(whole, 32, taken)!), '10.42.0.1/32');
  assert.equal(nextShare(whole, 32, [...taken, parseRange('10.42.0.1/32')]), undefined);
  const shares = planShares([parseRange('10.42.0.0/16'), parseRange('fd00::/56')], {}, [parseRange('10.42.0.0/24')]);
  assert.deepEqual(shares?.map(formatRange), ['10.42.1.0/24', 'fd00::/64']);
});
