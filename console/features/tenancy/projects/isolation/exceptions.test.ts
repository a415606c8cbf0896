import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NamespaceNetworkPolicy } from '@orrery/platform-kinds/types';
import { emptyException, exceptionsIn, isCidr, policyOf, portIn, without, wrongIn } from './exceptions.ts';

const policy = (spec: NamespaceNetworkPolicy['spec']): NamespaceNetworkPolicy => ({
  apiVersion: 'network.kubesphere.io/v1alpha1',
  kind: 'NamespaceNetworkPolicy',
  metadata: { name: 'front' },
  spec,
});
const shop = { namespace: { name: 'shop' } };
const web = { service: { name: 'web', namespace: 'shop' } };
const office = { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } };
const both = policy({
  ingress: [{ from: [shop, web], ports: [{ port: 80 }, { port: 53, protocol: 'UDP' }] }, {}],
  egress: [{ to: [office] }],
});

describe('the list', () => {
  test('has a line for each side and each other, in words', () =>
    assert.deepEqual(
      exceptionsIn([both]).map(({ side, kind, text, ports }) => [side, kind, text, ports]),
      [
        ['ingress', 'project', 'shop', '80, 53/UDP'],
        ['ingress', 'service', 'shop/web', '80, 53/UDP'],
        ['ingress', 'everybody', '', ''],
        ['egress', 'addresses', '10.0.0.0/8 − 10.1.0.0/16', ''],
      ],
    ));
  test('has keys of its own', () => assert.equal(new Set(exceptionsIn([both]).map(({ key }) => key)).size, 4));
});

describe('taking one away', () => {
  const left = (index: number, from = both) => without(exceptionsIn([from])[index]!);
  test('leaves the others of its rule', () => assert.deepEqual(left(0)?.ingress?.[0]?.from, [web]));
  test('takes the rule with its last one, and never leaves a rule that says everybody', () => {
    const one = policy({ ingress: [{ from: [shop], ports: [{ port: 80 }] }, { from: [web] }] });
    assert.deepEqual(left(0, one), { ingress: [{ from: [web] }] });
  });
  test('takes the side with its last rule: an empty list would let nobody through', () => {
    const typed = policy({ ingress: [{ from: [shop] }], egress: [{ to: [shop] }], policyTypes: ['Ingress', 'Egress'] });
    assert.deepEqual(left(1, typed), { ingress: [{ from: [shop] }], policyTypes: ['Ingress'] });
  });
  test('takes the policy with the last of all', () =>
    assert.equal(left(0, policy({ ingress: [{ from: [shop] }], policyTypes: ['Ingress'] })), undefined));
  test('of everybody leaves the rest', () => assert.equal(left(2)?.ingress?.length, 1));
});

test('what was filled in is one rule of a policy of its own', () => {
  const made = policyOf({ ...emptyException, namespace: ' shop ', ports: '80, 53/udp' });
  assert.deepEqual(made.spec, {
    ingress: [
      {
        from: [shop],
        ports: [
          { port: 80, protocol: 'TCP' },
          { port: 53, protocol: 'UDP' },
        ],
      },
    ],
  });
  assert.deepEqual(
    policyOf({ ...emptyException, side: 'egress', kind: 'service', namespace: 'shop', service: 'web' }).spec,
    {
      egress: [{ to: [web] }],
    },
  );
  const addresses = { ...emptyException, kind: 'addresses', cidr: '10.0.0.0/8', except: '10.1.0.0/16' };
  assert.deepEqual(policyOf(addresses).spec.ingress, [{ from: [office] }]);
});

const wrong: [string, Partial<typeof emptyException>, string[]][] = [
  ['nothing', {}, ['namespace']],
  ['a service without a name', { kind: 'service', namespace: 'shop' }, ['service']],
  ['an address without a size', { kind: 'addresses', cidr: '10.0.0.1' }, ['cidr']],
  ['an exception that is none', { kind: 'addresses', cidr: '10.0.0.0/8', except: 'x' }, ['except']],
  ['a port that is none', { namespace: 'shop', ports: '80, http' }, ['ports']],
  ['all well', { namespace: 'shop', ports: '80 443/TCP' }, []],
];
for (const [what, change, fields] of wrong)
  test(`filled in: ${what}`, () => assert.deepEqual(wrongIn({ ...emptyException, ...change }), fields));

test('addresses and ports', () => {
  const cidrs = [
    '10.0.0.0/8',
    '2001:db8::/32',
    '0.0.0.0/0',
    '10.0.0.256/8',
    '10.0.0.0/33',
    '::/129',
    'a/8',
    '10.0.0.0',
  ];
  assert.deepEqual(cidrs.map(isCidr), [true, true, true, false, false, false, false, false]);
  assert.deepEqual(
    ['1', '65535/SCTP', '0', '65536', '80/ICMP'].map(text => portIn(text) !== undefined),
    [true, true, false, false, false],
  );
});
