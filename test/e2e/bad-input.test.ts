/** What cannot work is refused: one sentence with the remedy, a non-zero exit, nothing lost, no process left behind. */
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { createCluster, eventually, launcher, startCluster, type Cluster, type Outcome } from './support/cluster.ts';
import { busyboxImage } from './support/images.ts';
import { instanceOf, isRunning, killHard, processesNaming } from './support/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-bad-'));
chmodSync(folder, 0o755);
const mounted: string[] = [];
after(() => {
  for (const path of mounted) execFileSync('umount', ['-l', path]);
  rmSync(folder, { recursive: true });
});

const mountTmpfs = (path: string, options: string): void => {
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path]);
  mounted.push(path);
};

function orrery(...args: string[]): Promise<Outcome> {
  return new Promise(resolve => {
    const child = spawn(launcher, args, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
    const [out, complaint]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => complaint.push(chunk));
    child.on('close', code =>
      resolve({ code: code ?? -1, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(complaint).toString() }),
    );
  });
}

/** One line that begins as all of ours do, and says what `remedy` says. */
function refused({ code, stdout, stderr }: Outcome, remedy: RegExp, exitCode = 1): void {
  equal(code, exitCode, stderr);
  match(stderr, /^orrery: [^\n]+\n$/);
  match(stderr, remedy);
  equal(stdout.includes('The cluster is ready'), false);
}

/** Checksums of every file below a directory. */
function contentsOf(directory: string): Record<string, string> {
  const files = readdirSync(directory, { withFileTypes: true, recursive: true }).filter(entry => entry.isFile());
  return Object.fromEntries(
    files.map(({ parentPath, name }) => {
      const path = join(parentPath, name);
      return [path, createHash('sha256').update(readFileSync(path)).digest('hex')];
    }),
  );
}

const simulated = ['--simulate', '1', '--port', '0'];

describe('arguments', () => {
  const cases: { args: string[]; says: RegExp }[] = [
    { args: ['up', '--detached'], says: /unknown option '--detached'.*\(Did you mean --detach\?\)/s },
    { args: ['star'], says: /unknown command 'star'/ },
    { args: ['status', '-o', 'xml'], says: /"xml" is unknown: choose json, yaml or wide/ },
    { args: ['up', '--port', 'https'], says: /must be a whole number/ },
    { args: ['up', '--port', '65536'], says: /must be a port between 0 and 65535/ },
    { args: ['up', '--cluster-cidr', '10.42.0.0'], says: /must be a range of IPv4 addresses like 10\.42\.0\.0\/16/ },
    { args: ['up', '--service-cidr', '10.43.0.0/16,fd00::/108'], says: /must be a range of IPv4 addresses/ },
    { args: ['up', '--node-ip', 'localhost'], says: /must be an IPv4 address/ },
    { args: ['up', '--node-name', 'My_Node'], says: /must be a lower-case DNS name/ },
    { args: ['completion', 'tcsh'], says: /choose bash, zsh or fish/ },
    { args: ['logs', 'kubelet'], says: /choose server, agent, containerd/ },
    { args: ['bench', 'everything'], says: /choose start/ },
    { args: ['image', 'import'], says: /missing required argument 'archive'/ },
  ];
  for (const { args, says } of cases) {
    test(`orrery ${args.join(' ')}`, async () => {
      // Were it accepted, it could not start here.
      const safe = args[0] === 'up' ? [...args, '--data-dir', '/proc/none'] : args;
      const { code, stdout, stderr } = await orrery(...safe);
      deepEqual([code, stdout], [2, '']);
      match(stderr, says);
    });
  }
});

