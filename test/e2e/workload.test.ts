/** The journey of a workload on a real cluster, with kubectl, as the README promises it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { createCluster, eventually, startCluster, type Cluster } from './support/cluster.ts';
import { busyboxImage, nginxImage } from './support/images.ts';
import { cgroupValue, processesOf } from './support/host.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-images-'));
let cluster: Cluster;

before(async () => {
  cluster = createCluster();
  await startCluster(cluster);
  for (const archive of [busyboxImage(folder), nginxImage(folder, '1'), nginxImage(folder, '2')]) {
    const { code, stderr } = await cluster.orrery('image', 'import', archive);
    equal(code, 0, stderr);
  }
});

after(async () => {
  await cluster.remove();
  rmSync(folder, { recursive: true });
});

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: nginx
        image: nginx:1
        ports: [{containerPort: 80}]
        readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}
        resources:
          requests: {cpu: 50m, memory: 16Mi}
          limits: {cpu: 250m, memory: 64Mi}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  type: NodePort
  selector: {app: web}
  ports: [{port: 80, nodePort: 30080}]
---
apiVersion: v1
kind: Pod
metadata: {name: shell}
spec:
  terminationGracePeriodSeconds: 1
  containers: [{name: shell, image: busybox:1.35, command: [sleep, "100000"]}]
`;

interface Pods {
  items: {
    metadata: { name: string; uid: string; deletionTimestamp?: string };
    status: { podIP: string; containerStatuses: { containerID: string; restartCount: number }[] };
  }[];
}

const pods = async (...selector: string[]): Promise<Pods['items']> =>
  (JSON.parse(await cluster.kubectl('get', 'pods', '-o', 'json', ...selector)) as Pods).items;
/** Those that are to stay: what a roll-out replaced may still be ending when it is told to be over. */
const webPods = async () => (await pods('-l', 'app=web')).filter(({ metadata }) => !metadata.deletionTimestamp);
const shell = (...command: string[]) => cluster.kubectl('exec', 'shell', '--', ...command);

/** Asks until every one of the pods has answered. */
async function answersFromAll(ask: () => Promise<string>): Promise<void> {
  const names = (await webPods()).map(pod => pod.metadata.name).toSorted();
  const seen = new Set<string>();
  await eventually('every pod answers', async () => {
    seen.add((await ask()).trim().split(' ')[1]!);
    return seen.size >= names.length;
  });
  deepEqual([...seen].toSorted(), names);
}

/** The rules of a service follow its pods: the last of the old ones may be asked once more after a roll-out is told to be over. */
const answersWith = (version: string) =>
  eventually(`version ${version} answers`, async () =>
    (await shell('wget', '-qO-', 'http://web/')).startsWith(`${version} web-`),
  );

