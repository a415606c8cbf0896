/** `orrery up` with its platform: the address, the first password, what survives, and what comes back by itself. */
import { createServer } from 'node:net';
import { readdirSync, readFileSync } from 'node:fs';
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { eventually } from './support/cluster.ts';
import { parseAllDocuments } from 'yaml';
import { callerOf, orrery, startSimulated, type Caller, type SimulatedCluster } from './support/platform.ts';
import { isRunning, killHard } from './support/processes.ts';

let cluster: SimulatedCluster;
let console: string;
let password: string;
let printed: string;

before(async () => {
  cluster = await startSimulated('--platform');
  printed = cluster.printed;
});
after(() => cluster.remove());

async function asked<T>(ask: (caller: Caller) => Promise<T>): Promise<T> {
  const caller = callerOf({ url: console, ca: cluster.ca });
  try {
    return await ask(caller);
  } finally {
    caller.close();
  }
}

const logsIn = () => asked(caller => caller.tokens('admin', password));

test('the first start prints the address and the first password, and the password is in no log', async () => {
  console = /Console (https:\/\/127\.0\.0\.1:\d+) /.exec(printed)![1]!;
  password = /first log-in: admin with password (\S+)/.exec(printed)![1]!;
  equal(password.length, 20);
  ok((await logsIn()).access_token);
  const { dataDir } = cluster;
  for (const name of readdirSync(join(dataDir, 'logs')))
    ok(!readFileSync(join(dataDir, 'logs', name), 'utf8').includes(password), name);
  for (const name of ['settings.json', 'instance.json'])
    ok(!readFileSync(join(dataDir, name), 'utf8').includes(password), name);
});

test('the audit lies in files of the data directory, and not in the cluster', async () => {
  const folder = join(cluster.dataDir, 'server', 'audit');
  await eventually('the log-in is written', async () =>
    readdirSync(folder).some(name => readFileSync(join(folder, name), 'utf8').includes('"verb":"login"')),
  );
  const { items } = await cluster.admin.list(resources.secrets, { namespace: 'kubesphere-system' });
  deepEqual(
    items.map(({ metadata }) => metadata.name).filter(name => name!.startsWith('audit')),
    [],
  );
});

test('`status` names the console, for people and for programs', async () => {
  equal((await cluster.status()).console, console);
  match((await cluster.orrery('status')).stdout, new RegExp(`^Console +${console}$`, 'm'));
  match((await cluster.orrery('status', '-o', 'yaml')).stdout, new RegExp(`^console: ${console}$`, 'm'));
});

test('no Service is ever given a port that Orrery listens on', async () => {
  const taken = Number(new URL(console).port);
  const service = (nodePort: number) => ({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' } },
    spec: { type: 'NodePort', ports: [{ port: 80, nodePort }] },
  });
  // A free port of the kernel's may lie outside the range of node ports: then the range itself refuses it.
  const refused = /provided port is (already allocated|not in the valid range)/;
  const failure = await cluster.admin.create(resources.services, service(taken)).then(
    () => undefined,
    (error: Error) => error,
  );
  match(String(failure?.message), refused);
});

test('the platform is a guest: what it may do is what anybody could apply elsewhere', async () => {
  const { items } = await cluster.admin.list(resources.clusterrolebindings);
  const own = items.filter(item => JSON.stringify(item).includes('"orrery-platform","namespace":"kubesphere-system"'));
  const roles = own.map(item => (item as unknown as { roleRef: { name: string } }).roleRef.name);
  equal(roles.toSorted().join(' '), 'orrery:platform orrery:platform:groups');
  const applied = parseAllDocuments((await orrery('platform', 'manifest')).stdout).map(document => document.toJS());
  const [printed] = applied.filter(
    ({ kind, metadata }) => kind === 'ClusterRole' && metadata.name === 'orrery:platform',
  );
  const held = (await cluster.admin.get(resources.clusterroles, 'orrery:platform')) as unknown as { rules: object[] };
  deepEqual(held.rules, printed.rules);
});

test('when the server process is killed, the platform is back on its port, with its accounts', async () => {
  const { server } = (await cluster.status()).processes;
  await killHard(server);
  ok((await eventually('it answers again', logsIn)).access_token);
  const now = await eventually('another process', async () => {
    const pid = (await cluster.status()).processes.server;
    return pid !== server && pid;
  });
  ok(isRunning(now));
  equal((await cluster.status()).console, console);
});

const up = (...options: string[]) => cluster.orrery('up', '--detach', '--simulate', '1', ...options);

test('a second start has the same address and prints no password', async () => {
  equal((await cluster.orrery('down')).code, 0);
  const { stdout } = await up();
  match(stdout, new RegExp(`Console ${console} `));
  ok(!stdout.includes('first log-in'));
  // At once: the port is open, and callers wait until there is somebody to answer.
  ok((await logsIn()).access_token);
});

test('left out it stays out, until it is wanted again', async () => {
  await cluster.orrery('down');
  ok(!(await up('--no-platform')).stdout.includes('Console'));
  equal((await cluster.status()).console, undefined);
  await cluster.orrery('down');
  match((await up('--platform')).stdout, new RegExp(`Console ${console} `));
});

test('a port that was asked for and is taken is told; otherwise a free one is taken', async () => {
  await cluster.orrery('down');
  const port = Number(new URL(console).port);
  const other = createServer();
  await new Promise<void>(resolve => other.listen(port, () => resolve()));
  const refused = await up('--console-port', String(port));
  equal(refused.code, 1);
  match(
    refused.stderr,
    new RegExp(`^orrery: port ${port} is taken by another process: choose another with --console-port`),
  );
  const { stdout } = await up();
  other.close();
  const moved = /Console (\S+) /.exec(stdout)![1]!;
  notEqual(moved, console);
  console = moved;
  ok((await logsIn()).access_token);
});
