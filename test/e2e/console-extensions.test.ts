/** Pages of others in Chromium, on a real platform: scripts that come and go while the console is open, entries, components, the market. */
import { deepEqual, equal } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Page } from 'playwright-core';
import { seriousProblems, startBrowser, type BrowserUnderTest, type Visitor } from './support/browser.ts';
import { createCluster, startCluster, type Cluster } from './support/cluster.ts';
import { choosePassword, createSteps, headingOn, logIn } from './support/console.ts';

const password = 'Chosen-by-0neself';
/** The script of docs/adding-an-extension.md, as it stands there. */
const [, documented = ''] = /```js\n([\s\S]*?)```/.exec(
  readFileSync(join(import.meta.dirname, '../../docs/adding-an-extension.md'), 'utf8'),
)!;
let cluster: Cluster;
let browser: BrowserUnderTest;
let admin: Visitor;
const step = createSteps(() => browser);

before(async () => {
  cluster = createCluster();
  const printed = await startCluster(cluster, '--simulate', '1');
  const origin = /Console (https:\/\/\S+) /.exec(printed)![1]!;
  const firstPassword = /first log-in: admin with password (\S+)/.exec(printed)![1]!;
  const trust = readFileSync(join(cluster.dataDir, 'server/pki/apiserver.crt'), 'utf8');
  browser = await startBrowser({
    namespace: cluster.namespace,
    port: Number(new URL(origin).port),
    trust,
  });
  admin = await browser.visitor({ baseURL: origin });
  await admin.page.goto('/workspaces');
  await logIn(admin.page, 'admin', firstPassword);
  await choosePassword(admin.page, firstPassword, password);
  await headingOn(admin.page, 'Workspaces').waitFor();
});

after(async () => {
  await browser?.close();
  await cluster?.remove();
});

const apply = (object: object): Promise<string> => cluster.kubectlWith(JSON.stringify(object), 'apply', '-f', '-');
const bundle = (name: string, script: string) =>
  apply({
    apiVersion: 'extensions.kubesphere.io/v1alpha1',
    kind: 'JSBundle',
    metadata: { name },
    spec: { raw: Buffer.from(script).toString('base64') },
  });
const entryOf = (page: Page, name: string) =>
  page.getByRole('navigation', { name: 'Navigation' }).getByRole('link', { name });

/** Whether the page is still the one that was opened: what a script left in it would be gone. */
const mark = (page: Page) => page.evaluate('globalThis.mark = 1');
const isMarked = (page: Page) => page.evaluate('globalThis.mark === 1');

step('the script of the documentation brings an entry and a page to a console that is open', async () => {
  const { page } = admin;
  await page.goto('/clusters/host');
  await headingOn(page, /host/).waitFor();
  await mark(page);
  await bundle('hello', documented);
  await entryOf(page, 'Hello').click();
  await headingOn(page, 'Hello').waitFor();
  await page.getByRole('heading', { name: 'In the cluster host' }).waitFor();
  await page.getByRole('button', { name: 'Pressed 0 times' }).click();
  await page.getByRole('button', { name: 'Pressed 1 times' }).waitFor();
  equal(await isMarked(page), true);
  deepEqual(await seriousProblems(page), []);
});

step('another extension that comes leaves the page as it is, and one with a mistake is told', async () => {
  const { page } = admin;
  await bundle('broken', 'System.register([], () => ({}));');
  await page.getByText('The extension broken is not all there').waitFor();
  await page.getByText(/format of SystemJS/).waitFor();
  await apply({
    apiVersion: 'extensions.kubesphere.io/v1alpha1',
    kind: 'ExtensionEntry',
    metadata: { name: 'graphs' },
    spec: {
      entries: [
        {
          name: 'graphs',
          parent: 'cluster',
          title: 'Graphs',
          link: '/proxy/graphs/',
        },
      ],
    },
  });
  equal(await entryOf(page, 'Graphs').getAttribute('target'), '_blank');
  await page.getByRole('button', { name: 'Pressed 1 times' }).waitFor();
  equal(await isMarked(page), true);
});

step('a page that throws is replaced by what it said, and everything around it goes on', async () => {
  const { page } = admin;
  for (const count of [1, 2]) await page.getByRole('button', { name: `Pressed ${count} times` }).click();
  await page.getByRole('alert').getByText('three is too many').waitFor();
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Pressed 0 times' }).waitFor();
});

step('its address opens it, in Chinese as well; it goes when its script goes', async () => {
  const visitor = await browser.visitor({
    baseURL: new URL(admin.page.url()).origin,
    storageState: await admin.context.storageState(),
    locale: 'zh-CN',
  });
  await visitor.page.goto('/clusters/host/hello');
  await headingOn(visitor.page, '你好').waitFor();
  await visitor.page.getByRole('heading', { name: '集群 host' }).waitFor();
  await cluster.kubectl('delete', 'jsbundles.extensions.kubesphere.io', 'hello', 'broken');
  await headingOn(admin.page, 'This is not there').waitFor();
  await headingOn(visitor.page, '找不到该对象').waitFor();
  equal(await isMarked(admin.page), true);
  await visitor.context.close();
});

