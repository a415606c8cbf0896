import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Pod } from '@orrery/kinds/types';
import { container, pod } from './fixtures.ts';
import { containerConfig, mountOf } from './container-config.ts';
import { containerHash, containerIdentity, containerMarks, podIdentity, sandboxMarks } from './identity.ts';
import { podFacts, podLimits, resourcesFor, type CgroupFacts } from './resources.ts';
import { sandboxConfig } from './sandbox-config.ts';
import { sandboxHostname, unsupported } from './steps.ts';

const machine: CgroupFacts = { version: 1, swapController: false, hugepageSizes: ['2MB'], memoryBytes: 8 * 1024 ** 3 };
const sized = (limits?: Record<string, string>, requests?: Record<string, string>) =>
  container('a', { resources: { ...(limits && { limits }), ...(requests && { requests }) } });
const alone = (one: ReturnType<typeof sized>, more: Partial<Pod['spec']> = {}) => pod({ containers: [one], ...more });

suite('marks', () => {
  const one = container('a', { terminationMessagePath: '/end', lifecycle: { preStop: { exec: { command: ['x'] } } } });
  const owner = pod({ terminationGracePeriodSeconds: 12 }, { labels: { app: 'x' }, annotations: { note: 'n' } });

  test('what is written is read back', () => {
    assert.deepEqual(containerIdentity(containerMarks(owner, one, 3)), {
      name: 'a',
      hash: containerHash(one),
      restartCount: 3,
      terminationMessagePath: '/end',
      terminationMessagePolicy: 'File',
      graceSeconds: 12,
      preStop: { exec: { command: ['x'] } },
    });
    assert.deepEqual(podIdentity(sandboxMarks(owner)), { name: 'web', namespace: 'shop', uid: 'u1' });
  });

  test("names are upstream's, the pod's own labels stay", () => {
    assert.deepEqual(sandboxMarks(owner).labels, {
      app: 'x',
      'io.kubernetes.pod.name': 'web',
      'io.kubernetes.pod.namespace': 'shop',
      'io.kubernetes.pod.uid': 'u1',
    });
    assert.equal(containerMarks(owner, one, 3).annotations['io.kubernetes.container.restartCount'], '3');
  });

  test('only name and image make a new container', () => {
    const hash = containerHash(one);
    assert.equal(containerHash({ ...one, env: [{ name: 'x' }] } as typeof one), hash);
    assert.notEqual(containerHash({ ...one, image: 'other' }), hash);
    assert.notEqual(containerHash({ ...one, name: 'b' }), hash);
  });

  test('an empty hand', () => assert.deepEqual(containerIdentity({ labels: {}, annotations: {} }).restartCount, 0));
});

suite('sandbox', () => {
  const config = (owner: Pod) =>
    sandboxConfig({
      pod: owner,
      attempt: 2,
      hostname: 'h',
      resolver: { servers: ['1.1.1.1'], searches: [], options: [] },
      logDirectory: '/logs',
      cgroupParent: '/kubepods/podu1',
    });

  test('metadata, ports, sysctls', () => {
    const ports = [
      { containerPort: 80, hostPort: 8080, hostIP: '10.0.0.1' },
      { containerPort: 53, protocol: 'UDP' as const },
    ];
    const owner = pod({
      containers: [container('a', { ports })],
      securityContext: { sysctls: [{ name: 'net/ipv4/tcp_syncookies', value: '1' }] },
    });
    const { metadata, hostname, portMappings, sysctls, cgroupParent } = config(owner);
    assert.deepEqual(metadata, { name: 'web', namespace: 'shop', uid: 'u1', attempt: 2 });
    assert.equal(hostname, 'h');
    assert.equal(cgroupParent, '/kubepods/podu1');
    assert.deepEqual(sysctls, { 'net.ipv4.tcp_syncookies': '1' });
    assert.deepEqual(portMappings, [
      { protocol: 'TCP', containerPort: 80, hostPort: 8080, hostIp: '10.0.0.1' },
      { protocol: 'UDP', containerPort: 53, hostPort: 0 },
    ]);
  });

  test("no name of its own on the host's network", () =>
    assert.equal(config(pod({ hostNetwork: true })).hostname, undefined));
});

