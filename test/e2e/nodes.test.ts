/** Two machines are one cluster: the second joins with a token, pods of both reach each other, and it leaves without a trace. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { deepEqual, doesNotMatch, equal, match } from 'node:assert/strict';
import { createCluster, eventually, startCluster, type Cluster } from './support/cluster.ts';
import { createMachine, type Machine } from './support/machine.ts';
import { busyboxImage } from './support/images.ts';
import { instanceOf, isRunning } from './support/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-nodes-'));
const first = hostname().toLowerCase();
let cluster: Cluster;
let machine: Machine;
let token: { token: string; server: string; command: string };

before(async () => {
  cluster = createCluster();
  machine = createMachine(cluster);
  await startCluster(cluster, '--no-platform');
  const { code, stdout, stderr } = await cluster.orrery('token', 'create', '-o', 'json');
  equal(code, 0, stderr);
  token = JSON.parse(stdout) as typeof token;
});

after(async () => {
  await machine.remove();
  await cluster.remove();
  rmSync(folder, { recursive: true });
});

const joinAs = (name: string, withToken = token.token) =>
  machine.orrery(...['agent', '--detach', '--server', token.server, '--token', withToken, '--node-name', name]);

test('who has no token of this cluster, or wants the name of a node, is told so', async () => {
  const [plain, digest = ''] = token.token.split('@sha256:');
  const cases: [what: string, token: string, says: RegExp][] = [
    ['another authority', `${plain}@sha256:${'0'.repeat(64)}`, /is not the server of this token/],
    ['another secret', `abcdef.0123456789abcdef@sha256:${digest}`, /the token is unknown or has expired/],
  ];
  for (const [what, shown, says] of cases) {
    const { code, stderr } = await joinAs('two', shown);
    equal(code, 1, what);
    match(stderr, says, what);
  }
  const taken = await joinAs(first);
  match(taken.stderr, /^orrery: "[^"]+" is a name of the API server: choose another with --node-name\n$/);
  equal(taken.code, 1);
});

test('a machine joins with what `token create` prints', async () => {
  equal(token.command, `orrery agent --server https://192.0.2.10:6443 --token ${token.token}`);
  const { code, stdout, stderr } = await joinAs('two');
  equal(code, 0, stderr);
  match(stdout, /This machine is node two of the cluster at https:\/\/192\.0\.2\.10:6443/);
  await cluster.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s');
  const nodes = await cluster.kubectl('get', 'nodes', '-o', 'wide', '--no-headers');
  match(nodes, /^two +Ready .* 192\.0\.2\.11 /m);
  const secret = token.token.split('@')[0]!.split('.')[1]!;
  const arguments_ = await machine.inside('cat', `/proc/${instanceOf(machine.dataDir).pid}/cmdline`);
  doesNotMatch(arguments_.stdout, new RegExp(secret), 'the process that goes on does not show the token');
});

/** A pod that answers with its name and who asks, and can ask others. */
const pod = (name: string, node: string) => `
apiVersion: v1
kind: Pod
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  nodeName: ${node}
  terminationGracePeriodSeconds: 0
  containers:
  - name: c
    image: busybox:1.35
    command: [sh, -c]
    args:
    - |
      echo started on ${node}
      mkdir -p /tmp/w/cgi-bin
      cat > /tmp/w/cgi-bin/who <<'END'
      #!/bin/sh
      printf 'Content-Type: text/plain\\r\\n\\r\\n${name} %s\\n' "$REMOTE_ADDR"
      END
      chmod +x /tmp/w/cgi-bin/who
      exec httpd -f -p 8080 -h /tmp/w
    readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
  - {name: echo, image: "busybox:1.35", command: [cat], stdin: true}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {type: NodePort, selector: {app: ${name}}, ports: [{port: 80, targetPort: 8080}]}
---
`;

const addressOf = (name: string) => cluster.kubectl('get', 'pod', name, '-o', 'jsonpath={.status.podIP}');
const ask = (from: string, place: string) =>
  cluster.kubectl('exec', from, '--', 'wget', '-qO-', `http://${place}/cgi-bin/who`);

test('pods of both reach each other, by address and by name, and are seen as who they are', async () => {
  const archive = busyboxImage(folder);
  for (const each of [cluster, machine]) {
    const { code, stderr } = await each.orrery('image', 'import', archive);
    equal(code, 0, stderr);
  }
  await cluster.kubectlWith(pod('one', first) + pod('two', 'two'), 'apply', '-f', '-');
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/one', 'pod/two', '--timeout=90s');
  const address = { one: await addressOf('one'), two: await addressOf('two') };
  for (const from of ['one', 'two'] as const)
    for (const to of ['one', 'two'] as const) {
      // An endpoint that reaches itself through its service is seen as its gateway.
      const isSeen = (answer: string) => answer.startsWith(`${to} `) && (from === to || answer.includes(address[from]));
      for (const place of [`${address[to]}:8080`, `${to}.default`, `${to}.default.svc.cluster.local`])
        await eventually(`${from} reaches ${place}`, async () => isSeen(await ask(from, place)));
    }
});

