import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { systemClock } from '@orrery/machinery/clock';
import { platformResources, type PlatformRole } from '@orrery/platform-kinds';
import {
  fillInstallation,
  fourOne,
  oldPassword,
  threeFour,
  type Generation,
  type Installation,
} from '../testing/kubesphere.ts';
import { eventually, iam, namesIn, tenant } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { importKubeSphere, type ImportReport } from './index.ts';

const written = ({ lines }: ImportReport) => lines.filter(({ action }) => action !== 'none');

const validating = {
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: 'validatingwebhookconfigurations',
};
const webhookOf = (name: string, group: string) => ({
  name,
  failurePolicy: 'Fail',
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
  rules: [{ apiGroups: [group], apiVersions: ['*'], operations: ['CREATE'], resources: ['*'] }],
  clientConfig: { service: { namespace: 'kubesphere-system', name: 'ks-controller-manager', path: '/validate' } },
});
/** As KubeSphere checks accounts; nobody answers it. The other kind is none of Orrery's. */
const webhook = {
  ...{ apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingWebhookConfiguration' },
  metadata: { name: 'users.iam.kubesphere.io' },
  webhooks: [
    webhookOf('users.iam.kubesphere.io', 'iam.kubesphere.io'),
    webhookOf('rules.alerting.kubesphere.io', 'alerting.kubesphere.io'),
  ],
};

const generations: [Generation, () => Installation][] = [
  ['3.x', threeFour],
  ['4.x', fourOne],
];

for (const [generation, installation] of generations)
  describe(`KubeSphere ${generation} into another cluster`, () => {
    let source: TestCluster;
    let target: TestCluster;
    let platform: TestPlatform;
    const run = (more: { dryRun?: boolean; force?: boolean } = {}) =>
      importKubeSphere({ source: source.forPlatform, target: target.forPlatform, clock: systemClock, ...more });
    before(async () => {
      [source, target] = await Promise.all([startCluster(), startCluster({ controllers: true })]);
      await fillInstallation(source.client, generation, installation());
    });
    after(async () => {
      await platform?.close();
      await source.close();
      await target.close();
    });

    test('a dry run tells and writes nothing', async () => {
      const report = await run({ dryRun: true });
      assert.equal(report.generation, generation);
      assert.ok(written(report).length > 10);
      await assert.rejects(target.client.list(platformResources.users), { reason: 'NotFound' });
    });

    test('everything is written', async () => {
      const report = await run();
      assert.deepEqual(report.failures, []);
      assert.equal(report.inPlace, false);
      const why = (kind: string) => report.lines.find(line => line.kind === kind)?.why;
      assert.match(why('LoginRecord')!, /recorded anew/);
      assert.match(why('Cluster')!, /joined again/);
      assert.equal(report.lines.find(line => line.kind === 'IdentityProvider')?.name, 'staff');
      assert.doesNotMatch(JSON.stringify(report), /\$2|Passw0rd/);
    });

    test('people log in with their old passwords and see what was theirs', async () => {
      platform = await startPlatform(target);
      const token = await platform.logIn('ann', oldPassword);
      await eventually('ann sees her project', async () => {
        const { status, body } = await platform.call('GET', `${tenant}/workspaces/demo/namespaces`, { token });
        return status === 200 && namesIn(body).includes('shop');
      });
      await eventually('ann may work in it', async () => {
        const made = await platform.call('GET', '/api/v1/namespaces/shop/secrets', { token });
        return made.status === 200;
      });
      const members = await platform.call('GET', `${iam}/namespaces/shop/members`, { token });
      assert.deepEqual(namesIn(members.body).toSorted(), ['ann', 'bob']);
      await assert.rejects(platform.logIn('bob', oldPassword), /400/, 'who was disabled stays so');
    });

    test('a DevOps project is there with its members, and goes as one that was made here', async () => {
      const token = await platform.logIn('lea', oldPassword);
      const devops = '/kapis/devops.kubesphere.io/v1alpha3/workspaces/demo/devops';
      await eventually('lea sees it', async () => {
        const { status, body } = await platform.call('GET', devops, { token });
        return status === 200 && namesIn(body).includes('ci');
      });
      await eventually('its namespace is its own', async () => {
        const { metadata } = await target.client.get(resources.namespaces, 'ci');
        return metadata.ownerReferences?.some(({ kind }) => kind === 'DevOpsProject') === true;
      });
    });

    test('a custom role has the rights of its templates', async () => {
      await eventually('the native role', async () => {
        const { items } = await target.client.list<PlatformRole>(resources.roles, { namespace: 'shop' });
        return items.some(({ metadata, rules }) => metadata.name === 'packer' && (rules ?? []).length > 0);
      });
    });

    test('a second run changes nothing, also after controllers have worked', async () => {
      const report = await run();
      assert.deepEqual(written(report), []);
    });

    test('what was changed or removed here since stays, unless forced', async () => {
      await target.client.delete(resources.limitranges, 'shop', { namespace: 'shop' });
      await target.client.patch(
        resources.resourcequotas,
        'shop',
        'merge',
        { spec: { hard: { pods: '3' } } },
        { namespace: 'shop' },
      );
      const report = await run();
      assert.deepEqual(written(report), []);
      const why = (kind: string) => report.lines.find(line => line.kind === kind && line.name === 'shop/shop')?.why;
      assert.match(why('LimitRange')!, /removed here since/);
      assert.match(why('ResourceQuota')!, /changed here since/);
      assert.equal(written(await run({ force: true })).length, 2);
    });
  });

for (const [generation, installation] of generations)
  test(`KubeSphere ${generation} is adopted where it is: labels stay, and once is enough`, async () => {
    const cluster = await startCluster({ controllers: true });
    let platform: TestPlatform | undefined;
    try {
      await fillInstallation(cluster.client, generation, installation());
      await cluster.client.create(validating, webhook);
      const run = () =>
        importKubeSphere({ source: cluster.forPlatform, target: cluster.forPlatform, clock: systemClock });
      const report = await run();
      assert.equal(report.inPlace, true);
      assert.deepEqual(report.failures, []);
      assert.deepEqual(written(await run()), []);
      const { webhooks } = (await cluster.client.get(validating, 'users.iam.kubesphere.io')) as typeof webhook;
      assert.deepEqual(
        webhooks.map(({ failurePolicy }) => failurePolicy),
        ['Ignore', 'Fail'],
      );
      for (const [resource, name] of [
        [platformResources.users, 'lea'],
        [platformResources.devopsprojects, 'ci'],
      ] as const)
        assert.equal((await cluster.client.get(resource, name)).metadata.finalizers, undefined);
      platform = await startPlatform(cluster);
      const token = await platform.logIn('ann', oldPassword);
      const shop = await cluster.client.get(resources.namespaces, 'shop');
      assert.equal(shop.metadata.labels?.['team'], 'a');
      await eventually('ann works in her project', async () => {
        const { status } = await platform!.call('GET', '/api/v1/namespaces/shop/secrets', { token });
        return status === 200;
      });
      // KubeSphere's admin of a project could give himself anything.
      const admin = async () => (await cluster.client.list<PlatformRole>(resources.roles, { namespace: 'shop' })).items;
      await eventually('its roles are Orrery’s', async () =>
        (await admin()).every(
          ({ rules }) => !(rules ?? []).some(rule => rule.apiGroups?.includes('*') && rule.resources?.includes('*')),
        ),
      );
      assert.deepEqual(written(await run()), []);
    } finally {
      await platform?.close();
      await cluster.close();
    }
  });

test('a cluster without KubeSphere is told so', async () => {
  const cluster = await startCluster();
  try {
    const clusters = { source: cluster.forPlatform, target: cluster.forPlatform };
    await assert.rejects(importKubeSphere({ ...clusters, clock: systemClock }), /there is no KubeSphere/);
  } finally {
    await cluster.close();
  }
});
