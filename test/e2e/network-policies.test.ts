/**
 * Network policies between real containers, and the isolation of projects and workspaces that the platform writes as such: who does not get
 * in, whom an exception lets in, and what goes on meanwhile (probes, names, services, the API).
 */
import { equal, match } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createCluster, eventually, startCluster, type Cluster } from './support/cluster.ts';
import { scriptOf, type Answer } from './support/curl.ts';
import { busyboxImage } from './support/images.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-images-'));
let cluster: Cluster;
let ask: (method: string, path: string, body?: object) => Promise<Answer>;

/** A pod that answers on port 80 and is ready while it does, with its service. */
const web = (namespace: string) => `
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: ${namespace}, labels: {app: web}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: web
    image: busybox:1.35
    command: [sh, -c, 'mkdir /www && echo ${namespace} > /www/index.html && exec httpd -f -p 80 -h /www']
    ports: [{name: http, containerPort: 80}]
    readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 1, timeoutSeconds: 10, failureThreshold: 30}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: ${namespace}}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
`;
/** "shut" and "side" are one workspace, "far" another. */
const projects = { shut: 'one', side: 'one', far: 'two' } as const;
type Project = keyof typeof projects;
const tenant = '/kapis/tenant.kubesphere.io/v1alpha3';

before(async () => {
  cluster = createCluster();
  const printed = await startCluster(cluster);
  const { code, stderr } = await cluster.orrery('image', 'import', busyboxImage(folder));
  equal(code, 0, stderr);
  const script = scriptOf(cluster, /Console (https:\/\/\S+) /.exec(printed)![1]!);
  const first = /first log-in: admin with password (\S+)/.exec(printed)![1]!;
  const own = 'Chosen-by-0neself';
  const path = '/kapis/iam.kubesphere.io/v1beta1/users/admin/password';
  const token = await script.logIn('admin', first);
  equal((await script.ask(token, 'PUT', path, { currentPassword: first, password: own })).status, 200);
  const chosen = await script.logIn('admin', own);
  ask = async (...request) => {
    const answer = await script.ask(chosen, ...request);
    if (answer.status >= 300) throw new Error(`${request.join(' ')}: ${answer.status} ${answer.text}`);
    return answer;
  };
  for (const name of ['one', 'two']) await ask('POST', `${tenant}/workspaces`, { metadata: { name } });
  for (const [name, workspace] of Object.entries(projects))
    await eventually('a project', () =>
      ask('POST', `${tenant}/workspaces/${workspace}/namespaces`, { metadata: { name } }),
    );
  const pods = Object.keys(projects).map(web).join('');
  await eventually('accounts of new projects', () => cluster.kubectlWith(pods, 'apply', '-f', '-'));
  for (const name of Object.keys(projects))
    await cluster.kubectl('-n', name, 'wait', '--for=condition=Ready', 'pod/web', '--timeout=180s');
});

after(async () => {
  await cluster.remove();
  rmSync(folder, { recursive: true });
});

const within = (project: Project, seconds: number, ...command: string[]) =>
  cluster.tryKubectl('-n', project, 'exec', 'web', '--', 'timeout', String(seconds), ...command);
/** What one asks is written by name: names go on being answered. */
const gets = async (from: Project, to: Project): Promise<boolean> =>
  (await within(from, 10, 'wget', '-qO-', `http://web.${to}/`)).stdout === `${to}\n`;
const isCut = async (from: Project, to: Project): Promise<boolean> => {
  const { code } = await within(from, 1, 'wget', '-qO-', `http://web.${to}/`);
  // Nothing answers: neither a page nor a refusal.
  return code === 143;
};
const reaches = (from: Project, to: Project) => eventually(`${from} reaches ${to}`, () => gets(from, to));
const isCutOff = (from: Project, to: Project) => eventually(`${from} does not reach ${to}`, () => isCut(from, to));
const isReady = async (project: Project) =>
  match(
    await cluster.kubectl(
      '-n',
      project,
      'get',
      'pod',
      'web',
      '-o',
      'jsonpath={.status.conditions[?(@.type=="Ready")].status}',
    ),
    /^True$/,
  );

const close = (value: 'enabled' | null) =>
  ask('PATCH', `${tenant}/workspaces/one/namespaces/shut`, {
    metadata: { annotations: { 'kubesphere.io/network-isolate': value } },
  });
