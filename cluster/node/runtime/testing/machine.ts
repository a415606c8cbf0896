/** A machine with a real containerd in a temporary directory, for tests; and a network namespace of its own around them. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { openCgroups, type CgroupHost } from '../cgroups/host.ts';
import type { ConformanceTarget } from '../conformance.ts';
import { apparmorIsEnabled, chooseSnapshotter, detectSoftware, oomScoreIsRestricted } from '../containerd/detect.ts';
import {
  stopContainerd,
  superviseContainerd,
  type Containerd,
  type ContainerdOptions,
} from '../containerd/supervise.ts';
import { connectCri } from '../cri/runtime.ts';
import { openImageStore, type ImageStore } from '../images/store.ts';
import { pauseImage, type Architecture } from '../images/pause.ts';
import { writeTar, type TarFile } from '../images/tar.ts';
import type { Runtime } from '../types.ts';

const marker = 'ORRERY_TEST_NETWORK';

/**
 * Registers the tests of a file in a network namespace of their own: the file is run once more in there, so that the interfaces of its
 * pods are never seen on this machine and go away with it, whatever happens.
 */
export function inOwnNetwork(url: string, register: () => void): void {
  if (process.env[marker] === 'own') return register();
  test('in a network namespace of its own', async () => {
    const { NODE_TEST_CONTEXT: _, ...environment } = process.env;
    const shell = 'ip link set lo up && exec "$@"';
    const command = ['--net', 'sh', '-c', shell, 'sh', process.execPath, '--test', fileURLToPath(url)];
    const child = spawn('unshare', command, {
      env: { ...environment, [marker]: 'own' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (part: Buffer) => output.push(part));
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 0, Buffer.concat(output).toString());
  });
}

const network = {
  cniVersion: '0.4.0',
  name: 'orrery-test',
  plugins: [{ type: 'bridge', bridge: 'orrery0', isGateway: true, ipMasq: false }],
};

export interface Machine extends ConformanceTarget {
  directory: string;
  options: ContainerdOptions;
  containerd: Containerd;
  images: ImageStore;
  cgroups: CgroupHost;
  architecture: Architecture;
  cgroupRoot: string;
}

export async function openMachine(): Promise<Machine> {
  const directory = await mkdtemp(join(tmpdir(), 'orrery-cri-'));
  const software = await detectSoftware(process.env);
  assert.deepEqual(software.missing, [], 'packages that this test needs');
  const cniConfDir = join(directory, 'cni');
  await mkdir(cniConfDir);
  const ipam = { type: 'host-local', dataDir: join(directory, 'ipam'), ranges: [[{ subnet: '10.123.0.0/24' }]] };
  const plugins = network.plugins.map(plugin => ({ ...plugin, ipam }));
  await writeFile(join(cniConfDir, '10.conflist'), JSON.stringify({ ...network, plugins }));
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
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
    architecture,
    scratchDir: join(directory, 'scratch'),
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
  });
  await images.ensurePauseImage();
  await importBusybox(directory, images, ['orrery.test/busybox:1']);
  await importBusybox(directory, images, ['orrery.test/spare:1'], { spare: 'yes' });
  const { socket, stateDir } = containerd;
  const runtime = connectCri({ socket, stateDir, clock: systemClock, pinnedImages: [pauseImage] });
  const cgroups = await openCgroups();
  const machine: Machine = {
    directory,
    options,
    containerd,
    images,
    runtime,
    cgroups,
    architecture,
    cgroupRoot: `/orrery-cri-${process.pid}`,
    image: 'orrery.test/busybox:1',
    spareImage: 'orrery.test/spare:1',
    logDirectory: join(directory, 'logs'),
    podNetwork: true,
    async close() {
      try {
        await removeSandboxes(runtime);
        await runtime.close();
        images.close();
      } finally {
        // Whatever failed: a supervised containerd would keep this process, and its report, for ever.
        await machine.containerd.stop();
        await stopContainerd(options);
      }
      await cgroups.remove(machine.cgroupRoot);
      // Looked for where they were made, not by walking: cgroups of other tests come and go meanwhile.
      const hierarchies = ['', ...(await readdir('/sys/fs/cgroup'))].map(name => join('/sys/fs/cgroup', name));
      const left = hierarchies.map(root => join(root, machine.cgroupRoot)).filter(existsSync);
      assert.deepEqual(left, [], 'no cgroup stays');
      const mounts = (await readFile('/proc/self/mountinfo', 'utf8'))
        .split('\n')
        .filter(line => line.includes(directory));
      assert.deepEqual(mounts, [], 'nothing stays mounted');
      await rm(directory, { recursive: true, force: true });
    },
  };
  return machine;
}

/** An agent that has just stopped may still be removing a sandbox, and no two may: who comes second looks again. */
async function removeSandboxes(runtime: Runtime): Promise<void> {
  for (let looks = 0; ; looks++) {
    const left = await runtime.listPodSandboxes();
    if (left.length === 0) return;
    try {
      for (const { id } of left) {
        await runtime.stopPodSandbox(id);
        await runtime.removePodSandbox(id);
      }
    } catch (error) {
      if (looks === 100) throw error;
      await systemClock.sleep(20);
    }
  }
}

export const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A Docker archive with one layer. */
export function dockerArchive(files: readonly TarFile[], tags: readonly string[], config: object = {}): Uint8Array {
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

/** A root file system with a shell. */
export async function busyboxFiles(): Promise<TarFile[]> {
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
  return [
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
}

async function importBusybox(directory: string, images: ImageStore, tags: string[], labels?: object): Promise<void> {
  const files = await busyboxFiles();
  const file = join(directory, 'busybox.tar');
  await writeFile(file, dockerArchive(files, tags, { config: { Env: ['PATH=/bin', 'FROM_IMAGE=1'], Labels: labels } }));
  const [imported] = await images.importArchive(file);
  assert.deepEqual(imported!.names, tags);
}

export async function untilListening(runtime: Runtime, containerId: string, port: number): Promise<void> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  for (let looks = 0; looks < 100; looks++) {
    const { stdout } = await runtime.execSync(containerId, ['cat', '/proc/net/tcp', '/proc/net/tcp6'], 5);
    if (Buffer.from(stdout).toString().includes(wanted)) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  assert.fail(`nobody listens on port ${port}`);
}

export async function untilMatches(file: string, pattern: RegExp): Promise<void> {
  let text = '';
  for (let looks = 0; looks < 100; looks++) {
    text = await readFile(file, 'utf8').catch(() => '');
    if (pattern.test(text)) return;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  assert.match(text, pattern);
}
