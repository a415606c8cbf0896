/** The CRI client, the importer and the supervisor against the containerd of this machine, started in a temporary directory. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { openCgroups, type CgroupHost } from '../cgroups/host.ts';
import {
  collect,
  drain,
  failsWith,
  runtimeConformance,
  startPod,
  untilExited,
  type ConformanceTarget,
} from '../conformance.ts';
import { apparmorIsEnabled, chooseSnapshotter, detectSoftware, oomScoreIsRestricted } from '../containerd/detect.ts';
import {
  superviseContainerd,
  stopContainerd,
  type Containerd,
  type ContainerdOptions,
} from '../containerd/supervise.ts';
import { openImageStore, type ImageStore } from '../images/store.ts';
import { pauseImage } from '../images/pause.ts';
import { writeTar, type TarFile } from '../images/tar.ts';
import { RuntimeError, type Runtime } from '../types.ts';
import { connectCri } from './runtime.ts';

const mebibyte = 1024 ** 2;
const network = {
  cniVersion: '0.4.0',
  name: 'orrery-test',
  plugins: [{ type: 'bridge', bridge: 'orrery0', isGateway: true, ipMasq: false }],
};

interface Machine extends ConformanceTarget {
  directory: string;
  options: ContainerdOptions;
  containerd: Containerd;
  images: ImageStore;
  cgroups: CgroupHost;
  cgroupRoot: string;
}

async function openMachine(): Promise<Machine> {
  const directory = await mkdtemp(join(tmpdir(), 'orrery-cri-'));
  const software = await detectSoftware(process.env);
  assert.deepEqual(software.missing, [], 'packages that this test needs');
  const cniConfDir = join(directory, 'cni');
  await mkdir(cniConfDir);
  const ipam = { type: 'host-local', dataDir: join(directory, 'ipam'), ranges: [[{ subnet: '10.123.0.0/24' }]] };
  const plugins = network.plugins.map(plugin => ({ ...plugin, ipam }));
  await writeFile(join(cniConfDir, '10.conflist'), JSON.stringify({ ...network, plugins }));
  const snapshotter = await chooseSnapshotter(directory);
  const options: ContainerdOptions = {
    program: software.containerd!,
    version: software.containerdVersion!,
    dataDir: join(directory, 'data'),
    runDir: join(directory, 'run'),
    cniBinDir: software.cniBinDir!,
    cniConfDir,
    pauseImage,
    snapshotter,
    restrictOomScoreAdj: await oomScoreIsRestricted(),
    disableApparmor: !(await apparmorIsEnabled()),
    environment: process.env,
    clock: systemClock,
    log: silentLog,
  };
  const containerd = await superviseContainerd(options);
  const images = openImageStore({
    socket: containerd.socket,
    snapshotter,
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    scratchDir: join(directory, 'scratch'),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  });
  await images.ensurePauseImage();
  await importBusybox(directory, images, ['orrery.test/busybox:1']);
  await importBusybox(directory, images, ['orrery.test/spare:1'], { spare: 'yes' });
  const runtime = connectCri({ socket: containerd.socket, clock: systemClock, pinnedImages: [pauseImage] });
  const cgroups = await openCgroups();
  const machine: Machine = {
    directory,
    options,
    containerd,
    images,
    runtime,
    cgroups,
    cgroupRoot: `/orrery-cri-${process.pid}`,
    image: 'orrery.test/busybox:1',
    spareImage: 'orrery.test/spare:1',
    logDirectory: join(directory, 'logs'),
    podNetwork: true,
    async close() {
      for (const { id } of await runtime.listPodSandboxes()) {
        await runtime.stopPodSandbox(id);
        await runtime.removePodSandbox(id);
      }
      await runtime.close();
      images.close();
      await machine.containerd.stop();
      await stopContainerd(options);
      await cgroups.remove(machine.cgroupRoot);
      const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
        .split('\n')
        .filter(line => line.includes(directory));
      assert.deepEqual(mounts, [], 'nothing stays mounted');
      await rm(directory, { recursive: true, force: true });
    },
  };
  return machine;
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A Docker archive with one layer. */
function dockerArchive(files: readonly TarFile[], tags: readonly string[], config: object = {}): Uint8Array {
  const layer = writeTar(files);
  const digest = createHash('sha256').update(layer).digest('hex');
  return writeTar([
    {
      name: 'config.json',
      content: json({
        architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
        ...config,
      }),
    },
    { name: 'layer.tar', content: layer },
    { name: 'manifest.json', content: json([{ Config: 'config.json', RepoTags: tags, Layers: ['layer.tar'] }]) },
  ]);
}

