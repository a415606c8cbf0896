/** Two replicas of the platform behind one address: who logs in at one is known at the other, and one of them runs the controllers. */
import { equal, match, notEqual, ok } from 'node:assert/strict';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { eventually } from './support/cluster.ts';
import {
  callerOf,
  firstPassword,
  restrictedKubeconfig,
  startPlatformProcess,
  startSimulated,
  type Caller,
  type Guest,
  type SimulatedCluster,
} from './support/platform.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const password = 'Pa55word-long';

let cluster: SimulatedCluster;
let replicas: Guest[];
let balancer: Server;
let backends: number[] = [];
const sockets = new Set<Socket>();
/** Takes a connection per call, so that calls alternate between the replicas. */
let caller: Caller;

/** Hands each connection to the next backend in turn. */
function startBalancer(): Promise<Server> {
  let turn = 0;
  const server = createServer(client => {
    const backend = connect(backends[turn++ % backends.length]!, '127.0.0.1');
    for (const socket of [client, backend]) {
      sockets.add(socket.once('close', () => sockets.delete(socket)));
      socket.on('error', () => {});
    }
    client.pipe(backend).pipe(client);
  });
  return new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(server)));
}

before(async () => {
  cluster = await startSimulated('--no-platform');
  const kubeconfig = await restrictedKubeconfig(cluster.kubeconfig, cluster.folder);
  balancer = await startBalancer();
  const url = `http://127.0.0.1:${(balancer.address() as AddressInfo).port}`;
  const start = () =>
    startPlatformProcess(kubeconfig, '--url', url, '--admin-password-file', `${cluster.folder}/password`);
  // Both at once, on a cluster that has nothing yet.
  replicas = await Promise.all([start(), start()]);
  backends = replicas.map(replica => Number(new URL(replica.url).port));
  caller = callerOf({ url }, { fresh: true });
});

after(async () => {
  for (const { process } of replicas) process.kill('SIGKILL');
  for (const socket of sockets) socket.destroy();
  balancer.close();
  await cluster.remove();
});

/** What several calls in a row answer: each replica has its say. */
async function statuses(target: string, token: string, count = 6): Promise<Set<number>> {
  const found = new Set<number>();
  for (let at = 0; at < count; at++) found.add((await caller.call('GET', target, { token })).status);
  return found;
}

const refresh = (token: string) =>
  caller.call('POST', '/oauth/token', {
    form: { grant_type: 'refresh_token', client_id: 'kubesphere', client_secret: 'kubesphere', refresh_token: token },
  });

test('whoever logs in at one is known at both at once', async () => {
  const { access_token: first } = await caller.tokens('admin', firstPassword);
  const body = { currentPassword: firstPassword, password };
  const changed = await caller.call('PUT', `${iam}/users/admin/password`, { token: first, body });
  ok(changed.status < 300, changed.text);
  const { access_token: token } = await eventually('both know the new password', async () => {
    const [one, other] = [await caller.tokens('admin', password), await caller.tokens('admin', password)];
    return one && other;
  });
  await eventually('both let him in', async () => [...(await statuses('/oauth/userinfo', token))].join() === '200');
  equal([...(await statuses(`${iam}/users`, token))].join(), '200');
});

test('a refresh token that one issued is good at the other, and once', async () => {
  const { refresh_token: issued } = await caller.tokens('admin', password);
  const next = await refresh(issued);
  equal(next.status, 200, next.text);
  notEqual(next.body['refresh_token'], issued);
  const again = await refresh(issued);
  notEqual(again.status, 200, 'used twice: one of the two is stolen');
  notEqual((await refresh(String(next.body['refresh_token']))).status, 200, 'and the session is over');
});

test('a log-out at one ends the session at both', async () => {
  const { access_token: token } = await caller.tokens('admin', password);
  equal([...(await statuses('/oauth/userinfo', token))].join(), '200');
  equal((await caller.call('GET', '/oauth/logout', { token })).status, 200);
  await eventually('both refuse', async () => [...(await statuses('/oauth/userinfo', token))].join() === '401');
});

interface Lease {
  readonly spec: { readonly holderIdentity: string };
}

const holder = async (): Promise<string> =>
  (
    (await cluster.admin.get(resources.leases, 'orrery-platform', {
      namespace: 'kubesphere-system',
    })) as unknown as Lease
  ).spec.holderIdentity;

/** The process that has this name; the lease names host and process. */
const replicaOf = (identity: string): Guest | undefined =>
  replicas.find(({ process: { pid } }) => identity.endsWith(`-${pid}`));

test('one of them runs the controllers; when it is killed the other takes over, and goes on serving meanwhile', async () => {
  const { access_token: token } = await caller.tokens('admin', password);
  const made = await caller.call('POST', `${tenant}/workspaces`, {
    token,
    body: { metadata: { name: 'w1' }, spec: {} },
  });
  ok(made.status < 300, made.text);
  const before = await holder();
  const leader = replicaOf(before);
  ok(leader, before);
  leader.process.kill('SIGKILL');
  backends = replicas.filter(replica => replica !== leader).map(({ url }) => Number(new URL(url).port));
  // The other may have to hear of it yet.
  await eventually(
    'the other serves',
    async () => [...(await statuses(`${tenant}/workspaces/w1`, token))].join() === '200',
  );
  const role = 'orrery:workspace:w1-viewer';
  await cluster.admin.delete(resources.clusterroles, role);
  await eventually('the other leads', async () => (await holder()) !== before);
  const healed = await eventually('what was taken is healed', () => cluster.admin.get(resources.clusterroles, role));
  match(String(healed.metadata.annotations?.['platform.orrery.io/source']), /w1-viewer/);
});
