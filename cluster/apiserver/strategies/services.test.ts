import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import type { WriteContext } from '../types.ts';
import { serviceStrategy } from './services.ts';

const context: WriteContext = {
  user: { name: 'u', groups: [] },
  nowMs: 0,
  random: seededRandom(1),
  dryRun: false,
  reads: { get: async () => undefined, list: async () => [], subscribe: async () => () => {} },
  warn: () => {},
};

const service = (spec: Service['spec'], status?: Service['status']): Service & KubeObject => ({
  metadata: { name: 'a', namespace: 'ns' },
  spec,
  ...(status && { status }),
});

function update(spec: Service['spec'], old: Service & KubeObject): Service {
  const object = service(spec);
  serviceStrategy.prepareForUpdate!(object, old, context);
  return object;
}

test('a node port belongs to the name of its port, whatever number the port has', () => {
  const before = service({ type: 'NodePort', ports: [{ name: 'web', port: 80, nodePort: 30080 }] });
  const { spec } = update({ type: 'NodePort', ports: [{ name: 'web', port: 8080 }] }, before);
  assert.deepEqual(spec!.ports, [{ name: 'web', port: 8080, nodePort: 30080 }]);
});

test('what a balancer said goes with the type; the stored object is left as it was', () => {
  const before = service({ type: 'LoadBalancer' }, { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } });
  const after = update({ type: 'ClusterIP' }, before);
  assert.deepEqual(after.status, { loadBalancer: {} });
  assert.deepEqual(before.status, { loadBalancer: { ingress: [{ ip: '192.0.2.1' }] } });
});
