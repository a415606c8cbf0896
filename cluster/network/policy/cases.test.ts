/** What policies mean, case by case: the world and the cases of upstream's end-to-end tests of network policies, and some of their own. */
import { test } from 'node:test';
import { deepEqual } from 'node:assert/strict';
import type { NetworkPolicy, Node, Pod } from '@orrery/kinds/types';
import { nodeView } from './pods.ts';
import { isAllowed, passes, stateOf, type Packet, type World } from './testing.ts';

/** Three namespaces with three pods each; every pod serves two ports by three protocols. */
const namespaces = Object.fromEntries(['x', 'y', 'z'].map(ns => [ns, { ns, 'kubernetes.io/metadata.name': ns }]));
const places = ['x', 'y', 'z'].flatMap(ns => ['a', 'b', 'c'].map(pod => `${ns}/${pod}`));
const addressOf = (place: string): string => `10.42.${places.indexOf(place) % 2}.${10 + places.indexOf(place)}`;
const protocols = ['TCP', 'UDP', 'SCTP'] as const;

const podAt = (place: string, nodes: number): Pod => {
  const [namespace, name] = place.split('/') as [string, string];
  return {
    metadata: { name, namespace, labels: { pod: name } },
    spec: {
      nodeName: `node-${places.indexOf(place) % nodes}`,
      containers: [
        {
          name: 'c',
          ports: [80, 81].flatMap(containerPort =>
            protocols.map(protocol => ({
              name: `serve-${containerPort}-${protocol.toLowerCase()}`,
              containerPort,
              protocol,
            })),
          ),
        },
      ],
    },
    status: { phase: 'Running', podIP: addressOf(place), podIPs: [{ ip: addressOf(place) }] },
  };
};

type Spec = NetworkPolicy['spec'];
interface Asked {
  readonly from: string;
  readonly to: string;
  readonly ns: string;
  readonly port: number;
  readonly protocol: (typeof protocols)[number];
}
/** What still gets through, of what goes to or comes from the pods of `x` unless said otherwise. */
type Passing = (asked: Asked) => boolean;

const pod = (...names: string[]) => ({
  podSelector: { matchExpressions: [{ key: 'pod', operator: 'In', values: names }] },
});
const ns = (...names: string[]) => ({
  namespaceSelector: { matchExpressions: [{ key: 'ns', operator: 'In', values: names }] },
});
const onlyA = { podSelector: { matchLabels: { pod: 'a' } } };
const toXA: Passing = ({ to }) => to !== 'x/a';
const in1 = (rules: Spec['ingress'], podSelector: Spec['podSelector'] = onlyA.podSelector): Spec => ({
  podSelector,
  policyTypes: ['Ingress'],
  ingress: rules!,
});
const out1 = (rules: Spec['egress'], podSelector: Spec['podSelector'] = onlyA.podSelector): Spec => ({
  podSelector,
  policyTypes: ['Egress'],
  egress: rules!,
});
const block = (place: string, prefix: number, ...except: string[]) => ({
  ipBlock: { cidr: `${addressOf(place)}/${prefix}`, except: except.map(each => `${addressOf(each)}/32`) },
});