describe('data directories that cannot be used', () => {
  const up = (dataDir: string) => orrery('up', '--detach', ...simulated, '--data-dir', dataDir);

  test('below a file, or a file itself', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'mine');
    refused(await up(join(file, 'below')), /something above it is a file: choose another place with --data-dir/);
    refused(await up(file), /it is no directory: choose another place/);
    equal(readFileSync(file, 'utf8'), 'mine');
  });

  test('on a file system that is read-only, or that makes no directories', async () => {
    const path = join(folder, 'read-only');
    mountTmpfs(path, 'ro');
    refused(await up(path), /the file system is read-only: choose another place/);
    refused(await up(join(path, 'below')), /the file system is read-only/);
    refused(await up('/proc/orrery'), /no directory can be made there: choose another place/);
  });

  test('where the server’s user cannot pass', async () => {
    const closed = join(folder, 'closed');
    mkdirSync(closed, { mode: 0o700 });
    refused(await up(join(closed, 'data')), new RegExp(`since ${closed} lets only its owner in: choose another`));
    deepEqual(readdirSync(closed), []);
  });

  test('with other things in it: `reset` would remove them', async () => {
    const home = join(folder, 'home');
    mkdirSync(home);
    writeFileSync(join(home, 'letter.txt'), 'dear');
    refused(await up(home), /has other things in it \(letter\.txt\): choose an empty one/);
    refused(await orrery('reset', '--yes', '--data-dir', home), /there is no cluster in/);
    deepEqual(readdirSync(home), ['letter.txt']);
  });

  test('on a disk that is full already', async () => {
    const path = join(folder, 'full-before');
    mountTmpfs(path, 'size=64k');
    chmodSync(path, 0o755);
    refused(await up(path), /the disk is full: free some space/);
    deepEqual(processesNaming(path), []);
  });
});

describe('a simulated cluster that was there before', () => {
  const dataDir = join(folder, 'there');
  const up = (...options: string[]) => orrery('up', '--detach', ...options, '--data-dir', dataDir);
  const kubectl = (...args: string[]) =>
    execFileSync('kubectl', ['--kubeconfig', join(dataDir, 'kubeconfig'), ...args], { encoding: 'utf8' });
  const store = join(dataDir, 'server/store');
  const withChanged = async (path: string, content: Uint8Array | string, attempt: () => Promise<void>) => {
    const original = readFileSync(path);
    writeFileSync(path, content);
    const before = contentsOf(store);
    await attempt();
    deepEqual(contentsOf(store), before, 'the files are as they were');
    deepEqual(processesNaming(dataDir), []);
    equal(existsSync(join(dataDir, 'instance.json')), false);
    writeFileSync(path, original);
  };

  before(async () => {
    equal((await up(...simulated)).code, 0);
    kubectl('create', 'configmap', 'kept', '--from-literal=a=b');
  });
  after(() => orrery('reset', '--yes', '--data-dir', dataDir));

  test('a second `up` on it is refused, the first goes on', async () => {
    refused(await up(), /a cluster already runs on .* \(process \d+\): .*"orrery status".*"orrery down"/);
    // Also when the record of the first is lost.
    const record = readFileSync(join(dataDir, 'instance.json'));
    rmSync(join(dataDir, 'instance.json'));
    refused(await up(), /a cluster already runs on/);
    writeFileSync(join(dataDir, 'instance.json'), record);
    equal(kubectl('get', 'configmap', 'kept', '-o', 'name').trim(), 'configmap/kept');
  });

  test('its address ranges are for good', async () => {
    equal((await orrery('down', '--data-dir', dataDir)).code, 0);
    refused(await up('--service-cidr', '10.99.0.0/16'), /was made with --service-cidr 10\.43\.0\.0\/16/, 1);
    refused(await up('--cluster-cidr', '10.99.0.0/16'), /was made with --cluster-cidr 10\.42\.0\.0\/16/, 1);
  });

  test('a directory of a newer format', () =>
    withChanged(join(dataDir, 'format'), 'orrery 99\n', async () => {
      refused(
        await up(),
        /has format 99, this version knows 1: start it with the version that wrote it, or a newer one/,
      );
    }));

  test('a format that is not ours', () =>
    withChanged(join(dataDir, 'format'), 'something else', async () => {
      refused(await up(), /is not Orrery's: choose another directory/);
    }));

  test('a store of a newer format', () =>
    withChanged(join(store, 'format'), readFileSync(join(store, 'format'), 'utf8').replace(/\d+/, '99'), async () =>
      refused(await up(), /version|format/),
    ));

  test('a store that is damaged', async () => {
    const log = readdirSync(store).find(name => name.startsWith('log-'))!;
    const bytes = readFileSync(join(store, log));
    const at = Math.floor(bytes.lastIndexOf('kept') / 2);
    bytes[at] = bytes[at]! ^ 0xff;
    await withChanged(join(store, log), bytes, async () => refused(await up(), /damaged|corrupt|checksum/));
  });

  test('after all that it starts, with what it had', async () => {
    const { code, stderr } = await up();
    equal(code, 0, stderr);
    equal(kubectl('get', 'configmap', 'kept', '-o', 'jsonpath={.data.a}'), 'b');
  });

  test('a misspelt field is named', () => {
    const manifest = JSON.stringify({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'misspelt' },
      spec: {
        replica: 2,
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } },
      },
    });
    let complaint = '';
    try {
      execFileSync('kubectl', ['--kubeconfig', join(dataDir, 'kubeconfig'), 'apply', '-f', '-'], {
        input: manifest,
        stdio: 'pipe',
      });
    } catch (error) {
      complaint = String((error as { stderr: Buffer }).stderr);
    }
    match(complaint, /strict decoding error: unknown field "spec\.replica"/);
    equal(kubectl('get', 'deployments', '-o', 'name'), '');
  });
});