async function importBusybox(directory: string, images: ImageStore, tags: string[], labels?: object): Promise<void> {
  const nothing = new Uint8Array();
  const tools = [
    'sh',
    'cat',
    'sleep',
    'echo',
    'nc',
    'stty',
    'head',
    'tail',
    'ps',
    'id',
    'seq',
    'wc',
    'hostname',
    'kill',
  ];
  const files: TarFile[] = [
    ...['bin', 'etc', 'proc', 'sys', 'dev', 'tmp'].map(name => ({
      name: `${name}/`,
      mode: 0o755,
      content: nothing,
      type: 'directory' as const,
    })),
    { name: 'bin/busybox', mode: 0o755, content: await readFile('/bin/busybox') },
    ...tools.map(name => ({ name: `bin/${name}`, content: nothing, type: 'symlink' as const, link: 'busybox' })),
    { name: 'etc/passwd', content: new TextEncoder().encode('root:x:0:0:root:/:/bin/sh\n') },
  ];
  const file = join(directory, 'busybox.tar');
  await writeFile(file, dockerArchive(files, tags, { config: { Env: ['PATH=/bin', 'FROM_IMAGE=1'], Labels: labels } }));
  const [imported] = await images.importArchive(file);
  assert.deepEqual(imported!.names, tags);
}

runtimeConformance('containerd', openMachine);

