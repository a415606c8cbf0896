import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { oomScoreAdjust, quotaOf, sharesOf, weightOf, type OomFacts } from './amounts.ts';
import { containerResources, type ContainerFacts } from './container.ts';
import { findHierarchies, hugepageName, openCgroups } from './host.ts';
import { classCgroups, podCgroup, type CgroupPlan, type PodFacts } from './pod.ts';

const gib = 1024 ** 3;

test('CPU amounts become shares, weights and quotas', () => {
  const cases: [milli: number, shares: number, weight: number, quota: number][] = [
    [0, 2, 1, 0],
    [1, 2, 1, 1_000],
    [5, 5, 1, 1_000],
    [10, 10, 1, 1_000],
    [100, 102, 4, 10_000],
    [250, 256, 10, 25_000],
    [1000, 1024, 39, 100_000],
    [2500, 2560, 98, 250_000],
    [256_000, 262_144, 10_000, 25_600_000],
    [1_000_000, 262_144, 10_000, 100_000_000],
  ];
  for (const [milli, shares, weight, quota] of cases) {
    assert.deepEqual(
      [sharesOf(milli), weightOf(sharesOf(milli)), quotaOf(milli)],
      [shares, weight, quota],
      `${milli}m`,
    );
  }
});

test('the score of the OOM killer follows class, priority and share of memory', () => {
  const facts = (more: Partial<OomFacts>): OomFacts => ({
    qos: 'Burstable',
    nodeCritical: false,
    memoryRequestBytes: 0,
    memoryCapacityBytes: 4 * gib,
    ...more,
  });
  const cases: [Partial<OomFacts>, number][] = [
    [{ qos: 'Guaranteed' }, -997],
    [{ qos: 'BestEffort' }, 1000],
    [{ qos: 'BestEffort', nodeCritical: true }, -997],
    [{}, 999],
    [{ memoryRequestBytes: gib }, 750],
    [{ memoryRequestBytes: 4 * gib }, 3],
    [{ memoryRequestBytes: 8 * gib }, 3],
    [{ memoryRequestBytes: 0, leastMainRequestBytes: 2 * gib }, 500],
    [{ memoryRequestBytes: 3 * gib, leastMainRequestBytes: 2 * gib }, 250],
  ];
  for (const [more, expected] of cases) assert.equal(oomScoreAdjust(facts(more)), expected, JSON.stringify(more));
});

const pod = (more: Partial<PodFacts>): PodFacts => ({
  uid: 'u1',
  qos: 'Burstable',
  requests: {},
  limits: {},
  enforceCpuLimits: true,
  ...more,
});
const flat = ({ path, writes }: CgroupPlan) => [path, ...writes.map(({ file, value }) => `${file}=${value}`)];

test('pod cgroups by class and version', () => {
  const burstable = pod({ requests: { cpuMilli: 250, memoryBytes: gib }, limits: { memoryBytes: 2 * gib } });
  const guaranteed = pod({
    qos: 'Guaranteed',
    requests: { cpuMilli: 1500 },
    limits: { cpuMilli: 1500, memoryBytes: gib, hugepages: { '2MB': 4194304 } },
    pidsLimit: 1024,
  });
  const cases: [PodFacts, 1 | 2, string[]][] = [
    [
      burstable,
      1,
      [
        '/kubepods/burstable/podu1',
        'cpu.shares=256',
        'cpu.cfs_period_us=100000',
        'cpu.cfs_quota_us=-1',
        'memory.limit_in_bytes=2147483648',
      ],
    ],
    [burstable, 2, ['/kubepods/burstable/podu1', 'cpu.weight=10', 'cpu.max=max 100000', 'memory.max=2147483648']],
    [
      guaranteed,
      1,
      [
        '/kubepods/podu1',
        'cpu.shares=1536',
        'cpu.cfs_period_us=100000',
        'cpu.cfs_quota_us=150000',
        'memory.limit_in_bytes=1073741824',
        'pids.max=1024',
        'hugetlb.2MB.limit_in_bytes=4194304',
      ],
    ],
    [
      guaranteed,
      2,
      [
        '/kubepods/podu1',
        'cpu.weight=59',
        'cpu.max=150000 100000',
        'memory.max=1073741824',
        'pids.max=1024',
        'hugetlb.2MB.max=4194304',
      ],
    ],
    [
      { ...guaranteed, limits: { cpuMilli: 1500 }, enforceCpuLimits: false, pidsLimit: undefined },
      2,
      ['/kubepods/podu1', 'cpu.weight=59', 'cpu.max=max 100000', 'memory.max=max'],
    ],
    [
      pod({ qos: 'BestEffort', requests: { cpuMilli: 0 } }),
      2,
      ['/kubepods/besteffort/podu1', 'cpu.weight=1', 'cpu.max=max 100000', 'memory.max=max'],
    ],
  ];
  for (const [facts, version, expected] of cases) {
    assert.deepEqual(flat(podCgroup(facts, { version, root: '' })), expected, `${facts.qos} v${version}`);
  }
});

