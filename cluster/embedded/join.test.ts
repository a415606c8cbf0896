/** Machines that join a real server over TLS: honest ones, and what a token or a node may not. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newKey } from '@orrery/apiserver/pki';
import { createClient, type Client } from '@orrery/client';
import { connect, type ConnectOptions, type SocketTransport } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import type { Node } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { systemRandom } from '@orrery/machinery/random';
import {
  certificateFor,
  clientWish,
  joinCluster,
  joinedAccess,
  joinedFiles,
  membershipOf,
  servingWish,
} from './join.ts';
import { joinedIdentity } from './joined-identity.ts';
import {
  authorityDigest,
  ensureJoining,
  newJoinToken,
  parseToken,
  printToken,
  tokenRows,
  tokenSecret,
  type JoinToken,
} from './joining.ts';
import { defaultSettings, layoutOf, type Layout } from './layout.ts';
import { startServer, type RunningServer } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-join-'));
const ranges = { podCIDRs: ['10.42.0.0/16'], serviceCIDRs: ['10.43.0.0/16'], clusterDomain: 'cluster.local' };
const common = { clock: systemClock, random: systemRandom, log: silentLog };
const open: SocketTransport[] = [];
let server: RunningServer;
let url: string;
let authority: string;
let administrator: Client;
let token: JoinToken;

const clientOf = (access: Omit<ConnectOptions, 'server' | 'ca'>): Client => {
  const transport = connect({ server: url, ca: authority, ...access });
  open.push(transport);
  return createClient(transport);
};

before(async () => {
  const root = join(folder, 'server');
  const settings = { ...defaultSettings, ...ranges, bindAddress: '127.0.0.1', port: 0, platform: false };
  server = await startServer({
    ...common,
    root,
    settings: { ...settings, nodeName: 'first', nodeIP: '192.0.2.1' },
    ...{ anyPort: true, anyConsolePort: true },
  });
  const { pki } = layoutOf(root).server;
  const pem = (name: string) => readFileSync(join(pki, name), 'utf8');
  url = `https://127.0.0.1:${server.port}`;
  authority = pem('ca.crt');
  administrator = clientOf({ cert: pem('admin.crt'), key: pem('admin.key') });
  // Twice: what is there is left as it should be.
  for (let i = 0; i < 2; i++) await ensureJoining(administrator, { server: url, authority, ranges });
  token = await newToken();
});

after(async () => {
  for (const transport of open) transport.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

async function newToken(endsInMs = 3600_000): Promise<JoinToken> {
  const made = newJoinToken(authorityDigest(authority), systemRandom);
  await administrator.create(resources.secrets, tokenSecret(made, systemClock.now() + endsInMs, 'of a test'));
  return made;
}

const machine = (name: string): Layout => layoutOf(join(folder, name));
const never = new AbortController().signal;

const joinAs = (nodeName: string, { at = nodeName, shown = token }: { at?: string; shown?: JoinToken } = {}) =>
  joinCluster({
    ...{ layout: machine(at), wanted: { server: url, nodeName }, token: shown, clock: systemClock, signal: never },
  });

const nodeClient = (at: string): Client => {
  const { cert, key } = joinedAccess(machine(at), { server: url });
  return clientOf({ cert, key });
};

const nodeObject = (name: string, address: string): Node =>
  ({
    ...{ apiVersion: 'v1', kind: 'Node', metadata: { name } },
    status: { addresses: [{ type: 'InternalIP', address }] },
  }) as Node;

async function eventually(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`did not happen: ${what}`);
    await systemClock.sleep(20);
  }
}

/** Makes the Node of a machine that joined, as its kubelet does, and waits until the cluster knows that it has. */
async function becomeNode(name: string, address: string): Promise<void> {
  const { metadata } = await nodeClient(name).create(resources.nodes, nodeObject(name, address));
  await eventually('the request is over', async () =>
    (await administrator.list(resources.certificatesigningrequests)).items.some(
      request => request.metadata.annotations?.['certificates.orrery/joined'] === metadata.uid,
    ),
  );
}

test('a token is one word, and is told without its secret', async () => {
  assert.deepEqual(parseToken(`${printToken(token)}\n`), token);
  for (const text of [
    '',
    'abcdef',
    'abcdef.0123456789abcdef',
    `${printToken(token)}x`,
    printToken(token).toUpperCase(),
  ])
    assert.equal(parseToken(text), undefined, text);
  const rows = tokenRows((await administrator.list(resources.secrets, { namespace: 'kube-system' })).items);
  assert.deepEqual(
    rows.map(({ id, description }) => [id, description]),
    [[token.id, 'of a test']],
  );
  assert.ok(!JSON.stringify(rows).includes(token.secret));
});