step('a component that is turned off takes its menus with it, until it is turned on', async () => {
  const { page } = admin;
  const other = await admin.context.newPage();
  await other.goto('/workspaces/system-workspace');
  await entryOf(other, 'DevOps projects').waitFor();
  await page.goto('/component-switches');
  await page.getByRole('button', { name: 'Turn off DevOps' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Turn off', exact: true }).click();
  await entryOf(other, 'DevOps projects').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Turn on DevOps' }).click();
  await entryOf(other, 'DevOps projects').waitFor();
  deepEqual(await seriousProblems(page), []);
  await other.close();
});

step(
  'a chart is installed, upgraded, disabled and uninstalled, and its page in a console that is open comes and goes',
  async () => {
    const { page } = admin;
    const other = await admin.context.newPage();
    await other.goto('/clusters/host');
    await page.goto('/extensions?do=upload');
    await page.getByLabel('Chart', { exact: true }).setInputFiles(packed('1.0.0'));
    await page.getByRole('dialog').getByRole('button', { name: 'Upload chart' }).click();
    await page.getByRole('link', { name: 'Greeter' }).click();
    await page.getByRole('heading', { name: 'How to greet' }).waitFor();
    await page.getByRole('button', { name: 'Install', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Install', exact: true }).click();
    await entryOf(other, 'Hello').click();
    await headingOn(other, 'Hello').waitFor();
    await page.getByRole('tab', { name: 'Progress' }).click();
    await page.getByRole('cell', { name: 'Installed' }).waitFor();
    deepEqual(await seriousProblems(page), []);
    await page.goto('/extensions?do=upload');
    await page.getByLabel('Chart', { exact: true }).setInputFiles(packed('1.1.0'));
    await page.getByRole('dialog').getByRole('button', { name: 'Upload chart' }).click();
    await page.getByRole('link', { name: 'Greeter' }).click();
    await page.getByRole('button', { name: 'Upgrade to 1.1.0' }).click();
    await page.getByRole('dialog', { name: 'Upgrade Greeter' }).getByRole('button', { name: 'Save' }).click();
    await page.getByRole('tab', { name: 'Progress' }).click();
    await page.getByRole('cell', { name: 'Upgrading' }).waitFor();
    await page.getByRole('cell', { name: 'Installed' }).nth(1).waitFor();
    await headingOn(other, 'Hello').waitFor();
    await page.getByRole('button', { name: 'Disable', exact: true }).click();
    await page.getByRole('dialog', { name: 'Disable Greeter?' }).getByRole('button', { name: 'Disable' }).click();
    await headingOn(other, 'This is not there').waitFor();
    await page.getByRole('button', { name: 'Enable', exact: true }).click();
    await headingOn(other, 'Hello').waitFor();
    await page.getByRole('button', { name: 'Uninstall' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('greeter');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await headingOn(other, 'This is not there').waitFor();
    await page.getByRole('button', { name: 'Install', exact: true }).waitFor();
    await other.close();
  },
);

/** A chart with the script of the documentation, as somebody else packs it. */
function packed(version: string): { name: string; mimeType: string; buffer: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-chart-'));
  const bundled = {
    apiVersion: 'extensions.kubesphere.io/v1alpha1',
    kind: 'JSBundle',
    metadata: {
      name: 'greeter',
      labels: { 'kubesphere.io/extension-ref': 'greeter' },
    },
    spec: { raw: Buffer.from(documented).toString('base64') },
  };
  const rules = [
    {
      verbs: ['*'],
      apiGroups: ['extensions.kubesphere.io'],
      resources: ['jsbundles'],
    },
  ];
  const files = {
    'Chart.yaml': `apiVersion: v2\nname: greeter\nversion: ${version}\n`,
    'extension.yaml': 'displayName:\n  en: Greeter\ncategory: dev-tools\n',
    'permissions.yaml': JSON.stringify({ kind: 'ClusterRole', rules }),
    'README.md': '# How to greet\n',
    'templates/bundle.yaml': JSON.stringify(bundled),
  };
  try {
    mkdirSync(join(folder, 'greeter/templates'), { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'greeter', name), text);
    const buffer = execFileSync('tar', ['-cz', '-C', folder, 'greeter']);
    return { name: `greeter-${version}.tgz`, mimeType: 'application/gzip', buffer };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

step('nothing went wrong on the way but what was meant to', async () => {
  const meant = [
    /three is too many/,
    /status of 401 \(\) \(\/oauth\/userinfo\)$/,
    // There was no configuration of components before.
    /status of 404 \(\) \(\/apis\/clusters\/host\/installer\.kubesphere\.io\/.*\/ks-installer\)$/,
  ];
  deepEqual(
    admin.watch.complaints().filter(line => !meant.some(pattern => pattern.test(line))),
    [],
  );
});