suite('containerd', () => {
  let machine: Machine;
  let runtime: Runtime;
  before(async () => {
    machine = await openMachine();
    runtime = machine.runtime;
  });
  after(() => machine.close());

  test('execSync gives output and exit code, and ends what takes too long', async () => {
    await using pod = await startPod(machine, { env: [{ name: 'GREETING', value: 'grüß dich' }] });
    const said = await runtime.execSync(pod.containerId, ['sh', '-c', 'echo $GREETING; echo no >&2; exit 7'], 10);
    assert.deepEqual(
      [said.exitCode, Buffer.from(said.stdout).toString(), Buffer.from(said.stderr).toString()],
      [7, 'grüß dich\n', 'no\n'],
    );
    await assert.rejects(runtime.execSync(pod.containerId, ['sleep', '60'], 1), failsWith('deadlineExceeded'));
    await assert.rejects(runtime.execSync(pod.containerId, ['/no/such/program'], 5), RuntimeError);
  });

  test('exec carries input, output, the end of input and the exit code', async () => {
    await using pod = await startPod(machine);
    const streams = await runtime.exec(pod.containerId, ['sh', '-c', 'cat; echo done >&2; exit 5'], {
      stdin: true,
      stdout: true,
      stderr: true,
      tty: false,
    });
    const writer = streams.stdin!.getWriter();
    await writer.write(Buffer.from('hello '));
    await writer.write(Buffer.from('world'));
    await writer.close();
    assert.deepEqual(await Promise.all([drain(streams.stdout!), drain(streams.stderr!)]), ['hello world', 'done\n']);
    assert.deepEqual(await streams.exit, { exitCode: 5 });
  });

  test('exec holds back a process whose output is not read, and loses none of it', async () => {
    await using pod = await startPod(machine);
    const command = ['sh', '-c', 'seq 1 400000'];
    const streams = await runtime.exec(pod.containerId, command, {
      stdin: false,
      stdout: true,
      stderr: false,
      tty: false,
    });
    await new Promise(resolve => setTimeout(resolve, 200));
    const text = await drain(streams.stdout!);
    assert.equal(text.length, 2688895);
    assert.ok(text.endsWith('\n399999\n400000\n'));
    assert.deepEqual(await streams.exit, { exitCode: 0 });
  });

  test('a terminal has one output and a size', async () => {
    await using pod = await startPod(machine);
    const streams = await runtime.exec(pod.containerId, ['sh'], { stdin: true, stdout: true, stderr: true, tty: true });
    assert.equal(streams.stderr, undefined);
    streams.resize({ width: 91, height: 37 });
    const writer = streams.stdin!.getWriter();
    // The size is set beside the input: asked until it has arrived.
    await writer.write(
      Buffer.from('until [ "$(stty size)" = "37 91" ]; do sleep 0.1; done; echo size=$(stty size); exit\n'),
    );
    assert.match(await drain(streams.stdout!), /size=37 91\r\n/);
    assert.deepEqual(await streams.exit, { exitCode: 0 });
    await writer.close().catch(() => {});
  });

  test('attach joins the streams of the main process', async () => {
    await using pod = await startPod(machine, {
      command: ['sh', '-c', 'while read line; do echo "got $line"; done'],
      stdin: true,
      stdinOnce: true,
    });
    const streams = await runtime.attach(pod.containerId, { stdin: true, stdout: true, stderr: true, tty: false });
    const writer = streams.stdin!.getWriter();
    await writer.write(Buffer.from('one\ntwo\n'));
    await writer.close();
    const [out] = await Promise.all([drain(streams.stdout!), drain(streams.stderr!)]);
    assert.equal(out, 'got one\ngot two\n');
    assert.deepEqual(await streams.exit, {});
    await untilExited(runtime, pod.containerId);
  });

  test('port-forward reaches the loopback of the pod, and says when nobody listens', async () => {
    await using pod = await startPod(machine, { command: ['nc', '-ll', '-p', '8080', '-e', 'cat'] });
    await untilListening(runtime, pod.containerId, 8080);
    const connection = await runtime.portForward(pod.podSandboxId, 8080);
    const writer = connection.writable.getWriter();
    await writer.write(Buffer.from('ping '.repeat(50_000)));
    await writer.close();
    assert.equal(await drain(connection.readable), 'ping '.repeat(50_000));
    connection.close();
    const refused = await runtime.portForward(pod.podSandboxId, 81);
    await assert.rejects(drain(refused.readable), /refused/);
    refused.close();
  });

  test('logs have one line per write, with time, stream and tag; they can be turned over', async () => {
    await using pod = await startPod(machine, {
      command: [
        'sh',
        '-c',
        'echo out; echo err >&2; trap "echo after; exit 0" TERM; while :; do sleep 1 & wait $!; done',
      ],
    });
    const log = join(pod.pod.logDirectory, 'main/0.log');
    const stamp = String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+(?:Z|[+-]\d\d:\d\d)`;
    await untilMatches(log, new RegExp(`^${stamp} stdout F out$`, 'm'));
    await untilMatches(log, new RegExp(`^${stamp} stderr F err$`, 'm'));
    await rename(log, `${log}.old`);
    await runtime.reopenContainerLog(pod.containerId);
    await runtime.stopContainer(pod.containerId, 10);
    await untilMatches(log, new RegExp(`^${stamp} stdout F after$`, 'm'));
  });

  test('a pod has an address, a name and name servers of its own', async () => {
    const dns = { servers: ['10.96.0.10'], searches: ['default.svc.cluster.local'], options: ['ndots:5'] };
    await using pod = await startPod(machine, {}, { hostname: 'web-0', dns });
    const { ips } = await runtime.podSandboxStatus(pod.podSandboxId);
    assert.match(ips[0]!, /^10\.123\.0\.\d+$/);
    const run = async (...command: string[]) =>
      Buffer.from((await runtime.execSync(pod.containerId, command, 5)).stdout).toString();
    assert.equal(await run('hostname'), 'web-0\n');
    assert.equal(
      await run('cat', '/etc/resolv.conf'),
      'search default.svc.cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n',
    );
  });

  test('security settings reach the process', async () => {
    await using pod = await startPod(machine, {
      securityContext: {
        runAsUser: 1000,
        runAsGroup: 2000,
        supplementalGroups: [3000],
        readonlyRootfs: true,
        noNewPrivileges: true,
        capabilities: { add: [], drop: ['ALL'] },
        seccomp: { type: 'RuntimeDefault' },
      },
    });
    const run = async (command: string) =>
      Buffer.from((await runtime.execSync(pod.containerId, ['sh', '-c', command], 5)).stdout).toString();
    assert.match(await run('id'), /uid=1000 gid=2000 groups=.*3000/);
    assert.match(await run('cat /proc/self/status'), /CapEff:\s+0000000000000000[^]*NoNewPrivs:\s+1\nSeccomp:\s+2/);
    assert.equal(await run('echo x > /file || echo refused'), 'refused\n');
  });

  test('files and directories of the host are mounted', async () => {
    const host = join(machine.directory, 'volume');
    await mkdir(host, { recursive: true });
    await writeFile(join(host, 'file'), 'from the host');
    await using pod = await startPod(machine, {
      mounts: [
        { containerPath: '/data', hostPath: host },
        { containerPath: '/etc/one', hostPath: join(host, 'file'), readonly: true },
      ],
    });
    const script = 'cat /etc/one; echo back > /data/answer; echo x > /etc/one || echo refused';
    const { stdout } = await runtime.execSync(pod.containerId, ['sh', '-c', script], 5);
    assert.equal(Buffer.from(stdout).toString(), 'from the hostrefused\n');
    assert.equal(await readFile(join(host, 'answer'), 'utf8'), 'back\n');
    const { mounts } = await runtime.containerStatus(pod.containerId);
    assert.deepEqual(
      mounts.map(({ containerPath, readonly }) => [containerPath, readonly]),
      [
        ['/data', false],
        ['/etc/one', true],
      ],
    );
  });

  test('the container lives in the cgroup of its pod, with its limits', async () => {
    const cgroupParent = `${machine.cgroupRoot}/kubepods/burstable/podx`;
    await using pod = await startPod(
      machine,
      { resources: { cpuShares: 512, cpuPeriod: 100_000, cpuQuota: 50_000, memoryLimit: 64 * mebibyte } },
      { cgroupParent },
    );
    assert.deepEqual(
      new Set(await machine.cgroups.children(cgroupParent)),
      new Set([pod.containerId, pod.podSandboxId]),
    );
    assert.ok((await machine.cgroups.processes(`${cgroupParent}/${pod.containerId}`)).length > 0);
    const [controller, file] =
      machine.cgroups.version === 1 ? ['memory/', 'memory.limit_in_bytes'] : ['', 'memory.max'];
    const limit = () => readFile(`/sys/fs/cgroup/${controller}${cgroupParent}/${pod.containerId}/${file}`, 'utf8');
    assert.equal(await limit(), `${64 * mebibyte}\n`);
    await runtime.updateContainerResources(pod.containerId, { memoryLimit: 96 * mebibyte });
    assert.equal(await limit(), `${96 * mebibyte}\n`);
    const [stats] = await runtime.listPodSandboxStats({ id: pod.podSandboxId });
    assert.equal(stats!.metadata.uid, pod.pod.metadata.uid);
  });

  test('a container that exceeds its memory says so, and an event tells', async () => {
    const oom = collect(runtime, events => events.some(({ type }) => type === 'oom'));
    await using pod = await startPod(machine, {
      command: ['sh', '-c', 'tail /dev/zero'],
      resources: { memoryLimit: 16 * mebibyte },
    });
    await untilExited(runtime, pod.containerId);
    const status = await runtime.containerStatus(pod.containerId);
    assert.deepEqual([status.reason, status.exitCode], ['OOMKilled', 137]);
    assert.equal((await oom.done).find(({ type }) => type === 'oom')?.containerId, pod.containerId);
    oom.stop();
  });

  test('the pause process reaps orphans of a shared process namespace', async () => {
    const namespaces = { pid: 'pod' } as const;
    await using pod = await startPod(machine, { securityContext: { namespaces } }, { securityContext: { namespaces } });
    await runtime.execSync(pod.containerId, ['sh', '-c', '(sleep 0.05 &)'], 5);
    await runtime.execSync(pod.containerId, ['sleep', '0.3'], 5);
    const { stdout } = await runtime.execSync(pod.containerId, ['sh', '-c', 'cat /proc/[0-9]*/stat'], 5);
    const processes = Buffer.from(stdout).toString();
    assert.match(processes, /^1 \(pause\) S/m);
    assert.doesNotMatch(processes, /\) Z /);
  });

  test('the pause image stays: it is reported as pinned', async () => {
    assert.equal((await runtime.imageStatus(pauseImage))?.pinned, true);
    assert.equal((await runtime.imageStatus(machine.image))?.pinned, false);
  });

  test('a pull that cannot be is an error with the reason', async () => {
    await assert.rejects(runtime.pullImage('127.0.0.1:1/none:1'), /127\.0\.0\.1:1/);
    await assert.rejects(runtime.pullImage('not a name'), RuntimeError);
  });

  test('layers made to escape touch nothing outside of their snapshot (N6)', async () => {
    const target = join(machine.directory, 'escaped');
    await mkdir(target);
    const up = '../'.repeat(10);
    const content = new TextEncoder().encode('evil');
    const cases: TarFile[][] = [
      [{ name: `${up}${target.slice(1)}/dots`, content }],
      [{ name: `${target}/absolute`, content }],
      [
        { name: 'link', content: new Uint8Array(), type: 'symlink', link: target },
        { name: 'link/through-symlink', content },
      ],
      [
        { name: 'up', content: new Uint8Array(), type: 'symlink', link: up },
        { name: `up${target}/through-dots`, content },
      ],
      [
        { name: 'hard', content: new Uint8Array(), type: 'hardlink', link: `${up}etc/hostname` },
        { name: 'hard', content },
      ],
      [{ name: `${up}${target.slice(1)}/.wh..wh..opq`, content: new Uint8Array() }],
    ];
    const hostname = await readFile('/etc/hostname', 'utf8').catch(() => '');
    for (const [i, files] of cases.entries()) {
      const file = join(machine.directory, 'evil.tar');
      await writeFile(file, dockerArchive(files, [`orrery.test/evil:${i}`]));
      // Refusing the layer and keeping it inside are both fine.
      await machine.images.importArchive(file).catch(() => {});
      for (const name of ['dots', 'absolute', 'through-symlink', 'through-dots']) {
        assert.equal(existsSync(join(target, name)), false, `case ${i}`);
      }
      assert.ok(existsSync(target));
    }
    assert.equal(await readFile('/etc/hostname', 'utf8').catch(() => ''), hostname);
  });

  test('a layer that is not what the configuration says is refused before it is unpacked (N6)', async () => {
    const file = join(machine.directory, 'wrong.tar');
    const wrong = { rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] } };
    await writeFile(file, dockerArchive([{ name: 'a', content: json({}) }], ['orrery.test/wrong:1'], wrong));
    await assert.rejects(machine.images.importArchive(file), /unpacks to sha256:.* instead of sha256:0000/);
    assert.equal(await runtime.imageStatus('orrery.test/wrong:1'), undefined);
  });

  test('the directory of archives is imported once, and again when a file changes or an image is gone', async () => {
    const directory = join(machine.directory, 'images');
    await mkdir(directory);
    const archive = (text: string) => dockerArchive([{ name: 'text', content: json(text) }], ['orrery.test/scanned:1']);
    await writeFile(join(directory, 'a.tar'), archive('one'));
    await writeFile(join(directory, 'bad.tar'), 'this is not an archive');
    await writeFile(join(directory, 'notes.txt'), 'not looked at');
    assert.deepEqual(await machine.images.importDirectory(directory), ['a.tar']);
    assert.deepEqual(await machine.images.importDirectory(directory), []);
    const before = (await runtime.imageStatus('orrery.test/scanned:1'))!.id;
    await writeFile(join(directory, 'a.tar'), archive('another'));
    assert.deepEqual(await machine.images.importDirectory(directory), ['a.tar']);
    const now = (await runtime.imageStatus('orrery.test/scanned:1'))!.id;
    assert.notEqual(now, before);
    await runtime.removeImage('orrery.test/scanned:1');
    assert.deepEqual(await machine.images.importDirectory(directory), ['a.tar']);
    assert.deepEqual(await machine.images.importDirectory(join(directory, 'absent')), []);
  });

  test('containerd is adopted as it runs, and started again when it dies or its settings change; pods go on', async () => {
    await using pod = await startPod(machine);
    const { startedAt } = await runtime.containerStatus(pod.containerId);
    machine.containerd.release();
    const adopted = await superviseContainerd(machine.options);
    assert.deepEqual([adopted.adopted, adopted.pid], [true, machine.containerd.pid]);
    const { pid } = adopted;
    process.kill(pid, 'SIGKILL');
    while (adopted.pid === pid) await new Promise(resolve => setTimeout(resolve, 20));
    assert.equal((await runtime.containerStatus(pod.containerId)).startedAt, startedAt);
    adopted.release();
    const registryAuth = { 'registry.test': { username: 'u', password: 'p' } };
    const changed = await superviseContainerd({ ...machine.options, registryAuth });
    machine.containerd = changed;
    assert.equal(changed.adopted, false);
    assert.notEqual(changed.pid, adopted.pid);
    const after = await runtime.containerStatus(pod.containerId);
    assert.deepEqual([after.state, after.startedAt], ['running', startedAt]);
    const { stdout } = await runtime.execSync(pod.containerId, ['echo', 'still here'], 5);
    assert.equal(Buffer.from(stdout).toString(), 'still here\n');
  });

  test('a configuration that cannot start says why', async () => {
    const options = {
      ...machine.options,
      dataDir: join(machine.directory, 'broken'),
      runDir: join(machine.directory, 'b'),
    };
    await assert.rejects(superviseContainerd({ ...options, program: '/no/such/containerd' }), /ENOENT/);
    await assert.rejects(superviseContainerd({ ...options, program: '/bin/false' }), /containerd ended.*; its log/);
    const runDir = join(machine.directory, 'x'.repeat(100));
    await assert.rejects(superviseContainerd({ ...options, runDir }), /too long for a unix socket/);
  });
});

async function untilListening(runtime: Runtime, containerId: string, port: number): Promise<void> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  for (let looks = 0; looks < 100; looks++) {
    const { stdout } = await runtime.execSync(containerId, ['cat', '/proc/net/tcp', '/proc/net/tcp6'], 5);
    if (Buffer.from(stdout).toString().includes(wanted)) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  assert.fail(`nobody listens on port ${port}`);
}

async function untilMatches(file: string, pattern: RegExp): Promise<void> {
  let text = '';
  for (let looks = 0; looks < 100; looks++) {
    text = await readFile(file, 'utf8').catch(() => '');
    if (pattern.test(text)) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  assert.match(text, pattern);
}
