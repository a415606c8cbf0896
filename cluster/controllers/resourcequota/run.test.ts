/** Quotas with both their halves: admission charges, the controller measures and gives back. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { securityParts } from '@orrery/apiserver/security';
import { resources } from '@orrery/client/resources';
import type { ResourceQuota } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { startTestControlPlane, type TestControlPlane } from '../testing.ts';
import { frees, needsMeasuring, unwatched, withCharges } from './run.ts';

let server: ApiServer;
let plane: TestControlPlane;
const store = createMemoryStore({ clock: systemClock });

before(async () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
  const parts = securityParts({ serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 });
  server = await createApiServer({ store, clock: systemClock, random: seededRandom(1), log: silentLog, parts });
  await server.ready;
  plane = startTestControlPlane(server.handler);
});
after(async () => {
  await plane.stop();
  await server.close();
  await store.close();
});

async function quotaIn(namespace: string, hard: Record<string, string>) {
  const { client, eventually } = plane;
  const make = (resource: keyof typeof resources, object: object) =>
    client.create(resources[resource], { apiVersion: 'v1', ...object } as unknown as KubeObject);
  await make('namespaces', { kind: 'Namespace', metadata: { name: namespace } });
  await eventually('its account', () => client.get(resources.serviceaccounts, 'default', { namespace }));
  // Whatever comes later is charged, and would write between a read and a write of the tests.
  await eventually('its root CA', () => client.get(resources.configmaps, 'kube-root-ca.crt', { namespace }));
  await make('resourcequotas', { kind: 'ResourceQuota', metadata: { name: 'q', namespace }, spec: { hard } });
  const used = async () => (await client.get<ResourceQuota>(resources.resourcequotas, 'q', { namespace })).status?.used;
  await eventually('it is measured', used);
  const pod = (name: string, cpu: string) =>
    make('pods', {
      kind: 'Pod',
      metadata: { name, namespace },
      spec: { containers: [{ name: 'c', image: 'i', resources: { requests: { cpu } } }] },
    });
  return { used, pod };
}

test('what a namespace holds counts, what is deleted is given back', async () => {
  const hard = { 'count/configmaps': '5', 'requests.cpu': '2', pods: '9' };
  const { used, pod } = await quotaIn('counted', hard);
  await plane.eventually('the root CA counts', async () => (await used())?.['count/configmaps'] === '1');
  await pod('p', '750m');
  assert.equal((await used())?.['requests.cpu'], '750m', 'charged at once');
  await assert.rejects(
    pod('big', '1500m'),
    /exceeded quota: q, requested: requests.cpu=1500m, used: requests.cpu=750m/,
  );
  await plane.client.delete(resources.pods, 'p', { namespace: 'counted' });
  await plane.eventually('and no more', async () => (await used())?.['requests.cpu'] === '0');
  await pod('big', '1500m');
  assert.deepEqual(Object.keys((await used())!).sort(), Object.keys(hard).sort());
});

test('what a write was charged that never came to be is given back', async () => {
  const { used, pod } = await quotaIn('leaked', { pods: '5' });
  await pod('p', '1m');
  const quota = await plane.client.get<ResourceQuota>(resources.resourcequotas, 'q', { namespace: 'leaked' });
  const status = { ...quota.status, used: { pods: '4' } };
  await plane.client.update(resources.resourcequotas, { ...quota, status }, { subresource: 'status' });
  await plane.client.delete(resources.pods, 'p', { namespace: 'leaked' });
  await plane.eventually('measured anew', async () => (await used())?.['pods'] === '0');
});

test('what was just charged is not taken back because it is not stored yet', async () => {
  const { used } = await quotaIn('charged', { pods: '5', configmaps: '5' });
  const quota = await plane.client.get<ResourceQuota>(resources.resourcequotas, 'q', { namespace: 'charged' });
  const status = { ...quota.status, used: { ...quota.status!.used, pods: '2' } };
  await plane.client.update(resources.resourcequotas, { ...quota, status }, { subresource: 'status' });
  // Longer than the pause before the second look.
  await new Promise(resolve => setTimeout(resolve, 1500));
  assert.equal((await used())?.pods, '2');
});

test('a second look raises amounts and lowers none', () =>
  assert.deepEqual(withCharges({ a: '2', b: '1', c: '1' }, { a: '1', b: '1500m' }), { a: '2', b: '1500m', c: '1' }));

test('custom kinds are counted too', async () => {
  const { used } = await quotaIn('custom', { 'count/widgets.example.com': '1' });
  const widgets = { group: 'example.com', version: 'v1', resource: 'widgets' };
  await plane.client.create(resources.customresourcedefinitions, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    },
  } as KubeObject);
  const make = (name: string) =>
    plane.client.create(widgets, {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name, namespace: 'custom' },
    });
  await plane.eventually('the kind is served', () => make('a'));
  assert.deepEqual(await used(), { 'count/widgets.example.com': '1' });
  await assert.rejects(make('b'), /exceeded quota: q, requested: count\/widgets.example.com=1/);
});

test('which changes are looked at', () => {
  const quota = (spec: object, status?: object) => ({ metadata: { name: 'q' }, spec, status }) as ResourceQuota;
  const measured = { hard: { pods: '1' }, used: { pods: '0' } };
  const before = quota({ hard: { pods: '1' } }, measured);
  const rows: [string, Parameters<typeof needsMeasuring>[0], boolean][] = [
    ['a new quota', { after: quota({ hard: { pods: '1' } }) }, true],
    ['other limits', { before, after: quota({ hard: { pods: '2' } }, measured) }, true],
    ['a charge', { before, after: quota({ hard: { pods: '1' } }, { ...measured, used: { pods: '1' } }) }, false],
    ['its end', { before }, false],
  ];
  for (const [what, change, expected] of rows) assert.equal(needsMeasuring(change), expected, what);
  const pod = (phase: string) =>
    ({ metadata: { name: 'p' }, spec: { containers: [] }, status: { phase } }) as KubeObject;
  assert.equal(frees(resources.pods, { before: pod('Running'), after: pod('Succeeded') }, 0), true);
  assert.equal(frees(resources.pods, { before: pod('Pending'), after: pod('Running') }, 0), false);
  assert.equal(frees(resources.pods, { after: pod('Pending') }, 0), false);
  assert.deepEqual(unwatched(quota({ hard: { 'count/pods': '1', 'count/widgets.example.com': '1', cpu: '1' } })), [
    'count/widgets.example.com',
  ]);
});
