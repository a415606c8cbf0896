import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import type { UserInfo } from '@orrery/http';
import { securityParts } from './security.ts';
import { at, podOf, startServer } from './testing/server.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
const options = { serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443, clientAuthority: 'PEM' };

async function start() {
  const server = await startServer({ parts: securityParts(options) });
  await server.server.ready;
  const as = (user: UserInfo) => (method: string, target: string, body?: unknown) =>
    server.call(method, target, { user, ...(body !== undefined && { body }) });
  return { ...server, as };
}

test('a fresh server has what every cluster has', async () => {
  const { get, close } = await start();
  const kubernetes = await get('/api/v1/namespaces/default/services/kubernetes');
  assert.deepEqual(at(kubernetes.body, 'spec', 'clusterIPs'), ['10.96.0.1']);
  assert.equal(at(kubernetes.body, 'spec', 'ports', 0, 'targetPort'), 6443);
  const counts: [string, number][] = [
    ['/api/v1/namespaces', 4],
    ['/apis/rbac.authorization.k8s.io/v1/clusterroles', 68],
    ['/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', 49],
    ['/apis/rbac.authorization.k8s.io/v1/roles', 7],
    ['/apis/scheduling.k8s.io/v1/priorityclasses', 2],
    ['/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas', 11],
  ];
  for (const [path, count] of counts)
    assert.equal((at((await get(path)).body, 'items') as unknown[]).length, count, path);
  const cidr = await get('/apis/networking.k8s.io/v1/servicecidrs/kubernetes');
  assert.equal(at(cidr.body, 'status', 'conditions', 0, 'type'), 'Ready');
  const authentication = await get('/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication');
  assert.equal(at(authentication.body, 'data', 'client-ca-file'), 'PEM');
  await close();
});

test('rights come and go with bindings, at once', async () => {
  const { create, call, as, close } = await start();
  const alice = as({ name: 'alice', groups: [] });
  const refused = await alice('GET', '/api/v1/namespaces/default/pods');
  assert.equal(refused.status, 403);
  assert.equal(
    at(refused.body, 'message'),
    'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "default"',
  );
  assert.equal((await alice('GET', '/version')).status, 200);
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  const subjects = [{ kind: 'User', name: 'alice', apiGroup: 'rbac.authorization.k8s.io' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:aggregate-to-view' };
  const binding = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'b' },
    subjects,
    roleRef,
  };
  assert.equal((await create(`${rbac}/namespaces/default/rolebindings`, binding)).status, 201);
  assert.equal((await alice('GET', '/api/v1/namespaces/default/pods')).status, 200);
  assert.equal((await alice('GET', '/api/v1/namespaces/kube-system/pods')).status, 403);
  const escalation = await alice('POST', `${rbac}/namespaces/default/rolebindings`, {
    ...binding,
    metadata: { name: 'c' },
  });
  assert.equal(escalation.status, 403);
  await call('DELETE', `${rbac}/namespaces/default/rolebindings/b`);
  assert.equal((await alice('GET', '/api/v1/namespaces/default/pods')).status, 403);
  await close();
});

