import { test } from 'node:test';
import { deepEqual, ok } from 'node:assert/strict';
import type { EndpointSlice, Service } from '@orrery/kinds/types';
import { emptyRuleset, rulesetOf } from './ruleset.ts';
import { servicePorts } from './services.ts';
import { difference, wholeTable } from './statements.ts';

const pods = ['10.42.0.0/16'];

const service = (spec: Partial<NonNullable<Service['spec']>> = {}): Service => ({
  metadata: { name: 'web', namespace: 'default' },
  spec: {
    clusterIP: '10.43.0.5',
    clusterIPs: ['10.43.0.5'],
    ports: [{ port: 80, nodePort: 30080, protocol: 'TCP' }],
    ...spec,
  },
});

interface Conditions {
  ready?: boolean;
  serving?: boolean;
  terminating?: boolean;
  nodeName?: string;
}

const slice = (endpoints: Record<string, Conditions>): EndpointSlice => ({
  metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  endpoints: Object.entries(endpoints).map(([address, { nodeName = 'here', ...conditions }]) => ({
    addresses: [address],
    nodeName,
    conditions,
  })),
});

const up = { ready: true };
const portOf = (endpoints: Record<string, Conditions>, spec = {}) =>
  servicePorts(service(spec), [slice(endpoints)], 'here');
const rules = (endpoints: Record<string, Conditions>, spec = {}) => rulesetOf(portOf(endpoints, spec), pods);
const addresses = (endpoints: Record<string, Conditions>, spec = {}) =>
  portOf(endpoints, spec).map(({ inside, outside }) => [
    inside.map(each => each.address),
    outside.map(each => each.address),
  ])[0];

test('ready endpoints take the traffic; those that end only when there is no other', () => {
  deepEqual(addresses({ a: up, b: { ready: false } }), [['a'], ['a']]);
  deepEqual(addresses({ a: { ready: false, serving: true, terminating: true } }), [['a'], ['a']]);
  deepEqual(addresses({ a: { ready: false, serving: false, terminating: true } }), [[], []]);
});

test('traffic policies keep to the endpoints of this node', () => {
  const both = { a: up, b: { ready: true, nodeName: 'there' } };
  deepEqual(addresses(both), [
    ['a', 'b'],
    ['a', 'b'],
  ]);
  deepEqual(addresses(both, { externalTrafficPolicy: 'Local' }), [['a', 'b'], ['a']]);
  deepEqual(addresses(both, { internalTrafficPolicy: 'Local' }), [['a'], ['a', 'b']]);
});

test('headless services and external names have no rules', () => {
  deepEqual(portOf({ a: up }, { clusterIP: 'None', clusterIPs: ['None'] }), []);
  deepEqual(portOf({ a: up }, { type: 'ExternalName' }), []);
});

test('one endpoint more, fewer or other writes at most ten statements', () => {
  const three = { '10.42.0.2': up, '10.42.0.3': up, '10.42.0.4': up };
  const two = { '10.42.0.2': up, '10.42.0.3': up };
  const other = { ...two, '10.42.0.5': up };
  const one = { '10.42.0.2': up };
  for (const sessionAffinity of ['None', 'ClientIP'] as const) {
    const steps = [
      [two, three],
      [three, two],
      [three, other],
      [one, two],
      [two, one],
      [{}, one],
      [one, {}],
    ] as const;
    const counts = steps.map(
      ([from, to]) => difference(rules(from, { sessionAffinity }), rules(to, { sessionAffinity })).length,
    );
    ok(
      counts.every(count => count <= 10),
      `${sessionAffinity}: ${counts.join(' ')}`,
    );
  }
});

test('nothing changed, nothing written', () => deepEqual(difference(rules({ a: up }), rules({ a: up })), []));

test('a change of one service leaves the rules of the others alone', () => {
  const others = Array.from({ length: 50 }, (_, at) => ({
    ...portOf({ '10.42.0.9': up })[0]!,
    name: `default/other-${at}:`,
    clusterIPs: [`10.43.1.${at}`],
    nodePort: 0,
  }));
  const before = rulesetOf([...others, ...portOf({ '10.42.0.2': up })], pods);
  const after = rulesetOf([...others, ...portOf({ '10.42.0.2': up, '10.42.0.3': up })], pods);
  ok(difference(before, after).length <= 4);
});

test('a service without endpoints is refused, a Local one without its own is dropped', () => {
  deepEqual([...rules({}).elements.get('no-endpoint-ips')!], [['10.43.0.5 . tcp . 80', 'goto refuse']]);
  const elsewhere = rules({ b: { ready: true, nodeName: 'there' } }, { externalTrafficPolicy: 'Local' });
  deepEqual([...elsewhere.elements.get('no-endpoint-nodeports')!], [['tcp . 30080', 'drop']]);
});

test('host ports lead to their pod and are reached from it', () => {
  const { elements } = rulesetOf([], pods, [
    { protocol: 'tcp', hostIP: '', hostPort: 8080, address: '10.42.0.2', port: 80 },
    { protocol: 'udp', hostIP: '192.0.2.1', hostPort: 53, address: '10.42.0.3', port: 5353 },
  ]);
  deepEqual([...elements.get('host-ports')!], [['tcp . 8080', '10.42.0.2 . 80']]);
  deepEqual([...elements.get('host-address-ports')!], [['192.0.2.1 . udp . 53', '10.42.0.3 . 5353']]);
});

test('the whole table replaces whatever was there in one transaction', () => {
  const whole = wholeTable(emptyRuleset, { podCIDRs: pods, serviceCIDRs: ['10.43.0.0/16'], bridge: 'b' });
  deepEqual(whole.slice(0, 2), ['add table inet orrery', 'delete table inet orrery']);
});