/** Policies of namespace `x`. */
const cases: readonly [what: string, specs: readonly Spec[], passing: Passing][] = [
  ['default deny of what comes in', [{ podSelector: {}, policyTypes: ['Ingress'] }], ({ ns }) => ns !== 'x'],
  ['an absent list and an empty one let in nobody', [in1([], {})], ({ ns }) => ns !== 'x'],
  ['a rule that says nothing lets everybody in', [in1([{}], {})], () => true],
  ['empty lists of peers and ports say nothing', [in1([{ from: [], ports: [] }], {})], () => true],
  [
    'default deny of what goes out',
    [{ podSelector: {}, policyTypes: ['Egress'] }],
    ({ from }) => !from.startsWith('x/'),
  ],
  [
    'default deny of both',
    [{ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }],
    ({ from, ns }) => ns !== 'x' && !from.startsWith('x/'),
  ],
  ['types that are not said follow from the rules: in only', [{ podSelector: {} }], ({ ns }) => ns !== 'x'],
  [
    'types that are not said follow from the rules: both where something goes out',
    [{ podSelector: {}, egress: [{ ports: [{ port: 80 }] }] }],
    ({ from, ns, port, protocol }) => ns !== 'x' && (!from.startsWith('x/') || (port === 80 && protocol === 'TCP')),
  ],
  ['only the pods that are selected are isolated', [in1([])], toXA],
  ['pods of the namespace itself', [in1([{ from: [pod('b')] }])], asked => toXA(asked) || asked.from === 'x/b'],
  [
    'all pods of the namespace',
    [in1([{ from: [{ podSelector: {} }] }])],
    asked => toXA(asked) || asked.from.startsWith('x/'),
  ],
  ['all namespaces', [in1([{ from: [{ namespaceSelector: {} }] }], {})], () => true],
  ['a namespace by its labels', [in1([{ from: [ns('y')] }])], asked => toXA(asked) || asked.from.startsWith('y/')],
  [
    'namespaces without a label',
    [
      in1([
        { from: [{ namespaceSelector: { matchExpressions: [{ key: 'ns', operator: 'NotIn', values: ['x', 'z'] }] } }] },
      ]),
    ],
    asked => toXA(asked) || asked.from.startsWith('y/'),
  ],
  [
    'a namespace or pods of its own',
    [in1([{ from: [pod('b'), ns('y')] }])],
    asked => toXA(asked) || asked.from === 'x/b' || asked.from.startsWith('y/'),
  ],
  [
    'pods of other namespaces: both selectors in one peer',
    [in1([{ from: [{ ...pod('b'), ...ns('y', 'z') }] }])],
    asked => toXA(asked) || ['y/b', 'z/b'].includes(asked.from),
  ],
  [
    'two rules add up',
    [in1([{ from: [ns('y')] }, { from: [pod('b')] }])],
    asked => toXA(asked) || /^y|x\/b/.test(asked.from),
  ],
  [
    'two policies add up',
    [in1([{ from: [ns('y')] }]), in1([{ from: [pod('b')] }])],
    asked => toXA(asked) || /^y|x\/b/.test(asked.from),
  ],
  [
    'one that lets everybody in opens what others close',
    [{ podSelector: {}, policyTypes: ['Ingress'] }, in1([{}], {})],
    () => true,
  ],
  [
    'a port',
    [in1([{ ports: [{ port: 81 }] }])],
    asked => toXA(asked) || (asked.port === 81 && asked.protocol === 'TCP'),
  ],
  [
    'two ports in one rule',
    [in1([{ ports: [{ port: 80 }, { port: 81, protocol: 'UDP' }] }])],
    asked => toXA(asked) || ['80TCP', '81UDP'].includes(asked.port + asked.protocol),
  ],
  [
    'all ports of a protocol',
    [in1([{ ports: [{ protocol: 'UDP' }] }])],
    asked => toXA(asked) || asked.protocol === 'UDP',
  ],
  [
    'SCTP is not TCP',
    [in1([{ ports: [{ port: 80, protocol: 'SCTP' }] }])],
    asked => toXA(asked) || (asked.port === 80 && asked.protocol === 'SCTP'),
  ],
  [
    'a range of ports',
    [in1([{ ports: [{ port: 81, endPort: 90 }] }])],
    asked => toXA(asked) || (asked.port === 81 && asked.protocol === 'TCP'),
  ],
  [
    'ranges that overlap',
    [
      in1([
        {
          ports: [
            { port: 1, endPort: 80 },
            { port: 80, endPort: 80 },
            { port: 70, endPort: 79 },
          ],
        },
      ]),
    ],
    asked => toXA(asked) || (asked.port === 80 && asked.protocol === 'TCP'),
  ],
  [
    'a port by its name',
    [in1([{ ports: [{ port: 'serve-81-udp', protocol: 'UDP' }] }])],
    asked => toXA(asked) || (asked.port === 81 && asked.protocol === 'UDP'),
  ],
  ['a name counts for its own protocol only', [in1([{ ports: [{ port: 'serve-81-udp' }] }])], toXA],
  ['a name that no container gives', [in1([{ ports: [{ port: 'other' }] }])], toXA],
  [
    'peers and ports of one rule belong together',
    [in1([{ from: [ns('y')], ports: [{ port: 80 }] }])],
    asked => toXA(asked) || (asked.from.startsWith('y/') && asked.port === 80 && asked.protocol === 'TCP'),
  ],
  ['an address', [in1([{ from: [block('y/a', 32)] }])], asked => toXA(asked) || asked.from === 'y/a'],
  [
    'a block with an exception',
    [in1([{ from: [block('x/a', 8, 'y/a')] }])],
    asked => toXA(asked) || asked.from !== 'y/a',
  ],
  [
    'an exception of one block that another holds',
    [in1([{ from: [block('x/a', 8, 'y/a'), block('y/a', 32)] }])],
    () => true,
  ],
  ['a block of IPv6 holds no pod', [in1([{ from: [{ ipBlock: { cidr: 'fd00::/8' } }] }])], toXA],
  [
    'where it goes: pods of another namespace',
    [out1([{ to: [{ ...pod('a'), ...ns('y') }] }])],
    ({ from, to }) => from !== 'x/a' || to === 'y/a',
  ],
  [
    'where it goes: a port by the name that the other gives it',
    [out1([{ ports: [{ port: 'serve-80-tcp' }] }])],
    asked => asked.from !== 'x/a' || (asked.port === 80 && asked.protocol === 'TCP'),
  ],
  [
    'where it goes: a name within a block',
    [out1([{ to: [block('y/a', 32)], ports: [{ port: 'serve-80-tcp' }] }])],
    asked => asked.from !== 'x/a' || (asked.to === 'y/a' && asked.port === 80 && asked.protocol === 'TCP'),
  ],
  [
    'where it goes: a block with an exception',
    [out1([{ to: [block('x/a', 8, 'z/a')] }])],
    ({ from, to }) => from !== 'x/a' || to !== 'z/a',
  ],
  [
    'where it goes: a range',
    [out1([{ ports: [{ port: 80, endPort: 81 }] }])],
    ({ from, protocol }) => from !== 'x/a' || protocol === 'TCP',
  ],
  [
    'both sides are judged by themselves',
    [in1([{ from: [pod('b')] }]), out1([{ to: [ns('y')] }])],
    ({ from, to }) => (to !== 'x/a' || from === 'x/b') && (from !== 'x/a' || to.startsWith('y/')),
  ],
  [
    'both sides in one policy',
    [
      {
        podSelector: onlyA.podSelector,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [ns('z')] }],
        egress: [{ to: [ns('z')] }],
      },
    ],
    ({ from, to }) => (to !== 'x/a' || from.startsWith('z/')) && (from !== 'x/a' || to.startsWith('z/')),
  ],
];