test('a machine joins: its key stays with it, and it knows the cluster', async () => {
  const membership = await joinAs('two');
  assert.deepEqual(membership, { server: url, nodeName: 'two', ranges });
  assert.deepEqual(membershipOf(machine('two')), membership);
  const folderOf = machine('two').agent.joined;
  assert.deepEqual(readdirSync(folderOf).toSorted(), ['ca.crt', 'cluster.json', 'kubelet-client.pem']);
  for (const name of readdirSync(folderOf)) assert.equal(statSync(join(folderOf, name)).mode & 0o777, 0o600, name);
  const certificate = new X509Certificate(joinedAccess(machine('two'), { server: url }).cert!);
  assert.equal(certificate.subject, 'O=system:nodes\nCN=system:node:two');
  assert.ok(!JSON.stringify(await administrator.list(resources.certificatesigningrequests)).includes('PRIVATE'));
});

test('nobody joins as somebody who is there', async () => {
  await assert.rejects(joinAs('two', { at: 'thief' }), /another machine is joining as "two"/);
  await becomeNode('two', '192.0.2.2');
  await assert.rejects(joinAs('two', { at: 'thief' }), /node "two" is there already: .*"kubectl delete node two"/);
  for (const name of ['localhost', 'kubernetes', 'first'])
    await assert.rejects(joinAs(name, { at: 'thief' }), /is a name of the API server/, name);
  assert.equal(membershipOf(machine('thief')), undefined);
});

test('the name of a node that was removed may be given again', async () => {
  await joinAs('three');
  await becomeNode('three', '192.0.2.3');
  await administrator.delete(resources.nodes, 'three');
  await eventually('another takes its place', async () =>
    joinAs('three', { at: 'heir' }).then(
      () => true,
      (error: Error) => {
        // For a moment the cluster remembers the one before.
        assert.match(error.message, /is there already|another machine is joining/);
        return false;
      },
    ),
  );
});

test('whom a machine trusts, and which tokens count', async () => {
  const rows: [what: string, shown: JoinToken, says: RegExp][] = [
    ['the digest of another authority', { ...token, authority: '0'.repeat(64) }, /is not the server of this token/],
    ['a secret that is none', { ...token, secret: '0123456789abcdef' }, /the token is unknown or has expired/],
    ['one that has ended', await newToken(-1000), /the token is unknown or has expired/],
  ];
  for (const [what, shown, says] of rows) await assert.rejects(joinAs('four', { at: 'stranger', shown }), says, what);
  await assert.rejects(
    joinCluster({
      ...{ layout: machine('stranger'), wanted: { server: 'https://127.0.0.1:1', nodeName: 'four' } },
      ...{ token, clock: systemClock, signal: never },
    }),
    /the API server does not answer at https:\/\/127\.0\.0\.1:1 .*--bind-address/,
  );
});

/** Whether something is refused for want of rights. */
const isForbidden = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => false,
    (error: { code?: number }) => error.code === 403,
  );

const request = (name: string, signerName: string, text: string, usages: string[]) =>
  ({
    ...{ apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name } },
    spec: { request: Buffer.from(text).toString('base64'), signerName, usages },
  }) as unknown as KubeObject;

test('a token asks for certificates and can do nothing else', async () => {
  const holder = clientOf({ token: `${token.id}.${token.secret}` });
  const namespace = 'kube-system';
  const forbidden: [what: string, call: () => Promise<unknown>][] = [
    ['nodes', () => holder.list(resources.nodes)],
    ['a node', () => holder.create(resources.nodes, nodeObject('five', '192.0.2.5'))],
    ['pods', () => holder.list(resources.pods)],
    ['secrets', () => holder.list(resources.secrets, { namespace })],
    ['its own secret', () => holder.get(resources.secrets, `bootstrap-token-${token.id}`, { namespace })],
    ['other config maps', () => holder.list(resources.configmaps, { namespace })],
    ['leases', () => holder.list(resources.leases, { namespace: 'kube-node-lease' })],
    ['more rights', () => holder.list(resources.clusterrolebindings)],
  ];
  for (const [what, call] of forbidden) assert.ok(await isForbidden(call()), what);
  const { signingRequest } = await import('@orrery/apiserver/pki');
  const asked = { dnsNames: [], addresses: [] };
  const key = await newKey();
  const almighty = await signingRequest(key, { ...asked, commonName: 'root', organizations: ['system:masters'] });
  const clientUsages = ['digital signature', 'client auth'];
  assert.ok(
    await isForbidden(
      holder.create(
        resources.certificatesigningrequests,
        request('root', 'kubernetes.io/kube-apiserver-client', almighty, clientUsages),
      ),
    ),
  );
  const person = await signingRequest(key, { ...asked, commonName: 'jane', organizations: [] });
  await holder.create(
    resources.certificatesigningrequests,
    request('jane', 'kubernetes.io/kube-apiserver-client', person, clientUsages),
  );
  const found = await holder.get(resources.certificatesigningrequests, 'jane');
  const conditions = [{ type: 'Approved', status: 'True', reason: 'x', message: '' }];
  const approved = { ...found, status: { conditions } } as unknown as KubeObject;
  assert.ok(
    await isForbidden(holder.update(resources.certificatesigningrequests, approved, { subresource: 'approval' })),
    'it approves nothing',
  );
});

