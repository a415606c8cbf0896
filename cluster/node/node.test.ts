/** A whole node with a simulated runtime, against the real API server in process: how it registers, and how its pods begin, live and end. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Lease, Node } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { createLog } from '@orrery/machinery/log';
import { RuntimeError } from './runtime/types.ts';
import { conditionsOf, core, nodesOfTests } from './testing.ts';

const start = nodesOfTests();

suite('registration', () => {
  test('the node is there, ready, with its lease renewed every ten seconds', async () => {
    const { client, clock } = await start({ node: { podCIDR: '10.42.0.0/24', labels: { zone: 'z1' } } });
    const node = await client.get<Node>(core('nodes'), 'n1');
    assert.equal(node.metadata.labels?.['kubernetes.io/hostname'], 'n1');
    assert.equal(node.metadata.labels?.['zone'], 'z1');
    assert.equal(node.spec.podCIDR, '10.42.0.0/24');
    assert.deepEqual(node.status?.addresses, [
      { type: 'InternalIP', address: '192.0.2.7' },
      { type: 'Hostname', address: 'n1' },
    ]);
    assert.equal(node.status?.capacity?.cpu, '32');
    assert.equal(node.status?.capacity?.pods, '110');
    assert.equal(node.status?.nodeInfo?.containerRuntimeVersion, 'simulated://1.0.0');
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready');
    assert.deepEqual(
      [ready?.status, ready?.reason, ready?.message],
      ['True', 'KubeletReady', 'kubelet is posting ready status'],
    );
    const lease = () =>
      client.get<Lease>({ group: 'coordination.k8s.io', version: 'v1', resource: 'leases' }, 'n1', {
        namespace: 'kube-node-lease',
      });
    const first = (await lease()).spec.renewTime;
    await clock.advance(10_000);
    assert.notEqual((await lease()).spec.renewTime, first);
  });

  test('an unchanged status is written every five minutes, not every ten seconds', async () => {
    const { client, clock } = await start();
    const version = async () => (await client.get<Node>(core('nodes'), 'n1')).metadata.resourceVersion;
    const first = await version();
    for (let i = 0; i < 6; i++) await clock.advance(10_000);
    assert.equal(await version(), first);
    for (let i = 0; i < 30; i++) await clock.advance(10_000);
    assert.notEqual(await version(), first);
  });

  test('a node that was deleted registers again', async () => {
    const { client, clock } = await start();
    await client.delete(core('nodes'), 'n1');
    await clock.advance(10_000);
    assert.equal((await client.get<Node>(core('nodes'), 'n1')).metadata.name, 'n1');
  });

  test('one that may be sent away says so and stays removed, and its lease with it', async () => {
    const said: string[] = [];
    const log = createLog(systemClock, line => void said.push(line));
    const { client, clock } = await start({ node: { staysRemoved: true }, log });
    const told = () => said.filter(line => line.includes('this node was removed from the cluster')).length;
    const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
    const namespace = 'kube-node-lease';
    await clock.advance(10_000);
    assert.equal(told(), 0);
    await client.delete(core('nodes'), 'n1');
    await client.delete(leases, 'n1', { namespace });
    for (let i = 0; i < 6; i++) await clock.advance(10_000);
    assert.deepEqual((await client.list(core('nodes'))).items, []);
    assert.deepEqual((await client.list(leases, { namespace })).items, []);
    assert.equal(told(), 1);
    await client.create(core('nodes'), { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
    for (let i = 0; i < 6; i++) await clock.advance(10_000);
    const { status } = await client.get<Node>(core('nodes'), 'n1');
    assert.equal(status?.conditions, undefined, 'another machine that has its name is let be');
    assert.deepEqual((await client.list(leases, { namespace })).items, []);
  });
});

suite('pods', () => {
  test('a pod runs: address, conditions, events', async () => {
    const node = await start();
    await node.createPod('web', {
      containers: [
        { name: 'b', image: 'nginx:1' },
        { name: 'a', image: 'redis:7' },
      ],
    });
    const pod = await node.pod('web');
    assert.equal(pod?.status?.phase, 'Running');
    assert.equal(pod?.status?.hostIP, '192.0.2.7');
    assert.match(pod?.status?.podIP ?? '', /^10\.88\.0\.\d+$/);
    assert.equal(pod?.status?.qosClass, 'BestEffort');
    assert.deepEqual(conditionsOf(pod), {
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: 'True',
      ContainersReady: 'True',
      PodScheduled: 'True',
    });
    assert.deepEqual(
      pod?.status?.containerStatuses?.map(({ name, ready, started, restartCount }) => [
        name,
        ready,
        started,
        restartCount,
      ]),
      [
        ['a', true, true, 0],
        ['b', true, true, 0],
      ],
    );
    assert.match(pod?.status?.containerStatuses?.[0]?.containerID ?? '', /^simulated:\/\/[0-9a-f]{64}$/);
    assert.deepEqual((await node.events('web')).sort(), [
      'Created: Created container: a',
      'Created: Created container: b',
      'Pulled: Container image "nginx:1" already present on machine',
      'Pulled: Container image "redis:7" already present on machine',
      'Started: Started container a',
      'Started: Started container b',
    ]);
  });

  test('a crashing container is restarted at once, then held back longer and longer', async () => {
    const node = await start({ runtime: { lifeOf: () => ({ runMs: 1_000, exitCode: 3 }) } });
    await node.createPod('web', {});
    const status = async () => (await node.pod('web'))?.status?.containerStatuses?.[0];
    await node.clock.advance(1_000);
    assert.equal((await status())?.restartCount, 1);
    assert.equal((await status())?.lastState?.terminated?.exitCode, 3);
    await node.clock.advance(1_000);
    const held = await status();
    assert.equal(held?.state?.waiting?.reason, 'CrashLoopBackOff');
    const pod = await node.pod('web');
    assert.equal(
      held?.state?.waiting?.message,
      `back-off 10s restarting failed container=a pod=web_default(${pod?.metadata.uid})`,
    );
    assert.equal(pod?.status?.phase, 'Running');
    assert.equal(conditionsOf(pod).Ready, 'False');
    await node.clock.advance(9_000);
    assert.equal((await status())?.restartCount, 1);
    await node.clock.advance(1_000);
    assert.equal((await status())?.restartCount, 2);
    await node.clock.advance(1_000);
    assert.match((await status())?.state?.waiting?.message ?? '', /^back-off 20s/);
    assert.ok(
      (await node.events('web')).some(text =>
        text.startsWith('BackOff: Back-off restarting failed container a in pod web_default('),
      ),
    );
  });

  test('Never: the pod ends with its containers and keeps their states', async () => {
    const node = await start({
      runtime: { lifeOf: ({ metadata }) => ({ runMs: 1_000, exitCode: metadata.name === 'a' ? 0 : 2 }) },
    });
    await node.createPod('good', { restartPolicy: 'Never' });
    await node.createPod('bad', {
      restartPolicy: 'Never',
      containers: [
        { name: 'a', image: 'x:1' },
        { name: 'b', image: 'x:1' },
      ],
    });
    await node.clock.advance(1_000);
    const good = await node.pod('good');
    assert.equal(good?.status?.phase, 'Succeeded');
    assert.equal(good?.status?.containerStatuses?.[0]?.state?.terminated?.reason, 'Completed');
    assert.equal(good?.status?.conditions?.find(({ type }) => type === 'Ready')?.reason, 'PodCompleted');
    assert.equal((await node.pod('bad'))?.status?.phase, 'Failed');
    assert.equal((await node.runtime.listPodSandboxes({ state: 'ready' })).length, 0);
  });

  test('init containers run one after the other, before the others', async () => {
    const node = await start({
      runtime: {
        lifeOf: ({ metadata }) => (metadata.name.startsWith('i') ? { runMs: 1_000, exitCode: 0 } : undefined),
      },
    });
    await node.createPod('web', {
      initContainers: [
        { name: 'i1', image: 'x:1' },
        { name: 'i2', image: 'x:1' },
      ],
    });
    const first = await node.pod('web');
    assert.equal(first?.status?.phase, 'Pending');
    assert.equal(first?.status?.containerStatuses?.[0]?.state?.waiting?.reason, 'PodInitializing');
    assert.equal(
      first?.status?.conditions?.find(({ type }) => type === 'Initialized')?.message,
      'containers with incomplete status: [i1 i2]',
    );
    await node.clock.advance(1_000);
    await node.clock.advance(1_000);
    const last = await node.pod('web');
    assert.equal(last?.status?.phase, 'Running');
    assert.deepEqual(
      last?.status?.initContainerStatuses?.map(({ ready, state }) => [ready, state?.terminated?.exitCode]),
      [
        [true, 0],
        [true, 0],
      ],
    );
  });

  test('a sidecar starts before and ends after the others', async () => {
    const stopped: string[] = [];
    const node = await start({
      runtime: {
        stopSecondsOf: ({ metadata }) => {
          stopped.push(metadata.name);
          return 1;
        },
      },
    });
    await node.createPod('web', { initContainers: [{ name: 's', image: 'x:1', restartPolicy: 'Always' }] });
    assert.equal((await node.pod('web'))?.status?.phase, 'Running');
    await node.client.delete(core('pods'), 'web', { namespace: 'default' });
    for (let i = 0; i < 4; i++) await node.clock.advance(1_000);
    assert.deepEqual(stopped, ['a', 's']);
    assert.equal(await node.pod('web'), undefined);
  });
});

suite('deletion', () => {
  test('grace is kept, then the object goes', async () => {
    const node = await start({ runtime: { stopSecondsOf: () => 5 } });
    await node.createPod('web', { terminationGracePeriodSeconds: 10 });
    await node.client.delete(core('pods'), 'web', { namespace: 'default' });
    await node.clock.advance(4_000);
    assert.equal((await node.pod('web'))?.status?.containerStatuses?.[0]?.state?.running !== undefined, true);
    await node.clock.advance(2_000);
    assert.equal(await node.pod('web'), undefined);
    assert.deepEqual(await node.runtime.listPodSandboxes(), []);
    assert.deepEqual(await node.runtime.listContainers(), []);
    assert.ok((await node.events('web')).includes('Killing: Stopping container a'));
  });

  test('what does not end in its grace is killed', async () => {
    const node = await start({ runtime: { stopSecondsOf: () => 600 } });
    await node.createPod('web', { terminationGracePeriodSeconds: 3 });
    const [container] = await node.runtime.listContainers();
    await node.client.delete(core('pods'), 'web', { namespace: 'default' });
    await node.clock.advance(2_000);
    assert.equal((await node.runtime.containerStatus(container!.id)).state, 'running');
    await node.clock.advance(2_000);
    assert.equal(await node.pod('web'), undefined);
  });

  test('a shorter grace overtakes a longer one', async () => {
    const node = await start({ runtime: { stopSecondsOf: () => 600 } });
    await node.createPod('web', { terminationGracePeriodSeconds: 600 });
    await node.client.delete(core('pods'), 'web', { namespace: 'default' });
    await node.clock.advance(2_000);
    await node.client.delete(core('pods'), 'web', { namespace: 'default', gracePeriodSeconds: 1 });
    await node.clock.advance(3_000);
    assert.equal(await node.pod('web'), undefined);
  });

  test('a pod in the middle of a pull goes at once', async () => {
    const node = await start();
    let aborted = 0;
    node.runtime.pullImage = (_image, _auth, _sandbox, signal) =>
      new Promise((_, reject) => {
        signal?.addEventListener('abort', () => {
          aborted++;
          reject(new RuntimeError('cancelled', 'cancelled'));
        });
      });
    await node.createPod('web', { containers: [{ name: 'a', image: 'x:1', imagePullPolicy: 'Always' }] });
    await node.client.delete(core('pods'), 'web', { namespace: 'default' });
    await node.clock.advance(1_000);
    assert.equal(await node.pod('web'), undefined);
    assert.equal(aborted, 1);
  });

  test('without grace the object goes first, the containers follow', async () => {
    const node = await start();
    await node.createPod('web', {});
    await node.client.delete(core('pods'), 'web', { namespace: 'default', gracePeriodSeconds: 0 });
    await node.clock.advance(3_000);
    assert.deepEqual(await node.runtime.listPodSandboxes(), []);
  });
});
