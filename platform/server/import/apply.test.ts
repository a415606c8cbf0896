import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { succeeds } from '../testing/people.ts';
import { startCluster, type TestCluster } from '../testing/platform.ts';
import { ensureLedgerPlace, stopConversion } from './apply.ts';

const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };

/** Two versions of one shape, as KubeSphere 3.4 has them. */
const definition = (plural: string, conversion: object): KubeObject =>
  ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.example.com` },
    spec: {
      group: 'example.com',
      scope: 'Cluster',
      names: { plural, singular: plural.slice(0, -1), kind: `${plural[0]!.toUpperCase()}${plural.slice(1, -1)}` },
      versions: ['v1alpha1', 'v1beta1'].map(name => ({ name, served: true, storage: name === 'v1beta1', schema })),
      conversion,
    },
  }) as never;

const webhook = {
  strategy: 'Webhook',
  webhook: {
    conversionReviewVersions: ['v1'],
    clientConfig: { service: { namespace: 'kubesphere-system', name: 'ks-controller-manager', path: '/convert' } },
  },
};

let cluster: TestCluster;
before(async () => {
  cluster = await startCluster();
  await cluster.client.create(definitions, definition('moons', webhook));
  await cluster.client.create(definitions, definition('suns', { strategy: 'None' }));
});
after(() => cluster.close());

const conversionOf = async (name: string): Promise<unknown> =>
  ((await cluster.client.get(definitions, name)) as never as { spec: { conversion: unknown } }).spec.conversion;

test('kinds that a webhook of KubeSphere converts need it no longer; others are left alone, absent ones no matter', async () => {
  const names = ['moons.example.com', 'suns.example.com', 'none.example.com'];
  const before = (await cluster.client.get(definitions, 'suns.example.com')).metadata.resourceVersion;
  assert.deepEqual(await stopConversion(cluster.client, names), ['moons.example.com']);
  assert.deepEqual(await conversionOf('moons.example.com'), { strategy: 'None' });
  assert.equal((await cluster.client.get(definitions, 'suns.example.com')).metadata.resourceVersion, before);
  assert.deepEqual(await stopConversion(cluster.client, names), [], 'a second time there is nothing to stop');
});

test('objects are served in both versions then, with nobody behind the webhook', async () => {
  const moons = (version: string) => ({ group: 'example.com', version, resource: 'moons' });
  const moon = { apiVersion: 'example.com/v1alpha1', kind: 'Moon', metadata: { name: 'io' }, spec: { of: 'jupiter' } };
  await succeeds(() => cluster.client.create(moons('v1alpha1'), moon as KubeObject));
  const found = (await cluster.client.get(moons('v1beta1'), 'io')) as KubeObject & { spec: unknown };
  assert.deepEqual([found.apiVersion, found.spec], ['example.com/v1beta1', { of: 'jupiter' }]);
});

test('the place of the ledger may be there already', async () => {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'ledger' } };
  await ensureLedgerPlace(cluster.client, namespace);
  await ensureLedgerPlace(cluster.client, namespace);
  assert.equal((await cluster.client.get(resources.namespaces, 'ledger')).metadata.name, 'ledger');
  await assert.rejects(ensureLedgerPlace(cluster.client, { ...namespace, metadata: { name: 'No Name' } }), {
    code: 422,
  });
});