test('two starts at once on one directory: one of them wins', async () => {
  const dataDir = join(folder, 'contended');
  try {
    const starts = [1, 2, 3].map(() => orrery('up', '--detach', ...simulated, '--data-dir', dataDir));
    const outcomes = await Promise.all(starts);
    deepEqual(outcomes.map(({ code }) => code).toSorted(), [0, 1, 1], outcomes.map(({ stderr }) => stderr).join());
    for (const outcome of outcomes.filter(({ code }) => code !== 0)) refused(outcome, /a cluster already runs on/);
    equal((await orrery('status', '--data-dir', dataDir)).code, 0);
  } finally {
    await orrery('reset', '--yes', '--data-dir', dataDir);
  }
  deepEqual(processesNaming(dataDir), []);
});

describe('a disk that fills up', () => {
  const dataDir = join(folder, 'full');
  const filler = join(dataDir, 'logs/filler');
  const up = () => orrery('up', '--detach', ...simulated, '--data-dir', dataDir);
  const kubectl = (...args: string[]): Outcome => {
    try {
      return {
        code: 0,
        stdout: execFileSync('kubectl', ['--kubeconfig', join(dataDir, 'kubeconfig'), ...args], {
          encoding: 'utf8',
          stdio: 'pipe',
        }),
        stderr: '',
      };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { code: status, stdout, stderr };
    }
  };
  const configMaps = (): string[] => kubectl('get', 'configmaps', '-o', 'name').stdout.trim().split('\n').toSorted();
  const acknowledged = ['configmap/kube-root-ca.crt'];

  before(async () => {
    mountTmpfs(dataDir, 'size=64m');
    chmodSync(dataDir, 0o755);
    equal((await up()).code, 0);
    // A controller makes it, while it still can.
    await eventually('the first one is there', async () => configMaps().join() === acknowledged.join());
  });
  after(() => orrery('reset', '--yes', '--data-dir', dataDir));

  test('writes answer with a clear error, reads go on', () => {
    try {
      execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4k'], { stdio: 'ignore' });
    } catch {
      // It ends when the disk is full.
    }
    // Larger in all than the whole disk: what the store has set aside for its log is filled too.
    const file = join(folder, 'value');
    writeFileSync(file, 'x'.repeat(900_000));
    let failure: Outcome | undefined;
    for (let n = 0; n < 100 && !failure; n++) {
      const outcome = kubectl('create', 'configmap', `c${n}`, `--from-file=value=${file}`);
      if (outcome.code === 0) acknowledged.push(`configmap/c${n}`);
      else failure = outcome;
    }
    match(failure!.stderr, /the disk is full; free some space on that disk, then start Orrery again/);
    deepEqual(configMaps(), acknowledged.toSorted());
    match(kubectl('get', 'nodes').stdout, / Ready /);
  });

  test('the process stays, and still says so', async () => {
    const { pid, server } = instanceOf(dataDir);
    for (const each of [pid, server.pid]) equal(isRunning(each), true);
    match(kubectl('delete', 'configmap', 'c0').stderr, /the disk is full/);
    equal((await orrery('status', '--data-dir', dataDir)).code, 0);
    deepEqual({ pid, server }, { pid: instanceOf(dataDir).pid, server: instanceOf(dataDir).server });
  });

  test('a start on the full disk is refused; once space is freed, nothing acknowledged is lost', async () => {
    const { pid, server } = instanceOf(dataDir);
    await killHard(pid, server.pid);
    refused(await up(), /full/);
    deepEqual(processesNaming(dataDir), []);
    rmSync(filler);
    const { code, stderr } = await up();
    equal(code, 0, stderr);
    deepEqual(configMaps(), acknowledged.toSorted());
    equal(kubectl('create', 'configmap', 'again').code, 0);
  });
});