test('the cgroups above the pods hold what is allocatable and weigh the classes', () => {
  const node = { allocatable: { cpuMilli: 2000, memoryBytes: 3 * gib }, burstableCpuMilli: 500 };
  assert.deepEqual(classCgroups(node, { version: 1, root: '/a' }).map(flat), [
    ['/a/kubepods', 'cpu.shares=2048', 'memory.limit_in_bytes=3221225472'],
    ['/a/kubepods/burstable', 'cpu.shares=512'],
    ['/a/kubepods/besteffort', 'cpu.shares=2'],
  ]);
  assert.deepEqual(classCgroups(node, { version: 2, root: '' }).map(flat), [
    ['/kubepods', 'cpu.weight=79', 'memory.max=3221225472'],
    ['/kubepods/burstable', 'cpu.weight=20'],
    ['/kubepods/besteffort', 'cpu.weight=1'],
  ]);
});

test('what the runtime is told for one container', () => {
  const facts = (more: Partial<ContainerFacts>): ContainerFacts => ({
    requests: {},
    limits: {},
    version: 1,
    enforceCpuLimits: true,
    swapController: false,
    hugepageSizes: [],
    oom: { qos: 'Burstable', nodeCritical: false, memoryCapacityBytes: 4 * gib },
    ...more,
  });
  const plain = { cpuShares: 2, cpuPeriod: 100_000, cpuQuota: 0, memoryLimit: 0, oomScoreAdj: 999 };
  assert.deepEqual(containerResources(facts({})), plain);
  assert.deepEqual(containerResources(facts({ limits: { cpuMilli: 500, memoryBytes: gib }, swapController: true })), {
    ...plain,
    cpuShares: 512,
    cpuQuota: 50_000,
    memoryLimit: gib,
    memorySwapLimit: gib,
  });
  assert.deepEqual(containerResources(facts({ requests: { cpuMilli: 0 }, limits: { cpuMilli: 500 } })).cpuShares, 2);
  assert.deepEqual(containerResources(facts({ limits: { cpuMilli: 500 }, enforceCpuLimits: false })).cpuQuota, 0);
  assert.deepEqual(
    containerResources(
      facts({
        version: 2,
        swapController: true,
        requests: { memoryBytes: gib },
        limits: { memoryBytes: 2 * gib, hugepages: { '2MB': 4194304 } },
        hugepageSizes: ['2MB', '1GB'],
      }),
    ),
    {
      ...plain,
      memoryLimit: 2 * gib,
      oomScoreAdj: 750,
      hugepageLimits: [
        { pageSize: '2MB', limit: 4194304 },
        { pageSize: '1GB', limit: 0 },
      ],
      unified: { 'memory.oom.group': '1', 'memory.swap.max': '0' },
    },
  );
});

test('the version is read from the mounts', () => {
  const v2 = '30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate';
  const v1 = '33 32 0:30 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n'.concat(
    '34 32 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n',
    '35 32 0:32 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,name=systemd\n',
  );
  assert.equal(findHierarchies(v2).version, 2);
  assert.equal(findHierarchies(v2).mounts.get('memory'), '/sys/fs/cgroup');
  assert.equal(findHierarchies(v1).version, 1);
  assert.equal(findHierarchies(v1).mounts.get('cpuacct'), '/sys/fs/cgroup/cpu,cpuacct');
  const hybrid = findHierarchies(`${v1}36 32 0:33 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw`);
  assert.equal(hybrid.version, 1);
  assert.deepEqual(hybrid.beside, ['/sys/fs/cgroup/systemd', '/sys/fs/cgroup/unified']);
  assert.equal(findHierarchies('').version, 1);
});

test('page sizes have the kernel names', () => {
  assert.deepEqual([64, 2048, 1048576].map(hugepageName), ['64KB', '2MB', '1GB']);
});

/** Both versions, where both are mounted: with v1 in use, v2 has no controllers, but cgroups all the same. */
const mountinfo = readFileSync('/proc/self/mountinfo', 'utf8');
const hierarchies = [mountinfo, mountinfo.replace(/^.* - cgroup .*$/gm, '')].map(findHierarchies);

test('cgroups of this machine: made with their parents, listed, emptied, removed', async () => {
  for (const found of hierarchies) {
    const host = await openCgroups(found);
    const root = `/orrery-test-${process.pid}`;
    const layout = { version: host.version, root };
    const limits = { memoryBytes: 64 * 1024 ** 2 };
    await host.apply(podCgroup(pod({ requests: { cpuMilli: 250 }, limits }), layout));
    assert.deepEqual(await host.children(`${root}/kubepods/burstable`), ['podu1']);
    assert.deepEqual(await host.processes(root), []);
    await host.remove(`${root}/kubepods/burstable/podu1`);
    await host.remove(`${root}/kubepods/burstable/podu1`);
    assert.deepEqual(await host.children(`${root}/kubepods/burstable`), []);
    await assert.rejects(host.remove('/../etc'), /bad cgroup path/);
    await assert.rejects(host.remove('/'), /bad cgroup path/);
    await host.remove(root);
    for (const mount of found.mounts.values()) assert.equal(existsSync(`${mount}${root}`), false);
  }
});