const closeWorkspace = (networkIsolation: boolean) =>
  ask('PATCH', `${tenant}/workspaces/one`, { spec: { template: { spec: { networkIsolation } } } });

test('row 86: a policy blocks what goes between pods', async () => {
  await reaches('far', 'side');
  const policy = { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] };
  const object = { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy', metadata: { name: 'own' }, spec: policy };
  await cluster.kubectlWith(JSON.stringify(object), '-n', 'side', 'apply', '-f', '-');
  await isCutOff('far', 'side');
  await reaches('side', 'side');
  await cluster.kubectl('-n', 'side', 'delete', 'networkpolicy', 'own');
  await reaches('far', 'side');
});

test('row 87: pods of other workspaces do not get into an isolated workspace', async () => {
  await closeWorkspace(true);
  await isCutOff('far', 'shut');
  await isCutOff('far', 'side');
  await reaches('side', 'shut');
  await reaches('shut', 'far');
  await closeWorkspace(false);
  await reaches('far', 'shut');
});

test('row 88: an isolated project lets in itself and its exceptions; probes, names and the API go on', async () => {
  await close('enabled');
  await isCutOff('far', 'shut');
  await isCutOff('side', 'shut');
  await reaches('shut', 'shut');
  const exception = {
    apiVersion: 'network.kubesphere.io/v1alpha1',
    kind: 'NamespaceNetworkPolicy',
    metadata: { name: 'far' },
    spec: { ingress: [{ from: [{ namespace: { name: 'far' } }] }] },
  };
  await cluster.kubectlWith(JSON.stringify(exception), '-n', 'shut', 'apply', '-f', '-');
  await reaches('far', 'shut');
  await isCutOff('side', 'shut');
  // The probe is asked every second: what was closed would have shown by now.
  await isReady('shut');
  // It speaks TLS and has no page for who does not: what matters is that it is the API that says so.
  await eventually('the API is reached', async () => {
    const { stderr } = await within('shut', 10, 'wget', '-qO-', 'http://kubernetes.default:443/');
    return /server returned error|error getting response/.test(stderr);
  });
  await cluster.kubectl('-n', 'shut', 'delete', 'namespacenetworkpolicies', 'far');
  await isCutOff('far', 'shut');
  await close(null);
  await reaches('far', 'shut');
  await reaches('side', 'shut');
});

test('an exception of what goes out keeps names, and ends all else', async () => {
  const exception = {
    apiVersion: 'network.kubesphere.io/v1alpha1',
    kind: 'NamespaceNetworkPolicy',
    metadata: { name: 'out' },
    spec: { egress: [{ to: [{ namespace: { name: 'side' } }] }] },
  };
  await cluster.kubectlWith(JSON.stringify(exception), '-n', 'shut', 'apply', '-f', '-');
  await isCutOff('shut', 'far');
  await reaches('shut', 'side');
  await cluster.kubectl('-n', 'shut', 'delete', 'namespacenetworkpolicies', 'out');
  await reaches('shut', 'far');
});

test('what is isolated is so from its first moment, and goes on being so while Orrery is down', async () => {
  await close('enabled');
  await isCutOff('far', 'shut');
  const early = `
apiVersion: v1
kind: Pod
metadata: {name: early, namespace: shut}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: early, image: 'busybox:1.35', command: [sh, -c, 'exec httpd -f -p 80 -h /etc']}]
`;
  await cluster.kubectlWith(early, 'apply', '-f', '-');
  const place = 'jsonpath={.status.containerStatuses[0].state.running.startedAt} {.status.podIP}';
  const address = await eventually('it runs', async () => {
    const [startedAt, podIP] = (await cluster.kubectl('-n', 'shut', 'get', 'pod', 'early', '-o', place)).split(' ');
    return startedAt && podIP;
  });
  const rules = async () =>
    (await cluster.inside('nft', 'list', 'map', 'inet', 'orrery-policy', 'ingress-pods')).stdout;
  match(await rules(), new RegExp(`${address.replaceAll('.', '\\.')} : goto`));
  equal((await cluster.orrery('down')).code, 0);
  match(await rules(), new RegExp(`${address.replaceAll('.', '\\.')} : goto`));
});
