/** A node falls silent: the whole story against the real API server in process, on a clock that the test moves. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiServer } from '@orrery/apiserver';
import { resources } from '@orrery/client/resources';
import type { Node, Pod } from '@orrery/kinds/types';
import { formatMicroTime } from '@orrery/machinery/clock';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { startTestControlPlane } from './testing.ts';

test('it is marked, tainted, and left; the one that goes on is not', async () => {
  const clock = createManualClock();
  const store = createMemoryStore({ clock });
  const server = await createApiServer({ store, clock, random: seededRandom(1), log: silentLog });
  await server.ready;
  const plane = startTestControlPlane(server.handler, { clock });
  const { client } = plane;
  for (const name of ['kube-node-lease', 'w']) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await client.create(resources.namespaces, namespace).catch(() => undefined);
  }
  const renew = async (name: string) => {
    const found = await orUndefined(client.get(resources.leases, name, { namespace: 'kube-node-lease' }));
    const spec = { holderIdentity: name, renewTime: formatMicroTime(clock.now()) };
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      ...found,
      metadata: { ...found?.metadata, name, namespace: 'kube-node-lease' },
      spec,
    };
    await (found ? client.update(resources.leases, lease) : client.create(resources.leases, lease));
  };
  await plane.addNode('silent');
  await plane.addNode('awake');
  await renew('silent');
  const tolerations = ['not-ready', 'unreachable'].map(key => ({
    key: `node.kubernetes.io/${key}`,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  }));
  const pod = (name: string, nodeName: string, more: object = {}) =>
    client.create(resources.pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'w' },
      spec: { nodeName, containers: [{ name: 'c', image: 'i' }], ...more },
    } as KubeObject);
  await pod('patient', 'silent', { tolerations });
  await pod('loyal', 'silent', { tolerations: [{ operator: 'Exists' }] });
  await pod('elsewhere', 'awake', { tolerations });
  /** Time passes in steps, and the waking node renews its lease in each. */
  const pass = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 5) {
      await renew('awake');
      await clock.advance(5_000);
    }
  };
  const node = async (name: string) => {
    const { status, spec } = await client.get<Node>(resources.nodes, name);
    const ready = status?.conditions?.find(({ type }) => type === 'Ready');
    return {
      ready: `${ready?.status} ${ready?.reason}`,
      taints: (spec?.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).sort(),
    };
  };
  const find = (name: string) => orUndefined(client.get<Pod>(resources.pods, name, { namespace: 'w' }));
  const isReady = async (name: string) =>
    (await find(name))?.status?.conditions?.find(({ type }) => type === 'Ready')?.status;

  await pass(45);
  assert.equal((await node('silent')).ready, 'True KubeletReady', 'within the grace period');
  assert.equal(await isReady('patient'), 'True');

  await pass(15);
  assert.equal((await node('silent')).ready, 'Unknown NodeStatusUnknown');
  assert.deepEqual((await node('silent')).taints, [
    'node.kubernetes.io/unreachable:NoExecute',
    'node.kubernetes.io/unreachable:NoSchedule',
  ]);
  assert.equal(await isReady('patient'), 'False', 'its pods are taken out of service');
  assert.deepEqual(await node('awake'), { ready: 'True KubeletReady', taints: [] });

  await pass(280);
  assert.ok(await find('patient'), 'it tolerates five minutes');
  await pass(30);
  assert.equal(await find('patient'), undefined);
  assert.ok(await find('loyal'), 'it tolerates everything');
  assert.ok(await find('elsewhere'));

  const time = formatMicroTime(clock.now());
  const conditions = [
    { type: 'Ready', status: 'True', reason: 'KubeletReady', lastHeartbeatTime: time, lastTransitionTime: time },
  ];
  await client.patch(resources.nodes, 'silent', 'strategic', { status: { conditions } }, { subresource: 'status' });
  await pass(10);
  assert.deepEqual((await node('silent')).taints, [], 'it may come back');

  await plane.stop();
  await server.close();
  await store.close();
});
