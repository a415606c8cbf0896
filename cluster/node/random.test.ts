/** Random lives of a node, by seed: whatever happens in whatever order, the end is the same. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Pod } from '@orrery/kinds/types';
import { seededRandom } from '@orrery/machinery/random';
import { core, startTestNode, type TestNode } from './testing.ts';

const policies = ['Always', 'OnFailure', 'Never'] as const;

/** What pods are made of; picked at random. */
const shapes: Partial<Pod['spec']>[] = [
  { containers: [{ name: 'a', image: 'x:1' }] },
  {
    containers: [
      { name: 'a', image: 'x:1' },
      { name: 'b', image: 'x:1' },
    ],
  },
  { initContainers: [{ name: 's', image: 'x:1', restartPolicy: 'Always' }], containers: [{ name: 'a', image: 'x:1' }] },
  { initContainers: [{ name: 'i', image: 'x:1' }], containers: [{ name: 'a', image: 'x:1' }] },
];

async function live(node: TestNode, seed: number, steps: number): Promise<void> {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random.float() * items.length)];
  let made = 0;
  for (let step = 0; step < steps; step++) {
    const dice = random.float();
    const { items } = await node.client.list<Pod>(core('pods'), { namespace: 'default' });
    if (dice < 0.25 || items.length === 0) {
      await node.createPod(`p${made++}`, {
        ...pick(shapes),
        restartPolicy: pick(policies)!,
        terminationGracePeriodSeconds: 5,
      });
    } else if (dice < 0.6) {
      const running = pick(await node.runtime.listContainers({ state: 'running' }));
      if (running) node.runtime.exit(running.id, random.float() < 0.5 ? 0 : 1);
    } else if (dice < 0.75) {
      const gracePeriodSeconds = pick([0, 1, 30])!;
      await node.client
        .delete(core('pods'), pick(items)!.metadata.name!, { namespace: 'default', gracePeriodSeconds })
        .catch(() => {});
    } else if (dice < 0.8) {
      await node.restart();
    } else if (dice < 0.85) {
      const sandbox = pick(await node.runtime.listPodSandboxes({ state: 'ready' }));
      if (sandbox) await node.runtime.stopPodSandbox(sandbox.id);
    } else {
      await node.clock.advance(Math.floor(random.float() * 20_000));
    }
  }
  // Long enough for every back-off, and short enough for none to begin anew.
  for (let minute = 0; minute < 7; minute++) await node.clock.advance(60_000);
}

async function check(node: TestNode): Promise<void> {
  const { items } = await node.client.list<Pod>(core('pods'), { namespace: 'default' });
  const sandboxes = await node.runtime.listPodSandboxes();
  const running = await node.runtime.listContainers({ state: 'running' });
  const uids = new Set(items.map(({ metadata }) => metadata.uid));
  for (const { metadata } of sandboxes)
    assert.ok(uids.has(metadata.uid), `a sandbox of ${metadata.name}, which is gone`);
  for (const { metadata, spec, status } of items) {
    const name = `${metadata.name} (${spec.restartPolicy})`;
    assert.equal(metadata.deletionTimestamp, undefined, `${name} never went`);
    const own = running.filter(({ labels }) => labels['io.kubernetes.pod.uid'] === metadata.uid);
    const names = own.map(({ metadata: { name: container } }) => container).sort();
    assert.equal(new Set(names).size, names.length, `${name} runs something twice`);
    const ready = sandboxes.filter(sandbox => sandbox.metadata.uid === metadata.uid && sandbox.state === 'ready');
    assert.ok(ready.length <= 1, `${name} has ${ready.length} sandboxes`);
    if (status?.phase === 'Succeeded' || status?.phase === 'Failed') {
      assert.notEqual(spec.restartPolicy, 'Always', `${name} ended`);
      assert.deepEqual([names, ready.length], [[], 0], `${name} has ended and still runs`);
    } else if (spec.restartPolicy === 'Always') {
      const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
      // An init container that nobody ends keeps the others waiting.
      const waits = names.includes('i');
      const wanted = waits ? ['i'] : [...spec.containers, ...sidecars].map(({ name: container }) => container).sort();
      assert.deepEqual(names, wanted, name);
    }
    for (const { state, restartCount } of status?.containerStatuses ?? []) {
      assert.ok(Object.keys(state ?? {}).length === 1, `${name} shows two states at once`);
      assert.ok(restartCount >= 0);
    }
  }
}

suite('random lives', () => {
  for (let seed = 1; seed <= 12; seed++) {
    test(`seed ${seed}`, async () => {
      const node = await startTestNode();
      try {
        await live(node, seed, 30);
        await check(node);
      } finally {
        await node.close();
      }
    });
  }
});
