/** What extensions bring to the console while it runs: scripts, style sheets, files and entries; and components that are turned off and on. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { platformResources } from '@orrery/platform-kinds';
import { startExtensions } from '../testing/extensions.ts';
import { becomes, eventually } from '../testing/people.ts';

const config = '/kapis/config.kubesphere.io/v1alpha2/configs';
const { answers, call, cluster, create, messageOf, plain, ready } = await startExtensions();

const offer = async () => {
  const { body } = await call('admin', 'GET', `${config}/extensions`);
  return body['extensions'] as { bundles: Record<string, string>[]; entries: Record<string, unknown>[] };
};

const script = 'export default { pages: [] };';
const base64 = (text: string) => Buffer.from(text).toString('base64');

test('a JSBundle is served and told to the console, wherever its script lies', async () => {
  const place = { namespace: 'default' };
  await cluster.client.create(resources.configmaps, {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'ui', ...place } },
    data: { 'index.js': script },
  } as never);
  await cluster.client.create(resources.secrets, {
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'ui', ...place } },
    data: { 'index.js': base64(script) },
  } as never);
  plain.answer = async ({ target }) =>
    target === '/ui.js' || target === '/ui.css'
      ? { status: 200, headers: { 'content-type': 'text/html' }, body: new TextEncoder().encode(script) }
      : undefined!;
  const key = { ...place, name: 'ui', key: 'index.js' };
  const sources: [string, object][] = [
    ['raw', { raw: base64(script) }],
    ['raw-twice', { raw: base64(base64(script)) }],
    ['map', { rawFrom: { configMapKeyRef: key } }],
    ['secret', { rawFrom: { secretKeyRef: key } }],
    ['remote', { rawFrom: { url: `${plain.url}/ui.js` } }],
  ];
  for (const [name, spec] of sources) {
    await create(platformResources.jsbundles, name, spec);
    await ready(platformResources.jsbundles, name);
    await answers(undefined, `/dist/${name}/index.js`, 200);
    const { text, headers } = await call(undefined, 'GET', `/dist/${name}/index.js`);
    assert.deepEqual([name, text, headers['content-type']], [name, script, 'text/javascript; charset=utf-8']);
  }
  await becomes(
    async () => (await offer()).bundles.map(({ link }) => link!).toSorted(),
    sources.map(([name]) => `/dist/${name}/index.js`).toSorted(),
  );
});

test('a script is asked for once: by its hash for ever, by its ETag after that', async () => {
  const [bundle] = (await offer()).bundles;
  const { link, hash } = bundle as { link: string; hash: string };
  const first = await call(undefined, 'GET', `${link}?hash=${hash}`);
  assert.match(String(first.headers['cache-control']), /immutable/);
  const plainly = await call(undefined, 'GET', link);
  assert.equal(plainly.headers['cache-control'], 'no-cache');
  const headers = { 'if-none-match': String(plainly.headers['etag']) };
  assert.equal((await call(undefined, 'GET', link, { headers })).status, 304);
  assert.equal((await call(undefined, 'GET', '/dist/nobody/index.js')).status, 404);
});

test('style sheets and files go with it, below the name of their extension', async () => {
  await create(
    platformResources.jsbundles,
    'styled',
    {
      raw: base64(script),
      assets: {
        style: { link: '/dist/suite/style.css', url: `${plain.url}/ui.css` },
        files: [
          { name: 'page', link: '/dist/suite/page.html', mimeType: 'text/html', url: `${plain.url}/ui.js` },
          { name: 'foreign', link: '/dist/raw/index.js', url: `${plain.url}/ui.js` },
        ],
      },
    },
    { labels: { 'kubesphere.io/extension-ref': 'suite' } },
  );
  await ready(platformResources.jsbundles, 'styled');
  await answers(undefined, '/dist/suite/style.css', 200);
  const style = await call(undefined, 'GET', '/dist/suite/style.css');
  assert.equal(style.headers['content-type'], 'text/css; charset=utf-8');
  const page = await call(undefined, 'GET', '/dist/suite/page.html');
  assert.match(String(page.headers['content-security-policy']), /sandbox/);
  const told = (await offer()).bundles.find(({ name }) => name === 'styled')!;
  assert.deepEqual(
    [told['extension'], told['link'], told['style']],
    ['suite', '/dist/suite/index.js', '/dist/suite/style.css'],
  );
  delete plain.answer;
});

test('a bundle whose script is not there is unavailable, says so, and hinders no other', async () => {
  const key = { namespace: 'default', name: 'none', key: 'index.js' };
  await create(platformResources.jsbundles, 'empty', { rawFrom: { configMapKeyRef: key } });
  await ready(platformResources.jsbundles, 'empty', 'Unavailable');
  assert.equal(await messageOf(platformResources.jsbundles, 'empty'), 'there is no ConfigMap "none" in "default"');
  assert.ok((await offer()).bundles.length > 0);
});

test('entries are told as they are said; of two with one name the older stands, and none leads away', async () => {
  await create(platformResources.extensionentries, 'first', {
    entries: [
      { parent: 'global', name: 'notes', title: 'Notes', link: '/notes', icon: 'doc', order: 3, custom: { a: 1 } },
      { name: 'away', link: 'https://evil.example.com/' },
      { name: 'script', link: 'javascript:alert(1)' },
    ],
  });
  await ready(platformResources.extensionentries, 'first');
  await create(platformResources.extensionentries, 'second', { entries: [{ name: 'notes', link: '/other' }] });
  await ready(platformResources.extensionentries, 'second', 'Unavailable');
  await becomes(
    async () => (await offer()).entries,
    [
      {
        ...{ parent: 'global', name: 'notes', title: 'Notes', icon: 'doc', order: 3, custom: { a: 1 } },
        link: '/notes',
        extension: 'first',
      },
      { name: 'away', extension: 'first' },
      { name: 'script', extension: 'first' },
    ],
  );
  assert.equal((await call(undefined, 'GET', `${config}/extensions`)).status, 401);
});

const installer = platformResources.clusterconfigurations;
const inSystem = { namespace: 'kubesphere-system' };

test('a component is turned off and on while the platform runs: its menus go and come, its routes say why', async () => {
  const devops = '/kapis/devops.kubesphere.io/v1alpha3/workspaces/system-workspace/devops';
  const features = async () => (await call('admin', 'GET', `${config}/features`)).text;
  assert.equal((await call('admin', 'GET', devops)).status, 200);
  await cluster.client.create(installer, {
    apiVersion: installer.apiVersion,
    kind: installer.kind,
    metadata: { name: 'ks-installer', ...inSystem },
    spec: { devops: { enabled: false }, etcd: { monitoring: false }, gatekeeper: { enabled: true } },
  } as never);
  await answers('admin', devops, 404);
  const { body } = await call('admin', 'GET', devops);
  assert.match(
    String(body['message']),
    /"devops" is off: set spec.devops.enabled of the ClusterConfiguration ks-installer/,
  );
  assert.equal((await call(undefined, 'GET', `${config}/configz`)).body['devops'], false);
  assert.doesNotMatch(await features(), /menu\.devops/);
  const statusOfDevops = async () => {
    const found = await cluster.client.get<KubeObject & { status?: Record<string, { status?: string }> }>(
      installer,
      'ks-installer',
      inSystem,
    );
    return found.status?.['devops']?.status;
  };
  await becomes(statusOfDevops, 'disabled');
  await cluster.client.patch(installer, 'ks-installer', 'merge', { spec: { devops: { enabled: true } } }, inSystem);
  await answers('admin', devops, 200);
  assert.match(await features(), /menu\.devops/);
  await becomes(statusOfDevops, 'enabled');
  await eventually('it is told', async () =>
    /"name":"devops","enabled":true,"ready":true/.test((await call('admin', 'GET', `${config}/components`)).text),
  );
});