const packets: readonly Asked[] = places.flatMap(from =>
  places.flatMap(to =>
    [80, 81].flatMap(port => protocols.map(protocol => ({ from, to, port, protocol, ns: to.split('/')[0]! }))),
  ),
);
const packetOf = ({ from, to, port, protocol }: Asked): Packet => ({
  from: addressOf(from),
  to: addressOf(to),
  protocol: protocol.toLowerCase() as Packet['protocol'],
  port,
});

for (const nodes of [1, 2])
  for (const [what, specs, passing] of cases)
    test(`on ${nodes} node(s): ${what}`, () => {
      const policies = specs.map((spec, at): NetworkPolicy => ({ metadata: { name: `p${at}`, namespace: 'x' }, spec }));
      const world: World = { namespaces, policies, pods: places.map(place => podAt(place, nodes)) };
      const states = Array.from({ length: nodes }, (_, at) => stateOf(world, `node-${at}`));
      const nodeOf = (place: string) => states[places.indexOf(place) % nodes]!;
      const wrong = packets.filter(asked => {
        const packet = packetOf(asked);
        // Out at the sender's node, in at the receiver's.
        const got = passes(nodeOf(asked.from), 'egress', packet) && passes(nodeOf(asked.to), 'ingress', packet);
        const expected = passing(asked) || asked.from === asked.to;
        return got !== expected || isAllowed(world, packet) !== expected;
      });
      deepEqual(wrong, []);
    });

