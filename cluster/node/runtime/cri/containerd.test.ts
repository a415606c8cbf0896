/** The CRI client against the containerd of this machine. */
import assert from 'node:assert/strict';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { collect, drain, failsWith, runtimeConformance, startPod, untilExited } from '../conformance.ts';
import { inOwnNetwork, openMachine, untilListening, untilMatches, type Machine } from '../testing/machine.ts';
import { RuntimeError, type Runtime } from '../types.ts';

const mebibyte = 1024 ** 2;

inOwnNetwork(import.meta.url, () => {
  runtimeConformance('containerd', openMachine);

  suite('CRI over containerd', () => {
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

    test('a command that leaves input unread tells how it ended', async () => {
      await using pod = await startPod(machine);
      const streams = await runtime.exec(pod.containerId, ['sh', '-c', 'head -c 5; exit 9'], {
        stdin: true,
        stdout: true,
        stderr: true,
        tty: false,
      });
      const writer = streams.stdin!.getWriter();
      writer.closed.catch(() => {});
      // More than the FIFO, the pipe behind it and containerd's own buffer hold.
      void writer.write(Buffer.alloc(1_000_000, 'abcde')).catch(() => {});
      assert.equal(await drain(streams.stdout!), 'abcde');
      assert.deepEqual(await streams.exit, { exitCode: 9 });
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
      const streams = await runtime.exec(pod.containerId, ['sh'], {
        stdin: true,
        stdout: true,
        stderr: true,
        tty: true,
      });
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
      await using pod = await startPod(
        machine,
        { securityContext: { namespaces } },
        { securityContext: { namespaces } },
      );
      await runtime.execSync(pod.containerId, ['sh', '-c', '(sleep 0.05 &)'], 5);
      await runtime.execSync(pod.containerId, ['sleep', '0.3'], 5);
      const { stdout } = await runtime.execSync(pod.containerId, ['sh', '-c', 'cat /proc/[0-9]*/stat'], 5);
      const processes = Buffer.from(stdout).toString();
      assert.match(processes, /^1 \(pause\) S/m);
      assert.doesNotMatch(processes, /\) Z /);
    });
  });
});
