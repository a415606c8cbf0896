/** A whole node with a simulated runtime, against the real API server in process. */
import assert from 'node:assert/strict';
import { afterEach, suite, test } from 'node:test';
import type { Lease, Node, Pod } from '@orrery/kinds/types';
import { createLog } from '@orrery/machinery/log';
import { RuntimeError } from './runtime/types.ts';
import { core, startTestNode, type TestNode, type TestNodeOptions } from './testing.ts';

const opened: TestNode[] = [];
const start = async (options: TestNodeOptions = {}): Promise<TestNode> => {
  const log = process.env.NODE_LOG ? createLog({ now: () => 0 }, line => console.log(line), 'debug') : undefined;
  const node = await startTestNode({ ...options, ...(log && { log }) });
  opened.push(node);
  return node;
};
afterEach(async () => {
  for (const node of opened.splice(0)) await node.close();
});

const conditions = (pod: Pod | undefined): Record<string, string> =>
  Object.fromEntries((pod?.status?.conditions ?? []).map(({ type, status }) => [type, status]));

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

  test('one that may be sent away stays removed, and its lease with it', async () => {
    const { client, clock } = await start({ node: { staysRemoved: true } });
    const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
    const namespace = 'kube-node-lease';
    await clock.advance(10_000);
    await client.delete(core('nodes'), 'n1');
    await client.delete(leases, 'n1', { namespace });
    for (let i = 0; i < 6; i++) await clock.advance(10_000);
    assert.deepEqual((await client.list(core('nodes'))).items, []);
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
    assert.deepEqual(conditions(pod), {
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
    assert.equal(conditions(pod).Ready, 'False');
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

suite('a new agent over the same runtime', () => {
  test('adopts everything: ids, start times, restart counts', async () => {
    let crashes = 1;
    const node = await start({
      runtime: { lifeOf: () => (crashes-- > 0 ? { runMs: 1_000, exitCode: 1 } : undefined) },
    });
    await node.createPod('web', {});
    await node.clock.advance(1_000);
    const before = (await node.pod('web'))?.status?.containerStatuses;
    assert.equal(before?.[0]?.restartCount, 1);
    await node.restart();
    await node.clock.advance(60_000);
    assert.deepEqual((await node.pod('web'))?.status?.containerStatuses, before);
    assert.equal((await node.runtime.listContainers({ state: 'running' })).length, 1);
  });

  test('ends what the API has forgotten meanwhile', async () => {
    const node = await start();
    await node.createPod('web', {});
    await node.agent.stop();
    await node.client.delete(core('pods'), 'web', { namespace: 'default', gracePeriodSeconds: 0 });
    await node.restart();
    await node.clock.advance(60_000);
    assert.deepEqual(await node.runtime.listPodSandboxes(), []);
  });

  test('goes on ending what was being deleted', async () => {
    const node = await start({ runtime: { stopSecondsOf: () => 5 } });
    await node.createPod('web', {});
    await node.client.delete(core('pods'), 'web', { namespace: 'default' });
    await node.clock.advance(1_000);
    await node.restart();
    await node.clock.advance(10_000);
    assert.equal(await node.pod('web'), undefined);
  });
});

suite('a runtime that fails', () => {
  const restarts = async (node: TestNode) => (await node.pod('web'))?.status?.containerStatuses?.[0]?.restartCount;

  test('what events do not tell the relist finds within a minute', async () => {
    const node = await start();
    const { events } = node.runtime;
    // Only those of nobody come through.
    node.runtime.events = async function* (signal) {
      for await (const event of events.call(node.runtime, signal)) if (event.containerId === 'nobody') yield event;
    };
    await node.restart();
    await node.createPod('web', {});
    const [container] = await node.runtime.listContainers();
    node.runtime.exit(container!.id, 1);
    await node.clock.advance(1_000);
    assert.equal(await restarts(node), 0);
    await node.clock.advance(60_000);
    assert.equal(await restarts(node), 1);
  });

  test('while it is away nothing is lost or doubled', async () => {
    const node = await start();
    await node.createPod('web', {});
    const [container] = await node.runtime.listContainers();
    const { listPodSandboxes, listContainers } = node.runtime;
    const away = async () => {
      throw new RuntimeError('unavailable', 'connection refused');
    };
    Object.assign(node.runtime, { listPodSandboxes: away, listContainers: away });
    node.runtime.exit(container!.id, 1);
    await node.clock.advance(30_000);
    assert.equal((await node.pod('web'))?.status?.phase, 'Running');
    assert.equal(await restarts(node), 0);
    Object.assign(node.runtime, { listPodSandboxes, listContainers });
    await node.clock.advance(11_000);
    assert.equal(await restarts(node), 1);
    assert.equal((await node.runtime.listContainers({ state: 'running' })).length, 1);
    assert.equal((await node.runtime.listPodSandboxes()).length, 1);
  });

  test('a lost sandbox is replaced, with a new address and all containers anew', async () => {
    const node = await start();
    await node.createPod('web', {});
    const before = await node.pod('web');
    const [sandbox] = await node.runtime.listPodSandboxes();
    await node.runtime.stopPodSandbox(sandbox!.id);
    await node.clock.advance(3_000);
    const after = await node.pod('web');
    assert.equal(after?.status?.phase, 'Running');
    assert.notEqual(after?.status?.podIP, before?.status?.podIP);
    assert.equal(await restarts(node), 1);
    assert.ok(
      (await node.events('web')).includes('SandboxChanged: Pod sandbox changed, it will be killed and re-created.'),
    );
  });
});

suite('failures', () => {
  test('a missing config map is said in the status, and heals', async () => {
    const node = await start();
    const env = [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'settings', key: 'a' } } }];
    await node.createPod('web', { containers: [{ name: 'a', image: 'x:1', env }] });
    const waiting = (await node.pod('web'))?.status?.containerStatuses?.[0]?.state?.waiting;
    assert.deepEqual(waiting, { reason: 'CreateContainerConfigError', message: 'configmap "settings" not found' });
    assert.ok((await node.events('web')).includes('Failed: Error: configmap "settings" not found'));
    const configMap = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'default' },
      data: { a: '1' },
    };
    await node.client.create(core('configmaps'), configMap);
    await node.clock.advance(10_000);
    assert.equal((await node.pod('web'))?.status?.phase, 'Running');
  });

  test('an image that cannot be pulled is tried again, longer and longer apart', async () => {
    const node = await start();
    let pulls = 0;
    node.runtime.pullImage = async () => {
      pulls++;
      throw new RuntimeError('unknown', 'no such host');
    };
    await node.createPod('web', { containers: [{ name: 'a', image: 'absent:1', imagePullPolicy: 'Always' }] });
    const waiting = async () => (await node.pod('web'))?.status?.containerStatuses?.[0]?.state?.waiting;
    assert.deepEqual(await waiting(), { reason: 'ErrImagePull', message: 'no such host' });
    await node.clock.advance(2_000);
    const message = 'Back-off pulling image "absent:1": ErrImagePull: no such host';
    assert.deepEqual(await waiting(), { reason: 'ImagePullBackOff', message });
    assert.equal(pulls, 1);
    await node.clock.advance(8_000);
    assert.equal(pulls, 2);
    await node.clock.advance(19_000);
    assert.equal(pulls, 2);
    await node.clock.advance(2_000);
    assert.equal(pulls, 3);
    const events = await node.events('web');
    for (const wanted of [
      'Pulling: Pulling image "absent:1"',
      'Failed: Failed to pull image "absent:1": no such host',
      'Failed: Error: ErrImagePull',
    ]) {
      assert.ok(events.includes(wanted), wanted);
    }
    assert.ok(events.includes('BackOff: Back-off pulling image "absent:1"'));
  });

  test('an image that is never pulled', async () => {
    const node = await start();
    await node.runtime.removeImage('absent:1');
    await node.createPod('web', { containers: [{ name: 'a', image: 'absent:1', imagePullPolicy: 'Never' }] });
    const message = 'Container image "absent:1" is not present with pull policy of Never';
    assert.deepEqual((await node.pod('web'))?.status?.containerStatuses?.[0]?.state?.waiting, {
      reason: 'ErrImageNeverPull',
      message,
    });
  });

  test('a sandbox that cannot be made is said, and tried again', async () => {
    const node = await start();
    const { runPodSandbox } = node.runtime;
    node.runtime.runPodSandbox = async () => {
      throw new RuntimeError('unknown', 'no network');
    };
    await node.createPod('web', {});
    assert.equal((await node.pod('web'))?.status?.phase, 'Pending');
    assert.ok((await node.events('web')).includes('FailedCreatePodSandBox: Failed to create pod sandbox: no network'));
    node.runtime.runPodSandbox = runPodSandbox;
    await node.clock.advance(4_000);
    assert.equal((await node.pod('web'))?.status?.phase, 'Running');
  });

  test('an impossible image name', async () => {
    const node = await start();
    await node.createPod('web', { containers: [{ name: 'a', image: 'UPPER' }] });
    assert.equal((await node.pod('web'))?.status?.containerStatuses?.[0]?.state?.waiting?.reason, 'InvalidImageName');
  });

  test('a node that hears late of itself is read anew before it rejects a pod', async () => {
    const never = new Promise<never>(() => {});
    const deaf = { [Symbol.asyncIterator]: () => ({ next: () => never }) };
    const { client, createPod, pod } = await start({
      between: real => ({
        ...real,
        watch: (resource, options) => (resource.resource === 'nodes' ? deaf : real.watch(resource, options)),
      }),
    });
    await client.patch(core('nodes'), 'n1', 'merge', { metadata: { labels: { disk: 'fast' } } });
    await createPod('late', { nodeSelector: { disk: 'fast' } });
    assert.equal((await pod('late'))?.status?.phase, 'Running');
    await createPod('wrong', { nodeSelector: { disk: 'slow' } });
    assert.equal((await pod('wrong'))?.status?.reason, 'NodeAffinity');
  });

  test('a pod that does not fit is rejected', async () => {
    const node = await start({ node: { maxPods: 1 } });
    await node.createPod('one', {});
    await node.createPod('two', {});
    await node.clock.advance(0);
    const pod = await node.pod('two');
    assert.equal(pod?.status?.phase, 'Failed');
    assert.equal(pod?.status?.reason, 'OutOfpods');
    assert.equal(
      pod?.status?.message,
      "Pod was rejected: Node didn't have enough resource: pods, requested: 1, used: 1, capacity: 1",
    );
  });

  test('a deadline ends a pod', async () => {
    const node = await start();
    await node.createPod('job', { activeDeadlineSeconds: 30, terminationGracePeriodSeconds: 1 });
    await node.clock.advance(31_000);
    await node.clock.advance(3_000);
    const pod = await node.pod('job');
    assert.deepEqual([pod?.status?.phase, pod?.status?.reason], ['Failed', 'DeadlineExceeded']);
  });

  test('a failed postStart hook ends the container again', async () => {
    const node = await start({ runtime: { execSync: (_, [word]) => ({ exitCode: word === 'good' ? 0 : 1 }) } });
    const hooked = (name: string, word: string) => ({
      name,
      image: 'x:1',
      lifecycle: { postStart: { exec: { command: [word] } } },
    });
    await node.createPod('web', { containers: [hooked('a', 'good'), hooked('b', 'bad')] });
    const [a, b] = (await node.pod('web'))?.status?.containerStatuses ?? [];
    assert.ok(a?.state?.running);
    assert.match(b?.state?.waiting?.reason ?? '', /^(PostStartHookError|CrashLoopBackOff)$/);
    assert.ok((await node.events('web')).some(text => text.startsWith('FailedPostStartHook: PostStartHook failed')));
  });

  test('a failed liveness probe restarts a container', async () => {
    const node = await start({
      node: { prober: async probe => ({ verdict: probe.exec ? 'failure' : 'success', output: 'no' }) },
    });
    const livenessProbe = { exec: { command: ['x'] }, periodSeconds: 1, failureThreshold: 2 };
    await node.createPod('web', { containers: [{ name: 'a', image: 'x:1', livenessProbe }] });
    await node.clock.advance(1_000);
    await node.clock.advance(1_000);
    assert.equal((await node.pod('web'))?.status?.containerStatuses?.[0]?.restartCount, 1);
    const events = await node.events('web');
    assert.ok(events.includes('Unhealthy: Liveness probe failed: no'));
    assert.ok(events.includes('Killing: Container a failed liveness probe, will be restarted'));
  });

  test('a pod is ready when its readiness probe says so', async () => {
    let verdict: 'success' | 'failure' = 'failure';
    const node = await start({ node: { prober: async () => ({ verdict, output: 'not yet' }) } });
    const readinessProbe = { tcpSocket: { port: 80 }, periodSeconds: 1 };
    await node.createPod('web', { containers: [{ name: 'a', image: 'x:1', readinessProbe }] });
    await node.clock.advance(1_000);
    assert.equal(conditions(await node.pod('web')).Ready, 'False');
    verdict = 'success';
    await node.clock.advance(1_000);
    assert.equal(conditions(await node.pod('web')).Ready, 'True');
  });
});
