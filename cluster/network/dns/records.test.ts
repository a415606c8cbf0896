import { test } from 'node:test';
import { deepEqual } from 'node:assert/strict';
import type { EndpointSlice, Service } from '@orrery/kinds/types';
import { answer, type ClusterView } from './records.ts';

const service = (name: string, spec: Service['spec']): Service => ({ metadata: { name, namespace: 'shop' }, spec });
const services = [
  service('web', {
    clusterIP: '10.43.0.7',
    clusterIPs: ['10.43.0.7'],
    ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
  }),
  service('db', { clusterIP: 'None', clusterIPs: ['None'], ports: [{ name: 'sql', port: 5432 }] }),
  service('all', { clusterIP: 'None', clusterIPs: ['None'], publishNotReadyAddresses: true }),
  service('far', { type: 'ExternalName', externalName: 'example.org' }),
];
const slice = (name: string): EndpointSlice => ({
  metadata: { name, namespace: 'shop', labels: { 'kubernetes.io/service-name': name } },
  addressType: 'IPv4',
  ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
  endpoints: [
    { addresses: ['10.42.0.4'], hostname: 'db-0', conditions: { ready: true } },
    { addresses: ['10.42.0.5'], conditions: { ready: true } },
    { addresses: ['10.42.0.6'], hostname: 'db-2', conditions: { ready: false } },
  ],
});
const slices = [slice('db'), slice('all')];

const view: ClusterView = {
  service: (namespace, name) => (namespace === 'shop' ? services.find(each => each.metadata.name === name) : undefined),
  slices: (_namespace, name) => slices.filter(each => each.metadata.name === name),
  namespaceExists: namespace => namespace === 'shop',
  serviceByAddress: address => services.find(each => each.spec?.clusterIP === address),
  slicesByAddress: address =>
    slices.slice(0, 1).filter(each => each.endpoints!.some(endpoint => endpoint.addresses.includes(address))),
};

const srv = (target: string, weight: number) => ({ priority: 0, weight, port: 5432, target });

const cases: readonly [name: string, type: string, expected: unknown][] = [
  ['web.shop.svc.cluster.local', 'A', ['10.43.0.7']],
  ['WEB.Shop.svc.cluster.local.', 'A', ['10.43.0.7']],
  ['web.shop.svc.cluster.local', 'AAAA', []],
  ['none.shop.svc.cluster.local', 'A', 'no such name'],
  ['web.elsewhere.svc.cluster.local', 'A', 'no such name'],
  ['shop.svc.cluster.local', 'A', []],
  ['elsewhere.svc.cluster.local', 'A', 'no such name'],
  ['db.shop.svc.cluster.local', 'A', ['10.42.0.4', '10.42.0.5']],
  ['all.shop.svc.cluster.local', 'A', ['10.42.0.4', '10.42.0.5', '10.42.0.6']],
  ['db-0.db.shop.svc.cluster.local', 'A', ['10.42.0.4']],
  ['10-42-0-5.db.shop.svc.cluster.local', 'A', ['10.42.0.5']],
  ['db-2.db.shop.svc.cluster.local', 'A', 'no such name'],
  ['x.web.shop.svc.cluster.local', 'A', 'no such name'],
  [
    '_http._tcp.web.shop.svc.cluster.local',
    'SRV',
    [{ priority: 0, weight: 100, port: 80, target: 'web.shop.svc.cluster.local' }],
  ],
  [
    '_sql._tcp.db.shop.svc.cluster.local',
    'SRV',
    [srv('db-0.db.shop.svc.cluster.local', 50), srv('10-42-0-5.db.shop.svc.cluster.local', 50)],
  ],
  ['_http._udp.web.shop.svc.cluster.local', 'SRV', 'no such name'],
  ['far.shop.svc.cluster.local', 'A', ['example.org']],
  ['10-42-0-9.shop.pod.cluster.local', 'A', ['10.42.0.9']],
  ['10-42-0-9.elsewhere.pod.cluster.local', 'A', 'no such name'],
  ['dns-version.cluster.local', 'TXT', [['1.1.0']]],
  ['7.0.43.10.in-addr.arpa', 'PTR', ['web.shop.svc.cluster.local']],
  ['4.0.42.10.in-addr.arpa', 'PTR', ['db-0.db.shop.svc.cluster.local']],
  ['9.9.9.9.in-addr.arpa', 'PTR', 'forward'],
  ['example.org', 'A', 'forward'],
  ['notcluster.local', 'A', 'forward'],
];

for (const [name, type, expected] of cases) {
  test(`${type} ${name}`, () => {
    const reply = answer({ name, type }, 'cluster.local', view);
    deepEqual(
      reply === 'forward' ? reply : reply.found ? reply.answers.map(each => each.data) : 'no such name',
      expected,
    );
  });
}
