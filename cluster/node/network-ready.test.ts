/** The containers of a pod start when its network is ready for them, and not before. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameOf } from './pods/pod.ts';
import { startTestNode } from './testing.ts';

test('containers wait for what keeps traffic from their pod; pods in the host’s network do not', async () => {
  const opening = Promise.withResolvers<void>();
  const asked: string[] = [];
  const node = await startTestNode({
    node: {
      async networkReady(pod, address) {
        asked.push(`${nameOf(pod)} ${address}`);
        await opening.promise;
      },
    },
  });
  try {
    await node.createPod('web', {});
    await node.createPod('agent', { hostNetwork: true });
    const isRunning = async (name: string) =>
      (await node.pod(name))?.status?.containerStatuses?.[0]?.state?.running !== undefined;
    assert.equal(await isRunning('agent'), true);
    assert.equal(await isRunning('web'), false);
    assert.deepEqual(asked, [`web ${(await node.pod('web'))?.status?.podIP}`]);
    opening.resolve();
    await node.clock.advance(100);
    assert.equal(await isRunning('web'), true);
  } finally {
    await node.close();
  }
});

test('a pod that is deleted meanwhile waits no longer', async () => {
  const ended = Promise.withResolvers<void>();
  const node = await startTestNode({
    node: {
      networkReady: (_pod, _address, signal) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            ended.resolve();
            reject(signal.reason as Error);
          }),
        ),
    },
  });
  try {
    await node.createPod('web', {});
    await node.client.delete({ group: '', version: 'v1', resource: 'pods' }, 'web', { namespace: 'default' });
    for (let left = 40; left > 0 && (await node.pod('web')); left--) await node.clock.advance(1_000);
    await ended.promise;
    assert.equal(await node.pod('web'), undefined);
  } finally {
    await node.close();
  }
});
