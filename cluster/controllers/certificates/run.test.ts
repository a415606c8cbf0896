/** Signing requests from a kubelet's key to its certificate, under RBAC and with a real authority. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { ensurePki, type Pki } from '@orrery/apiserver/pki';
import { securityParts } from '@orrery/apiserver/security';
import { createClient } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { UserInfo } from '@orrery/http';
import type { CertificateSigningRequest } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom, systemRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { startTestControlPlane, type TestControlPlane } from '../testing.ts';
import { isOver, lifetimeOf, recognize, signers, type RequestFacts } from './signers.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-csr-'));
const store = createMemoryStore({ clock: systemClock });
const resource = resources.certificatesigningrequests;
let server: ApiServer;
let plane: TestControlPlane;
let pki: Pki;

before(async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  const serving = { serviceAddresses: ['10.96.0.1'], names: ['localhost'] };
  pki = await ensurePki({ directory: folder, serving, clock: systemClock, random: systemRandom, log: silentLog });
  const parts = securityParts({ serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 });
  server = await createApiServer({ store, clock: systemClock, random: seededRandom(1), log: silentLog, parts });
  await server.ready;
  plane = startTestControlPlane(server.handler, { certificates: pki.requests });
});
after(async () => {
  await plane.stop();
  await server.close();
  await store.close();
  rmSync(folder, { recursive: true });
});

/** A request as openssl makes it. */
function newRequest(subject: string, names = ''): string {
  const key = join(folder, 'request.key');
  const args = ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
  const more = names === '' ? [] : ['-addext', `subjectAltName=${names}`];
  const pem = execFileSync('openssl', [...args, '-subj', subject, ...more], { stdio: ['ignore', 'pipe', 'ignore'] });
  return pem.toString('base64');
}

const as = (name: string, ...groups: string[]) => {
  const user: UserInfo = { name, groups: [...groups, 'system:authenticated'] };
  return createClient(server.handler, { user });
};

function ask(client: ReturnType<typeof as>, name: string, request: string, signer: string, usages: string[]) {
  const spec = { request, signerName: `kubernetes.io/${signer}`, usages, expirationSeconds: 3600 };
  const object = { apiVersion: 'certificates.k8s.io/v1', kind: 'CertificateSigningRequest', metadata: { name }, spec };
  return client.create(resource, object as unknown as KubeObject) as Promise<CertificateSigningRequest>;
}

const read = (name: string) => plane.client.get<CertificateSigningRequest>(resource, name);
const clientUsages = ['digital signature', 'client auth'];

test('a node renews its own client certificate without a person', async () => {
  const node = as('system:node:n1', 'system:nodes');
  await ask(node, 'n1', newRequest('/O=system:nodes/CN=system:node:n1'), 'kube-apiserver-client-kubelet', clientUsages);
  // The right itself is a binding that kubeadm makes, and nobody has from the start.
  await plane.client.create(resources.clusterrolebindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'rotation' },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'system:certificates.k8s.io:certificatesigningrequests:selfnodeclient',
    },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name: 'system:nodes' }],
  } as KubeObject);
  assert.equal((await read('n1')).status?.certificate, undefined);
  await ask(
    node,
    'n1b',
    newRequest('/O=system:nodes/CN=system:node:n1'),
    'kube-apiserver-client-kubelet',
    clientUsages,
  );
  const signed = await plane.eventually('it is signed', async () => {
    const found = await read('n1b');
    return found.status?.certificate && found;
  });
  assert.deepEqual(
    signed.status!.conditions!.map(({ type, reason, message }) => [type, reason, message]),
    [['Approved', 'AutoApproved', 'Auto approving self kubelet client certificate after SubjectAccessReview.']],
  );
  const certificate = new X509Certificate(Buffer.from(signed.status!.certificate!, 'base64'));
  assert.ok(certificate.verify(new X509Certificate(pki.authority).publicKey));
  assert.equal(certificate.subject, 'O=system:nodes\nCN=system:node:n1');
  assert.deepEqual(certificate.keyUsage, ['1.3.6.1.5.5.7.3.2']);
  const hours = (certificate.validToDate.getTime() - certificate.validFromDate.getTime()) / 3600_000;
  assert.equal(Math.round(hours), 1);
});

test('a person approves; what the signer may not sign fails and says why', async () => {
  const request = newRequest('/O=developers/CN=jane', 'DNS:jane.example.com');
  await ask(as('jane'), 'jane', request, 'kube-apiserver-client', ['client auth']).then(
    () => assert.fail('jane may not ask'),
    (error: Error) => assert.match(error.message, /cannot create resource "certificatesigningrequests"/),
  );
  await ask(plane.client, 'jane', request, 'kube-apiserver-client', ['client auth']);
  await ask(plane.client, 'bad', request, 'kubelet-serving', ['server auth']);
  for (const name of ['jane', 'bad']) {
    const found = await read(name);
    const conditions = [{ type: 'Approved', status: 'True', reason: 'ByHand', message: 'yes' }];
    await plane.client.update(resource, { ...found, status: { conditions } } as CertificateSigningRequest, {
      subresource: 'approval',
    });
  }
  const signed = await plane.eventually('signed', async () => (await read('jane')).status?.certificate);
  assert.match(new X509Certificate(Buffer.from(signed, 'base64')).subjectAltName!, /DNS:jane.example.com/);
  const failed = await plane.eventually('failed', async () =>
    (await read('bad')).status?.conditions?.find(({ type }) => type === 'Failed'),
  );
  assert.deepEqual(
    [failed.reason, failed.message],
    ['SignerValidationFailure', 'subject organization is not system:nodes'],
  );
});

