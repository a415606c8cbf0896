/**
 * A machine with nothing: an archive, an empty environment, no Node.js, no npm, and a network that leads nowhere. It starts there, runs an
 * image that came along and one of a private registry, becomes a newer version under running containers, and tries nothing outside.
 */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict';
import { createCluster, eventually, launcher, startCluster, type Cluster } from './support/cluster.ts';
import { busybox, busyboxImage } from './support/images.ts';
import { processesOf } from './support/host.ts';
import { startTicks } from './support/processes.ts';
import { password, startRegistry, user, type Registry } from './support/registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-offline-'));
const called = join(folder, 'called');
let cluster: Cluster;
let registry: Registry;
let unpacked: string;
let older: string;
/** The folder whose launcher is started. */
let home: string;

/** What there is on a machine without Node.js; whoever asks for it, or for packages, is found out. */
function searchPath(): string {
  const stubs = join(folder, 'stubs');
  mkdirSync(stubs);
  for (const name of ['node', 'npm', 'npx', 'apt-get'])
    writeFileSync(join(stubs, name), `#!/bin/sh\necho ${name} "$@" >>${called}\nexit 1\n`, { mode: 0o755 });
  return `${stubs}:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin`;
}

const shell = (command: string, cwd: string): string => execFileSync('sh', ['-c', command], { cwd, encoding: 'utf8' });

/** The same archive as a version before this one would have been: by its number, since there is no other difference yet. */
function makeOlder(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  const [bundle = ''] = readdirSync(join(to, 'program')).filter(name => name.startsWith('bundle-'));
  renameSync(join(to, 'program', bundle), join(to, 'program/bundle-older'));
  shell(
    `sed -i 's/orrery:"[0-9.]*"/orrery:"0.0.9"/' program/bundle-older/*.js && sed -i 's/${bundle}/bundle-older/' VERSION`,
    to,
  );
  shell(
    'rm -f .checked SHA256SUMS && find . -type f -printf "%P\\n" | sort | xargs sha256sum >../sums && mv ../sums SHA256SUMS',
    to,
  );
}

before(async () => {
  const archive = join(folder, 'orrery.tar.gz');
  execFileSync(launcher, ['package', archive, '--images', busyboxImage(folder)], { stdio: 'pipe' });
  shell(`mkdir there && tar xzf ${archive} -C there`, folder);
  unpacked = join(folder, 'there', readdirSync(join(folder, 'there'))[0]!);
  older = join(folder, 'older');
  makeOlder(unpacked, older);
  home = older;
  const path = searchPath();
  cluster = createCluster(() => ['env', '-i', `PATH=${path}`, join(home, 'orrery')]);
  registry = await startRegistry(cluster, folder);
  await registry.push('library/tool:1', busybox());
  const watch = [
    'table inet watch { chain out { type filter hook output priority -500;',
    'oifname "uplink" ip daddr != 192.0.2.0/24 counter log;',
    'oifname "uplink" meta l4proto != ipv6-icmp meta nfproto ipv6 counter log; }; }',
  ];
  writeFileSync(join(folder, 'watch.nft'), watch.join('\n'));
  equal((await cluster.inside('nft', '-f', join(folder, 'watch.nft'))).code, 0);
  const tls = { ca_file: registry.caFile };
  writeFileSync(
    join(cluster.dataDir, 'registries.yaml'),
    JSON.stringify({
      mirrors: { 'docker.io': { endpoint: [`https://${registry.host}`] } },
      configs: { [registry.host]: { tls, auth: { username: user, password } } },
    }),
  );
});

after(async () => {
  registry?.stop();
  await cluster?.remove().catch(() => {});
  rmSync(folder, { recursive: true, force: true });
});

const pod = (name: string, image: string, pull: string, command: string[]): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image, imagePullPolicy: pull, command }] },
  });

interface Running {
  readonly containerID: string;
  readonly restartCount: number;
}

function beganOf(containerID: string): string {
  const [first] = processesOf(containerID);
  if (first === undefined) throw new Error(`no process runs in ${containerID}`);
  return startTicks(first);
}

/** The containers as the cluster names them, and when the kernel began their processes. */
async function containers(): Promise<unknown[]> {
  const printed = await cluster.kubectl('get', 'pods', '-o', 'jsonpath={.items[*].status.containerStatuses[0]}');
  const list = JSON.parse(`[${printed.replaceAll('} {', '},{')}]`) as Running[];
  return list.map(({ containerID, restartCount }) => ({
    ...{ containerID, restartCount },
    began: beganOf(containerID),
  }));
}

test('the archive says what it is and whose work it carries', () => {
  const files = readdirSync(unpacked).sort();
  deepEqual(files, [
    'LICENSE',
    'NOTICE',
    'OPERATIONS.md',
    'SHA256SUMS',
    'VERSION',
    'bin',
    'images',
    'orrery',
    'program',
  ]);
  match(
    readFileSync(join(unpacked, 'VERSION'), 'utf8'),
    /^orrery \d+\.\d+\.\d+\nkubernetes v1\.34\nnode v24\..*\nplatform linux-/,
  );
  match(
    readFileSync(join(unpacked, 'NOTICE'), 'utf8'),
    /\nreact \d[^]*\nLicence: MIT\n[^]*Permission is hereby granted/,
  );
});

