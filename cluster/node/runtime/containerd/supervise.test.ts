/** Our own containerd: adopted, restarted, explained. */
import assert from 'node:assert/strict';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { startPod } from '../conformance.ts';
import { inOwnNetwork, openMachine, type Machine } from '../testing/machine.ts';
import type { Runtime } from '../types.ts';
import { superviseContainerd } from './supervise.ts';

inOwnNetwork(import.meta.url, () =>
  suite('supervised containerd', () => {
    let machine: Machine;
    let runtime: Runtime;
    before(async () => {
      machine = await openMachine();
      runtime = machine.runtime;
    });
    after(() => machine.close());

    test('an overlong log is turned over, once, while containerd writes to it', async () => {
      const log = join(machine.options.dataDir, 'containerd.log');
      await writeFile(log, `first\n${'x'.repeat(5000)}\nlast\n`);
      machine.containerd.release();
      machine.containerd = await superviseContainerd({ ...machine.options, logLimit: 1000 });
      assert.equal(machine.containerd.adopted, true);
      while ((await readFile(`${log}.1`, 'utf8').catch(() => '')) === '' || (await stat(log)).size > 1000)
        await setTimeout(5);
      const kept = await readFile(`${log}.1`, 'utf8');
      assert.equal(kept.length, 1000);
      assert.ok(kept.endsWith('last\n'));
    });

    test('containerd is adopted as it runs, and started again when it dies or its settings change; pods go on', async () => {
      await using pod = await startPod(machine);
      const { startedAt } = await runtime.containerStatus(pod.containerId);
      machine.containerd.release();
      const adopted = await superviseContainerd(machine.options);
      assert.deepEqual([adopted.adopted, adopted.pid], [true, machine.containerd.pid]);
      const { pid } = adopted;
      process.kill(pid, 'SIGKILL');
      while (adopted.pid === pid) await setTimeout(20);
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
  }),
);