describe('a real node', () => {
  let cluster: Cluster;
  before(() => (cluster = createCluster()));
  after(() => cluster.remove());

  const squat = async (port: number, attempt: () => Promise<void>): Promise<void> => {
    const command = ['busybox', 'nc', '-ll', '-p', String(port), '-e', 'cat'];
    const squatter = spawn('nsenter', [`--net=/run/netns/${cluster.namespace}`, ...command]);
    try {
      await eventually(
        'the port is taken',
        async () => (await cluster.inside('ss', '-Hltn', `sport = :${port}`)).stdout,
      );
      await attempt();
    } finally {
      squatter.kill();
    }
  };

  test('a port that was asked for is taken: nothing is left running, containerd neither', async () => {
    await squat(7443, async () => {
      refused(
        await cluster.orrery('up', '--detach', '--port', '7443'),
        /port 7443 is taken by another process: choose another with --port/,
      );
      deepEqual(processesNaming(cluster.dataDir), []);
    });
    await squat(7250, async () => {
      const outcome = await cluster.orrery('up', '--detach', '--kubelet-port', '7250');
      refused(outcome, /port 7250 is taken by another process: choose another with --kubelet-port/);
      deepEqual(processesNaming(cluster.dataDir), []);
    });
  });

  test('an address that is none of this machine', async () => {
    const outcome = await cluster.orrery('up', '--detach', '--bind-address', '203.0.113.7');
    refused(outcome, /203\.0\.113\.7 is no address of this machine: choose another with --bind-address/);
    deepEqual(processesNaming(cluster.dataDir), []);
  });

  test('archives that are none', async () => {
    await startCluster(cluster);
    const good = busyboxImage(folder);
    const [text, cut, absent] = ['text.tar', 'cut.tar', 'absent.tar'].map(name => join(folder, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(text, 'this is no archive');
    cpSync(good, cut);
    execFileSync('truncate', ['-s', '100000', cut]);
    refused(await cluster.orrery('image', 'import', absent), /absent\.tar does not exist/);
    for (const bad of [text, cut]) refused(await cluster.orrery('image', 'import', bad), /could not be imported: /);
    const { stdout } = await cluster.orrery('image', 'list', '-o', 'json');
    equal(stdout.includes('busybox'), false);
    equal((await cluster.orrery('image', 'import', good)).code, 0);
  });

  test('a registries.yaml that cannot work stops the start, not the containers', async () => {
    await cluster.kubectl('run', 'kept', '--image=busybox:1.35', '--command', '--', 'sleep', '1000');
    await cluster.kubectl('wait', '--for=condition=Ready', 'pod/kept', '--timeout=60s');
    const id = () => cluster.kubectl('get', 'pod', 'kept', '-o', 'jsonpath={.status.containerStatuses[0].containerID}');
    const before = await id();
    equal((await cluster.orrery('down')).code, 0);
    writeFileSync(join(cluster.dataDir, 'registries.yaml'), 'mirrors: {docker.io: {endpoint: ["mirror:5000"]}}\n');
    refused(await cluster.orrery('up', '--detach'), /mirrors\["docker\.io"\]\.endpoint: "mirror:5000" must be/);
    rmSync(join(cluster.dataDir, 'registries.yaml'));
    notEqual(processesNaming('sleep 1000').length, 0);
    await startCluster(cluster);
    equal(await id(), before);
    ok(before.startsWith('containerd://'));
  });
});
