/** An operator on base/reconciler at work: two replicas that elect a leader, and webhooks that the API server asks. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import * as k8s from '@kubernetes/client-node';
import { bannerLabel, finalizer, type Website } from '@orrery/reconciler/examples/website';
import { startOperator, type OperatorUnderTest, type Replica } from './support/operator.ts';
import { area, eventually, kubeconfigUnderTest, patchAs, refusal, session, type Session } from './support/session.ts';

const address = { group: 'website.example.com', version: 'v1', plural: 'websites' };
const pages = { 'index.html': 'welcome\n' };
const asMerge = patchAs(k8s.PatchStrategy.MergePatch);

/** Sites of a test's namespace. What it made is gone before it ends: somebody must take the finalizers off. */
function sitesOf({ config, namespace, atEnd }: Session) {
  const custom = config.makeApiClient(k8s.CustomObjectsApi);
  const place = { ...address, namespace };
  const list = async () => ((await custom.listNamespacedCustomObject(place)) as { items: Website[] }).items;
  atEnd(async () => {
    await custom.deleteCollectionNamespacedCustomObject(place);
    await eventually('all sites are gone', async () => (await list()).length === 0);
  });
  const host = (name: string) => `${name}.${namespace}.example.org`;
  const api = {
    host,
    make: async (name: string, spec: object = {}) => {
      const metadata = { name, namespace };
      const body = {
        apiVersion: 'website.example.com/v1',
        kind: 'Website',
        metadata,
        spec: { host: host(name), pages, ...spec },
      };
      return (await custom.createNamespacedCustomObject({ ...place, body })) as Website;
    },
    read: async (name: string) => (await custom.getNamespacedCustomObject({ ...place, name })) as Website,
    change: async (name: string, spec: object) =>
      (await custom.patchNamespacedCustomObject({ ...place, name, body: { spec } }, asMerge)) as Website,
    remove: (name: string) => custom.deleteNamespacedCustomObject({ ...place, name }),
    ready: (name: string) =>
      eventually(`${name} is ready`, async () => {
        const { status, metadata } = await api.read(name);
        const ready = status?.conditions?.find(({ type }) => type === 'Ready');
        return ready?.status === 'True' && ready.observedGeneration === metadata.generation && ready;
      }),
  };
  return api;
}

const text = async (port: number, path: string): Promise<string> =>
  (await fetch(`http://127.0.0.1:${port}${path}`)).text();

