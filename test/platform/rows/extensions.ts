/** Rows 4, 10 to 14: what is turned on, installed and brought along while the platform runs. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Rows, Suite } from '../support/suite.ts';
import { eventually } from '../../e2e/support/cluster.ts';

const config = '/kapis/config.kubesphere.io/v1alpha2/configs';
const group = 'extensions.kubesphere.io';
const version = 'v1alpha1';
const of = (resource: string) => ({ group, version, resource });
const installer = { group: 'installer.kubesphere.io', version, resource: 'clusterconfigurations' };
const place = { namespace: 'kubesphere-system' };
/** Nobody is behind it: that somebody is asked shows in that he does not answer. Who answers is shown with real servers elsewhere. */
const service = { namespace: 'default', name: 'nobody', port: 443 };

const create = ({ platform }: Suite, resource: string, kind: string, name: string, spec: object) =>
  platform.admin.create(of(resource), {
    ...{ apiVersion: `${group}/${version}`, kind, metadata: { name } },
    spec,
  } as KubeObject);

const isAvailable = async ({ platform }: Suite, resource: string, name: string): Promise<boolean> => {
  const { status } = await platform.admin.get<KubeObject & { status?: { state?: string } }>(of(resource), name);
  return status?.state === 'Available';
};

export const extensions: Rows = row => {
  row(4, 'a group of somebody else is answered by whom an APIService names', async suite => {
    const { as, status } = suite;
    const path = '/kapis/suite.example.com/v1/things';
    await create(suite, 'apiservices', 'APIService', 'suite', {
      ...{ group: 'suite.example.com', version: 'v1', service, insecureSkipVerify: true },
    });
    await eventually('it counts', () => isAvailable(suite, 'apiservices', 'suite'));
    await eventually('it is asked', async () => (await status('admin', 'GET', path)) === 503);
    match((await as('admin', 'GET', path)).text, /there is no service \\"nobody\\" in \\"default\\"/);
    await suite.user('outsider-api');
    equal(await status('outsider-api', 'GET', path), 403);
    equal((await suite.caller.call('GET', path)).status, 401);
    await suite.platform.admin.delete(of('apiservices'), 'suite');
    await eventually('it is gone', async () => (await status('admin', 'GET', path)) === 404);
  });

  row(
    10,
    'a component that is off shows no menu and says why; on again it is there, without a restart',
    async suite => {
      const { platform, as, status, done } = suite;
      const devops = '/kapis/devops.kubesphere.io/v1alpha3/workspaces/system-workspace/devops';
      const menus = async () => JSON.stringify(await done('admin', 'GET', `${config}/features`));
      equal(await status('admin', 'GET', devops), 200);
      await platform.admin.create(installer, {
        ...{ apiVersion: `${installer.group}/${version}`, kind: 'ClusterConfiguration' },
        metadata: { name: 'ks-installer', ...place },
        spec: { devops: { enabled: false } },
      } as never);
      await eventually('its routes are gone', async () => (await status('admin', 'GET', devops)) === 404);
      match((await as('admin', 'GET', devops)).text, /\\"devops\\" is off: set spec\.devops\.enabled/);
      ok(!(await menus()).includes('menu.devops'));
      equal((await done('admin', 'GET', `${config}/configz`))['devops'], false);
      await platform.admin.patch(installer, 'ks-installer', 'merge', { spec: { devops: { enabled: true } } }, place);
      await eventually('they are there', async () => (await status('admin', 'GET', devops)) === 200);
      ok((await menus()).includes('menu.devops'));
      await platform.admin.delete(installer, 'ks-installer', place);
    },
  );

  row(11, 'what is on is told in the status of ks-installer', async ({ platform }) => {
    await platform.admin.create(installer, {
      ...{ apiVersion: `${installer.group}/${version}`, kind: 'ClusterConfiguration' },
      metadata: { name: 'ks-installer', ...place },
      spec: { devops: { enabled: true } },
    } as never);
    type Told = KubeObject & { status?: { devops?: { status?: string; enabledTime?: string } } };
    await eventually('it is told', async () => {
      const { status } = await platform.admin.get<Told>(installer, 'ks-installer', place);
      return status?.devops?.status === 'enabled' && status.devops.enabledTime !== undefined;
    });
    await platform.admin.delete(installer, 'ks-installer', place);
  });

  row(13, 'a script and an entry that are applied are served, and told to the console', async suite => {
    const { caller, done, platform } = suite;
    const script = 'export default {};';
    await create(suite, 'jsbundles', 'JSBundle', 'suite', { raw: Buffer.from(script).toString('base64') });
    await create(suite, 'extensionentries', 'ExtensionEntry', 'suite', {
      entries: [{ name: 'suite', title: 'Suite', link: '/suite' }],
    });
    const offer = async () => (await done('admin', 'GET', `${config}/extensions`))['extensions'] as Offer;
    await eventually('both are told', async () => {
      const { bundles, entries } = await offer();
      return bundles.length > 0 && entries.length > 0;
    });
    const { bundles, entries } = await offer();
    deepEqual(entries, [{ name: 'suite', title: 'Suite', link: '/suite', extension: 'suite' }]);
    const { status, text, headers } = await caller.call('GET', bundles[0]!.link);
    deepEqual([status, text], [200, script]);
    match(String(headers['content-type']), /javascript/);
    for (const [resource, name] of [
      ['jsbundles', 'suite'],
      ['extensionentries', 'suite'],
    ] as const)
      await platform.admin.delete(of(resource), name);
    await eventually('both are gone', async () => {
      const { bundles, entries } = await offer();
      return bundles.length === 0 && entries.length === 0;
    });
  });

  row(14, 'an address below /proxy/ leads to another server, for who may ask for it', async suite => {
    const { caller, as, status, user, platform } = suite;
    await user('proxied');
    await create(suite, 'reverseproxies', 'ReverseProxy', 'suite', {
      matcher: { path: '/proxy/suite/*', method: '*' },
      upstream: { service, insecureSkipVerify: true },
      directives: { stripPathPrefix: '/proxy/suite', authProxy: true },
    });
    await eventually('it counts', () => isAvailable(suite, 'reverseproxies', 'suite'));
    const path = '/proxy/suite/version';
    await eventually('it is asked', async () => (await status('admin', 'GET', path)) === 503);
    match((await as('admin', 'GET', path)).text, /there is no service/);
    equal(await status('proxied', 'GET', path), 403);
    equal((await caller.call('GET', path)).status, 401);
    await platform.admin.delete(of('reverseproxies'), 'suite');
    await eventually('it is gone', async () => (await status('admin', 'GET', path)) === 404);
  });
};

interface Offer {
  readonly bundles: readonly { readonly link: string }[];
  readonly entries: readonly object[];
}
