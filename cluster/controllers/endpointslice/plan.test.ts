import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSlice, Node, Pod, Service } from '@orrery/kinds/types';
import { planEndpoints } from '../endpoints/plan.ts';
import { planMirror } from '../endpointslicemirroring/plan.ts';
import { planEndpointSlices } from './plan.ts';
import type { SliceChanges } from './fill.ts';

const service = (spec: Partial<Service['spec']> = {}): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', namespace: 'n', uid: 's', labels: { team: 't' }, creationTimestamp: '2025-01-01T00:00:00Z' },
  spec: {
    clusterIP: '10.96.0.9',
    ipFamilies: ['IPv4'],
    selector: { app: 'a' },
    ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    ...spec,
  } as Service['spec'],
});

const pod = (
  index: number,
  more: {
    ready?: boolean;
    terminating?: boolean;
    port?: number;
    phase?: 'Running' | 'Failed';
    hostname?: string;
    subdomain?: string;
  } = {},
): Pod => ({
  metadata: {
    name: `p${index}`,
    namespace: 'n',
    uid: `u${index}`,
    ...(more.terminating && { deletionTimestamp: '2025-01-01T00:00:00Z' }),
  },
  spec: {
    nodeName: 'node',
    hostname: more.hostname,
    subdomain: more.subdomain,
    containers: [
      { name: 'c', image: 'i', ports: [{ name: 'web', containerPort: more.port ?? 8080, protocol: 'TCP' }] },
    ],
  },
  status: {
    phase: more.phase ?? 'Running',
    podIP: `10.0.${index >> 8}.${index & 255}`,
    podIPs: [{ ip: `10.0.${index >> 8}.${index & 255}` }],
    conditions: [{ type: 'Ready', status: more.ready === false ? 'False' : 'True' }],
  },
});

const node: Node = { metadata: { name: 'node', labels: { 'topology.kubernetes.io/zone': 'z' } }, spec: {} };

/** Applies changes as a server would. */
function apply(slices: readonly EndpointSlice[], { create, update, remove }: SliceChanges): EndpointSlice[] {
  let count = slices.length;
  const gone = new Set(remove.map(slice => slice.metadata.name));
  const kept = slices
    .filter(slice => !gone.has(slice.metadata.name))
    .map(slice => update.find(other => other.metadata.name === slice.metadata.name) ?? slice);
  return [
    ...kept,
    ...create.map(slice => ({
      ...slice,
      metadata: {
        ...slice.metadata,
        name: `s-${count++}-${Math.min(...slice.endpoints.map(({ addresses }) => Number(addresses[0]!.split('.')[3])), 999)}`,
      },
    })),
  ];
}

const plan = (slices: readonly EndpointSlice[], pods: readonly Pod[], of = service(), nodes: Node | undefined = node) =>
  planEndpointSlices({ service: of, pods, slices, node: () => nodes });
const many = (count: number) => Array.from({ length: count }, (_, index) => pod(index));

test('a Service without pods has one empty slice, and keeps it', () => {
  const first = plan([], []);
  assert.equal(first.create.length, 1);
  assert.deepEqual(first.create[0]!.endpoints, []);
  assert.deepEqual(first.create[0]!.metadata.labels, {
    team: 't',
    'kubernetes.io/service-name': 's',
    'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
  });
  const again = plan(apply([], first), []);
  assert.deepEqual(again, { create: [], update: [], remove: [] });
});

test('conditions of an endpoint', () => {
  const pods = [pod(1), pod(2, { ready: false }), pod(3, { terminating: true }), pod(4, { phase: 'Failed' })];
  const [slice] = plan([], pods).create;
  assert.deepEqual(
    slice!.endpoints.map(({ conditions }) => conditions),
    [
      { ready: true, serving: true, terminating: false },
      { ready: false, serving: false, terminating: false },
      { ready: false, serving: true, terminating: true },
    ],
  );
  assert.deepEqual(slice!.endpoints[0]!.targetRef, { kind: 'Pod', namespace: 'n', name: 'p1', uid: 'u1' });
  assert.equal(slice!.endpoints[0]!.zone, 'z');
  const published = plan([], pods, service({ publishNotReadyAddresses: true })).create[0]!;
  assert.ok(published.endpoints.every(({ conditions }) => conditions?.ready));
});

test('slices hold a hundred endpoints each', () => {
  const { create } = plan([], many(250));
  assert.deepEqual(
    create.map(slice => slice.endpoints.length),
    [100, 100, 50],
  );
});

test('one changed pod touches one slice', () => {
  const slices = apply([], plan([], many(250)));
  const changed = many(250).map((item, index) => (index === 120 ? pod(120, { ready: false }) : item));
  const changes = plan(slices, changed);
  assert.deepEqual([changes.create.length, changes.update.length, changes.remove.length], [0, 1, 0]);
});

test('one more pod goes where there is room; one less frees its place', () => {
  const slices = apply([], plan([], many(250)));
  const more = plan(slices, many(251));
  assert.deepEqual([more.create.length, more.update.map(slice => slice.endpoints.length)], [0, [51]]);
  const less = plan(slices, many(250).slice(1));
  assert.deepEqual([less.create.length, less.update.map(slice => slice.endpoints.length)], [0, [99]]);
  assert.deepEqual(plan(slices, many(250)), { create: [], update: [], remove: [] });
});

