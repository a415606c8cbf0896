/** A whole node whose agent begins anew, or whose runtime fails: nothing is lost, doubled or left behind. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { RuntimeError } from './runtime/types.ts';
import { core, nodesOfTests, type TestNode } from './testing.ts';

const start = nodesOfTests();

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