test('nobody grants what they do not hold', async () => {
  const { create, as, close } = await start();
  const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default';
  const role = (name: string, resource: string, verbs: string[], apiGroup = '') => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name },
    rules: [{ apiGroups: [apiGroup], resources: [resource], verbs }],
  });
  await create(`${rbac}/roles`, role('writer', 'roles', ['create'], 'rbac.authorization.k8s.io'));
  const subjects = [{ kind: 'User', name: 'dave', apiGroup: 'rbac.authorization.k8s.io' }];
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'writer' };
  await create(`${rbac}/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'w' },
    subjects,
    roleRef,
  });
  const answer = await as({ name: 'dave', groups: ['system:authenticated'] })(
    'POST',
    `${rbac}/roles`,
    role('b', 'secrets', ['get']),
  );
  assert.equal(answer.status, 403);
  assert.equal(
    at(answer.body, 'message'),
    'roles.rbac.authorization.k8s.io "b" is forbidden: user "dave" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n' +
      '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}',
  );
  await close();
});

test('a pod of a service account speaks with its token until it is gone', async () => {
  const { create, call, get, server, close } = await start();
  await create('/api/v1/namespaces/default/serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  const pod = await create('/api/v1/namespaces/default/pods', podOf('p'));
  assert.equal(pod.status, 201, pod.text);
  assert.equal(at(pod.body, 'spec', 'serviceAccountName'), 'default');
  assert.equal((at(pod.body, 'spec', 'tolerations') as unknown[]).length, 2);
  assert.match(String(at(pod.body, 'spec', 'volumes', 0, 'name')), /^kube-api-access-/);
  const boundObjectRef = { kind: 'Pod', apiVersion: 'v1', name: 'p', uid: at(pod.body, 'metadata', 'uid') };
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { boundObjectRef } };
  const issued = await create('/api/v1/namespaces/default/serviceaccounts/default/token', request);
  assert.equal(issued.status, 201, issued.text);
  const authorization = `Bearer ${String(at(issued.body, 'status', 'token'))}`;
  const plain = (target: string, headers: Record<string, string>) =>
    server.handler({ method: 'GET', target, headers, body: new Uint8Array(), signal: new AbortController().signal });
  assert.equal((await plain('/api/v1/namespaces/default/pods', { authorization })).status, 403);
  assert.equal((await plain('/apis', { authorization })).status, 200);
  assert.equal((await plain('/apis', { authorization: 'Bearer nope' })).status, 401);
  assert.equal((await plain('/apis', {})).status, 403);
  assert.equal((await plain('/version', {})).status, 200);
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    spec: { token: authorization.slice(7) },
  };
  const reviewed = await create('/apis/authentication.k8s.io/v1/tokenreviews', review);
  assert.equal(at(reviewed.body, 'status', 'user', 'username'), 'system:serviceaccount:default:default');
  const self = {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: { resourceAttributes: { verb: 'get', resource: 'pods' } },
  };
  assert.deepEqual(at((await create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', self)).body, 'status'), {
    allowed: true,
  });
  assert.equal((await get('/.well-known/openid-configuration')).status, 200);
  assert.equal((await call('DELETE', '/api/v1/namespaces/kube-system')).status, 403);
  await close();
});

test('a node reaches what its pods need and no more', async () => {
  const { create, call, as, close } = await start();
  await create('/api/v1/namespaces/default/serviceaccounts', {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'default' },
  });
  const node = as({ name: 'system:node:n1', groups: ['system:nodes'] });
  const made = await node('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' } });
  assert.equal(made.status, 201, made.text);
  const other = await node('POST', '/api/v1/nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n2' } });
  assert.equal(at(other.body, 'message'), 'nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"');
  await create('/api/v1/namespaces/default/secrets', { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } });
  assert.equal((await node('GET', '/api/v1/namespaces/default/secrets/s')).status, 403);
  const pod = podOf('p');
  await create('/api/v1/namespaces/default/pods', {
    ...pod,
    spec: { ...(pod['spec'] as object), nodeName: 'n1', volumes: [{ name: 'v', secret: { secretName: 's' } }] },
  });
  assert.equal((await node('GET', '/api/v1/namespaces/default/secrets/s')).status, 200);
  assert.equal((await node('GET', '/api/v1/pods')).status, 403);
  assert.equal((await node('GET', '/api/v1/pods?fieldSelector=spec.nodeName%3Dn1')).status, 200);
  await call('DELETE', '/api/v1/namespaces/default/pods/p?gracePeriodSeconds=0');
  assert.equal((await node('GET', '/api/v1/namespaces/default/secrets/s')).status, 403);
  await close();
});

test('Services get addresses and ports, and give them back', async () => {
  const { create, call, close } = await start();
  const service = (name: string, spec: object) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { ports: [{ port: 80 }], ...spec },
  });
  const path = '/api/v1/namespaces/default/services';
  const first = await create(path, service('a', { clusterIP: '10.96.0.10', type: 'NodePort' }));
  assert.equal(first.status, 201, first.text);
  assert.deepEqual(at(first.body, 'spec', 'clusterIPs'), ['10.96.0.10']);
  assert.equal(at(first.body, 'spec', 'ipFamilyPolicy'), 'SingleStack');
  const taken = await create(path, service('b', { clusterIP: '10.96.0.10' }));
  assert.equal(
    at(taken.body, 'message'),
    'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.10"]: failed to allocate IP 10.96.0.10: provided IP is already allocated',
  );
  const dry = await create(`${path}?dryRun=All`, service('b', { clusterIP: '10.96.0.11' }));
  assert.equal(dry.status, 201, dry.text);
  assert.equal((await create(path, service('c', { clusterIP: '10.96.0.11' }))).status, 201, 'a dry run holds nothing');
  await call('DELETE', `${path}/a`);
  assert.equal((await create(path, service('b', { clusterIP: '10.96.0.10' }))).status, 201);
  const headers = { 'content-type': 'application/merge-patch+json' };
  const external = await call('PATCH', `${path}/b`, {
    headers,
    body: { spec: { type: 'ExternalName', externalName: 'x.example.com' } },
  });
  assert.equal(external.status, 200, external.text);
  assert.equal(at(external.body, 'spec', 'clusterIP'), undefined);
  assert.equal((await create(path, service('d', { clusterIP: '10.96.0.10' }))).status, 201);
  await close();
});
