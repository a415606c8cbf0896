/** Pods on a whole node that cannot begin, or that are ended or held back: what their status and events say, and how they heal. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RuntimeError } from './runtime/types.ts';
import { conditionsOf, core, nodesOfTests } from './testing.ts';

const start = nodesOfTests();

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
    assert.equal(conditionsOf(await node.pod('web')).Ready, 'False');
    verdict = 'success';
    await node.clock.advance(1_000);
    assert.equal(conditionsOf(await node.pod('web')).Ready, 'True');
  });
});
