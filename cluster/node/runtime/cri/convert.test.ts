import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode, encode } from '@orrery/machinery/protobuf';
import * as convert from './convert.ts';
import {
  ContainerConfig,
  ContainerStatus,
  PodSandboxConfig,
  PodSandboxStats,
  runtimeService,
} from './messages.data.ts';

test('a sandbox goes over the wire as CRI nests it', () => {
  const wire = decode(
    PodSandboxConfig,
    encode(
      PodSandboxConfig,
      convert.toSandboxConfig({
        metadata: { name: 'a', uid: 'u', namespace: 'n', attempt: 0 },
        hostname: 'a',
        logDirectory: '/logs',
        labels: { l: '1' },
        annotations: {},
        cgroupParent: '/kubepods/podu',
        sysctls: { 'net.x': '1' },
        portMappings: [{ protocol: 'UDP', containerPort: 53, hostPort: 53 }],
        securityContext: {
          namespaces: { network: 'node', pid: 'container', ipc: 'pod' },
          runAsUser: 0,
          supplementalGroups: [1, 2],
          seccomp: { type: 'Localhost', localhostRef: '/p.json' },
        },
      }),
    ),
  );
  assert.deepEqual(wire, {
    metadata: { name: 'a', uid: 'u', namespace: 'n', attempt: 0 },
    hostname: 'a',
    logDirectory: '/logs',
    portMappings: [{ protocol: 'UDP', containerPort: 53, hostPort: 53 }],
    labels: { l: '1' },
    linux: {
      cgroupParent: '/kubepods/podu',
      sysctls: { 'net.x': '1' },
      securityContext: {
        namespaces: { network: 'node', pid: 'container', ipc: 'pod' },
        runAsUser: 0,
        supplementalGroups: [1, 2],
        seccomp: { type: 'Localhost', localhostRef: '/p.json' },
      },
    },
  });
});

test('a container goes over the wire with its image, variables and image volumes', () => {
  const wire = decode(
    ContainerConfig,
    encode(
      ContainerConfig,
      convert.toContainerConfig({
        metadata: { name: 'c', attempt: 2 },
        image: 'sha256:1',
        userSpecifiedImage: 'busybox',
        command: ['a'],
        env: [{ name: 'K', value: 'v' }],
        mounts: [
          { containerPath: '/a', hostPath: '/h', readonly: true, propagation: 'bidirectional' },
          { containerPath: '/i', hostPath: '', image: 'img' },
        ],
        cdiDevices: ['v/c=n'],
        labels: {},
        annotations: {},
        logPath: 'c/2.log',
        stopSignal: 'SIGTERM',
        resources: { cpuShares: 2, memoryLimit: 0, cpuQuota: -1 },
        securityContext: { privileged: true, runAsGroup: 5 },
      }),
    ),
  );
  assert.deepEqual(wire, {
    metadata: { name: 'c', attempt: 2 },
    image: { image: 'sha256:1', userSpecifiedImage: 'busybox' },
    command: ['a'],
    envs: [{ key: 'K', value: 'v' }],
    mounts: [
      { containerPath: '/a', hostPath: '/h', readonly: true, propagation: 'bidirectional' },
      { containerPath: '/i', hostPath: '', image: { image: 'img' } },
    ],
    cdiDevices: [{ name: 'v/c=n' }],
    logPath: 'c/2.log',
    stopSignal: 'SIGTERM',
    linux: {
      resources: { cpuQuota: -1, cpuShares: 2, memoryLimit: 0 },
      securityContext: { privileged: true, runAsGroup: 5 },
    },
  });
});

test('signals have the numbers of CRI, which are not those of the kernel', () => {
  const cases: [string, number][] = [
    ['SIGABRT', 1],
    ['SIGKILL', 13],
    ['SIGTERM', 23],
    ['SIGUSR1', 29],
    ['SIGXFSZ', 34],
    ['SIGRTMIN', 35],
    ['SIGRTMIN+15', 50],
    ['SIGRTMAX-14', 51],
    ['SIGRTMAX-1', 64],
    ['SIGRTMAX', 65],
  ];
  for (const [stopSignal, number] of cases) {
    assert.equal(
      Buffer.from(encode(ContainerStatus, { stopSignal })).toString('hex'),
      `9801${number.toString(16).padStart(2, '0')}`,
    );
  }
});

test('answers that leave out everything are complete values', () => {
  assert.deepEqual(convert.fromPodSandboxStatus({ id: 's' }), {
    id: 's',
    metadata: { name: '', uid: '', namespace: '', attempt: 0 },
    state: 'ready',
    createdAt: 0,
    labels: {},
    annotations: {},
    runtimeHandler: '',
    ips: [],
    namespaces: { network: 'pod', pid: 'pod', ipc: 'pod' },
  });
  const status = convert.fromContainerStatus({});
  assert.deepEqual([status.state, status.exitCode, status.mounts, status.startedAt], ['created', 0, [], 0]);
  assert.equal('resources' in status || 'user' in status || 'stopSignal' in status, false);
  assert.equal(convert.fromContainer({ state: 9 }).state, 'unknown');
});

test('times are milliseconds, addresses are in order, image ids fall back to references', () => {
  assert.equal(convert.milliseconds(1_763_733_600_123_456_789n), 1_763_733_600_123);
  const network = { ip: '10.0.0.1', additionalIps: [{ ip: 'fd00::1' }, {}] };
  assert.deepEqual(convert.fromPodSandboxStatus({ network }).ips, ['10.0.0.1', 'fd00::1']);
  assert.equal(convert.fromContainer({ imageRef: 'ref' }).imageId, 'ref');
  assert.equal(convert.fromContainer({ imageRef: 'ref', imageId: 'id' }).imageId, 'id');
  assert.deepEqual(
    convert.fromContainerStatus({ resources: { linux: { cpuShares: 5, cpuQuota: 0, memoryLimit: 7n } } }).resources,
    { cpuShares: 5, memoryLimit: 7 },
  );
});

test('figures of a sandbox: its interfaces in one list, its containers', () => {
  const wire = {
    attributes: { id: 's' },
    linux: {
      network: {
        timestamp: 5e6,
        defaultInterface: { name: 'eth0', rxBytes: 1 },
        interfaces: [{ name: 'eth1', txBytes: 2 }],
      },
      process: { processCount: 3 },
      containers: [{ attributes: { id: 'c' }, cpu: { timestamp: 1e6, usageCoreNanoSeconds: 9 } }],
    },
  };
  const stats = convert.fromPodSandboxStats(decode(PodSandboxStats, encode(PodSandboxStats, wire)));
  assert.deepEqual(stats.network, {
    timestamp: 5,
    interfaces: [
      { name: 'eth0', rxBytes: 1, rxErrors: 0, txBytes: 0, txErrors: 0 },
      { name: 'eth1', rxBytes: 0, rxErrors: 0, txBytes: 2, txErrors: 0 },
    ],
  });
  assert.equal(stats.processCount, 3);
  assert.deepEqual(stats.containers[0]!.cpu, { timestamp: 1, usageCoreNanoSeconds: 9 });
});

test('a filter for the first state of an enumeration is sent, not left out', () => {
  const { request } = runtimeService.listPodSandbox;
  assert.equal(Buffer.from(encode(request, { filter: { state: { state: 'ready' } } })).toString('hex'), '0a0412020800');
});