test('machines reach pods of the other, and every machine has every node port', async () => {
  const get = async (where: { inside: Cluster['inside'] }, place: string) =>
    (await where.inside('busybox', 'wget', '-qO-', `http://${place}/cgi-bin/who`)).stdout.split(' ')[0];
  const nodePort = (name: string) =>
    cluster.kubectl('get', 'service', name, '-o', 'jsonpath={.spec.ports[0].nodePort}');
  for (const name of ['one', 'two']) {
    const port = await nodePort(name);
    const places = [`${await addressOf(name)}:8080`, `192.0.2.10:${port}`, `${machine.address}:${port}`];
    for (const where of [cluster, machine])
      for (const place of places) await eventually(place, async () => (await get(where, place)) === name);
  }
});

test('network policies hold between the machines: for pods by who they are, for machines by their addresses', async () => {
  const policy = (from: object[]) => ({
    ...{ apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'two' } },
    spec: { podSelector: { matchLabels: { app: 'two' } }, policyTypes: ['Ingress'], ingress: [{ from }] },
  });
  const set = (...from: object[]) => cluster.kubectlWith(JSON.stringify(policy(from)), 'apply', '-f', '-');
  const port = await cluster.kubectl('get', 'service', 'two', '-o', 'jsonpath={.spec.ports[0].nodePort}');
  const direct = `${await addressOf('two')}:8080`;
  const get = (place: string, seconds: number) => [
    `timeout`,
    String(seconds),
    'wget',
    '-qO-',
    `http://${place}/cgi-bin/who`,
  ];
  const places = [direct, 'two.default', `192.0.2.10:${port}`];
  const podGets = (place: string) =>
    eventually(`one reaches ${place}`, async () =>
      (await cluster.kubectl('exec', 'one', '--', ...get(place, 10))).startsWith('two '),
    );
  const podIsCut = (place: string) =>
    eventually(`one does not reach ${place}`, async () => {
      const { code } = await cluster.tryKubectl('exec', 'one', '--', ...get(place, 1));
      return code === 143;
    });
  const machineGets = (place: string) =>
    eventually(`the first machine reaches ${place}`, async () =>
      (await cluster.inside('busybox', ...get(place, 10))).stdout.startsWith('two '),
    );
  await set({ ipBlock: { cidr: '203.0.113.0/24' } });
  for (const place of places) await podIsCut(place);
  await set({ ipBlock: { cidr: '192.0.2.10/32' } });
  for (const place of [direct, `192.0.2.10:${port}`]) await machineGets(place);
  for (const place of places) await podIsCut(place);
  await set({ podSelector: { matchLabels: { app: 'one' } } });
  for (const place of places) await podGets(place);
  await cluster.kubectl('delete', 'networkpolicy', 'two');
});

test('packets of pods fit between the machines, and the API is where pods look for it', async () => {
  match(await cluster.kubectl('exec', 'two', '--', 'ip', 'link', 'show', 'eth0'), / mtu 1450 /);
  const ping = ['ping', '-c', '1', '-W', '20', '-s', '1422', await addressOf('one')];
  match(await cluster.kubectl('exec', 'two', '--', ...ping), / 0% packet loss/);
  await cluster.kubectl('exec', 'two', '--', 'nc', 'kubernetes.default', '443', '-e', '/bin/true');
});

test('logs, commands and forwarded ports of the other machine’s pods', async () => {
  equal(await cluster.kubectl('logs', 'two', '-c', 'c'), 'started on two\n');
  equal(await cluster.kubectl('exec', 'two', '--', 'hostname'), 'two\n');
  match(await cluster.kubectl('get', '--raw', '/api/v1/namespaces/default/pods/two:8080/proxy/cgi-bin/who'), /^two /);
});

/** What a kubectl that goes on has printed so far. */
function printedBy(child: ChildProcess): () => string {
  let printed = '';
  for (const output of [child.stdout!, child.stderr!])
    output.setEncoding('utf8').on('data', (piece: string) => (printed += piece));
  return () => printed;
}

