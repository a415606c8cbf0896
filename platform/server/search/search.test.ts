/** Search over HTTP, as a platform with no right more than it needs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { asUser } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { ensureInstalled, platformUser } from '../install/manifest.ts';
import {
  firstPassword,
  startCluster,
  startPlatform,
  type TestCluster,
  type TestPlatform,
} from '../testing/platform.ts';
import { becomes, succeeds as eventually } from '../testing/people.ts';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const password = 'Pa55word-long';

let cluster: TestCluster;
let platform: TestPlatform;
const tokens: Record<string, string> = {};

async function must(method: string, target: string, body?: unknown): Promise<void> {
  const answer = await platform.call(method, target, { token: tokens['admin'], body });
  assert.ok(answer.status < 300, `${method} ${target} ${answer.status} ${answer.text}`);
}

interface Hit {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly match: { field: string; value: string };
}
interface Found {
  readonly items: Hit[];
  readonly totalItems: number;
  readonly incomplete: boolean;
}

const ask = async (who: string, query: string): Promise<Found> => {
  const { status, text, body } = await platform.call('GET', `/kapis/search.orrery.io/v1alpha1/search?${query}`, {
    token: tokens[who],
  });
  assert.equal(status, 200, text);
  return body as never;
};
const found = async (who: string, query: string) =>
  (await ask(who, query)).items.map(({ kind, namespace, name }) => `${kind}/${namespace ?? ''}/${name}`);

before(async () => {
  cluster = await startCluster({ controllers: true });
  await ensureInstalled(cluster.client);
  platform = await startPlatform(cluster, { cluster: asUser(cluster.handler, platformUser) });
  tokens['admin'] = await platform.logIn('admin', firstPassword);
  await must('PUT', `${iam}/users/admin/password`, { currentPassword: firstPassword, password });
  for (const name of ['owner', 'viewer', 'stranger']) {
    await must('POST', `${iam}/users`, { metadata: { name }, spec: { password } });
    tokens[name] = await platform.logIn(name, password);
  }
  for (const [workspace, manager] of [
    ['w1', 'owner'],
    ['w2', 'admin'],
  ] as const) {
    await must('POST', `${tenant}/workspaces`, {
      metadata: { name: workspace },
      spec: { template: { spec: { manager } } },
    });
    await must('POST', `${tenant}/workspaces/${workspace}/namespaces`, { metadata: { name: `${workspace}-shop` } });
  }
  await must('POST', `${iam}/workspaces/w1/workspacemembers`, [{ username: 'viewer', roleRef: 'w1-viewer' }]);
  for (const namespace of ['w1-shop', 'w2-shop']) {
    const pod = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'front', namespace, labels: { app: 'storefront' } },
      spec: { containers: [{ name: 'c', image: 'registry.example.com/nginx:1.27' }] },
    };
    // A pod needs the service account that its project gets a moment later.
    await eventually(async () => void (await cluster.client.create(resources.pods, pod as never)));
    await cluster.client.create(resources.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'payment', namespace },
      stringData: { 'card-key': 'hunter2-is-secret' },
    } as never);
  }
});
after(async () => {
  await platform.close();
  await cluster.close();
});

test('objects are found by name, label, image, key and other words, the best first', async () => {
  await eventually(async () => {
    assert.deepEqual(await found('admin', 'q=front&kinds=pods'), ['pods/w1-shop/front', 'pods/w2-shop/front']);
    assert.equal((await ask('admin', 'q=front')).incomplete, false);
  });
  const cases: [string, string, string][] = [
    ['q=storefront&kinds=pods&limit=1', 'label', 'app=storefront'],
    ['q=nginx&kinds=pods&limit=1', 'image', 'registry.example.com/nginx:1.27'],
    ['q=card-key&limit=1', 'text', 'card-key'],
    ['q=image:1.27%20name:front&limit=1', 'image', 'registry.example.com/nginx:1.27'],
  ];
  for (const [query, field, value] of cases) {
    await eventually(async () => {
      const { items, totalItems, incomplete } = await ask('admin', query);
      assert.deepEqual([items[0]?.match, totalItems, incomplete], [{ field, value }, 2, false], query);
    });
  }
  assert.equal((await ask('admin', 'q=hunter2')).totalItems, 0, 'what is secret is no word');
  assert.equal((await ask('admin', 'q=aHVudGVyMi1pcy1zZWNyZXQ')).totalItems, 0, 'nor is its coded form');
  await becomes(() => found('admin', 'q=w1&kinds=workspaces,namespaces'), ['workspaces//w1', 'namespaces//w1-shop']);
  await becomes(() => found('admin', 'q=viewer&kinds=users'), ['users//viewer']);
});

test('P2 search finds and counts nothing of other tenants', async () => {
  await eventually(async () => {
    assert.deepEqual(await found('owner', 'q=front&kinds=pods'), ['pods/w1-shop/front']);
  });
  for (const who of ['owner', 'viewer']) {
    await becomes(async () => (await ask(who, 'q=nginx')).totalItems, 1);
    assert.deepEqual(await found(who, 'q=w2'), [], who);
    await becomes(() => found(who, 'q=w1-shop&kinds=namespaces'), ['namespaces//w1-shop']);
    await becomes(() => found(who, 'q=w&kinds=workspaces'), ['workspaces//w1']);
    assert.deepEqual(await found(who, 'q=stranger&kinds=users'), []);
    assert.deepEqual(await found(who, 'q=front&namespace=w2-shop'), []);
    assert.deepEqual(await found(who, 'q=front&workspace=w2'), []);
    assert.deepEqual(await found(who, 'q=cluster-admin'), [], 'kinds of the cluster are for who may list them');
  }
  assert.deepEqual(await ask('stranger', 'q=front'), { items: [], totalItems: 0, incomplete: false });
  assert.deepEqual(await ask('stranger', 'q=no-such-thing-anywhere'), { items: [], totalItems: 0, incomplete: false });
});

test('P3 no text of a search leads out of the tenant', async () => {
  for (const q of ['w2-shop front', 'label:app=storefront namespace:w2-shop', '.*', '%00', 'front\\nnw2', "' or 1=1"]) {
    const { items } = await ask('owner', `q=${encodeURIComponent(q)}`);
    for (const { namespace, name } of items)
      assert.ok(namespace === 'w1-shop' || name.startsWith('w1'), `${q} ${name}`);
  }
  for (const more of [
    'namespace=*',
    'workspace=*',
    'namespace=',
    'kinds=*',
    'kinds=pods,__proto__',
    'namespace=w1-shop/../w2-shop',
  ])
    for (const { namespace } of (await ask('owner', `q=front&${more}`)).items) assert.equal(namespace, 'w1-shop', more);
});

test('a search narrowed to a project or a workspace', async () => {
  assert.deepEqual(await found('admin', 'q=front&namespace=w2-shop'), ['pods/w2-shop/front']);
  assert.deepEqual(await found('admin', 'q=payment&workspace=w1'), ['secrets/w1-shop/payment']);
  assert.deepEqual(await found('admin', 'q=cluster-admin&workspace=w1'), []);
  assert.equal((await ask('admin', 'q=a&limit=1000')).items.length <= 100, true);
});

test('what changes, comes and goes is found so; rights that come and go too', async () => {
  await cluster.client.patch(
    resources.pods,
    'front',
    'merge',
    { metadata: { labels: { app: 'renamed' } } },
    { namespace: 'w1-shop' },
  );
  await eventually(async () => assert.deepEqual(await found('owner', 'q=label:renamed'), ['pods/w1-shop/front']));
  assert.equal((await ask('owner', 'q=storefront')).totalItems, 0);
  await cluster.client.delete(resources.secrets, 'payment', { namespace: 'w1-shop' });
  await eventually(async () => assert.deepEqual(await found('owner', 'q=payment'), []));

  await must('POST', `${iam}/workspaces/w2/workspacemembers`, [{ username: 'stranger', roleRef: 'w2-regular' }]);
  await must('POST', `${iam}/namespaces/w2-shop/namespacemembers`, [{ username: 'stranger', roleRef: 'viewer' }]);
  await eventually(async () => assert.deepEqual(await found('stranger', 'q=front'), ['pods/w2-shop/front']));
  await must('DELETE', `${iam}/namespaces/w2-shop/namespacemembers/stranger`);
  await eventually(async () => assert.deepEqual(await found('stranger', 'q=front'), []));
});

test('kinds that the cluster learns are found as well', async () => {
  const names = { plural: 'gadgets', singular: 'gadget', kind: 'Gadget', listKind: 'GadgetList' };
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
  await cluster.client.create(resources.customresourcedefinitions, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'gadgets.example.com' },
    spec: { group: 'example.com', names, scope: 'Namespaced', versions },
  } as never);
  const gadgets = { group: 'example.com', version: 'v1', resource: 'gadgets' };
  const gadget = { apiVersion: 'example.com/v1', kind: 'Gadget', metadata: { name: 'sprocket', namespace: 'w1-shop' } };
  await eventually(async () => void (await cluster.client.create(gadgets, gadget)));
  await eventually(async () => assert.deepEqual(await found('admin', 'q=sprocket'), ['gadgets/w1-shop/sprocket']));
});

test('who asks for nothing is told so', async () => {
  for (const query of ['', 'q=', 'q=%20', 'q=a&limit=x'])
    assert.equal(
      (await platform.call('GET', `/kapis/search.orrery.io/v1alpha1/search?${query}`, { token: tokens['admin'] }))
        .status,
      400,
      query,
    );
});
