import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { deepEqual, doesNotMatch, equal, match, notEqual, ok } from 'node:assert/strict';
import { parse } from 'yaml';
import { createCluster, eventually, launcher, startCluster, type Cluster, type Outcome } from './support/cluster.ts';
import { processesOf } from './support/host.ts';
import { busyboxImage } from './support/images.ts';
import { containerdOf, instanceOf, isRunning, killHard, processesNaming, statusField } from './support/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-lifecycle-'));
chmodSync(folder, 0o755);
after(() => rmSync(folder, { recursive: true }));

const lines = (text: string): string[] => text.trim().split('\n').filter(Boolean).toSorted();

const output = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: 'utf8' });

/** How a cluster's things outside its data directory are called. */
const idOf = (cluster: Cluster): string => createHash('sha256').update(cluster.dataDir).digest('hex').slice(0, 8);

/** CNI's library keeps a file per pod. */
const recordsOfCni = (id: string): string[] => {
  const folder = '/var/lib/cni/results';
  const files = existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : [];
  return files.filter(file => {
    try {
      return readFileSync(file, 'utf8').includes(`/run/orrery/${id}/`);
    } catch {
      return false;
    }
  });
};

/** What a node makes outside its data directory, as the kernel lists it. Others on this machine have theirs. */
function traces(cluster: Cluster): Record<string, string[]> {
  const id = idOf(cluster);
  const net = [`--net=/run/netns/${cluster.namespace}`];
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap(line => line.split(' ')[4] ?? []);
  const within = (command: string) => lines(output('nsenter', ...net, 'sh', '-c', command));
  return {
    mounts: mounts.filter(point => point.startsWith(cluster.dataDir) || point.startsWith(`/run/orrery/${id}`)),
    tables: within('nft list tables'),
    links: within('ls /proc/sys/net/ipv4/conf'),
    routes: within('ip -o route'),
    sysctls: within(
      'cat /proc/sys/net/ipv4/ip_forward; cat /proc/sys/net/bridge/bridge-nf-call-iptables 2>/dev/null || true',
    ),
    cgroups: lines(
      output(
        'find',
        '/sys/fs/cgroup',
        '-ignore_readdir_race',
        '-maxdepth',
        '3',
        '-type',
        'd',
        '-name',
        `orrery-${id}*`,
      ),
    ),
    runtime: existsSync('/run/orrery') ? readdirSync('/run/orrery').filter(name => name === id) : [],
    records: recordsOfCni(id),
    processes: processesNaming(cluster.dataDir),
  };
}

