import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { testCluster } from '../authorization/fixtures.ts';
import type { TestCluster } from '../authorization/fixtures.ts';
import type { WriteContext } from '../types.ts';
import { createServiceAllocator, firstServiceAddress } from './hooks.ts';
import type { Service, ServiceSpec } from './service.ts';

const contextOf = (cluster: TestCluster): WriteContext => ({
  user: { name: 'u', groups: [] },
  nowMs: cluster.clock.now(),
  random: seededRandom(1),
  dryRun: false,
  reads: cluster.reads,
  warn: () => {},
});

const service = (name: string, spec: ServiceSpec): Service & Record<string, unknown> => ({
  metadata: { name, namespace: 'ns' },
  spec: { type: 'ClusterIP', ...spec },
});

async function setup(existing: (Service & Record<string, unknown>)[] = []) {
  const cluster = testCluster();
  for (const each of existing) await cluster.put('services', each);
  const allocator = createServiceAllocator({
    serviceCidrs: ['10.0.0.0/24'],
    reservedPorts: [30443],
    random: seededRandom(1),
  });
  await allocator.start(cluster.reads);
  const { ranges } = allocator.ledger;
  const used = () => [ranges.addresses[0]!.pool.used, ranges.ports.pool.used];
  const begin = (object: Service) => allocator.hooks.beginCreate!(object, contextOf(cluster));
  return { cluster, allocator, used, begin };
}

test('the first address is that of the API’s own Service', () => {
  assert.equal(firstServiceAddress('10.96.0.0/12', seededRandom(1)), '10.96.0.1');
  assert.equal(firstServiceAddress('fd00:10::/112', seededRandom(1)), 'fd00:10::1');
});

test('what is stored at start is taken, and follows the store from then on', async () => {
  const stored = service('old', {
    clusterIP: '10.0.0.9',
    clusterIPs: ['10.0.0.9'],
    ports: [{ port: 1, nodePort: 30001 }],
  });
  const { cluster, allocator, used, begin } = await setup([stored]);
  assert.deepEqual(used(), [1, 2], 'a reserved port counts');
  await assert.rejects(begin(service('new', { clusterIP: '10.0.0.9' })), /provided IP is already allocated/);
  await assert.rejects(
    begin(service('new', { type: 'NodePort', ports: [{ port: 1, nodePort: 30443 }] })),
    /provided port is already allocated/,
  );
  await cluster.remove('services', 'ns', 'old');
  assert.deepEqual(used(), [0, 1]);
  allocator.close();
});

test('a write holds its address from the hook until it is stored or given up', async () => {
  const { cluster, allocator, used, begin } = await setup();
  const object = service('a', { clusterIP: '10.0.0.5' });
  const given = (await begin(object))!;
  assert.equal(used()[0], 1);
  await given(false);
  assert.equal(used()[0], 0);
  const stored = (await begin(object))!;
  await cluster.put('services', object);
  await stored(true);
  assert.equal(used()[0], 1, 'held once: by the stored Service');
  await cluster.remove('services', 'ns', 'a');
  assert.equal(used()[0], 0);
  allocator.close();
});

test('two writes at a time never get one address', async () => {
  const { allocator, begin } = await setup();
  const objects = Array.from({ length: 254 }, (_, index) => service(`s${index}`, {}));
  await Promise.all(objects.map(begin));
  assert.equal(new Set(objects.map(object => object.spec.clusterIP)).size, 254);
  await assert.rejects(begin(service('more', {})), {
    code: 500,
    message: 'Internal error occurred: failed to allocate a serviceIP: range is full',
  });
  allocator.close();
});

test('repair tells of conflicts among stored Services, again and again while they last', async () => {
  const twin = (name: string, creationTimestamp: string) => {
    const object = service(name, { clusterIP: '10.0.0.5', clusterIPs: ['10.0.0.5'] });
    return { ...object, metadata: { ...object.metadata, creationTimestamp } };
  };
  const { cluster, allocator } = await setup([twin('b', '2026-01-01T00:00:00Z'), twin('a', '2026-01-02T00:00:00Z')]);
  const lines: string[] = [];
  const stop = allocator.repairEvery(
    cluster.clock,
    cluster.reads,
    createLog(cluster.clock, line => lines.push(line)),
  );
  for (let turn = 0; turn < 2; turn++) {
    cluster.clock.jump(180_000);
    await new Promise(resolve => setImmediate(resolve));
  }
  assert.equal(lines.length, 2);
  const { service: which, reason } = JSON.parse(lines[0]!) as Record<string, string>;
  assert.deepEqual([which, reason], ['ns/a', 'ClusterIPAlreadyAllocated']);
  stop();
  cluster.clock.jump(180_000);
  await new Promise(resolve => setImmediate(resolve));
  assert.equal(lines.length, 2);
  await cluster.remove('services', 'ns', 'a');
  assert.deepEqual(await allocator.repair(cluster.reads), []);
  assert.equal(allocator.ledger.ranges.addresses[0]!.pool.used, 1);
  allocator.close();
});
