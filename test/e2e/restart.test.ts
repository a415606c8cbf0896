/** A cluster that is killed, or stopped, and started again: nobody who uses it notices. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, test } from 'node:test';
import { deepEqual, equal, match, notEqual } from 'node:assert/strict';
import { createCluster, eventually, startCluster, type Cluster } from './support/cluster.ts';
import { processesOf } from './support/host.ts';
import { busyboxImage } from './support/images.ts';
import { containerdOf, instanceOf, killHard, startTicks } from './support/processes.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-images-'));
let cluster: Cluster;
let connection: Connection;

const manifest = `
apiVersion: v1
kind: Pod
metadata: {name: echo, labels: {app: echo}}
spec:
  containers:
  - name: echo
    image: busybox:1.35
    command: [nc, -ll, -p, "8080", -e, cat]
    readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: echo}
spec:
  selector: {app: echo}
  ports: [{port: 80, targetPort: 8080}]
---
# Sends numbers through the service and logs what comes back.
apiVersion: v1
kind: Pod
metadata: {name: counter}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: counter
    image: busybox:1.35
    command:
    - sh
    - -c
    - i=0; while :; do echo $i; i=$((i+1)); sleep 0.05; done | nc $ECHO_SERVICE_HOST 80
`;

/** A connection through the cluster IP from the host, held by a process that is none of the cluster's. */
class Connection {
  readonly #child: ChildProcess;
  #received = '';
  constructor(address: string) {
    this.#child = spawn('nsenter', [`--net=/run/netns/${cluster.namespace}`, 'busybox', 'nc', address, '80']);
    this.#child.stdout!.on('data', (chunk: Buffer) => (this.#received += chunk.toString()));
  }
  async carries(text: string): Promise<void> {
    this.#child.stdin!.write(`${text}\n`);
    await eventually(`"${text}" comes back`, async () => this.#received.endsWith(`${text}\n`));
    equal(this.#child.exitCode, null);
  }
  close(): void {
    this.#child.kill();
  }
}

before(async () => {
  cluster = createCluster();
  await startCluster(cluster);
  const { code, stderr } = await cluster.orrery('image', 'import', busyboxImage(folder));
  equal(code, 0, stderr);
  const [echo, counter] = [manifest.slice(0, manifest.indexOf('# Sends')), manifest.slice(manifest.indexOf('# Sends'))];
  await cluster.kubectlWith(echo, 'apply', '-f', '-');
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/echo', '--timeout=60s');
  await cluster.kubectlWith(counter, 'apply', '-f', '-');
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/counter', '--timeout=60s');
  connection = new Connection(await cluster.kubectl('get', 'service', 'echo', '-o', 'jsonpath={.spec.clusterIP}'));
  await connection.carries('before');
});

after(async () => {
  connection?.close();
  await cluster.remove();
  rmSync(folder, { recursive: true });
});

interface PodList {
  items: {
    metadata: { name: string };
    status: { containerStatuses: { containerID: string; restartCount: number }[] };
  }[];
}

/** Containers as the cluster names them, and when their processes began as the kernel has it. */
async function containers(): Promise<unknown[]> {
  const { items } = JSON.parse(await cluster.kubectl('get', 'pods', '-o', 'json')) as PodList;
  return items.map(pod => {
    const [{ containerID, restartCount }] = pod.status.containerStatuses as [
      PodList['items'][0]['status']['containerStatuses'][0],
    ];
    const processes = processesOf(containerID);
    notEqual(processes.length, 0, `${pod.metadata.name} runs`);
    return { pod: pod.metadata.name, containerID, restartCount, began: startTicks(processes[0]!) };
  });
}

interface Listed {
  items: { kind: string; metadata: { namespace?: string; name: string; resourceVersion?: string }; status?: object }[];
}

/** Every object, by name: whole, but for what a heartbeat changes. Events and leases are news by nature. */
async function everything(): Promise<Record<string, unknown>> {
  const resources = (await cluster.kubectl('api-resources', '--verbs=list,get', '-o', 'name')).trim().split('\n');
  const kinds = resources.filter(name => !/^(events|leases|componentstatuses)\b|^events\.|metrics/.test(name));
  const { items } = JSON.parse(await cluster.kubectl('get', kinds.join(','), '-A', '-o', 'json')) as Listed;
  return Object.fromEntries(
    items.map(item => [
      `${item.kind} ${item.metadata.namespace ?? ''}/${item.metadata.name}`,
      item.kind === 'Node' ? withoutHeartbeat(item) : item,
    ]),
  );
}

/** The list of images is told with a heartbeat too: it may lag behind by one. */
function withoutHeartbeat(node: Listed['items'][0]): unknown {
  return JSON.parse(
    JSON.stringify(node, (key, value: unknown) =>
      ['resourceVersion', 'lastHeartbeatTime', 'images'].includes(key) ? undefined : value,
    ),
  );
}

/** What is new, gone or different, one line each. */
function changes(before: Record<string, unknown>, after: Record<string, unknown>): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter(name => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
    .map(name => `${name} was ${JSON.stringify(before[name])} and is ${JSON.stringify(after[name])}`);
}

/** Every object once nobody writes any more: controllers may still be at work on what was made just before. */
const atRest = (): Promise<Record<string, unknown>> =>
  eventually('nothing changes for a second', async () => {
    const before = await everything();
    await sleep(1000);
    const changed = changes(before, await everything());
    if (changed.length > 0) throw new Error(changed.join('\n'));
    return before;
  });

/** Numbers that came back to the counter, as its log has them. */
const counted = async (): Promise<number[]> =>
  (await cluster.kubectl('logs', 'counter')).trim().split('\n').map(Number);

async function seamless(interruption: () => Promise<void>): Promise<void> {
  const containersBefore = await containers();
  const objectsBefore = await atRest();
  const lastBefore = (await counted()).at(-1)!;
  await interruption();
  await startCluster(cluster);
  await connection.carries(`after ${Date.now()}`);
  await cluster.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s');
  deepEqual(await containers(), containersBefore);
  const numbers = await eventually('the counter goes on', async () => {
    const all = await counted();
    return all.at(-1)! > lastBefore + 40 ? all : false;
  });
  deepEqual(
    numbers,
    numbers.map((_, at) => at),
    'no number is lost or told twice',
  );
  await eventually('every object is as it was', async () => {
    const changed = changes(objectsBefore, await everything());
    if (changed.length > 0) throw new Error(changed.join('\n'));
    return true;
  });
}

test('agent and server are killed: containers, connections and objects are as they were', () =>
  seamless(async () => {
    const { pid, server } = instanceOf(cluster.dataDir);
    await killHard(pid, server.pid);
    await connection.carries('while nothing of Orrery runs');
  }));

test('the agent alone is killed: its server ends by itself and makes room', () =>
  seamless(() => killHard(instanceOf(cluster.dataDir).pid)));

test('stopped with `down` and started with `up`', () =>
  seamless(async () => {
    const { code, stdout, stderr } = await cluster.orrery('down');
    equal(code, 0, stderr);
    match(stdout, /containers go on/);
    await connection.carries('while it is stopped');
  }));

test('the server alone is killed: the agent starts another on the same port, and the node stays ready', async () => {
  const { pid, port, server } = instanceOf(cluster.dataDir);
  const before = await containers();
  const transition = () =>
    cluster.kubectl(
      'get',
      'nodes',
      '-o',
      'jsonpath={.items[0].status.conditions[?(@.type=="Ready")].lastTransitionTime} {.items[0].status.conditions[?(@.type=="Ready")].status}',
    );
  const ready = await transition();
  match(ready, / True$/);
  await killHard(server.pid);
  await eventually('kubectl works again', () => cluster.kubectl('get', 'namespaces'));
  const now = await eventually('the new server is on record', async () => {
    const instance = instanceOf(cluster.dataDir);
    return instance.server.pid !== server.pid && instance;
  });
  deepEqual({ pid: now.pid, port: now.port }, { pid, port });
  // The agent is back on its watches: what is new gets done.
  await cluster.kubectl('run', 'afterwards', '--image=busybox:1.35', '--restart=Never', '--', 'true');
  await cluster.kubectl('wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/afterwards', '--timeout=60s');
  await cluster.kubectl('delete', 'pod', 'afterwards', '--timeout=60s');
  deepEqual(await containers(), before);
  equal(await transition(), ready);
});

test('containerd is killed as well: its containers run on, and it takes them up again', async () => {
  await seamless(async () => {
    const { pid, server } = instanceOf(cluster.dataDir);
    await killHard(pid, server.pid, containerdOf(cluster.dataDir));
    await connection.carries('without containerd');
  });
  equal(await cluster.kubectl('exec', 'echo', '--', 'echo', 'well'), 'well\n');
});
