/** Rows 1 to 22: what is there after the installation, and what the cluster gets. */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { iam, lists, namesIn, password, tenant, type Rows, type Suite } from '../support/suite.ts';
import { eventually } from '../../e2e/support/cluster.ts';

const config = '/kapis/config.kubesphere.io/v1alpha2/configs';
const definitions = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };
const group = 'iam.kubesphere.io';
const ownUsers = { group, version: 'v1beta1', resource: 'users' };
const templates = { group: 'tenant.kubesphere.io', version: 'v1beta1', resource: 'workspacetemplates' };
const template = 'WorkspaceTemplate';

interface Definition extends KubeObject {
  spec: { group: string };
}

export const install: Rows = row => {
  row(1, 'the cluster gets kinds and rights of the platform’s own and nothing else', async ({ platform }) => {
    const { items } = await platform.admin.list<Definition>(definitions);
    const own = items.filter(({ spec }) => /(^|\.)(kubesphere|orrery)\.io$/.test(spec.group));
    ok(own.some(({ metadata }) => metadata.name === 'users.iam.kubesphere.io'));
    for (const { metadata } of items.filter(each => !own.includes(each)))
      equal(metadata.labels?.['app.kubernetes.io/managed-by'], undefined, metadata.name);
    const { items: namespaces } = await platform.admin.list(resources.namespaces);
    for (const { metadata } of namespaces)
      match(metadata.labels?.['kubesphere.io/workspace'] ?? 'system-workspace', /^system-workspace$/, metadata.name);
    for (const kind of [resources.clusterroles, resources.clusterrolebindings])
      for (const { metadata } of (await platform.admin.list(kind, { labelSelector: ours })).items)
        match(metadata.name!, /^orrery:/);
  });

  row(2, 'what the console offers is a route of the document that it shows', async ({ as, done, caller }) => {
    const { paths } = (await caller.call('GET', '/kapis/openapi/v3')).body as { paths: Record<string, object> };
    const routes = new Set(
      Object.values(paths).flatMap(path =>
        Object.values(path as Record<string, { operationId?: string }>).map(({ operationId }) => operationId),
      ),
    );
    const features = (await done('admin', 'GET', `${config}/features`)) as unknown as Feature[];
    const menus = features.flatMap(({ menus }) => menus);
    ok(menus.length > 10);
    for (const { route } of menus) ok(route === undefined || [...routes].some(id => id?.startsWith(route)), route);
    equal((await as('admin', 'GET', `${tenant}/workspaces`)).status, 200);
  });

  row(4, 'every group of the platform’s own answers, in all its versions', async ({ status }) => {
    for (const path of [
      'iam.kubesphere.io/v1beta1/users',
      'iam.kubesphere.io/v1alpha2/users',
      'tenant.kubesphere.io/v1beta1/workspaces',
      'tenant.kubesphere.io/v1alpha3/workspaces',
      'tenant.kubesphere.io/v1alpha2/workspaces',
      'tenant.kubesphere.io/v1alpha2/auditing/events',
      'resources.kubesphere.io/v1alpha3/deployments',
      'resources.kubesphere.io/v1alpha2/components',
      'cluster.kubesphere.io/v1alpha1/clusters',
      'config.kubesphere.io/v1alpha2/configs/configz',
    ])
      equal(await status('admin', 'GET', `/kapis/${path}`), 200, path);
    equal(await status('admin', 'GET', '/kapis/clusters/host/iam.kubesphere.io/v1beta1/users'), 200);
    equal(await status('admin', 'GET', '/kapis/nobody.kubesphere.io/v1/users'), 404);
  });

  row(5, 'an account and a workspace that are applied to the cluster are like those of the console', async suite => {
    const { platform, done, logIn, status } = suite;
    await platform.admin.create(ownUsers, {
      ...{ apiVersion: `${group}/v1beta1`, kind: 'User', metadata: { name: 'applied' } },
      spec: { email: 'applied@example.com', password },
    } as never);
    await platform.admin.create(templates, {
      ...{ apiVersion: 'tenant.kubesphere.io/v1beta1', kind: template, metadata: { name: 'applied' } },
      spec: { template: { spec: { manager: 'applied' } } },
    } as never);
    await eventually('he can log in', () => logIn('applied'));
    await eventually(
      'he manages it',
      async () => (await status('applied', 'GET', `${tenant}/workspaces/applied`)) === 200,
    );
    const roles = `${iam}/workspaces/applied/workspaceroles?sortBy=name&ascending=true`;
    await eventually('it has its roles', async () => namesIn(await done('applied', 'GET', roles)).length === 4);
    const { spec } = await platform.admin.get<KubeObject & { spec: { password: string } }>(ownUsers, 'applied');
    match(spec.password, /^\$2[ab]\$10\$/, 'the password is a hash now');
    await done('admin', 'DELETE', `${tenant}/workspaces/applied`);
    await done('admin', 'DELETE', `${iam}/users/applied`);
  });

  row(6, 'what is applied to the cluster and cannot be is refused in words', async ({ platform }) => {
    const error = await platform.admin
      .create(ownUsers, {
        ...{ apiVersion: `${group}/v1beta1`, kind: 'User', metadata: { name: 'wrong' } },
        spec: { email: 'no address' },
      } as never)
      .then(
        () => undefined,
        (thrown: Error) => thrown,
      );
    match(String(error?.message), /spec\.email.*e-?mail/is);
  });

  row(7, 'one replica leads, by a lease of the cluster’s', async ({ platform }) => {
    const lease = await platform.admin.get<KubeObject & { spec: { holderIdentity: string } }>(
      resources.leases,
      'orrery-platform',
      { namespace: 'kubesphere-system' },
    );
    ok(lease.spec.holderIdentity);
  });

  row(8, 'whether it is well is told to whoever asks', async ({ caller }) => {
    for (const path of ['/livez', '/healthz', '/readyz']) equal((await caller.call('GET', path)).status, 200, path);
  });

  row(8, 'its figures are told in the form of Prometheus, without names of people', async ({ caller, status }) => {
    await status('admin', 'GET', `${tenant}/workspaces`);
    for (const path of ['/metrics', '/kapis/metrics']) {
      const { status: code, text } = await caller.call('GET', path);
      equal(code, 200, path);
      match(text, /^ks_server_request_total\{verb="list",group="tenant\.kubesphere\.io",[^}]*code="200"\} [1-9]/m);
      ok(!text.includes('"admin"'));
    }
  });

  row(9, 'the versions of platform and cluster', async ({ caller, platform }) => {
    const [ours, older] = await Promise.all(['/version', '/kapis/version'].map(path => caller.call('GET', path)));
    deepEqual(ours!.body, older!.body);
    const { kubernetes } = ours!.body as { kubernetes: { gitVersion: string } };
    match(kubernetes.gitVersion, /^v\d+\.\d+/);
    ok(platform.url);
  });

  row(10, 'which components are on is told without logging in', async ({ caller }) => {
    const { status, body } = await caller.call('GET', `${config}/configz`);
    equal(status, 200);
    ok(Object.values(body).every(value => typeof value === 'boolean'));
  });

  row(15, 'configuration counts without a restart', async ({ platform, caller }) => {
    const content = JSON.stringify({ name: 'suite', secret: 'suite-s3cret', grantMethod: 'auto', redirectURIs: [] });
    const place = { namespace: 'kubesphere-system' };
    await platform.admin.create(resources.secrets, {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'config.kubesphere.io/oauthclient' },
      metadata: { name: 'oauthclient-suite', ...place, labels: { 'config.kubesphere.io/type': 'oauthclient' } },
      data: { 'configuration.yaml': Buffer.from(content).toString('base64') },
    } as never);
    const knows = async () => {
      const form = { client_id: 'suite', client_secret: 'suite-s3cret', token: 'x' };
      return (await caller.call('POST', '/oauth/revoke', { form })).status === 200;
    };
    await eventually('the client is known', knows);
    await platform.admin.delete(resources.secrets, 'oauthclient-suite', place);
    await eventually('and unknown again', async () => !(await knows()));
  });

  row(16, 'the console is served, and nobody knows the first password by heart', async ({ caller }) => {
    const { status, text } = await caller.call('GET', '/');
    equal(status, 200);
    match(text, /<!doctype html>/i);
    for (const word of ['P@88w0rd', 'admin', 'password'])
      equal(
        await caller.tokens('admin', word).then(
          () => 200,
          () => 400,
        ),
        400,
        word,
      );
  });

  row(17, 'whose password was made by somebody else does nothing before another one is chosen', async suite => {
    const { caller, done, logIn, as } = suite;
    const annotations = { 'iam.kubesphere.io/uninitialized': 'true' };
    await done('admin', 'POST', `${iam}/users`, { metadata: { name: 'fresh', annotations }, spec: { password } });
    await logIn('fresh');
    for (const target of ['/api/v1/namespaces', `${tenant}/workspaces`, `${lists}/pods`])
      match((await as('fresh', 'GET', target)).text, /PasswordChangeRequired/, target);
    const chosen = 'An0ther-password';
    await done('fresh', 'PUT', `${iam}/users/fresh/password`, { currentPassword: password, password: chosen });
    await logIn('fresh', chosen);
    await done('fresh', 'GET', `${tenant}/workspaces`);
    notEqual((await caller.tokens('fresh', password).catch(() => undefined))?.access_token, 'a token');
  });

  row(18, 'the language is the account’s', async ({ user, done, patch }) => {
    await user('linguist');
    equal((await patch('linguist', `${iam}/profile`, { lang: 'zh-CN' })).status, 200);
    equal((await done('linguist', 'GET', '/oauth/userinfo'))['locale'], 'zh-CN');
  });

  row(19, 'a part of the system that nobody stands behind is not well', async suite => {
    const { platform } = suite;
    const place = { namespace: 'kubesphere-system' };
    await platform.admin.create(resources.services, {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'suite-part', ...place } },
      spec: { selector: { app: 'suite-part' }, ports: [{ port: 80 }] },
    } as never);
    await platform.admin.create(resources.pods, {
      ...{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'suite-part', ...place, labels: { app: 'suite-part' } } },
      spec: { containers: [{ name: 'it', image: 'registry.k8s.io/pause:3.10' }], terminationGracePeriodSeconds: 0 },
    } as never);
    const health = (total: number, well: number) => async () => {
      const part = await partOf(suite);
      return part?.totalBackends === total && part.healthyBackends === well;
    };
    await eventually('its pod is well', health(1, 1));
    await platform.admin.delete(resources.pods, 'suite-part', place);
    await eventually('nobody is there', health(0, 0));
    await platform.admin.delete(resources.services, 'suite-part', place);
  });
};

const ours = 'app.kubernetes.io/managed-by=orrery-platform';

interface Feature {
  readonly menus: readonly { readonly route?: string }[];
}

interface Part {
  readonly name: string;
  readonly totalBackends: number;
  readonly healthyBackends: number;
}

async function partOf({ done }: Suite): Promise<Part | undefined> {
  const parts = (await done('admin', 'GET', `${lists}/components`)) as unknown as Part[];
  return parts.find(({ name }) => name === 'suite-part');
}
