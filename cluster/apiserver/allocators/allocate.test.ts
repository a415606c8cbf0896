import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@orrery/machinery/random';
import { StatusError } from '@orrery/machinery/status';
import { allocate } from './allocate.ts';
import { Ledger } from './ledger.ts';
import { addressPool, defaultNodePorts, portPool } from './ranges.ts';
import { problemsOf } from './repair.ts';
import type { Service, ServiceSpec } from './service.ts';
import { prepareServiceForUpdate } from './service.ts';

function cluster(...cidrs: string[]) {
  const random = seededRandom(7);
  const ledger = new Ledger({
    addresses: (cidrs.length ? cidrs : ['10.0.0.0/24']).map(cidr => addressPool(cidr, random)),
    ports: portPool(defaultNodePorts, [], random),
  });
  const object = (spec: ServiceSpec, name = 'x'): Service => ({ metadata: { name, namespace: 'd' }, spec });
  return {
    ledger,
    object,
    create(spec: ServiceSpec, name = 'x'): Service {
      const service = object({ type: 'ClusterIP', ...spec }, name);
      const holding = allocate(ledger.ranges, service, undefined);
      ledger.observe(`d/${name}`, service);
      ledger.finish(`d/${name}`, holding, true);
      return service;
    },
    update(old: Service, change: Partial<ServiceSpec>): Service {
      const service = structuredClone(old);
      Object.assign(service.spec, change);
      prepareServiceForUpdate(service, old);
      const holding = allocate(ledger.ranges, service, old);
      ledger.observe(`d/${old.metadata.name}`, service);
      ledger.finish(`d/${old.metadata.name}`, holding, true);
      return service;
    },
    used: () => [ledger.ranges.addresses.map(range => range.pool.used), ledger.ranges.ports.pool.used],
  };
}

const messageOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof StatusError);
    return `${error.code} ${error.message}`;
  }
  return 'no error';
};

test('what each type of Service is given', () => {
  const c = cluster();
  const plain = c.create({ ports: [{ port: 80 }] }, 'plain').spec;
  assert.match(plain.clusterIP!, /^10\.0\.0\./);
  assert.deepEqual(plain.clusterIPs, [plain.clusterIP]);
  assert.deepEqual([plain.ipFamilies, plain.ipFamilyPolicy], [['IPv4'], 'SingleStack']);
  assert.equal(plain.ports![0]!.nodePort, undefined);

  const headless = c.create({ clusterIP: 'None', selector: { a: 'b' } }, 'headless').spec;
  assert.deepEqual(
    [headless.clusterIPs, headless.ipFamilies, headless.ipFamilyPolicy],
    [['None'], ['IPv4'], 'SingleStack'],
  );
  const bare = c.create({ clusterIP: 'None' }, 'bare').spec;
  assert.deepEqual([bare.ipFamilies, bare.ipFamilyPolicy], [['IPv4', 'IPv6'], 'RequireDualStack']);

  const external = c.create({ type: 'ExternalName' }, 'external').spec;
  assert.deepEqual(external, { type: 'ExternalName' });

  const local = c.create({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [{ port: 80 }] }, 'local').spec;
  assert.ok(local.healthCheckNodePort! >= 30000 && local.ports![0]!.nodePort! >= 30000);
  const none = c.create(
    { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports: [{ port: 80 }] },
    'none',
  ).spec;
  assert.equal(none.ports![0]!.nodePort, undefined);

  const both = c.create(
    {
      type: 'NodePort',
      ports: [
        { port: 53, protocol: 'UDP' },
        { port: 53, protocol: 'TCP' },
      ],
    },
    'dns',
  ).spec;
  assert.equal(both.ports![0]!.nodePort, both.ports![1]!.nodePort);
  assert.equal(c.create({ ipFamilyPolicy: 'PreferDualStack' }, 'prefer').spec.ipFamilies!.join(), 'IPv4');
});