test('rights to a signer are needed to approve and to sign, and nobody becomes almighty', async () => {
  await plane.client.create(resources.clusterroles, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'requests' },
    rules: [
      {
        apiGroups: ['certificates.k8s.io'],
        resources: [
          'certificatesigningrequests',
          'certificatesigningrequests/approval',
          'certificatesigningrequests/status',
        ],
        verbs: ['*'],
      },
    ],
  } as KubeObject);
  await plane.client.create(resources.clusterrolebindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'requests' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'requests' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'clerk' }],
  } as KubeObject);
  const clerk = as('clerk');
  await ask(clerk, 'waiting', newRequest('/CN=x'), 'kube-apiserver-client', ['client auth']);
  const found = await read('waiting');
  const conditions = [{ type: 'Approved', status: 'True', reason: 'x', message: '' }];
  const update = (status: object, subresource: string) =>
    clerk.update(resource, { ...found, status } as CertificateSigningRequest, { subresource });
  await assert.rejects(
    update({ conditions }, 'approval'),
    /certificatesigningrequests.certificates.k8s.io "waiting" is forbidden: user not permitted to approve requests with signerName "kubernetes.io\/kube-apiserver-client"/,
  );
  const certificate = Buffer.from(pki.authority).toString('base64');
  await assert.rejects(update({ certificate }, 'status'), /user not permitted to sign requests with signerName/);
  await assert.rejects(
    ask(clerk, 'root', newRequest('/O=system:masters/CN=root'), 'kube-apiserver-client', ['client auth']),
    /use of kubernetes.io\/kube-apiserver-client signer with system:masters group is not allowed/,
  );
});

test('the rules of the signers', () => {
  const facts: RequestFacts = {
    ...{
      commonName: 'system:node:a',
      organizations: ['system:nodes'],
      dnsNames: [],
      addresses: [],
      emails: [],
      uris: [],
    },
  };
  const served = { ...facts, dnsNames: ['a'] };
  const serverUsages = ['digital signature', 'server auth', 'key encipherment'];
  const rows: [string, string, RequestFacts, string[], string | undefined][] = [
    ['a kubelet', 'kube-apiserver-client-kubelet', facts, clientUsages, undefined],
    [
      'of another group too',
      'kube-apiserver-client-kubelet',
      { ...facts, organizations: ['system:nodes', 'x'] },
      clientUsages,
      'subject organization is not system:nodes',
    ],
    ['with a name', 'kube-apiserver-client-kubelet', served, clientUsages, 'DNS subjectAltNames are not allowed'],
    [
      'as a server',
      'kube-apiserver-client-kubelet',
      facts,
      serverUsages,
      'usages did not match expected usages for this signer',
    ],
    ['a serving kubelet', 'kubelet-serving', served, serverUsages, undefined],
    ['without names', 'kubelet-serving', facts, serverUsages, 'DNS or IP subjectAltName is required'],
    [
      'a mail address',
      'kubelet-serving',
      { ...served, emails: ['a@b'] },
      serverUsages,
      'Email subjectAltNames are not allowed',
    ],
    [
      'a person',
      'kubelet-serving',
      { ...served, commonName: 'a' },
      serverUsages,
      'subject common name does not begin with system:node:',
    ],
    [
      'a client that serves',
      'kube-apiserver-client',
      facts,
      ['client auth', 'server auth'],
      'usages did not match expected usages for this signer',
    ],
  ];
  const specOf = (signer: string, usages: string[]) =>
    ({ request: '', signerName: `kubernetes.io/${signer}`, usages }) as unknown as CertificateSigningRequest['spec'];
  for (const [what, signer, given, usages, expected] of rows) {
    const spec = specOf(signer, usages);
    assert.equal(signers.get(spec.signerName)!(given, spec), expected, what);
  }
  const spec = { ...specOf('kube-apiserver-client-kubelet', clientUsages), username: 'system:node:a' };
  assert.deepEqual(
    recognize(facts, spec).map(({ right }) => right),
    ['selfnodeclient', 'nodeclient'],
  );
  assert.deepEqual(
    recognize(facts, { ...spec, username: 'bootstrap' }).map(({ right }) => right),
    ['nodeclient'],
  );
  assert.deepEqual(recognize(served, spec), []);
  assert.deepEqual(
    [undefined, 60, 7200, 1e9].map(seconds => lifetimeOf({ ...spec, expirationSeconds: seconds }) / 1000),
    [31_536_000, 600, 7200, 31_536_000],
  );
});

test('what is of no more use goes', () => {
  const now = Date.parse('2026-01-02T00:00:00Z');
  const ends = (pem: string) => Number(pem);
  const at = (hoursAgo: number) => new Date(now - hoursAgo * 3600_000).toISOString();
  const request = (age: number, status: object) =>
    ({ metadata: { name: 'x', creationTimestamp: at(age) }, spec: {}, status }) as CertificateSigningRequest;
  const condition = (type: string, age: number) => ({
    conditions: [{ type, status: 'True', lastUpdateTime: at(age) }],
  });
  const rows: [string, CertificateSigningRequest, boolean][] = [
    ['a new one', request(1, {}), false],
    ['one that nobody decided on for a day', request(25, {}), true],
    ['just approved', request(30, condition('Approved', 0.5)), false],
    ['approved and fetched long ago', request(30, condition('Approved', 2)), true],
    ['denied', request(2, condition('Denied', 1.5)), true],
    ['failed', request(2, condition('Failed', 1.5)), true],
    ['ended', request(0.2, { certificate: Buffer.from(String(now - 1)).toString('base64') }), true],
  ];
  for (const [what, given, expected] of rows) assert.equal(isOver(given, now, ends), expected, what);
});
