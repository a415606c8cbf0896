/** Two versions of the platform on one cluster: the newer one's word stands, whoever starts when, and whoever leads. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { annotations, platformResources, systemNamespace, type RoleTemplate } from '@orrery/platform-kinds';
import { eventually } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { isNewest } from './version.ts';

const name = 'global-view-users';
const crd = 'users.iam.kubesphere.io';
const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

let cluster: TestCluster;
const running: TestPlatform[] = [];
const start = async (version: string): Promise<TestPlatform> => {
  const platform = await startPlatform(cluster, { version });
  running.push(platform);
  return platform;
};

before(async () => (cluster = await startCluster()));
after(async () => {
  for (const platform of running) await platform.close();
  await cluster.close();
});

const version = async () =>
  (await cluster.client.get<KubeObject>(resources.namespaces, systemNamespace)).metadata.annotations?.[
    annotations.installedVersion
  ];
const rulesOf = async () =>
  (await cluster.client.get<RoleTemplate>(platformResources.roletemplates, name)).spec.rules ?? [];

test('what is there is written down with the newest version that brought it', async () => {
  await start('v0.1.0');
  assert.equal(await version(), 'v0.1.0');
  assert.equal(await isNewest(cluster.client, 'v0.2.0'), true);
  assert.equal(await version(), 'v0.2.0');
  assert.equal(await isNewest(cluster.client, 'v0.1.9'), false);
  assert.equal(await isNewest(cluster.client, 'v0.2.0-rc.1'), false);
  assert.equal(await version(), 'v0.2.0');
});

test('an older one that runs, or starts, leaves what a newer one changed', async () => {
  const more = { apiGroups: ['newer.example'], resources: ['things'], verbs: ['get'] };
  const template = await cluster.client.get<RoleTemplate>(platformResources.roletemplates, name);
  const rules = [...(template.spec.rules ?? []), more];
  await cluster.client.update(platformResources.roletemplates, { ...template, spec: { ...template.spec, rules } });
  const definition = await cluster.client.get<KubeObject & { spec: { names: object } }>(definitions, crd);
  const shortNames = ['newer'];
  await cluster.client.update(definitions, {
    ...definition,
    spec: { ...definition.spec, names: { ...definition.spec.names, shortNames } },
  });
  await start('v0.1.5');
  assert.deepEqual(await rulesOf(), rules, 'by the one that runs since before, and by the one that starts');
  const kept = await cluster.client.get<KubeObject & { spec: { names: { shortNames?: string[] } } }>(definitions, crd);
  assert.deepEqual(kept.spec.names.shortNames, shortNames);
});

test('the newest one makes it what it should be', async () => {
  await start('v0.2.0');
  await eventually(
    'the template is what it should be',
    async () => !(await rulesOf()).some(rule => rule.apiGroups?.includes('newer.example')),
  );
});
