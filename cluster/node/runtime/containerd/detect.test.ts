import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '@orrery/machinery/clock';
import { chooseSnapshotter, detectSoftware } from './detect.ts';
import { endProcess, identify, isAlive } from './process.ts';

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'orrery-detect-'));
});
after(() => rm(directory, { recursive: true }));

async function program(name: string, text = 'exit 0'): Promise<void> {
  await mkdir(join(directory, name, '..'), { recursive: true });
  await writeFile(join(directory, name), `#!/bin/sh\n${text}\n`);
  await chmod(join(directory, name), 0o755);
}

test('what is missing is named by its Debian packages, what is too old counts as missing', async () => {
  const search = { programs: [join(directory, 'sbin')], cni: [join(directory, 'cni')] };
  const detect = () => detectSoftware({ PATH: `:relative:${join(directory, 'bin')}` }, search);
  assert.deepEqual(await detect(), { runtimes: {}, missing: ['containerd', 'runc', 'containernetworking-plugins'] });
  await program('bin/containerd', 'echo containerd github.com/containerd/containerd 1.5.9');
  await program('bin/containerd-shim-runc-v2');
  await program('sbin/runc');
  assert.deepEqual((await detect()).missing, ['containerd', 'containernetworking-plugins']);
  await program('bin/containerd', 'echo containerd containerd.io v2.1.4 75cb2b7');
  await program('sbin/crun');
  for (const name of ['bridge', 'host-local', 'loopback', 'ptp']) await program(`cni/${name}`);
  assert.deepEqual(await detect(), {
    containerd: join(directory, 'bin/containerd'),
    containerdVersion: { major: 2, minor: 1, patch: 4 },
    runc: join(directory, 'sbin/runc'),
    cniBinDir: join(directory, 'cni'),
    runtimes: { crun: join(directory, 'sbin/crun') },
    missing: [],
  });
  await rm(join(directory, 'bin/containerd-shim-runc-v2'));
  assert.deepEqual((await detect()).missing, ['containerd']);
});

test('the snapshotter suits the file system', async () => {
  assert.equal(await chooseSnapshotter('/dev/shm'), 'overlayfs');
  assert.equal(await chooseSnapshotter('/dev/shm/not/there/yet'), 'overlayfs');
  assert.equal(await chooseSnapshotter(join(directory, 'absent')), await chooseSnapshotter(directory));
});

test('a process is told apart from another one of the same number, and ended for sure', async () => {
  const child = spawn('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 1 & wait $!; done']);
  await once(child.stdout, 'data');
  const identity = (await identify(child.pid!))!;
  assert.equal(await isAlive(identity), true);
  assert.equal(await isAlive({ ...identity, startTime: '1' }), false);
  assert.equal(await isAlive({ ...identity, bootId: 'another' }), false);
  await endProcess({ ...identity, startTime: '1' }, systemClock, 0);
  assert.equal(await isAlive(identity), true, 'another process is left alone');
  await endProcess(identity, systemClock, 30);
  assert.equal(await isAlive(identity), false);
  assert.equal(await identify(2 ** 22 + 1), undefined);
});