test('anybody may read who the cluster is, and nothing beside', async () => {
  const anybody = clientOf({});
  const found = await anybody.get(resources.configmaps, 'cluster-info', { namespace: 'kube-public' });
  assert.match(JSON.stringify(found), /certificate-authority-data/);
  assert.ok(await isForbidden(anybody.get(resources.configmaps, 'orrery-cluster', { namespace: 'kube-system' })));
  assert.ok(await isForbidden(anybody.list(resources.configmaps, { namespace: 'kube-public' })));
});

test('a node is itself alone', async () => {
  await joinAs('six');
  const six = nodeClient('six');
  await six.create(resources.nodes, nodeObject('six', '192.0.2.6'));
  const namespace = 'kube-system';
  const status = { status: { addresses: [] } };
  const forbidden: [what: string, call: () => Promise<unknown>][] = [
    ['the status of another', () => six.patch(resources.nodes, 'two', 'merge', status, { subresource: 'status' })],
    ['to remove a node', () => six.delete(resources.nodes, 'two')],
    ['a node of another name', () => six.create(resources.nodes, nodeObject('seven', '192.0.2.7'))],
    [
      'taints of its own',
      () => six.patch(resources.nodes, 'six', 'merge', { spec: { taints: [{ key: 'mine', effect: 'NoSchedule' }] } }),
    ],
    ['all secrets', () => six.list(resources.secrets)],
    ['tokens', () => six.get(resources.secrets, `bootstrap-token-${token.id}`, { namespace })],
    [
      'endpoints',
      () =>
        six.create(resources.endpointslices, {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: { name: 'x', namespace },
          addressType: 'IPv4',
          endpoints: [],
        } as unknown as KubeObject),
    ],
    ['services', () => six.delete(resources.services, 'kube-dns', { namespace })],
    [
      'the addresses of the cluster',
      () => six.patch(resources.configmaps, 'orrery-cluster', 'merge', { data: {} }, { namespace }),
    ],
  ];
  for (const [what, call] of forbidden) assert.ok(await isForbidden(call()), what);
  // What its network needs of others, it reads.
  for (const resource of [resources.services, resources.endpointslices, resources.nodes, resources.namespaces])
    assert.ok(await six.list(resource));
  const wishes: [what: string, wish: Parameters<typeof certificateFor>[2], says: RegExp][] = [
    ['as another node', { ...servingWish('two', []) }, /system:node:six may not serve as system:node:two/],
    [
      'the name of the API',
      { ...servingWish('six', []), dnsNames: ['six', 'kubernetes'] },
      /is not the name of the node/,
    ],
    [
      'the address of the API',
      servingWish('six', ['127.0.0.1']),
      /is an address or name of the API server or of another/,
    ],
    [
      'the service of the API',
      servingWish('six', ['10.43.0.1']),
      /is an address or name of the API server or of another/,
    ],
    [
      'the address of another',
      servingWish('six', ['192.0.2.2']),
      /is an address or name of the API server or of another/,
    ],
  ];
  for (const [what, wish, says] of wishes)
    await assert.rejects(certificateFor(six, await newKey(), wish, systemClock, never), says, what);
  const renewal = await certificateFor(six, await newKey(), clientWish('six'), systemClock, never);
  assert.equal(new X509Certificate(renewal).subject, 'O=system:nodes\nCN=system:node:six');
});

test('a kubelet serves with a certificate of the cluster once its node is there, and again after a restart', async () => {
  await joinAs('eight');
  const layout = machine('eight');
  const membership = membershipOf(layout)!;
  const identity = await joinedIdentity({ ...common, layout, membership, nodeIP: '192.0.2.8' });
  assert.ok(!new X509Certificate(String(identity.serving.cert)).checkIssued(new X509Certificate(authority)));
  const client = nodeClient('eight');
  await client.create(resources.nodes, nodeObject('eight', '192.0.2.8'));
  const ending = new AbortController();
  let served = '';
  await identity.keep!(client, ({ cert }) => void (served = String(cert)), ending.signal);
  ending.abort();
  const certificate = new X509Certificate(served);
  assert.ok(certificate.verify(new X509Certificate(authority).publicKey));
  assert.equal(certificate.subjectAltName, 'DNS:eight, IP Address:192.0.2.8');
  const again = await joinedIdentity({ ...common, layout, membership, nodeIP: '192.0.2.8' });
  assert.equal(new X509Certificate(String(again.serving.cert)).fingerprint256, certificate.fingerprint256);
  const moved = await joinedIdentity({ ...common, layout, membership, nodeIP: '192.0.2.9' });
  assert.notEqual(new X509Certificate(String(moved.serving.cert)).fingerprint256, certificate.fingerprint256);
  assert.equal(statSync(joinedFiles(layout).serving).mode & 0o777, 0o600);
});
