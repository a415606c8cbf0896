import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { bootstrapObjects } from './bootstrap-objects.ts';
import { ensureBootstrap } from './ensure.ts';
import type { BootstrapWriter } from './ensure.ts';
import { testCluster } from './fixtures.ts';
import { leftAlone, reconcileBinding, reconcileFields, reconcileRole } from './reconcile.ts';
import { rbacGroup } from './rules.ts';
import type { Role, RoleBinding } from './rules.ts';

const recorded = fileURLToPath(
  new URL('../../../../shared/reference/kubernetes/recorded/bootstrap.json', import.meta.url),
);

// The recording comes from a vendor's build, which adds these to upstream's set.
const vendors = /openshift|service-ca-cert-publisher/;

const isLeftOut = !existsSync(recorded) && !process.env.CI;
if (isLeftOut) console.log('left out: bootstrap objects, ../shared/reference/kubernetes/recorded is not here');

test('the bootstrap objects are upstream’s', { skip: isLeftOut }, () => {
  const { objects } = JSON.parse(readFileSync(recorded, 'utf8')) as {
    objects: { path: string; body: KubeObject & { status?: unknown } }[];
  };
  const ours = new Map(
    bootstrapObjects({ localApiServices: true }).map(({ resource, object }) => [
      `${resource} ${object.metadata.namespace ?? ''}/${object.metadata.name}`,
      object,
    ]),
  );
  let compared = 0;
  for (const { path, body } of objects) {
    const resource = path.split('/').at(-2)!;
    if (!/rbac|flowcontrol|priorityclasses|apiservices/.test(path) || vendors.test(path)) continue;
    const { metadata, status: _, ...rest } = body;
    const { uid: _u, resourceVersion: _r, creationTimestamp: _c, generation: _g, ...kept } = metadata;
    const key = `${resource} ${metadata.namespace ?? ''}/${metadata.name}`;
    assert.deepEqual(ours.get(key), { ...rest, metadata: kept }, key);
    ours.delete(key);
    compared++;
  }
  assert.ok(compared > 140);
  assert.deepEqual(
    [...ours.keys()].filter(key => !key.startsWith('namespaces')),
    [],
  );
});

const role = (rules: Role['rules'], annotations?: Record<string, string>): Role => ({
  metadata: { name: 'r', ...(annotations && { annotations }) },
  rules,
});
const get = { verbs: ['get'], apiGroups: [''], resources: ['pods'] };
const list = { verbs: ['list'], apiGroups: [''], resources: ['pods'] };

test('a role gets back what was taken from it and keeps what was added', () => {
  assert.deepEqual(reconcileRole(role([get, list]), role([get])), { type: 'none' });
  assert.deepEqual(reconcileRole(role([list]), role([get])), { type: 'update', object: role([list, get]) });
  assert.deepEqual(reconcileRole(role(null), role([get])), { type: 'update', object: role([get]) });
  assert.deepEqual(reconcileRole(role([{ ...get, verbs: ['*'] }]), role([get, list])), { type: 'none' });
  assert.equal(reconcileRole(role([get]), role([get], { a: 'b' })).type, 'update');
  assert.ok(leftAlone(rbacGroup, role([], { 'rbac.authorization.kubernetes.io/autoupdate': 'false' })));
});

test('a binding keeps foreign subjects; another role makes it anew', () => {
  const binding = (name: string, ...subjects: string[]): RoleBinding => ({
    metadata: { name: 'b' },
    subjects: subjects.map(subject => ({ kind: 'User', name: subject })),
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name },
  });
  assert.deepEqual(reconcileBinding(binding('a', 'x', 'y'), binding('a', 'x')), { type: 'none' });
  assert.deepEqual(reconcileBinding(binding('a', 'y'), binding('a', 'x')), {
    type: 'update',
    object: binding('a', 'y', 'x'),
  });
  assert.deepEqual(reconcileBinding(binding('c', 'y'), binding('a', 'x')), {
    type: 'replace',
    object: binding('a', 'x'),
  });
});

test('fields beside the wish are kept', () => {
  const stored = { metadata: { name: 'x' }, spec: { a: 1, b: { c: 2, d: 3 } } };
  assert.deepEqual(reconcileFields(stored, { metadata: {}, spec: { b: { c: 2 } } } as KubeObject, ['spec']), {
    type: 'none',
  });
  const changed = reconcileFields(stored, { metadata: {}, spec: { b: { c: 9 } } } as KubeObject, ['spec']);
  assert.deepEqual(changed, { type: 'update', object: { metadata: { name: 'x' }, spec: { a: 1, b: { c: 9, d: 3 } } } });
});

test('bootstrapping writes once, mends what was broken, and touches nothing else', async () => {
  const cluster = testCluster();
  const where = (path: string) => {
    const parts = path.split('/').slice(path.startsWith('/apis') ? 2 : 1);
    const group = path.startsWith('/apis') ? parts[0]! : '';
    const rest = parts.slice(2);
    const namespace = rest[0] === 'namespaces' && rest.length > 2 ? rest[1]! : '';
    const [resource = '', name = ''] = namespace ? rest.slice(2) : rest;
    return { resource: group ? `${group}/${resource}` : resource, namespace, name };
  };
  const writes: string[] = [];
  const put = async (path: string, object: KubeObject) => {
    writes.push(path);
    await cluster.put(where(path).resource, object as KubeObject & Record<string, unknown>);
  };
  const writer: BootstrapWriter = {
    create: put,
    update: put,
    delete: async path => {
      const { resource, namespace, name } = where(path);
      await cluster.remove(resource, namespace, name);
    },
  };
  const options = {
    kubernetesService: { address: '10.96.0.1', targetPort: 6443 },
    serviceCidrs: ['10.96.0.0/16'],
    clientCa: 'PEM',
  };
  const target = { reads: cluster.reads, writer, log: silentLog, clock: cluster.clock };
  const run = () => ensureBootstrap(bootstrapObjects(options), target);
  assert.equal(await run(), bootstrapObjects(options).length);
  assert.deepEqual(new Set(writes.slice(0, 4)), new Set(Array(4).fill('/api/v1/namespaces')));
  writes.length = 0;
  assert.equal(await run(), 0);
  await cluster.remove('rbac.authorization.k8s.io/clusterroles', '', 'view');
  const discovery = { metadata: { name: 'system:discovery' }, rules: [] };
  await cluster.put('rbac.authorization.k8s.io/clusterroles', discovery);
  assert.equal(await run(), 2);
  assert.deepEqual(writes.toSorted(), [
    '/apis/rbac.authorization.k8s.io/v1/clusterroles',
    '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:discovery',
  ]);
});