describe('one cluster', () => {
  let cluster: Cluster;
  let untouched: Record<string, string[]>;

  before(async () => {
    cluster = createCluster();
    untouched = traces(cluster);
  });
  after(() => cluster.remove().catch(() => {}));

  test('before the first start: nothing runs, nothing is there', async () => {
    const status = await cluster.orrery('status', '-o', 'json');
    equal(status.code, 3);
    deepEqual(JSON.parse(status.stdout), {
      dataDir: cluster.dataDir,
      running: false,
      processes: {},
      apiServer: 'no answer',
      nodes: [],
    });
    for (const command of [['kubeconfig'], ['logs'], ['down'], ['image', 'list'], ['reset', '--yes']]) {
      const { code, stdout, stderr } = await cluster.orrery(...command);
      deepEqual({ command, code, stdout }, { command, code: 1, stdout: '' });
      match(stderr, /^orrery: [^\n]+\n$/);
    }
  });

  test('`up` prints a line per step and what to do next', async () => {
    const printed = await startCluster(cluster);
    for (const step of ['container runtime', 'API server', 'node']) match(printed, new RegExp(`✓ ${step} +\\d+ ms`));
    match(printed, /The cluster is ready at https:\/\/127\.0\.0\.1:6443 \(node /);
    ok(printed.includes(`export KUBECONFIG=${cluster.dataDir}/kubeconfig`));
    doesNotMatch(printed, /\u001b/, 'no colours without a terminal');
    await cluster.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=5s');
  });

  test('status tells processes, server and nodes', async () => {
    const { code, stdout } = await cluster.orrery('status', '-o', 'json');
    const report = JSON.parse(stdout) as { processes: object; nodes: object[] };
    const { pid, server } = instanceOf(cluster.dataDir);
    // The command was asked inside the cluster's network namespace, where the server answers.
    equal(code, 0);
    deepEqual(report.processes, { agent: pid, server: server.pid });
    const [node] = report.nodes as [{ ready: boolean; address: string; runtime: string }];
    deepEqual([node.ready, node.address], [true, '192.0.2.10']);
    match(node.runtime, /^containerd:\/\//);
    match((await cluster.orrery('status')).stdout, /API server +https:\/\/127\.0\.0\.1:6443 +ok\n[\s\S]*Ready/);
    equal((parse((await cluster.orrery('status', '-o', 'yaml')).stdout) as { running: boolean }).running, true);
  });

  test('the server has no rights, and its files are its own', () => {
    const { pid, server } = instanceOf(cluster.dataDir);
    equal(statusField(server.pid, 'Uid'), '61860\t61860\t61860\t61860');
    equal(statusField(server.pid, 'Gid'), '61860\t61860\t61860\t61860');
    equal(statusField(server.pid, 'Groups'), '');
    for (const set of ['CapInh', 'CapPrm', 'CapEff']) equal(statusField(server.pid, set), '0000000000000000', set);
    match(statusField(pid, 'Uid'), /^0\t/);
    const listed = output(
      'find',
      cluster.dataDir,
      '-xdev',
      '-not',
      '-path',
      '*/containerd/root/*',
      '-printf',
      '%P %u %m %y\n',
    );
    const modes = new Map(lines(listed).map(line => [line.split(' ')[0]!, line.split(' ').slice(1).join(' ')]));
    equal(modes.get('server'), '61860 700 d');
    equal(modes.get('agent'), 'root 700 d');
    equal(modes.get('logs'), 'root 700 d');
    equal(modes.get('kubeconfig'), 'root 600 f');
    for (const [path, mode] of modes) {
      if (/^(server\/.*|logs\/.*)$/.test(path) && mode.endsWith('f')) match(mode, / 600 f$/, path);
      if (path.startsWith('server/')) match(mode, /^61860 /, path);
    }
  });

  test('kubeconfig and its path', async () => {
    const path = (await cluster.orrery('kubeconfig', '--path')).stdout.trim();
    equal(path, join(cluster.dataDir, 'kubeconfig'));
    const config = parse((await cluster.orrery('kubeconfig')).stdout) as {
      clusters: { cluster: { server: string } }[];
    };
    equal(config.clusters[0]!.cluster.server, 'https://127.0.0.1:6443');
  });

  test('logs of each process, in lines of JSON; with -f what is to come', async () => {
    const { stdout } = await cluster.orrery('logs', 'server', '--tail', '1');
    equal(lines(stdout).length, 1);
    equal(typeof (JSON.parse(stdout) as { message: string }).message, 'string');
    match((await cluster.orrery('logs')).stdout, /containerd started/);
    match((await cluster.orrery('logs', 'containerd', '--tail', '5')).stdout, /level=/);
    const unknown = await cluster.orrery('logs', 'kubelet');
    deepEqual([unknown.code, unknown.stderr], [2, 'orrery: "kubelet" has no log: choose server, agent, containerd\n']);
    const following = spawn(launcher, ['logs', 'agent', '-f', '--tail', '0', '--data-dir', cluster.dataDir]);
    try {
      let seen = '';
      following.stdout.on('data', (chunk: Buffer) => (seen += chunk.toString()));
      await eventually('the new line is printed', async () => {
        writeFileSync(join(cluster.dataDir, 'logs/agent.log'), '{"message":"a new line"}\n', { flag: 'a' });
        return seen.includes('a new line');
      });
    } finally {
      following.kill();
    }
  });

  test('another cluster beside it: a free port, and a simulated node with a word why', async () => {
    const second = join(folder, 'second');
    const run = (...args: string[]) => cluster.inside(launcher, ...args, '--data-dir', second);
    try {
      const { code, stdout, stderr } = await run('up', '--detach');
      equal(code, 0, stderr);
      match(stdout, /note the node is simulated, since another cluster of this host has the real node/);
      const { port, simulated } = instanceOf(second);
      notEqual(port, 6443);
      equal(simulated, true);
      const nodes = await cluster.inside('kubectl', '--kubeconfig', join(second, 'kubeconfig'), 'get', 'nodes');
      match(nodes.stdout, / Ready /);
      await cluster.kubectl('get', 'nodes');
      // It keeps its port over a restart.
      equal((await run('down')).code, 0);
      equal((await run('up', '--detach')).code, 0);
      equal(instanceOf(second).port, port);
    } finally {
      equal((await run('reset', '--yes')).code, 0);
    }
    equal(existsSync(second), false);
    deepEqual(processesNaming(second), []);
    await cluster.kubectl('get', 'nodes');
  });

  test('while it is stopped nobody takes its place in the network', async () => {
    equal((await cluster.orrery('down')).code, 0);
    equal((await cluster.orrery('status')).code, 3);
    const second = join(folder, 'third');
    const run = (...args: string[]) => cluster.inside(launcher, ...args, '--data-dir', second);
    try {
      match((await run('up', '--detach')).stdout, /note the node is simulated, since another cluster that is stopped/);
    } finally {
      await run('reset', '--yes');
    }
    await startCluster(cluster);
    await cluster.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s');
  });

  test('the port of the kubelet is taken: another one is used', async () => {
    equal((await cluster.orrery('down')).code, 0);
    const squatter = spawn('nsenter', [
      `--net=/run/netns/${cluster.namespace}`,
      'busybox',
      'nc',
      '-ll',
      '-p',
      '10250',
      '-e',
      'cat',
    ]);
    try {
      await eventually('the port is taken', async () => (await cluster.inside('ss', '-Hltn', 'sport = :10250')).stdout);
      await startCluster(cluster);
      const port = await cluster.kubectl(
        'get',
        'nodes',
        '-o',
        'jsonpath={.items[0].status.daemonEndpoints.kubeletEndpoint.Port}',
      );
      notEqual(port, '10250');
      equal((await cluster.orrery('image', 'import', busyboxImage(folder))).code, 0);
      await cluster.kubectl('run', 'shell', '--image=busybox:1.35', '--command', '--', 'sleep', '1000');
      await cluster.kubectl('wait', '--for=condition=Ready', 'pod/shell', '--timeout=60s');
      equal(await cluster.kubectl('exec', 'shell', '--', 'echo', 'reached'), 'reached\n');
    } finally {
      squatter.kill();
    }
  });

  test('images are listed and removed by name', async () => {
    match(
      (await cluster.orrery('image', 'list')).stdout,
      /^IMAGE +SIZE +ID\n[\s\S]*docker\.io\/library\/busybox:1\.35/,
    );
    const gone = await cluster.orrery('image', 'remove', 'docker.io/library/absent:1');
    deepEqual(
      [gone.code, gone.stderr],
      [1, 'orrery: there is no image "docker.io/library/absent:1": "orrery image list" shows all\n'],
    );
  });

  test('reset asks where it can, and refuses where it cannot', async () => {
    const { code, stderr } = await cluster.orrery('reset');
    equal(code, 2);
    match(stderr, /add --yes/);
    await cluster.kubectl('get', 'nodes');
  });

  test('reset leaves the machine as it was', async () => {
    const during = traces(cluster);
    for (const kind of ['mounts', 'tables', 'links', 'sysctls', 'cgroups', 'runtime', 'records', 'processes'])
      notEqual(during[kind]!.length, 0, kind);
    const { code, stdout, stderr } = await cluster.orrery('reset', '--yes');
    equal(code, 0, stderr);
    match(stdout, /^removed /);
    equal(existsSync(cluster.dataDir), false);
    deepEqual(traces(cluster), untouched);
  });

  test('also when everything of it was killed before, containerd too', async () => {
    await startCluster(cluster);
    equal((await cluster.orrery('image', 'import', busyboxImage(folder))).code, 0);
    await cluster.kubectl('run', 'shell', '--image=busybox:1.35', '--command', '--', 'sleep', '1000');
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/shell', '--timeout=60s');
    const id = await cluster.kubectl(
      'get',
      'pod',
      'shell',
      '-o',
      'jsonpath={.status.containerStatuses[0].containerID}',
    );
    const container = processesOf(id);
    notEqual(container.length, 0);
    const { pid, server } = instanceOf(cluster.dataDir);
    await killHard(pid, server.pid, containerdOf(cluster.dataDir));
    const { code, stderr } = await cluster.orrery('reset', '--yes');
    equal(code, 0, stderr);
    deepEqual(container.filter(isRunning), []);
    deepEqual(traces(cluster), untouched);
  });
});

describe('in the foreground', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`${signal} ends it in order`, async () => {
      const dataDir = join(folder, `foreground-${signal}`);
      const child = spawn(launcher, ['up', '--simulate', '1', '--port', '0', '--data-dir', dataDir], { stdio: 'pipe' });
      let printed = '';
      child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
      await eventually('it is ready', async () => printed.includes('The cluster is ready'));
      const { pid, server } = instanceOf(dataDir);
      equal(pid, child.pid);
      const ended = new Promise<number | null>(resolve => child.once('exit', resolve));
      child.kill(signal);
      equal(await ended, 0);
      equal(isRunning(server.pid), false);
      equal(existsSync(join(dataDir, 'instance.json')), false);
      doesNotMatch(readFileSync(join(dataDir, 'logs/agent.log'), 'utf8'), /did not stop|"level":"error"/);
      doesNotMatch(readFileSync(join(dataDir, 'logs/server.log'), 'utf8'), /"level":"error"/);
    });
  }

  test('^C on a terminal ends it in order, and there it has colours', async () => {
    const dataDir = join(folder, 'terminal');
    // `exec`: the shell in between would get the signal as well, and some shells then end with 130 whatever the command said.
    const command = `exec ${launcher} up --simulate 1 --port 0 --data-dir ${dataDir}`;
    const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: 'pipe' });
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await eventually('it is ready', async () => printed.includes('The cluster is ready'));
    match(printed, /\u001b\[32m✓\u001b\[39m API server/);
    const ended = new Promise<number | null>(resolve => child.once('exit', resolve));
    child.stdin.write('\u0003');
    equal(await ended, 0);
    deepEqual(processesNaming(dataDir), []);
    equal(existsSync(join(dataDir, 'instance.json')), false);
    doesNotMatch(readFileSync(join(dataDir, 'logs/server.log'), 'utf8'), /"level":"error"/);
  });

  test('a stop during the start leaves nothing', async () => {
    const dataDir = join(folder, 'interrupted');
    const child = spawn(launcher, ['up', '--simulate', '1', '--port', '0', '--data-dir', dataDir], { stdio: 'ignore' });
    await eventually('it has begun', async () => existsSync(join(dataDir, 'instance.json')));
    const ended = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
    await eventually('nothing is left', async () => processesNaming(dataDir).length === 0);
  });

  test('when the command that waits for a detached start is killed, the start ends too', async () => {
    const dataDir = join(folder, 'orphan');
    const args = ['up', '--detach', '--simulate', '1', '--port', '0', '--data-dir', dataDir];
    const child = spawn(launcher, args, { stdio: 'ignore' });
    await eventually('it has begun', async () => existsSync(join(dataDir, 'instance.json')));
    child.kill('SIGKILL');
    await eventually('nothing is left', async () => processesNaming(dataDir).length === 0);
  });
});

describe('simulated nodes', () => {
  const dataDir = join(folder, 'simulated');
  const run = (...args: string[]): Outcome => {
    try {
      return { code: 0, stdout: output(launcher, ...args, '--data-dir', dataDir), stderr: '' };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { code: status, stdout, stderr };
    }
  };
  after(() => run('reset', '--yes'));

  test('`up --simulate 3` has three of them, and they run pods', async () => {
    match(run('up', '--detach', '--simulate', '3', '--port', '0').stdout, /\(3 simulated nodes\)/);
    const kubectl = (...args: string[]) => output('kubectl', '--kubeconfig', join(dataDir, 'kubeconfig'), ...args);
    const nodes = kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}').split(' ');
    equal(nodes.length, 3);
    for (const [at, node] of nodes.entries()) {
      const overrides = JSON.stringify({ spec: { nodeSelector: { 'kubernetes.io/hostname': node } } });
      kubectl('run', `pod-${at}`, '--image=nginx', `--overrides=${overrides}`);
    }
    kubectl('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s');
    const where = kubectl('get', 'pods', '-o', 'jsonpath={.items[*].spec.nodeName}').split(' ');
    deepEqual(where, nodes);
  });
});
