import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { allocatableOf, capacityOf, differs, nodeStatusOf, runtimeProblems, type StatusFacts } from '../status/node.ts';
import { hostMachine, meminfo } from './host.ts';
import { simulatedMachine } from './simulated.ts';

suite('machine', () => {
  test('/proc/meminfo in bytes, counts as they are', () => {
    const found = meminfo(
      'MemTotal:       2048 kB\nInactive(file):   4 kB\nHugePages_Total:       3\nHugepagesize:       2048 kB\nnonsense\n',
    );
    assert.deepEqual(found, {
      MemTotal: 2_097_152,
      'Inactive(file)': 4096,
      HugePages_Total: 3,
      Hugepagesize: 2_097_152,
    });
  });

  test('this machine has cores, memory, a disk and a name for its kernel', async () => {
    const machine = hostMachine('/', systemClock);
    const [facts, usage] = await Promise.all([machine.facts(), machine.usage()]);
    assert.ok(facts.milliCpu >= 1000 && facts.memoryBytes > 0 && facts.storageBytes > 0);
    assert.match(facts.architecture, /^(amd64|arm64)$/);
    assert.match(facts.kernelVersion, /^\d+\.\d+/);
    assert.ok(usage.cpuNanoSeconds > 0 && usage.memoryWorkingSetBytes <= facts.memoryBytes);
  });
});

suite('node status', () => {
  const input = async (more: Partial<StatusFacts> = {}): Promise<StatusFacts> => ({
    identity: { name: 'n1', hostname: 'n1', ips: ['192.0.2.7'], labels: {}, taints: [], podCidrs: [] },
    facts: await simulatedMachine({
      name: 'n1',
      clock: systemClock,
      facts: {
        milliCpu: 3500,
        memoryBytes: 1024 ** 3,
        storageBytes: 1000 * 1024,
        hugepages: { '2Mi': 4 * 1024 ** 2 },
        // Of one boot: the machine's own tells when it was started.
        bootId: 'b1',
      },
    }).facts(),
    maxPods: 110,
    version: { runtimeName: 'containerd', runtimeVersion: '1.7', runtimeApiVersion: 'v1' },
    kubeletVersion: 'v1.34.9',
    kubeletPort: 10250,
    images: [],
    runtime: undefined,
    problems: [],
    time: '2025-01-01T00:00:00Z',
    ...more,
  });

  test('capacity, and what is left for pods', async () => {
    const { facts } = await input();
    assert.deepEqual(capacityOf(facts, 110), {
      cpu: '3500m',
      'ephemeral-storage': '1000Ki',
      'hugepages-2Mi': '4Mi',
      memory: '1Gi',
      pods: '110',
    });
    assert.equal(allocatableOf(facts, 110).memory, '920Mi');
    assert.equal(allocatableOf(facts, 110)['ephemeral-storage'], '921600');
  });

  test('problems make it not ready, several in brackets', async () => {
    const ready = async (problems: string[]) =>
      nodeStatusOf(await input({ problems }), undefined).conditions?.find(({ type }) => type === 'Ready');
    assert.deepEqual(
      [
        (await ready([]))?.status,
        (await ready(['x']))?.status,
        (await ready(['x']))?.message,
        (await ready(['x', 'y']))?.message,
      ],
      ['True', 'False', 'x', '[x, y]'],
    );
  });

  test("the runtime's conditions in words", () => {
    const status = (network: boolean) => ({
      conditions: [
        { type: 'RuntimeReady', status: true },
        {
          type: 'NetworkReady',
          status: network,
          reason: 'NetworkPluginNotReady',
          message: 'cni plugin not initialized',
        },
      ],
      handlers: [],
      supplementalGroupsPolicy: false,
    });
    assert.deepEqual(runtimeProblems(status(true), undefined), []);
    assert.deepEqual(runtimeProblems(status(false), undefined), [
      'container runtime network not ready: NetworkReady=false reason:NetworkPluginNotReady message:cni plugin not initialized',
    ]);
    assert.deepEqual(runtimeProblems(undefined, 'connection refused'), [
      'container runtime is down, connection refused',
    ]);
  });

  test('a later heartbeat alone is no difference', async () => {
    const first = nodeStatusOf(await input(), undefined);
    const later = nodeStatusOf(await input({ time: '2025-01-01T00:00:10Z' }), first);
    assert.equal(differs(first, later), false);
    assert.equal(later.conditions![0]!.lastTransitionTime, '2025-01-01T00:00:00Z');
    assert.equal(differs(first, nodeStatusOf(await input({ problems: ['x'] }), first)), true);
    assert.equal(differs({ ...first, phase: 'Running' }, later), false);
  });

  test('the fifty largest images, with five names each', async () => {
    const images = Array.from({ length: 60 }, (_, size) => ({
      id: `${size}`,
      size,
      pinned: false,
      repoDigests: ['d'],
      repoTags: ['1', '2', '3', '4', '5'],
    }));
    const listed = nodeStatusOf(await input({ images }), undefined).images!;
    assert.equal(listed.length, 50);
    assert.deepEqual(listed[0], { names: ['d', '1', '2', '3', '4'], sizeBytes: 59 });
  });
});
