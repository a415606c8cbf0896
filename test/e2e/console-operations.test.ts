/** What projects are allowed, what is found, done and recorded, in Chromium on a real cluster: by role and label. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { seriousProblems, startBrowser, type BrowserUnderTest, type Visitor } from './support/browser.ts';
import { createCluster, eventually, startCluster, type Cluster } from './support/cluster.ts';
import { choosePassword, createSteps, headingOn, logIn } from './support/console.ts';
import { busyboxImage } from './support/images.ts';

let cluster: Cluster;
let browser: BrowserUnderTest;
let admin: Visitor;
let page: Page;
const folder = mkdtempSync(join(tmpdir(), 'orrery-images-'));
const project = '/clusters/host/projects/shop';

const deployment = (word: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: clock, namespace: shop }
spec:
  replicas: 1
  selector: { matchLabels: { app: clock } }
  template:
    metadata: { labels: { app: clock } }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: clock
          image: busybox:1.35
          env: [{ name: WORD, value: ${word} }]
          command: [sh, -c, 'while true; do sleep 1; done']
`;

const workspace = (name: string) => `apiVersion: tenant.kubesphere.io/v1beta1
kind: WorkspaceTemplate
metadata: { name: ${name} }
spec: {}
---
`;

before(async () => {
  cluster = createCluster();
  const printed = await startCluster(cluster);
  const { code, stderr } = await cluster.orrery('image', 'import', busyboxImage(folder));
  equal(code, 0, stderr);
  await cluster.kubectlWith(`${workspace('team-a')}${workspace('team-b')}`, 'apply', '-f', '-');
  await cluster.kubectlWith(
    `apiVersion: v1\nkind: Namespace\nmetadata: { name: shop, labels: { kubesphere.io/workspace: team-a } }\n---\n${deployment('one')}`,
    ...['apply', '-f', '-'],
  );
  const origin = /Console (https:\/\/\S+) /.exec(printed)![1]!;
  const first = /first log-in: admin with password (\S+)/.exec(printed)![1]!;
  const trust = readFileSync(join(cluster.dataDir, 'server/pki/apiserver.crt'), 'utf8');
  browser = await startBrowser({ namespace: cluster.namespace, port: Number(new URL(origin).port), trust });
  admin = await browser.visitor({ baseURL: origin });
  page = admin.page;
  await page.goto('/projects');
  await logIn(page, 'admin', first);
  await choosePassword(page, first, 'Administrat0r');
  await headingOn(page, 'Projects').waitFor();
});

after(async () => {
  await browser?.close();
  await cluster?.remove();
  rmSync(folder, { recursive: true });
});

const step = createSteps(() => browser);
const heading = (name: string | RegExp): Locator => headingOn(page, name);
const accessible = async () => deepEqual(await seriousProblems(page), []);

/** The first pod that runs, by its name. */
/** One that stays: a pod of the roll-out before is still running while it ends. */
const runningPod = (): Promise<string> =>
  eventually('a pod runs', async () => {
    const running = ['-l', 'app=clock', '--field-selector=status.phase=Running', '-o', 'json'];
    const { items } = JSON.parse(await cluster.kubectl('-n', 'shop', 'get', 'pods', ...running)) as {
      items: { metadata: { name: string; deletionTimestamp?: string } }[];
    };
    return items.find(({ metadata }) => metadata.deletionTimestamp === undefined)?.metadata.name;
  });