test('kubectl is attached to them, and follows what they say', async () => {
  const children = [
    cluster.startKubectl('attach', '-i', 'two', '-c', 'echo'),
    cluster.startKubectl('logs', '-f', 'two', '-c', 'echo'),
  ] as const;
  try {
    const printed = children.map(printedBy);
    for (const line of ['first line', 'second line']) {
      children[0].stdin!.write(`${line}\n`);
      await eventually(`${line} is heard`, async () => printed.every(text => text().includes(line)));
    }
  } finally {
    for (const child of children) child.kill();
  }
});

test('a terminal has the size of the one before it, and files go both ways', async () => {
  const kubectl = `${cluster.kubectlPath} --kubeconfig ${join(cluster.dataDir, 'kubeconfig')}`;
  // The size comes on a stream of its own, a moment after the program has begun.
  const program = 'for i in $(seq 300); do stty size | grep -x "31 97" && exit 0; sleep 0.2; done; exit 9';
  const typed = `stty rows 31 cols 97; exec ${kubectl} exec -it two -c c -- sh -c '${program}'`;
  const { code, stdout } = await cluster.inside('script', '-qec', typed, '/dev/null');
  equal(code, 0, stdout);
  match(stdout, /31 97\r/);
  const content = Buffer.alloc(1024 * 1024, 'orrery ').toString();
  writeFileSync(join(folder, 'up.txt'), content);
  await cluster.kubectl('cp', join(folder, 'up.txt'), 'two:/tmp/there.txt', '-c', 'c');
  await cluster.kubectl('cp', 'two:/tmp/there.txt', join(folder, 'down.txt'), '-c', 'c');
  equal(readFileSync(join(folder, 'down.txt'), 'utf8') === content, true, 'what came back is what went');
});

test('their ports are forwarded, and one where nobody listens is told as such', async () => {
  const child = cluster.startKubectl('port-forward', 'pod/two', '18080:8080', '18081:9');
  try {
    const printed = printedBy(child);
    const get = async (port: number) =>
      (await cluster.inside('busybox', 'wget', '-qO-', `http://127.0.0.1:${port}/cgi-bin/who`)).stdout;
    await eventually('both are listened on', async () =>
      [18080, 18081].every(port => printed().includes(`127.0.0.1:${port}`)),
    );
    match(await get(18080), /^two /);
    await get(18081);
    await eventually('kubectl says why', async () => printed().includes('connection refused'));
  } finally {
    child.kill();
  }
});

test('the agent starts again without a token, and its containers went on', async () => {
  const containers = () =>
    cluster.kubectl('get', 'pod', 'two', '-o', 'jsonpath={.status.containerStatuses[0].containerID}');
  const before = await containers();
  const { pid } = instanceOf(machine.dataDir);
  match((await machine.orrery('down')).stdout, /"orrery agent" finds them again/);
  equal(isRunning(pid), false);
  equal((await machine.orrery('status')).code, 3);
  await eventually('pods go on meanwhile', async () => (await ask('one', 'two')).startsWith('two '));
  const { code, stderr } = await machine.orrery('agent', '--detach');
  equal(code, 0, stderr);
  const { nodes, running } = JSON.parse((await machine.orrery('status', '-o', 'json')).stdout) as {
    nodes: { name: string; address: string }[];
    running: boolean;
  };
  deepEqual([running, nodes.map(({ name, address }) => [name, address])], [true, [['two', machine.address]]]);
  equal(await containers(), before);
  equal(await cluster.kubectl('exec', 'two', '--', 'hostname'), 'two\n');
});

test('a node that is removed leaves nothing on either machine', async () => {
  await cluster.kubectl('delete', 'node', 'two');
  match((await machine.orrery('status')).stdout, /this node was removed from the cluster/);
  const log = join(machine.dataDir, 'logs/agent.log');
  await eventually('the agent says so', async () => readFileSync(log, 'utf8').includes('this node was removed'));
  const { code, stderr } = await machine.orrery('reset', '--yes');
  equal(code, 0, stderr);
  const devices = async (where: { inside: Cluster['inside'] }) =>
    (await where.inside('ls', '/proc/sys/net/ipv4/conf')).stdout.split('\n').filter(name => name.startsWith('orrery'));
  deepEqual(await devices(machine), []);
  equal((await machine.inside('nft', 'list', 'tables')).stdout, '');
  await eventually('the way to it is gone', async () => !(await devices(cluster)).includes('orrery-vxlan'));
  match((await cluster.inside('nft', 'list', 'tables')).stdout, /^((?!overlay)[^])*$/);
  deepEqual(
    readdirSync(tmpdir()).filter(name => machine.dataDir.endsWith(name)),
    [],
  );
  match(await cluster.kubectl('get', 'nodes', '--no-headers'), new RegExp(`^${first} +Ready [^\n]*\n$`));
});