area('an operator', () => {
  let operator: OperatorUnderTest;
  let replicas: Replica[];
  before(async () => {
    operator = await startOperator(kubeconfigUnderTest());
    replicas = [await operator.startController(), await operator.startController()];
  });
  after(() => operator?.remove());

  session('completes and judges what is asked for, with schema, rules and webhooks', async s => {
    const sites = sitesOf(s);
    await eventually(
      'the webhooks count',
      async () => (await refusal(sites.make('early', { pages: { x: '1' } }))).code === 422,
    );
    const made = await sites.make('first');
    assert.equal(made.spec.replicas, 1);
    assert.match(made.spec.image!, /busybox/);
    const refusals: [what: string, call: () => Promise<unknown>, code: number, message: RegExp][] = [
      ['a site without its first page', () => sites.make('a', { pages: {} }), 422, /a site needs an index\.html/],
      ['too many replicas', () => sites.make('a', { replicas: 11 }), 422, /should be less than or equal to 10/],
      ['a move', () => sites.change('first', { host: 'else.example.org' }), 422, /a site cannot move: make a new one/],
      [
        'a host of another',
        () => sites.make('a', { host: sites.host('first') }),
        403,
        /admission webhook "validate\.website\.example\.com" denied the request: spec\.host: .* choose another/,
      ],
    ];
    for (const [what, call, code, message] of refusals) {
      // The webhook's own cache hears of the first site a moment later.
      await eventually(what, async () => {
        const refused = await refusal(call());
        assert.match(refused.message!, message);
        return refused.code === code;
      });
    }
  });

  session('makes what belongs to a site, repairs it, and tells how it is', async s => {
    const { core, apps, namespace } = s;
    const sites = sitesOf(s);
    const made = await sites.make('shop', { replicas: 2 });
    const ready = await sites.ready('shop');
    assert.deepEqual([ready.reason, ready.message], ['Serving', '2 of 2 replicas are ready']);
    const here = { name: 'shop', namespace };
    const deployment = await apps.readNamespacedDeployment(here);
    const [owner] = deployment.metadata!.ownerReferences!;
    assert.deepEqual([owner!.kind, owner!.uid, owner!.controller], ['Website', made.metadata.uid, true]);
    assert.equal((await core.readNamespacedService(here)).spec!.ports![0]!.targetPort, 8080);
    assert.ok(operator.isRegistered(sites.host('shop')));
    assert.deepEqual((await sites.read('shop')).metadata.finalizers, [finalizer]);
    await eventually('an Event tells of it', async () => {
      const { items } = await core.listNamespacedEvent({ namespace, fieldSelector: 'involvedObject.name=shop' });
      return items.some(({ reason, message }) => reason === 'Created' && message === `Serving ${sites.host('shop')}`);
    });
    await apps.patchNamespacedDeployment({ ...here, body: { spec: { replicas: 7 } } }, asMerge);
    await eventually(
      'replicas are taken back',
      async () => (await apps.readNamespacedDeployment(here)).spec!.replicas === 2,
    );
    await core.deleteNamespacedService(here);
    await eventually('the service is made again', () => core.readNamespacedService(here));
    await sites.change('shop', { pages: { 'index.html': 'moved\n' } });
    await eventually(
      'pages follow',
      async () => (await core.readNamespacedConfigMap(here)).data!['index.html'] === 'moved\n',
    );
    await sites.ready('shop');
    const after = await apps.readNamespacedDeployment(here);
    assert.notDeepEqual(after.spec!.template.metadata!.annotations, deployment.spec!.template.metadata!.annotations);
  });

  session('hears of what it does not own by its label', async s => {
    const { core, namespace } = s;
    const sites = sitesOf(s);
    await sites.make('left');
    await sites.make('right');
    const page = async (name: string) => (await core.readNamespacedConfigMap({ name, namespace })).data!['index.html'];
    const both = (wanted: string) =>
      eventually(
        `both say «${wanted}»`,
        async () => (await page('left')) === wanted && (await page('right')) === wanted,
      );
    await both('welcome\n');
    const body = { metadata: { name: 'banner', labels: { [bannerLabel]: 'yes' } }, data: { text: 'sale' } };
    await core.createNamespacedConfigMap({ namespace, body });
    await both('welcome\n\nsale');
    await core.deleteNamespacedConfigMap({ name: 'banner', namespace });
    await both('welcome\n');
  });

  session('cleans up outside before a site goes, and the cluster inside after it', async s => {
    const { apps, namespace } = s;
    const sites = sitesOf(s);
    await sites.make('gone');
    await sites.ready('gone');
    assert.ok(operator.isRegistered(sites.host('gone')));
    await sites.remove('gone');
    await eventually('the site is gone', () =>
      sites.read('gone').then(
        () => false,
        () => true,
      ),
    );
    assert.ok(!operator.isRegistered(sites.host('gone')), 'its host was released before');
    await eventually(
      'its parts are gone',
      async () => (await apps.listNamespacedDeployment({ namespace })).items.length === 0,
    );
  });

  session('has one leader, and another when that ends or dies', async s => {
    const sites = sitesOf(s);
    const leases = s.config.makeApiClient(k8s.CoordinationV1Api);
    const leader = (among: readonly Replica[]) =>
      eventually('somebody leads', async () => {
        const { spec } = await leases.readNamespacedLease({ name: 'website-operator', namespace: 'default' });
        return among.find(({ identity }) => identity === spec!.holderIdentity);
      });
    for (const replica of [...replicas, operator.webhooks])
      await eventually('everybody is ready', async () => (await text(replica.health, '/readyz')).startsWith('ok'));
    const first = await leader(replicas);
    const leading = /^leader_election_master_status\{name="website-operator"\} 1$/m;
    await eventually('its figures say so', async () => leading.test(await text(first.health, '/metrics')));
    assert.match(await text(first.health, '/metrics'), /^controller_runtime_reconcile_total\{controller="website",/m);
    assert.match(await text(operator.webhooks.health, '/metrics'), /^controller_runtime_webhook_requests_total\{/m);
    await first.end('SIGKILL');
    const others = replicas.filter(replica => replica !== first);
    await sites.make('after-death');
    const second = await leader(others);
    await sites.ready('after-death');
    const third = await operator.startController();
    await second.end('SIGTERM');
    assert.equal(await leader([third]), third);
    await sites.make('after-leave');
    await sites.ready('after-leave');
  });
});
