/** Network policies from a real API server to statements: what is written when, and what a pod that starts waits for. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { createClient, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { NetworkPolicy, Pod } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { startPolicies, type Nft, type Policies } from '@orrery/network';
import { createContext } from '@orrery/reconciler';
import { createMemoryStore } from '@orrery/store/memory';
import { ensureClusterDns } from './cluster-dns.ts';

const store = createMemoryStore({ clock: systemClock });
let server: ApiServer;
let client: Client;
const ending = new AbortController();

before(async () => {
  server = await createApiServer({ store, clock: systemClock, random: seededRandom(1), log: silentLog });
  await server.ready;
  client = createClient(server.handler, { user: { name: 'admin', groups: ['system:masters'] } });
  await client.create(resources.namespaces, { metadata: { name: 'n' } });
});
after(async () => {
  ending.abort();
  await server.close();
  await store.close();
});

/** A kernel that takes statements when it is let, and refuses when it is told to. */
class Kernel {
  readonly scripts: (readonly string[])[] = [];
  refuses = false;
  refused = 0;
  gate: Promise<void> = Promise.resolve();
  readonly nft: Nft = async statements => {
    await this.gate;
    if (this.refuses) {
      this.refused++;
      throw new Error('no');
    }
    this.scripts.push(statements);
  };
  get last(): string {
    return this.scripts.at(-1)?.join('\n') ?? '';
  }
}

function start(kernel: Kernel): { policies: Policies; end(): void } {
  const ended = new AbortController();
  const signal = AbortSignal.any([ending.signal, ended.signal]);
  const context = createContext({ client, clock: systemClock, random: seededRandom(2), log: silentLog, signal });
  const policies = startPolicies(context, {
    nodeName: 'here',
    nodeAddresses: ['192.0.2.10'],
    podCIDRs: ['10.42.0.0/16'],
    bridge: 'orrery0',
    nft: kernel.nft,
  });
  return { policies, end: () => ended.abort() };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!holds()) {
    ok(Date.now() < deadline, what);
    await systemClock.sleep(5);
  }
}

const pod = (name: string): Pod => ({
  metadata: { name, namespace: 'n', labels: { app: name } },
  spec: { nodeName: 'here', containers: [{ name: 'c', image: 'i' }] },
});
const create = <T extends KubeObject>(resource: Parameters<Client['create']>[0], object: T) =>
  client.create<T>(resource, object, { namespace: 'n' });
const closed = (name: string, app: string): NetworkPolicy => ({
  metadata: { name, namespace: 'n' },
  spec: { podSelector: { matchLabels: { app } }, policyTypes: ['Ingress'] },
});
const never = new AbortController().signal;

test('without policies the table is there, and no pod waits', async () => {
  const kernel = new Kernel();
  const { policies, end } = start(kernel);
  await policies.ready;
  match(kernel.last, /add table inet orrery-policy/);
  kernel.gate = new Promise(() => {});
  await policies.isolated(pod('any'), '10.42.0.9', never);
  end();
});

test('the first policy is followed, and those after it', async () => {
  const kernel = new Kernel();
  const { policies, end } = start(kernel);
  await policies.ready;
  const web = await create(resources.pods, pod('web'));
  await client.update(
    resources.pods,
    { ...web, status: { phase: 'Running', podIP: '10.42.0.7', podIPs: [{ ip: '10.42.0.7' }] } },
    { subresource: 'status' },
  );
  await create(resources.networkpolicies, closed('one', 'web'));
  await until('it is isolated', () => /ingress-pods \{ 10\.42\.0\.7 : goto/.test(kernel.last));
  await client.delete(resources.networkpolicies, 'one', { namespace: 'n' });
  await until('it is not', () => /delete element inet orrery-policy ingress-pods \{ 10\.42\.0\.7 \}/.test(kernel.last));
  await client.delete(resources.pods, 'web', { namespace: 'n' });
  end();
});

test('a pod that is isolated starts when the kernel knows; another, and one that is given up, does not wait', async () => {
  await create(resources.networkpolicies, closed('two', 'shut'));
  const kernel = new Kernel();
  const { policies, end } = start(kernel);
  await policies.ready;
  const opening = Promise.withResolvers<void>();
  kernel.gate = opening.promise;
  const shut = await create(resources.pods, pod('shut'));
  let started = false;
  const waiting = policies.isolated(shut, '10.42.0.8', never).then(() => (started = true));
  await policies.isolated(pod('free'), '10.42.0.9', never);
  const leaving = new AbortController();
  const left = policies.isolated(shut, '10.42.0.8', leaving.signal);
  leaving.abort(new Error('given up'));
  await rejects(left, /given up/);
  equal(started, false);
  opening.resolve();
  await waiting;
  match(kernel.scripts.flat().join('\n'), /ingress-pods \{ 10\.42\.0\.8 : goto/);
  // What the API tells of the pod, still without an address, takes nothing back.
  await client.patch(
    resources.pods,
    'shut',
    'merge',
    { metadata: { annotations: { seen: 'yes' } } },
    { namespace: 'n' },
  );
  await create(resources.networkpolicies, closed('three', 'shut'));
  await until('a policy that came later is there', () => kernel.scripts.flat().some(line => /delete chain/.test(line)));
  equal(kernel.scripts.flat().filter(line => /delete element .*10\.42\.0\.8 \}/.test(line)).length, 1);
  end();
});

test('when the kernel refuses, the whole table is written again', async () => {
  const kernel = new Kernel();
  const { policies, end } = start(kernel);
  await policies.ready;
  const before = kernel.scripts.length;
  kernel.refuses = true;
  await create(resources.networkpolicies, closed('four', 'shut'));
  const waiting = policies.isolated(pod('shut'), '10.42.0.8', never);
  await until('it is refused', () => kernel.refused > 0);
  kernel.refuses = false;
  await waiting;
  match(kernel.scripts[before]!.join('\n'), /delete table[\s\S]*ingress-pods \{ 10\.42\.0\.8 : goto/);
  end();
});

test('the role of the network gets what an earlier release did not give it', async () => {
  const clusterroles = { group: 'rbac.authorization.k8s.io', version: 'v1', resource: 'clusterroles' };
  const name = 'system:orrery:network';
  await client.create(resources.namespaces, { metadata: { name: 'kube-system' } }).catch(() => {});
  // Nobody hands out service addresses here.
  const spec = { clusterIP: '10.96.0.10', clusterIPs: ['10.96.0.10'], internalTrafficPolicy: 'Local' };
  const dns = { metadata: { name: 'kube-dns', namespace: 'kube-system' }, spec: { ...spec, ports: [{ port: 53 }] } };
  await client.create(resources.services, dns as KubeObject);
  await ensureClusterDns(client, '10.96.0.10');
  type Role = KubeObject & { rules: { resources: string[] }[] };
  const rulesNow = async () => (await client.get<Role>(clusterroles, name)).rules;
  const wanted = await rulesNow();
  await client.patch(clusterroles, name, 'merge', { rules: wanted.slice(0, 1) });
  await ensureClusterDns(client, '10.96.0.10');
  deepEqual(await rulesNow(), wanted);
  ok(wanted.some(rule => rule.resources.includes('networkpolicies')));
});