test('what is refused, with upstream’s words', () => {
  const c = cluster();
  c.create({ clusterIP: '10.0.0.9', type: 'NodePort', ports: [{ port: 1, nodePort: 30100 }] }, 'first');
  const rows: [ServiceSpec, string][] = [
    [
      { clusterIP: '10.0.0.9' },
      'spec.clusterIPs: Invalid value: ["10.0.0.9"]: failed to allocate IP 10.0.0.9: provided IP is already allocated',
    ],
    [
      { clusterIP: '1.2.3.4' },
      'spec.clusterIPs: Invalid value: ["1.2.3.4"]: failed to allocate IP 1.2.3.4: the provided network does not match the current range',
    ],
    [
      { clusterIP: '1.2.3' },
      'spec.clusterIPs[0]: Invalid value: "1.2.3": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ],
    [
      { type: 'NodePort', ports: [{ port: 1, nodePort: 30100 }] },
      'spec.ports[0].nodePort: Invalid value: 30100: provided port is already allocated',
    ],
    [
      { type: 'NodePort', ports: [{ port: 1, nodePort: 80 }] },
      'spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767',
    ],
    [
      { ipFamilyPolicy: 'RequireDualStack' },
      'spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
    ],
    [{ ipFamilies: ['IPv6'] }, 'spec.ipFamilies[0]: Invalid value: "IPv6": not configured on this cluster'],
  ];
  const before = c.used();
  for (const [spec, expected] of rows)
    assert.equal(
      messageOf(() => c.create({ type: 'ClusterIP', ...spec })),
      `422 Service "x" is invalid: ${expected}`,
    );
  assert.deepEqual(c.used(), before, 'a refused write holds nothing');
});

test('changing the type moves addresses and ports, and gives the old ones back', () => {
  const c = cluster();
  const first = c.create({ internalTrafficPolicy: 'Cluster', ports: [{ port: 80 }] });
  const nodePort = c.update(first, { type: 'NodePort' });
  assert.equal(nodePort.spec.clusterIP, first.spec.clusterIP);
  assert.deepEqual(c.used(), [[1], 1]);
  const external = c.update(nodePort, { type: 'ExternalName' });
  assert.deepEqual(external.spec, { type: 'ExternalName', ports: [{ port: 80 }] });
  assert.deepEqual(c.used(), [[0], 0]);
  const again = c.update(external, { type: 'ClusterIP' });
  assert.match(again.spec.clusterIP!, /^10\.0\.0\./);
  assert.deepEqual(again.spec.ipFamilies, ['IPv4']);
});

test('sending the first manifest again keeps what was allocated', () => {
  const c = cluster();
  const first = c.create({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [{ port: 80 }] });
  const manifest: Service = c.object({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', ports: [{ port: 80 }] });
  prepareServiceForUpdate(manifest, first);
  allocate(c.ledger.ranges, manifest, first);
  assert.deepEqual(manifest.spec, first.spec);
});

test('a node port that moved to another entry is not given twice', () => {
  const c = cluster();
  const first = c.create({
    type: 'NodePort',
    ports: [
      { name: 'a', port: 1, nodePort: 30101 },
      { name: 'b', port: 2, nodePort: 30102 },
    ],
  });
  const moved = c.update(first, {
    ports: [
      { name: 'a', port: 1 },
      { name: 'b', port: 2, nodePort: 30101 },
    ],
  });
  const [a, b] = moved.spec.ports!;
  assert.equal(b!.nodePort, 30101);
  assert.ok(a!.nodePort !== 30101 && a!.nodePort! >= 30000);
});

test('two families where two are lit; a single-stack policy gives the second back', () => {
  const c = cluster('10.0.0.0/24', 'fd00::/112');
  const both = c.create({ ipFamilyPolicy: 'PreferDualStack' });
  assert.deepEqual(both.spec.ipFamilies, ['IPv4', 'IPv6']);
  assert.equal(both.spec.clusterIPs!.length, 2);
  const upgraded = c.create({}, 'u');
  assert.equal(c.update(upgraded, { ipFamilyPolicy: 'RequireDualStack' }).spec.clusterIPs!.length, 2);
  assert.deepEqual(c.used(), [[2, 2], 0]);
  assert.equal(c.update(both, { ipFamilyPolicy: 'SingleStack' }).spec.clusterIPs!.length, 1);
  assert.deepEqual(c.used(), [[2, 1], 0]);
});

test('a write in flight holds its address; failing it gives the address back', () => {
  const c = cluster();
  const flight = c.object({ type: 'ClusterIP', clusterIP: '10.0.0.5' }, 'flight');
  const holding = allocate(c.ledger.ranges, flight, undefined);
  assert.match(
    messageOf(() => c.create({ clusterIP: '10.0.0.5' }, 'other')),
    /already allocated/,
  );
  c.ledger.finish('d/flight', holding, false);
  c.create({ clusterIP: '10.0.0.5' }, 'other');
});

test('a stored write whose change was not seen yet keeps its address', () => {
  const c = cluster();
  const flight = c.object({ type: 'ClusterIP', clusterIP: '10.0.0.5' }, 'flight');
  c.ledger.finish('d/flight', allocate(c.ledger.ranges, flight, undefined), true);
  assert.match(
    messageOf(() => c.create({ clusterIP: '10.0.0.5' }, 'other')),
    /already allocated/,
  );
  c.ledger.observe('d/flight', flight);
  assert.deepEqual(c.used(), [[1], 0]);
  c.ledger.observe('d/flight', undefined);
  assert.deepEqual(c.used(), [[0], 0]);
});

test('rebuilding finds missing, stale and left-over entries; conflicts of stored Services are named', () => {
  const c = cluster();
  const a = c.create({ clusterIP: '10.0.0.5' }, 'a');
  c.create({ clusterIP: '10.0.0.6' }, 'gone');
  const missing = c.object({ type: 'ClusterIP', clusterIP: '10.0.0.7', clusterIPs: ['10.0.0.7'] }, 'missing');
  assert.deepEqual(c.ledger.rebuild([a, missing]).toSorted(), ['d/gone', 'd/missing']);
  assert.deepEqual(c.used(), [[2], 0]);
  assert.deepEqual(c.ledger.rebuild([a, missing]), []);
  const twin = c.object(
    { type: 'NodePort', clusterIPs: ['10.0.0.5'], clusterIP: '10.0.0.5', ports: [{ port: 1, nodePort: 99 }] },
    'twin',
  );
  assert.deepEqual(
    problemsOf([twin, a], c.ledger.ranges).map(problem => `${problem.key} ${problem.reason}`),
    ['d/twin ClusterIPAlreadyAllocated', 'd/twin PortOutOfRange'],
  );
});

test('random writes and deletes never give one address twice and never leak', () => {
  const c = cluster('10.0.0.0/27');
  const random = seededRandom(11);
  const live = new Map<string, Service>();
  for (let step = 0; step < 2000; step++) {
    const name = `s${Math.floor(random.float() * 40)}`;
    const old = live.get(name);
    const type = ['ClusterIP', 'NodePort', 'ExternalName'][Math.floor(random.float() * 3)]!;
    if (old && random.float() < 0.3) {
      live.delete(name);
      c.ledger.observe(`d/${name}`, undefined);
      continue;
    }
    try {
      live.set(name, old ? c.update(old, { type }) : c.create({ type, ports: [{ port: 80 }] }, name));
    } catch (error) {
      assert.match(String(error), /range is full/);
    }
    const addresses = [...live.values()].flatMap(service => service.spec.clusterIPs ?? []);
    assert.equal(new Set(addresses).size, addresses.length);
    const ports = [...live.values()].flatMap(service => service.spec.ports?.flatMap(port => port.nodePort ?? []) ?? []);
    assert.deepEqual(c.used(), [[addresses.length], new Set(ports).size]);
  }
});
