/** Rows 23, 24, 33 to 35, 46, 50 and 51: workspaces, their projects and quotas, and who is outside. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { eventually } from '../../e2e/support/cluster.ts';
import { iam, lists, namesIn, tenant, type Rows } from '../support/suite.ts';

const quotas = (workspace: string) => `${tenant}/workspaces/${workspace}/resourcequotas`;
const quota = (name: string, hard: Record<string, string>) => ({ metadata: { name }, spec: { quota: { hard } } });

export const tenancy: Rows = row => {
  row(23, 'a workspace is listed to its members and to administrators', async ({ user, done, as, status }) => {
    for (const name of ['maker', 'other']) await user(name, 'platform-self-provisioner');
    await user('outsider');
    await done('maker', 'POST', `${tenant}/workspaces`, { metadata: { name: 't1' }, spec: {} });
    await done('other', 'POST', `${tenant}/workspaces`, { metadata: { name: 't2' }, spec: {} });
    deepEqual(namesIn(await done('maker', 'GET', `${tenant}/workspaces`)), ['t1']);
    deepEqual(await done('outsider', 'GET', `${tenant}/workspaces`), { items: [], totalItems: 0 });
    const all = namesIn(await done('admin', 'GET', `${tenant}/workspaces`));
    for (const name of ['t1', 't2', 'system-workspace']) ok(all.includes(name), name);
    equal(await status('outsider', 'POST', `${tenant}/workspaces`, { metadata: { name: 't9' }, spec: {} }), 403);
    equal(await status('admin', 'DELETE', `${tenant}/workspaces/system-workspace`), 403);
    const [there, absent] = [
      await as('other', 'GET', `${tenant}/workspaces/t1`),
      await as('other', 'GET', `${tenant}/workspaces/t9`),
    ];
    deepEqual([there.status, there.text.replaceAll('t1', 't9')], [403, absent.text]);
  });

  row(24, 'a project is a namespace with the label of its workspace', async ({ project, platform, done }) => {
    await project('maker', 't1', 't1-a');
    const { metadata } = await platform.admin.get(resources.namespaces, 't1-a');
    equal(metadata.labels?.['kubesphere.io/workspace'], 't1');
    equal(metadata.annotations?.['kubesphere.io/creator'], 'maker');
    deepEqual(namesIn(await done('maker', 'GET', `${tenant}/namespaces`)), ['t1-a']);
  });

  row(
    33,
    'who may provide for himself makes projects and is their administrator; other members are not',
    async suite => {
      const { user, invite, project, platform, done, status } = suite;
      for (const name of ['provider', 'plain']) await user(name);
      await invite('maker', 't1', 'provider', 'self-provisioner');
      await invite('maker', 't1', 'plain', 'regular');
      await project('provider', 't1', 't1-p');
      const bindings = (await platform.admin.list(resources.rolebindings, { namespace: 't1-p' })) as unknown as {
        items: (KubeObject & { roleRef: { name: string }; subjects: { name: string }[] })[];
      };
      ok(bindings.items.some(({ roleRef, subjects }) => roleRef.name === 'admin' && subjects[0]?.name === 'provider'));
      await done('provider', 'POST', '/api/v1/namespaces/t1-p/configmaps', { metadata: { name: 'c' } });
      const another = { metadata: { name: 't1-q' } };
      equal(await status('plain', 'POST', `${tenant}/workspaces/t1/namespaces`, another), 403);
      equal(await status('plain', 'GET', '/api/v1/namespaces/t1-p/configmaps'), 403);
      equal(await status('provider', 'POST', `${tenant}/workspaces/t2/namespaces`, another), 403);
    },
  );

  row(46, 'who is outside sees no name, no number and no difference', async suite => {
    const { done, as, invite } = suite;
    await done('maker', 'POST', '/api/v1/namespaces/t1-a/configmaps', { metadata: { name: 'needle' } });
    await invite('maker', 't1', 'outsider', 'viewer');
    await eventually('it is found', async () => {
      return namesIn(await done('outsider', 'GET', `${lists}/configmaps?name=needle`)).length === 1;
    });
    const found = '/kapis/search.orrery.io/v1alpha1/search?q=needle';
    await eventually('by search too', async () => (await done('outsider', 'GET', found))['totalItems'] === 1);
    await done('maker', 'DELETE', `${iam}/workspaces/t1/workspacemembers/outsider`);
    for (const target of ['configmaps?name=needle', 'namespaces', 'pods', 'deployments', 'secrets']) {
      const { status, body } = await as('outsider', 'GET', `${lists}/${target}`);
      ok(status === 403 || body['totalItems'] === 0, `${target} ${JSON.stringify(body)}`);
    }
    equal((await done('outsider', 'GET', found))['totalItems'], 0);
    deepEqual(namesIn(await done('outsider', 'GET', `${tenant}/namespaces`)), []);
    for (const target of [
      ...['/api/v1/namespaces/NS', '/api/v1/namespaces/NS/configmaps/needle', `${lists}/namespaces/NS/configmaps`],
      ...[`${tenant}/namespaces/NS`, `${iam}/namespaces/NS/members`, `${iam}/namespaces/NS/roles`],
      ...['/kapis/overview.orrery.io/v1alpha1/namespaces/NS', `${tenant}/workspaces/t1/namespaces/NS`],
    ]) {
      const [there, absent] = [
        await as('outsider', 'GET', target.replaceAll('NS', 't1-a')),
        await as('outsider', 'GET', target.replaceAll('NS', 't9-z')),
      ];
      equal(there.status, 403, `${target}: ${there.text}`);
      equal(there.text.replaceAll('t1-a', 't9-z'), absent.text, target);
    }
  });

  row(34, 'a project that moves takes its new workspace’s people and none of the old', async suite => {
    const { project, inviteTo, invite, done, status, platform } = suite;
    await project('maker', 't1', 't1-m');
    await inviteTo('maker', 't1-m', 'plain', 'operator');
    await done('maker', 'POST', '/api/v1/namespaces/t1-m/configmaps', { metadata: { name: 'c' } });
    await invite('other', 't2', 'outsider', 'viewer');
    const move = (who: string, workspace: string) =>
      status(who, 'PUT', `${tenant}/namespaces/t1-m/workspace`, { workspace });
    equal(await move('maker', 't2'), 403, 'not into a workspace of others');
    equal(await move('other', 't2'), 403, 'not out of one');
    const watch = await suite.watch('plain', '/api/v1/namespaces/t1-m/configmaps');
    equal(await move('admin', 't2'), 200);
    await watch.ends();
    const target = '/api/v1/namespaces/t1-m/configmaps/c';
    for (const [who, expected] of [
      ['maker', 403],
      ['plain', 403],
      ['other', 200],
      ['outsider', 200],
    ] as const)
      equal(await status(who, 'GET', target), expected, who);
    const { metadata } = await platform.admin.get(resources.namespaces, 't1-m');
    equal(metadata.labels?.['kubesphere.io/workspace'], 't2');
  });

  row(51, 'a project’s quota and defaults hold, and what is used is told', async ({ done, as, patch, status }) => {
    const place = '/api/v1/namespaces/t1-a';
    await done('maker', 'POST', `${place}/resourcequotas`, {
      ...{ metadata: { name: 't1-a' }, spec: { hard: { 'count/secrets': '1', pods: '5' } } },
    });
    const limits = [{ type: 'Container', default: { cpu: '200m' }, defaultRequest: { cpu: '100m' } }];
    await done('maker', 'POST', `${place}/limitranges`, { metadata: { name: 't1-a' }, spec: { limits } });
    const secret = (name: string) => as('maker', 'POST', `${place}/secrets`, { metadata: { name } });
    await eventually('the quota counts', async () => {
      const { body } = await as('maker', 'GET', `${place}/resourcequotas/t1-a`);
      return (body as { status?: { used?: object } }).status?.used !== undefined;
    });
    equal((await secret('one')).status, 201);
    const { status: refused, text } = await secret('two');
    equal(refused, 403);
    match(text, /exceeded quota: t1-a, requested: count\/secrets=1, used: count\/secrets=1, limited: count\/secrets=1/);
    const pod = {
      metadata: { name: 'limited' },
      spec: { containers: [{ name: 'c', image: 'registry.k8s.io/pause:3.10' }] },
    };
    const made = (await done('maker', 'POST', `${place}/pods`, pod)) as unknown as Pod;
    deepEqual(made.spec.containers[0]!.resources, { limits: { cpu: '200m' }, requests: { cpu: '100m' } });
    const told = '/kapis/resources.kubesphere.io/v1alpha2/namespaces/t1-a/quotas';
    await eventually('used and hard are told', async () => {
      const { data } = (await done('maker', 'GET', told)) as unknown as { data: { hard: Amounts; used: Amounts } };
      return data.hard['count/secrets'] === '1' && data.used['count/secrets'] === '1' && data.used['pods'] === '1';
    });
    await done('provider', 'GET', `${tenant}/workspaces/t1`);
    equal(await status('plain', 'POST', `${place}/resourcequotas`, { metadata: { name: 'x' }, spec: {} }), 403);
    const isolated = { metadata: { annotations: { 'kubesphere.io/network-isolate': 'enabled' } } };
    equal((await patch('maker', `${tenant}/workspaces/t1/namespaces/t1-a`, isolated)).status, 200);
    const uid = async () => ((await as('maker', 'GET', policy)).body as { metadata?: { uid?: string } }).metadata?.uid;
    const first = await eventually('the project is closed', uid);
    await done('admin', 'DELETE', policy);
    await eventually('and closed again', async () => ![undefined, first].includes(await uid()));
  });

  row(
    50,
    'a workspace’s quota holds over all its projects, and who is limited does not set it',
    async (suite, context) => {
      const { done, as, status, project, platform } = suite;
      await project('maker', 't1', 't1-b');
      equal(await status('maker', 'POST', quotas('t1'), quota('t1', { services: '1' })), 403);
      await done('admin', 'POST', quotas('t1'), quota('t1', { services: '1' }));
      equal(await status('maker', 'PUT', `${quotas('t1')}/t1`, quota('t1', { services: '9' })), 403);
      equal(await status('other', 'GET', `${quotas('t1')}/t1`), 403);
      const service = (name: string) => ({ metadata: { name }, spec: { ports: [{ port: 80 }], clusterIP: 'None' } });
      const make = (project: string, name: string, query = '') =>
        as('maker', 'POST', `/api/v1/namespaces/${project}/services${query}`, service(name));
      equal((await make('t1-a', 's1')).status, 201);
      await eventually('what is used is told', async () => {
        const { status: told } = (await done('maker', 'GET', `${quotas('t1')}/t1`)) as {
          status?: { total?: { used?: Amounts } };
        };
        return told?.total?.used?.['services'] === '1';
      });
      if (!platform.admits)
        return context.skip('the cluster cannot reach this platform: it keeps the count and refuses nothing');
      await eventually('the cluster asks', async () => (await make('t1-b', 's2', '?dryRun=All')).status === 403);
      const { status: refused, text } = await make('t1-b', 's2');
      equal(refused, 403);
      match(
        text,
        /exceeded quota: t1 of the workspace t1, requested: services=1, used: services=1, limited: services=1/,
      );
      await done('admin', 'DELETE', `${quotas('t1')}/t1`);
      await eventually('there is room', async () => (await make('t1-b', 's2')).status === 201);
    },
  );

  row(35, 'a workspace goes with its projects, or leaves them with nobody of it in them', async suite => {
    const { done, status, project, platform } = suite;
    for (const name of ['t3', 't4']) {
      await done('maker', 'POST', `${tenant}/workspaces`, { metadata: { name }, spec: {} });
      await project('maker', name, `${name}-a`);
    }
    await done('maker', 'DELETE', `${tenant}/workspaces/t3`);
    await done('maker', 'DELETE', `${tenant}/workspaces/t4`, { propagationPolicy: 'Orphan' });
    for (const name of ['t3', 't4'])
      await eventually(
        'it is gone',
        async () => (await status('admin', 'GET', `${tenant}/workspaces/${name}`)) === 404,
      );
    await eventually('with its project', async () => (await status('admin', 'GET', '/api/v1/namespaces/t3-a')) === 404);
    await eventually(
      'nobody is in the other',
      async () => (await status('maker', 'GET', '/api/v1/namespaces/t4-a')) === 403,
    );
    const { metadata } = await platform.admin.get(resources.namespaces, 't4-a');
    equal(metadata.deletionTimestamp, undefined);
    equal(metadata.labels?.['kubesphere.io/workspace'], undefined);
    await platform.admin.delete(resources.namespaces, 't4-a');
  });
};

const policy = '/apis/networking.k8s.io/v1/namespaces/t1-a/networkpolicies/network-isolate';
type Amounts = Readonly<Record<string, string>>;

interface Pod {
  readonly spec: { readonly containers: readonly { readonly resources: object }[] };
}