test('the node is ready', async () => {
  await cluster.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s');
  match(await cluster.kubectl('get', 'nodes', '-o', 'wide'), /Ready .*v1\.34.* containerd:\/\//);
});

test('a manifest is applied and rolls out', async () => {
  await cluster.kubectlWith(manifest, 'apply', '-f', '-');
  match(await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=90s'), /successfully rolled out/);
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/shell', '--timeout=60s');
  equal((await webPods()).length, 3);
});

test('cluster IP, DNS name and node port answer from all three pods', async () => {
  const ip = await cluster.kubectl('get', 'service', 'web', '-o', 'jsonpath={.spec.clusterIP}');
  await answersFromAll(() => shell('wget', '-qO-', `http://${ip}/`));
  await answersFromAll(() => shell('wget', '-qO-', 'http://web.default.svc.cluster.local/'));
  await answersFromAll(
    async () => (await cluster.inside('busybox', 'wget', '-qO-', 'http://192.0.2.10:30080/')).stdout,
  );
  await answersFromAll(async () => (await cluster.inside('busybox', 'wget', '-qO-', `http://${ip}/`)).stdout);
});

test('short names resolve by the search list', async () => {
  match(await shell('nslookup', 'web.default.svc.cluster.local'), /Address.*10\.43\./);
  match(await shell('wget', '-qO-', 'http://web/'), /^1 web-/);
});

test('limits are in the cgroups of the containers', async () => {
  const [pod] = await webPods();
  const container = pod!.status.containerStatuses[0]!.containerID.replace('containerd://', '');
  equal(
    cgroupValue(container, { v1: ['memory', 'memory.limit_in_bytes'], v2: 'memory.max' }),
    String(64 * 1024 * 1024),
  );
  match(cgroupValue(container, { v1: ['cpu', 'cpu.cfs_quota_us'], v2: 'cpu.max' }), /^25000( 100000)?$/);
  match(cgroupValue(container, { v1: ['cpu', 'cpu.shares'], v2: 'cpu.weight' }), /^(51|2|3)$/);
});

test('five replicas, a new image, and back', async () => {
  await cluster.kubectl('scale', 'deployment/web', '--replicas=5');
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  equal((await webPods()).length, 5);
  await cluster.kubectl('set', 'image', 'deployment/web', 'nginx=nginx:2');
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');
  await answersWith('2');
  await cluster.kubectl('rollout', 'undo', 'deployment/web');
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=90s');
  await answersWith('1');
  match(await cluster.kubectl('rollout', 'history', 'deployment/web'), /REVISION[\s\S]*2[\s\S]*3/);
});

test('a container whose process is killed is started again', async () => {
  const pod = (await webPods())[0]!;
  const [process] = processesOf(pod.status.containerStatuses[0]!.containerID);
  ok(process);
  globalThis.process.kill(process, 'SIGKILL');
  await eventually(
    'restart count 1',
    async () =>
      (await webPods()).find(each => each.metadata.uid === pod.metadata.uid)?.status.containerStatuses[0]!
        .restartCount === 1,
  );
});

test('a deleted pod is replaced', async () => {
  const before = (await webPods()).map(pod => pod.metadata.uid);
  await cluster.kubectl('delete', 'pod', (await webPods())[0]!.metadata.name);
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  const after = await eventually('five pods', async () => ((await webPods()).length === 5 ? webPods() : false));
  equal(after.filter(pod => !before.includes(pod.metadata.uid)).length, 1);
});

test('logs are followed', async () => {
  await cluster.kubectl(
    'run',
    'counter',
    '--image=busybox:1.35',
    '--restart=Never',
    '--',
    'sh',
    '-c',
    'for i in 1 2 3 4 5; do echo line $i; sleep 0.3; done',
  );
  await eventually(
    'it started',
    async () => (await cluster.kubectl('get', 'pod', 'counter', '-o', 'jsonpath={.status.phase}')) !== 'Pending',
  );
  equal(await cluster.kubectl('logs', '-f', 'counter'), 'line 1\nline 2\nline 3\nline 4\nline 5\n');
  equal(await cluster.kubectl('logs', 'counter', '--tail=1'), 'line 5\n');
  // The log ends with the container; what the node tells of it comes after.
  await eventually(
    'it has succeeded',
    async () => (await cluster.kubectl('get', 'pod', 'counter', '-o', 'jsonpath={.status.phase}')) === 'Succeeded',
  );
});

test('exec carries input, output and the exit code', async () => {
  equal(await cluster.kubectlWith('to upper\n', 'exec', '-i', 'shell', '--', 'tr', 'a-z', 'A-Z'), 'TO UPPER\n');
  const failed = await cluster.tryKubectl('exec', 'shell', '--', 'sh', '-c', 'echo bad >&2; exit 7');
  equal(failed.code, 7);
  match(failed.stderr, /bad/);
});

test('older clients speak SPDY, newer ones WebSockets: both are understood', async () => {
  const spdy = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' };
  const kubectl = [
    cluster.kubectlPath,
    '--kubeconfig',
    join(cluster.dataDir, 'kubeconfig'),
    'exec',
    'shell',
    '--',
    'echo',
  ];
  for (const [name, value] of [...Object.entries(spdy), ...Object.keys(spdy).map(key => [key, 'true'] as const)]) {
    const { stdout } = await cluster.inside('env', `${name}=${value}`, ...kubectl, 'heard');
    equal(stdout, 'heard\n');
  }
});

test('a terminal is a terminal', async () => {
  const command = `${cluster.kubectlPath} --kubeconfig ${join(cluster.dataDir, 'kubeconfig')} exec -it shell -- tty`;
  const { stdout } = await cluster.inside('script', '-qec', command, '/dev/null');
  // The outer terminal may echo the end of script's own input before kubectl has taken it over, and kubectl's own log
  // shares it: a kubectl that has not made its streams yet says so of the empty message that opens a connection, which
  // this server sends first, as upstream's does.
  const output = stdout.replace(/^E\d{4} .* Unknown stream id 1, discarding message\s+/m, '');
  match(output, /^(\^[@D]\s*)?\/dev\/pts\/\d/);
});

test('files are copied both ways, whole', async () => {
  const content = Buffer.alloc(3 * 1024 * 1024, 'orrery ').toString();
  writeFileSync(join(folder, 'up.txt'), content);
  await cluster.kubectl('cp', join(folder, 'up.txt'), 'shell:/tmp/there.txt');
  await cluster.kubectl('cp', 'shell:/tmp/there.txt', join(folder, 'down.txt'));
  equal(readFileSync(join(folder, 'down.txt'), 'utf8'), content);
});

test('a port is forwarded', async () => {
  const child = cluster.startKubectl('port-forward', 'deployment/web', '18080:80');
  try {
    let printed = '';
    child.stdout!.on('data', (chunk: Buffer) => (printed += chunk.toString()));
    await eventually('it listens', async () => printed.includes('Forwarding from'));
    const { stdout } = await cluster.inside('busybox', 'wget', '-qO-', 'http://127.0.0.1:18080/');
    match(stdout, /^1 web-/);
  } finally {
    child.kill();
  }
});

test('describe, explain, diff and wait', async () => {
  const described = await cluster.kubectl('describe', 'pod', 'shell');
  match(described, /Successfully assigned default\/shell to /);
  match(described, /Container image "busybox:1.35" already present on machine/);
  match(described, /Started container shell|Container started/);
  match(await cluster.kubectl('describe', 'deployment', 'web'), /Scaled up replica set web-\w+ /);
  match(await cluster.kubectl('explain', 'deployment.spec.replicas'), /FIELD:\s+replicas <integer>/);
  const changed = await cluster.kubectlPiped(manifest.replace('replicas: 3', 'replicas: 4'), 'diff', '-f', '-');
  equal(changed.code, 1);
  match(changed.stdout, /\+ {2}replicas: 4/);
});

test('a pod ends within its grace period, and its processes with it', async () => {
  const [pod] = await pods('--field-selector=metadata.name=shell');
  const id = pod!.status.containerStatuses[0]!.containerID;
  notEqual(processesOf(id).length, 0);
  await cluster.kubectl('delete', 'pod', 'shell', '--timeout=60s');
  equal(processesOf(id).length, 0);
  match(
    (await cluster.tryKubectl('get', 'pod', 'shell')).stderr,
    /^Error from server \(NotFound\): pods "shell" not found$/m,
  );
});

test('what is deleted takes along what it owns', async () => {
  await cluster.kubectl('delete', 'deployment', 'web', '--timeout=60s');
  await eventually('no pods are left', async () => (await pods('-l', 'app=web')).length === 0);
  equal(await cluster.kubectl('get', 'replicasets', '-l', 'app=web', '-o', 'name'), '');
});

test('a namespace goes with everything in it', async () => {
  await cluster.kubectl('create', 'namespace', 'brief');
  await cluster.kubectl('create', 'configmap', 'c', '-n', 'brief', '--from-literal=a=b');
  await cluster.kubectl('delete', 'namespace', 'brief', '--timeout=60s');
  match((await cluster.tryKubectl('get', 'configmap', 'c', '-n', 'brief')).stderr, /not found/);
});