step('a quota is set by fields, and what is no amount is said where it was typed', async () => {
  await page.goto(`${project}/quotas`);
  await page.getByText('No quota is set').waitFor();
  await accessible();
  await page.getByRole('button', { name: 'Set a quota' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set a quota' });
  await dialog.getByLabel('Pods').fill('lots');
  await dialog.getByText(/Not an amount/).waitFor();
  ok(await dialog.getByRole('button', { name: 'Save' }).isDisabled());
  await accessible();
  await dialog.getByLabel('Pods').fill('10');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
  // What is used comes by the stream.
  await page.getByText('1 of 10').waitFor();
});

step('defaults of containers are refused by the cluster at their field, and taken when they fit', async () => {
  const [reserved, most] = [page.getByLabel('CPU, reserved'), page.getByLabel('CPU, at most')];
  const save = page.getByRole('button', { name: 'Save' });
  await reserved.fill('2');
  await most.fill('1');
  await save.click();
  await page.getByText(/is greater than default limit/).waitFor();
  await reserved.fill('10m');
  await save.click();
  await page.getByText('Saved', { exact: true }).last().waitFor();
  const limits = await eventually('the defaults are there', () =>
    cluster.kubectl('-n', 'shop', 'get', 'limitranges', 'shop', '-o', 'jsonpath={.spec.limits[0]}'),
  );
  const { default: limit, defaultRequest } = JSON.parse(limits) as Record<string, Record<string, string>>;
  deepEqual([limit?.['cpu'], defaultRequest?.['cpu']], ['1', '10m']);
});

step('a project is closed to others by a switch that says what it does', async () => {
  await page.goto(`${project}/settings`);
  await page.getByText('Open to everybody').waitFor();
  await accessible();
  await page.getByRole('switch', { name: /Only let this project in/ }).click();
  await page.getByText('Open to this project only').waitFor();
  await eventually('the policy is there', () =>
    cluster.kubectl('-n', 'shop', 'get', 'networkpolicies', 'network-isolate', '-o', 'name'),
  );
});

step('a project moves to another workspace, and what that changes is told before', async () => {
  await page.getByRole('button', { name: 'Move to another workspace' }).click();
  const dialog = page.getByRole('dialog', { name: /Move to another workspace/ });
  await dialog
    .getByRole('region', { name: 'What changes' })
    .getByText(/loses? every right/)
    .waitFor();
  await accessible();
  const send = dialog.getByRole('button', { name: 'Move to another workspace' });
  await dialog.getByRole('combobox', { name: 'New workspace' }).fill('team-a');
  await dialog.getByText('It is in this workspace already.').waitFor();
  ok(await send.isDisabled());
  await dialog.getByRole('combobox', { name: 'New workspace' }).fill('team-b');
  // The list of suggestions lies above the button until the field is left.
  await page.keyboard.press('Tab');
  await send.click();
  await dialog.waitFor({ state: 'hidden' });
  const label = 'jsonpath={.metadata.labels.kubesphere\\.io/workspace}';
  equal(await cluster.kubectl('get', 'namespaces', 'shop', '-o', label), 'team-b');
});

step('every object is found from everywhere, by keyboard alone', async () => {
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Go to or do something' });
  await field.waitFor();
  await field.fill('clock');
  const found = page.getByRole('group', { name: 'Deployments in host' }).getByRole('option', { name: /^clock/ });
  await found.waitFor();
  await accessible();
  await eventually('the deployment is chosen', async () => {
    if ((await found.getAttribute('aria-selected')) === 'true') return true;
    await page.keyboard.press('ArrowDown');
    return false;
  });
  await page.keyboard.press('Enter');
  await heading('clock').waitFor();
  equal(new URL(page.url()).pathname, `${project}/deployments/clock`);
});

step('the page of the search finds by image, says where it stands, and leads there by arrow keys', async () => {
  await page.goto('/search');
  await page.getByRole('searchbox', { name: 'What to look for' }).fill('image:busybox app=clock');
  const pods = page.getByRole('region', { name: 'Pods in host' });
  await pods
    .getByRole('link', { name: /^clock-.*busybox:1\.35|^clock-.*app=clock/ })
    .first()
    .waitFor();
  await accessible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await heading(/^clock/).waitFor();
});

step('what an earlier revision said is compared with today, and comes back', async () => {
  await cluster.kubectlWith(deployment('two'), 'apply', '-f', '-');
  await page.goto(`${project}/deployments/clock?tab=revisions`);
  await page.getByRole('row', { name: /^2 Current/ }).waitFor();
  await accessible();
  await page.getByRole('button', { name: 'Compare' }).click();
  const difference = page.getByRole('dialog', { name: 'From revision 1 to the current one' });
  await difference.getByText('spec.containers[0].env[0].value').waitFor();
  await difference.getByRole('row', { name: /one two$/ }).waitFor();
  await page.keyboard.press('Escape');
  await difference.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Roll back' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
  await page.getByRole('row', { name: /^3 Current/ }).waitFor();
  const word = 'jsonpath={.spec.template.spec.containers[0].env[0].value}';
  equal(await cluster.kubectl('-n', 'shop', 'get', 'deployments', 'clock', '-o', word), 'one');
});

step('a terminal is recorded, and played by keyboard', async () => {
  await cluster.kubectl('-n', 'shop', 'rollout', 'status', 'deployment/clock', '--timeout=60s');
  await page.goto(`${project}/pods/${await runningPod()}?tab=terminal`);
  const terminal = page.getByRole('region', { name: 'Terminal in clock' });
  await terminal.getByText('Connected').waitFor();
  await terminal.getByRole('textbox').focus();
  // A shell that echoes what it is told shows it twice: only one of them is put together by it.
  await page.keyboard.type('echo reco""rded\n');
  await terminal.getByText(/^recorded/).waitFor();
  await page.goto('/recordings');
  await page.getByRole('row', { name: /admin Container shop .* Ended/ }).waitFor();
  await accessible();
  await page
    .getByRole('row', { name: /admin Container shop/ })
    .getByRole('link')
    .click();
  await heading('Terminal of admin').waitFor();
  const player = page.getByRole('region', { name: 'Recording', exact: true });
  await player.getByRole('button', { name: 'Play' }).waitFor();
  await accessible();
  await page.keyboard.press('End');
  await player.getByRole('button', { name: 'Play again' }).waitFor();
  await player.getByText(/^recorded/).waitFor();
  await page.keyboard.press('>');
  equal(await player.getByLabel('Speed').inputValue(), '2');
  await page.keyboard.press('Home');
  equal(await player.getByRole('slider', { name: 'Position' }).inputValue(), '0');
  await player.getByText(/^recorded/).waitFor({ state: 'hidden' });
  const [coming] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Download' }).click(),
  ]);
  equal((JSON.parse(readFileSync(await coming.path(), 'utf8').split('\n')[0]!) as { version: number }).version, 2);
});

