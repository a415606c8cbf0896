/** The node with the rights of a node and no more: authorizer, restriction and tokens of the real API server. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, suite, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { securityParts } from '@orrery/apiserver/security';
import { createClient, type Client } from '@orrery/client';
import type { Node, Pod } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { createLog, silentLog, type Log } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { createContext } from '@orrery/reconciler';
import { createMemoryStore } from '@orrery/store/memory';
import { startNode, type NodeAgent } from './node.ts';
import { createSimulatedRuntime, passingProber, simulatedMachine } from './simulated.ts';
import { core } from './testing.ts';
import { noMounter } from './volumes/mounts.ts';

suite('a node with the rights of a node', () => {
  const store = createMemoryStore({ clock: systemClock });
  const stopping = new AbortController();
  const complaints: string[] = [];
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  let server: ApiServer;
  let admin: Client;
  let agent: NodeAgent;
  let dataDir = '';

  before(async () => {
    dataDir = await mkdtemp(path.join(tmpdir(), 'orrery-rights-'));
    const parts = securityParts({ serviceAccountKey: privateKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 });
    server = await createApiServer({ store, clock: systemClock, random: systemRandom, log: silentLog, parts });
    await server.ready;
    admin = createClient(server.handler, {
      user: { name: 'admin', groups: ['system:masters', 'system:authenticated'] },
    });
    for (const name of ['default', 'kube-node-lease']) {
      await admin
        .create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
        .catch(() => {});
    }
    for (const [resource, kind, name] of [
      ['serviceaccounts', 'ServiceAccount', 'default'],
      ['configmaps', 'ConfigMap', 'kube-root-ca.crt'],
    ] as const) {
      const body = {
        apiVersion: 'v1',
        kind,
        metadata: { name, namespace: 'default' },
        ...(kind === 'ConfigMap' && { data: { 'ca.crt': 'pem' } }),
      };
      await admin.create(core(resource), body).catch(() => {});
    }
    const user = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
    const client = createClient(server.handler, { user });
    const log: Log = createLog(systemClock, line => complaints.push(line), 'warn');
    const context = createContext({ client, clock: systemClock, random: systemRandom, log, signal: stopping.signal });
    agent = await startNode(context, {
      nodeName: 'n1',
      nodeIP: '192.0.2.7',
      clusterDNS: [],
      clusterDomain: 'cluster.local',
      runtime: createSimulatedRuntime({ clock: systemClock, random: systemRandom }),
      machine: simulatedMachine({ name: 'n1', clock: systemClock }),
      prober: passingProber,
      dataDir,
      mounter: noMounter,
    });
    await agent.registered;
  });
  after(async () => {
    stopping.abort();
    await agent.stop();
    await server.close();
    await store.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const until = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
    for (const deadline = systemClock.monotonic() + 60_000; systemClock.monotonic() < deadline;) {
      if (await holds()) return;
      await systemClock.sleep(25);
    }
    const pods = await admin.list<Pod>(core('pods'));
    const events = await admin.list<Pod & { message: string }>(core('events'));
    assert.fail(
      `${what}: ${JSON.stringify(pods.items[0]?.status)} ${events.items.map(({ message }) => message).join('\n')} ${complaints.join('\n')}`,
    );
  };

  test('is registered, and its heartbeats are not refused', async () => {
    assert.equal((await admin.get<Node>(core('nodes'), 'n1')).metadata.name, 'n1');
    const leases = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases' };
    await until('no lease', () =>
      admin.get(leases, 'n1', { namespace: 'kube-node-lease' }).then(
        () => true,
        () => false,
      ),
    );
  });

  test('runs a pod with a token, a config map and a secret of its own, and lets go of it', async () => {
    await admin.create(core('secrets'), {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'login', namespace: 'default' },
      data: { password: btoa('s3cret') },
    } as never);
    const body = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        nodeName: 'n1',
        containers: [
          {
            name: 'a',
            image: 'x:1',
            env: [{ name: 'P', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } }],
          },
        ],
      },
    };
    const created = await admin.create<Pod>(core('pods'), body as Pod);
    const get = () => admin.get<Pod>(core('pods'), 'web', { namespace: 'default' });
    await until('not running', async () => (await get()).status?.phase === 'Running');
    const volume = created.spec.volumes?.find(({ projected }) => projected);
    assert.ok(volume, 'the service account admission gives a token');
    const directory = path.join(dataDir, 'pods', created.metadata.uid!, 'volumes/kubernetes.io~projected', volume.name);
    const token = await readFile(path.join(directory, 'token'), 'utf8');
    const claims = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as {
      sub: string;
      'kubernetes.io': { pod: { uid: string } };
    };
    assert.equal(claims.sub, 'system:serviceaccount:default:default');
    assert.equal(claims['kubernetes.io'].pod.uid, created.metadata.uid);
    assert.equal(await readFile(path.join(directory, 'namespace'), 'utf8'), 'default');
    assert.equal(await readFile(path.join(directory, 'ca.crt'), 'utf8'), 'pem');
    await admin.delete(core('pods'), 'web', { namespace: 'default', gracePeriodSeconds: 1 });
    await until('still there', () =>
      get().then(
        () => false,
        () => true,
      ),
    );
  });

  test('asks the cluster who its callers are', async () => {
    const call = async (headers: Record<string, string>) => {
      const request = { method: 'GET', target: '/pods', headers, body: new Uint8Array(), signal: stopping.signal };
      return (await agent.handler(request)).status;
    };
    assert.equal(await call({}), 401);
    assert.equal(await call({ authorization: 'Bearer nonsense' }), 401);
    const spec = { audiences: [], expirationSeconds: 3600 };
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec };
    const { status } = await admin.create<typeof request & { status?: { token: string } }>(
      core('serviceaccounts'),
      request,
      { namespace: 'default', name: 'default', subresource: 'token' },
    );
    assert.equal(await call({ authorization: `Bearer ${status!.token}` }), 403);
  });

  test('nothing was refused on the way', () => assert.deepEqual(complaints, []));
});