test('a slice that changes anyway is filled up, but not beyond its size', () => {
  const slices = apply([], plan([], many(100)));
  const changes = plan(slices, many(150).slice(1));
  assert.deepEqual(
    changes.update.map(slice => slice.endpoints.length),
    [100],
  );
  assert.deepEqual(
    changes.create.map(slice => slice.endpoints.length),
    [49],
  );
});

test('a slice whose endpoints are all gone is removed, the last one gives way to an empty one', () => {
  const slices = apply([], plan([], many(150)));
  const fewer = plan(slices, many(100));
  assert.equal(fewer.remove.length, 1);
  const none = plan(apply([], plan([], many(3))), []);
  assert.deepEqual([none.create.length, none.remove.length], [1, 1]);
});

test('a named port that differs between pods gives slices of their own', () => {
  const named = service({ ports: [{ name: 'http', port: 80, targetPort: 'web', protocol: 'TCP' }] });
  const { create } = plan([], [pod(1), pod(2, { port: 9090 })], named);
  assert.deepEqual(create.map(slice => slice.ports?.[0]?.port).sort(), [8080, 9090]);
});

test('labels of the Service are followed; a family that is not served is dropped', () => {
  const slices = apply([], plan([], [pod(1)]));
  const renamed = { ...service(), metadata: { ...service().metadata, labels: { team: 'u' } } };
  assert.equal(plan(slices, [pod(1)], renamed).update[0]!.metadata.labels?.['team'], 'u');
  const other = plan(slices, [pod(1)], service({ ipFamilies: ['IPv6'] }));
  assert.equal(other.remove.length, 1);
});

test('headless Services: label, hostname, no ports needed', () => {
  const headless = service({ clusterIP: 'None', ports: [] });
  const [slice] = plan([], [pod(1, { hostname: 'web-0', subdomain: 's' })], headless).create;
  assert.equal(slice!.metadata.labels?.['service.kubernetes.io/headless'], '');
  assert.equal(slice!.endpoints[0]!.hostname, 'web-0');
  assert.deepEqual(slice!.ports, []);
});

test('pods of nodes that are not known wait, hints follow the distribution asked for', () => {
  const unknown = planEndpointSlices({ service: service(), pods: [pod(1)], slices: [], node: () => undefined });
  assert.deepEqual(unknown.create[0]!.endpoints, []);
  const close = plan([], [pod(1)], service({ trafficDistribution: 'PreferClose' })).create[0]!;
  assert.deepEqual(close.endpoints[0]!.hints, { forZones: [{ name: 'z' }] });
});

test('Endpoints: subsets by port, ready and not ready apart', () => {
  const endpoints = planEndpoints(service(), [pod(2, { ready: false }), pod(1), pod(3, { terminating: true })])!;
  assert.deepEqual(
    endpoints.subsets!.map(({ addresses, notReadyAddresses, ports }) => [
      addresses?.map(({ ip }) => ip),
      notReadyAddresses?.map(({ ip }) => ip),
      ports,
    ]),
    [[['10.0.0.1'], ['10.0.0.2'], [{ name: 'http', port: 8080, protocol: 'TCP' }]]],
  );
  assert.equal(endpoints.metadata.labels?.['endpoints.kubernetes.io/managed-by'], 'endpoint-controller');
  assert.equal(
    planEndpoints(service(), [pod(2, { ready: false }), pod(1)], endpoints),
    undefined,
    'nothing to do twice',
  );
});

test('Endpoints: a port that only some pods have makes a subset of its own', () => {
  const named = service({
    ports: [
      { name: 'a', port: 1, targetPort: 'web' },
      { name: 'b', port: 2, targetPort: 7 },
    ],
  });
  const endpoints = planEndpoints(named, [pod(1), pod(2, { port: 9 })])!;
  assert.deepEqual(
    endpoints.subsets!.map(({ ports }) => ports!.map(({ port }) => port)).sort(),
    [[7], [8080], [9]].sort(),
  );
});

test('Endpoints: no more than a thousand addresses, and that is said', () => {
  const endpoints = planEndpoints(service(), many(1200))!;
  assert.equal(endpoints.subsets![0]!.addresses!.length, 1000);
  assert.equal(endpoints.metadata.annotations?.['endpoints.kubernetes.io/over-capacity'], 'truncated');
});

test('mirrored are only Endpoints of a Service without a selector', () => {
  const { selector: _selector, ...bare } = service().spec;
  const plain = { ...service(), spec: bare };
  const endpoints = {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name: 's', namespace: 'n', uid: 'e' },
    subsets: [
      { addresses: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }], ports: [{ port: 80, protocol: 'TCP' as const }] },
    ],
  };
  const { create } = planMirror(endpoints, plain, []);
  assert.deepEqual(
    create.map(slice => slice.addressType),
    ['IPv4', 'IPv6'],
  );
  assert.equal(planMirror(endpoints, service(), []).create.length, 0, 'the pods speak for themselves');
  const skipped = {
    ...endpoints,
    metadata: { ...endpoints.metadata, labels: { 'endpointslice.kubernetes.io/skip-mirror': 'true' } },
  };
  assert.equal(planMirror(skipped, plain, []).create.length, 0);
  const slices = apply([], { create, update: [], remove: [] });
  assert.equal(planMirror(undefined, plain, slices).remove.length, 2, 'they go with the Endpoints');
});