test('it starts with nothing, and runs the image that came along and one of a private registry', async () => {
  const printed = await startCluster(cluster);
  match(printed, /The cluster is ready at https:\/\/127\.0\.0\.1:6443 \(node /);
  await cluster.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s');
  await eventually('the default service account is there', () => cluster.kubectl('get', 'serviceaccount', 'default'));
  await cluster.kubectlWith(pod('carried', 'busybox:1.35', 'Never', ['sleep', 'infinity']), 'apply', '-f', '-');
  await cluster.kubectlWith(pod('pulled', 'tool:1', 'Always', ['sleep', 'infinity']), 'apply', '-f', '-');
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod', '--all', '--timeout=60s');
  match(registry.requests(), /library\/tool\/manifests/);
  const page = await cluster.inside('curl', '-sk', 'https://127.0.0.1:30880/');
  match(page.stdout, /<div id="root">/);
});

test('a newer version takes its place: it says so, keeps what was there, and containers run on', async () => {
  const before = await containers();
  home = unpacked;
  const printed = await startCluster(cluster);
  match(printed, /✓ stopping Orrery 0\.0\.9 /);
  const [, copy = ''] = /note this was Orrery 0\.0\.9; what it held is kept in (\S+)\n/.exec(printed) ?? [];
  ok(copy.startsWith(join(cluster.dataDir, 'backups/0.0.9-')), printed);
  deepEqual(readdirSync(copy).sort(), ['format', 'server', 'settings.json']);
  await cluster.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s');
  await eventually('every container is the one that ran', async () => {
    deepEqual(await containers(), before);
    return true;
  });
  equal(await cluster.kubectl('exec', 'carried', '--', 'echo', 'well'), 'well\n');
  const { stdout } = await cluster.orrery('version', '-o', 'json');
  const { orrery, cluster: running } = JSON.parse(stdout) as { orrery: string; cluster: { orrery: string } };
  equal(running.orrery, orrery);
});

test('the older version is refused, while the newer one runs and afterwards, in a sentence with the remedy', async () => {
  home = older;
  const while_ = await cluster.orrery('up', '--detach');
  deepEqual([while_.code, while_.stdout], [1, '']);
  match(
    while_.stderr,
    /^orrery: the cluster on \S+ runs Orrery [\d.]+, and this is the older 0\.0\.9: use the [^\n]+\n$/,
  );
  equal((await cluster.orrery('down')).code, 0);
  const afterwards = await cluster.orrery('up', '--detach');
  equal(afterwards.code, 1);
  match(
    afterwards.stderr,
    /^orrery: the data directory \S+ was last used by Orrery [\d.]+, [^\n]+ put back what was kept in \S+backups [^\n]+\n$/,
  );
});

test('a second start checks nothing again; nothing tried to leave, and nobody asked for Node.js, npm or apt', async () => {
  home = unpacked;
  const { code, stderr, stdout } = await cluster.orrery('up', '--detach');
  equal(code, 0, stderr);
  doesNotMatch(stdout, /note this was/);
  doesNotMatch(stderr, /checking/);
  match((await cluster.orrery('completion', 'bash')).stderr, /^error: unknown option '--data-dir'/);
  match((await cluster.orrery('status')).stdout, /API server {3}https:\/\/127\.0\.0\.1:6443 {2}ok/);
  const rules = (await cluster.inside('nft', 'list', 'table', 'inet', 'watch')).stdout;
  deepEqual(
    [...rules.matchAll(/counter packets (\d+)/g)].map(([, packets]) => packets),
    ['0', '0'],
    rules,
  );
  ok(!existsSync(called), existsSync(called) ? readFileSync(called, 'utf8') : '');
  equal((await cluster.orrery('reset', '--yes')).code, 0);
  ok(!existsSync(join(cluster.dataDir, 'format')));
});

test('an archive that is damaged is refused, and tests are for clones', () => {
  const start = (...args: string[]) => {
    try {
      return execFileSync(join(unpacked, 'orrery'), args, { env: {}, encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string };
      return stdout + stderr;
    }
  };
  match(start('version'), /^orrery \d/);
  match(start('test'), /^orrery: tests need a clone: an archive has no sources\n$/);
  match(start('doctor'), /✓ archive +whole in /);
  appendFileSync(join(unpacked, 'NOTICE'), 'one more line\n');
  match(start('doctor', '-o', 'json'), /damaged in \S+: NOTICE/);
  rmSync(join(unpacked, '.checked'));
  match(start('version'), /\norrery: files of this archive are damaged, among them: NOTICE; unpack it again\n$/);
});