const world = (pods: readonly Pod[], ...specs: Spec[]): World => ({
  namespaces,
  pods,
  policies: specs.map((spec, at) => ({ metadata: { name: `p${at}`, namespace: 'x' }, spec })),
});
const denied = { podSelector: {}, policyTypes: ['Ingress', 'Egress'] } satisfies Spec;
const changed = (place: string, change: Partial<Pod['spec']>, status: Partial<Pod['status']> = {}): Pod => {
  const plain = podAt(place, 1);
  return { ...plain, spec: { ...plain.spec, ...change }, status: { ...plain.status, ...status } };
};

test('pods in the host’s network are neither isolated nor meant by selectors', () => {
  const state = stateOf(
    world([changed('x/a', { hostNetwork: true }), podAt('x/b', 1)], denied, in1([{ from: [pod('a')] }], {})),
    'node-0',
  );
  deepEqual([...state.journal.sets.get('ingress-pods')!.elements.keys()], [addressOf('x/b')]);
  const packet = { from: addressOf('x/a'), to: addressOf('x/b'), protocol: 'tcp', port: 80 } as const;
  deepEqual(passes(state, 'ingress', packet), false);
});

test('pods that are over, or have no address yet, are left out', () => {
  for (const gone of [
    changed('x/a', {}, { phase: 'Succeeded' }),
    changed('x/a', {}, { phase: 'Failed' }),
    changed('x/a', {}, { podIP: '', podIPs: [] }),
  ]) {
    const state = stateOf(world([gone, podAt('x/b', 1)], denied), 'node-0');
    deepEqual([...state.journal.sets.get('ingress-pods')!.elements.keys()], [addressOf('x/b')]);
  }
});

test('what has no ports passes where a rule names none', () => {
  const icmp = { from: addressOf('y/a'), to: addressOf('x/a'), protocol: 'icmp', port: 0 } as const;
  for (const [rules, expected] of [
    [[{ from: [ns('y')] }], true],
    [[{ from: [ns('y')], ports: [{ port: 80 }] }], false],
  ] satisfies [Spec['ingress'], boolean][]) {
    const state = stateOf(
      world(
        places.map(place => podAt(place, 1)),
        in1(rules),
      ),
      'node-0',
    );
    deepEqual(passes(state, 'ingress', icmp), expected);
  }
});

test('who lets in the address of a node lets in what that node sends through the overlay, as long as it is there', () => {
  const state = stateOf(
    world([podAt('x/a', 1)], in1([{ from: [{ ipBlock: { cidr: '192.0.2.0/24', except: ['192.0.2.3/32'] } }] }])),
    'node-0',
  );
  const node = (address: string, podCIDR: string): Node => ({
    metadata: { name: 'n' },
    spec: { podCIDR },
    status: { addresses: [{ type: 'InternalIP', address }] },
  });
  const getsIn = (from: string) => passes(state, 'ingress', { from, to: addressOf('x/a'), protocol: 'tcp', port: 80 });
  state.setNode('two', nodeView(node('192.0.2.2', '10.42.2.0/24')));
  state.setNode('three', nodeView(node('192.0.2.3', '10.42.3.0/24')));
  deepEqual(['10.42.2.0', '10.42.3.0', '10.42.2.1'].map(getsIn), [true, false, false]);
  state.setNode('three', nodeView(node('192.0.2.4', '10.42.3.0/24')));
  state.setNode('two', undefined);
  deepEqual(['10.42.2.0', '10.42.3.0'].map(getsIn), [false, true]);
});