suite('what a sandbox is called, and what is refused', () => {
  test('names', () => {
    const named = (spec: Partial<Pod['spec']>) => sandboxHostname(pod(spec), 'cluster.local');
    assert.equal(named({}), 'web');
    assert.equal(named({ subdomain: 'db' }), 'web');
    assert.equal(named({ subdomain: 'db', setHostnameAsFQDN: true }), 'web.db.shop.svc.cluster.local');
    assert.throws(
      () => named({ subdomain: 'd'.repeat(50), setHostnameAsFQDN: true }),
      /is too long \(64 characters is the max/,
    );
  });
  test('no less isolation than was asked for', () => {
    assert.equal(unsupported(pod()), undefined);
    assert.match(unsupported(pod({ hostUsers: false }))!, /user namespaces/);
    assert.match(unsupported(pod({ resourceClaims: [{ name: 'gpu' }] }))!, /resource claims/);
  });
});

suite('container', () => {
  const image = { id: 'sha256:1', repoTags: [], repoDigests: [], size: 1, uid: 0, pinned: false };
  test('command and arguments expand, the rest is carried over', () => {
    const one = container('a', {
      command: ['run', '$(A)'],
      args: ['$(B)', '$$(A)'],
      workingDir: '/w',
      tty: true,
      stdin: true,
    });
    const environment = new Map([['A', '1']]);
    const config = containerConfig({
      pod: alone(one),
      container: one,
      restartCount: 4,
      image,
      environment,
      mounts: [],
      machine,
      security: { seccompDirectory: '/s' },
    });
    assert.deepEqual(
      [config.command, config.args],
      [
        ['run', '1'],
        ['$(B)', '$(A)'],
      ],
    );
    assert.deepEqual(config.metadata, { name: 'a', attempt: 4 });
    assert.equal(config.logPath, 'a/4.log');
    assert.deepEqual([config.image, config.userSpecifiedImage], ['sha256:1', 'image-a']);
    assert.deepEqual([config.workingDir, config.tty, config.stdin, config.stdinOnce], ['/w', true, true, false]);
    assert.deepEqual(config.env, [{ name: 'A', value: '1' }]);
  });

  test('mounts', () => {
    const one = container('a');
    const at = { name: 'v', mountPath: '/m' };
    assert.deepEqual(mountOf(at, '/h', one), { containerPath: '/m', hostPath: '/h' });
    assert.deepEqual(mountOf({ ...at, readOnly: true, recursiveReadOnly: 'Enabled' }, '/h', one), {
      containerPath: '/m',
      hostPath: '/h',
      readonly: true,
      recursiveReadOnly: true,
    });
    assert.equal(mountOf({ ...at, mountPropagation: 'HostToContainer' }, '/h', one).propagation, 'hostToContainer');
    assert.throws(
      () => mountOf({ ...at, mountPropagation: 'Bidirectional' }, '/h', one),
      /available only to privileged containers/,
    );
    const privileged = container('a', { securityContext: { privileged: true } });
    assert.equal(mountOf({ ...at, mountPropagation: 'Bidirectional' }, '/h', privileged).propagation, 'bidirectional');
  });
});

suite('resources', () => {
  test("limits and requests in the kernel's units", () => {
    const one = sized({ cpu: '500m', memory: '64Mi', 'hugepages-2Mi': '4Mi' }, { cpu: '250m', memory: '64Mi' });
    const found = resourcesFor(alone(one), one, machine);
    assert.deepEqual(
      [found.cpuShares, found.cpuQuota, found.cpuPeriod, found.memoryLimit],
      [256, 50_000, 100_000, 64 * 1024 ** 2],
    );
    assert.deepEqual(found.hugepageLimits, [{ pageSize: '2MB', limit: 4 * 1024 ** 2 }]);
  });

  const scores: [string, ReturnType<typeof sized>, Partial<Pod['spec']>, number][] = [
    ['best effort goes first', sized(), {}, 1000],
    ['guaranteed goes last', sized({ cpu: '1', memory: '1Gi' }), {}, -997],
    ['a quarter of the memory', sized(undefined, { memory: '2Gi' }), {}, 750],
    ['critical pods go last', sized(), { priority: 2_000_001_000 }, -997],
  ];
  for (const [name, one, more, score] of scores) {
    test(name, () => assert.equal(resourcesFor(alone(one, more), one, machine).oomScoreAdj, score));
  }

  test('limits of a pod: only where every container has one', () => {
    const full = { cpu: '1', memory: '1Gi' };
    assert.deepEqual(podLimits(pod({ containers: [sized(full), { ...sized(full), name: 'b' }] })), {
      cpuMilli: 2000,
      memoryBytes: 2 * 1024 ** 3,
    });
    assert.deepEqual(podLimits(pod({ containers: [sized(full), container('b')] })), {});
    assert.deepEqual(podLimits(pod({ containers: [sized(full), { ...sized({ memory: '1Gi' }), name: 'b' }] })), {
      memoryBytes: 2 * 1024 ** 3,
    });
    assert.deepEqual(podLimits(pod({ containers: [container('a')], resources: { limits: { cpu: '3' } } })), {
      cpuMilli: 3000,
    });
    const greedy = { ...sized({ cpu: '5', memory: '1Gi' }), name: 'i' };
    assert.equal(podLimits(pod({ containers: [sized(full)], initContainers: [greedy] })).cpuMilli, 5000);
  });

  test('facts of a pod', () => {
    const { uid, qos, requests } = podFacts(alone(sized({ cpu: '1' }, { cpu: '250m' }), { overhead: { cpu: '50m' } }));
    assert.deepEqual([uid, qos, requests.cpuMilli], ['u1', 'Burstable', 300]);
  });
});