step('the audit tells who moved the project, and whether its chain holds', async () => {
  await page.goto('/audit?project=shop');
  const rows = page.getByRole('table', { name: 'Records' }).getByRole('row');
  await rows.filter({ hasText: 'open a terminal' }).first().waitFor();
  await accessible();
  await page.getByLabel('Action', { exact: true }).selectOption('patch');
  const patched = rows.filter({ hasText: 'namespaces/shop' }).first();
  await patched.waitFor();
  equal(new URL(page.url()).searchParams.get('verb'), 'patch');
  await patched.focus();
  await page.keyboard.press('Enter');
  const record = page.getByRole('dialog', { name: /namespaces\/shop/ });
  await record.getByRole('button', { name: 'Check the chain' }).click();
  await record.getByText('Verified').waitFor();
  await record.getByRole('tab', { name: 'Whole record' }).click();
  await record.getByText('requestReceivedTimestamp').waitFor();
  await accessible();
  await page.goto(`${project}/audit?result=Failure`);
  await rows.filter({ hasText: 'limitranges' }).filter({ hasText: '422' }).waitFor();
});

step('a node is drained pod by pod, and takes pods again', async () => {
  const [node] = (await cluster.kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].metadata.name}')).split(' ');
  await page.goto(`/clusters/host/nodes/${node}?tab=drain`);
  await page.getByLabel('Seconds to end in').fill('1');
  await accessible();
  await page.getByRole('button', { name: 'Drain', exact: true }).click();
  await page.getByText('Drained', { exact: true }).waitFor();
  await page.getByRole('row', { name: /^clock-.* Gone/ }).waitFor();
  await page.getByText('Unschedulable', { exact: true }).waitFor();
  await page.getByRole('button', { name: 'Uncordon' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Uncordon' }).click();
  await page.getByText('Unschedulable', { exact: true }).waitFor({ state: 'hidden' });
});

step('the parts of the system have a page', async () => {
  await page.goto('/components');
  await heading('Components').waitFor();
  await page.getByRole('link', { name: /Nodes/ }).waitFor();
  await accessible();
});

step('nothing was loaded from elsewhere, and no script failed', () => {
  deepEqual(
    admin.watch.complaints().filter(text => /policy:|uncaught:/.test(text)),
    [],
  );
  return Promise.resolve();
});
