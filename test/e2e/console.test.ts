/** The console in Chromium, on a real cluster with real containers: what a person does and sees. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import {
  askedWhileIdle,
  seriousProblems,
  settled,
  startBrowser,
  type BrowserUnderTest,
  type Visitor,
} from './support/browser.ts';
import { createCluster, startCluster, type Cluster } from './support/cluster.ts';
import { choosePassword, createSteps, headingOn, logIn, refused, tabTo, write } from './support/console.ts';
import { busyboxImage } from './support/images.ts';

let cluster: Cluster;
let browser: BrowserUnderTest;
let admin: Visitor;
let page: Page;
let origin: string;
let firstPassword: string;
const password = 'Administrat0r';
const folder = mkdtempSync(join(tmpdir(), 'orrery-images-'));

before(async () => {
  cluster = createCluster();
  const printed = await startCluster(cluster);
  const { code, stderr } = await cluster.orrery('image', 'import', busyboxImage(folder));
  equal(code, 0, stderr);
  origin = /Console (https:\/\/\S+) /.exec(printed)![1]!;
  firstPassword = /first log-in: admin with password (\S+)/.exec(printed)![1]!;
  const trust = readFileSync(join(cluster.dataDir, 'server/pki/apiserver.crt'), 'utf8');
  browser = await startBrowser({ namespace: cluster.namespace, port: Number(new URL(origin).port), trust });
  admin = await browser.visitor({ baseURL: origin });
  page = admin.page;
});

after(async () => {
  await browser?.close();
  await cluster?.remove();
  rmSync(folder, { recursive: true });
});

const step = createSteps(() => browser);
const heading = (name: string | RegExp, on = page): Locator => headingOn(on, name);
step('whoever is not logged in is led to the log-in', async () => {
  await page.goto('/workspaces');
  await heading('Log in to Orrery').waitFor();
  equal(new URL(page.url()).pathname, '/login');
  deepEqual(await seriousProblems(page), []);
});

step('a wrong password is said to be wrong, and not which part of it', async () => {
  await logIn(page, 'admin', 'Wr0ng-password');
  match(await page.getByRole('alert').innerText(), /user name or the password is wrong/);
});

step('the printed password opens nothing but the choice of another one', async () => {
  await page.getByLabel('Password', { exact: true }).fill(firstPassword);
  await page.getByRole('button', { name: 'Log in' }).click();
  await heading('Choose a password of your own').waitFor();
  deepEqual(await seriousProblems(page), []);
  await page.goto('/workspaces');
  await heading('Choose a password of your own').waitFor();
});

step('with a password of one’s own the page that was wanted opens', async () => {
  await choosePassword(page, firstPassword, password);
  await heading('Workspaces').waitFor();
  await page.getByText('system-workspace').first().waitFor();
});

step('a workspace is made by keyboard alone', async () => {
  await page.keyboard.press('Control+k');
  const field = page.getByRole('combobox', { name: 'Go to or do something' });
  await field.waitFor();
  deepEqual(await seriousProblems(page), []);
  await page.keyboard.type('create a work');
  await page.getByRole('option', { name: /Create a workspace/, selected: true }).waitFor();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Create workspace' });
  await tabTo(dialog.getByLabel('Name', { exact: true }));
  deepEqual(await seriousProblems(page), []);
  await page.keyboard.type('Team A');
  await page.keyboard.press('Enter');
  await dialog.getByText(/must consist of lower case|lowercase RFC 1123/).waitFor();
  await page.keyboard.press('Control+a');
  await page.keyboard.type('team-a');
  await tabTo(dialog.getByLabel(/Display name/));
  await page.keyboard.type('Team A');
  await tabTo(dialog.getByRole('button', { name: 'Create' }));
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  // The row comes by the stream.
  const row = page.getByRole('row', { name: /team-a/ });
  await row.waitFor();
  await tabTo(row);
  await page.keyboard.press('Enter');
  await heading('Team A').waitFor();
  equal(new URL(page.url()).pathname, '/workspaces/team-a');
});

step('a project is made in it', async () => {
  await page
    .getByRole('navigation', { name: 'Navigation' })
    .getByRole('link', { name: 'Projects', exact: true })
    .click();
  await page.getByRole('button', { name: 'Create project' }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Create project' });
  await dialog.getByLabel('Name', { exact: true }).fill('shop');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByRole('row', { name: /^shop/ }).getByRole('link', { name: 'shop' }).click();
  await heading('shop').waitFor();
});

const deployment = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: clock
spec:
  replicas: 2
  selector:
    matchLabels: { app: clock }
  template:
    metadata:
      labels: { app: clock }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: clock
          image: busybox:1.35
          command: [sh, -c, 'i=0; while true; do echo "tick $i"; i=$((i+1)); sleep 0.3; done']
`;
const project = '/clusters/host/projects/shop';

step('a deployment is written as YAML, which the cluster checks meanwhile', async () => {
  await page.getByRole('navigation', { name: 'Navigation' }).getByRole('link', { name: 'Deployments' }).click();
  await page.getByRole('button', { name: 'Create', exact: true }).first().click();
  const dialog = page.getByRole('dialog', { name: 'Create: Deployment' });
  const editor = dialog.getByRole('textbox', { name: 'Create: Deployment' });
  await editor.focus();
  await write(page, deployment.replace('replicas: 2', 'replicas: -2'));
  await dialog.getByText(/Line 6/).waitFor();
  await write(page, deployment);
  await dialog.getByText('The cluster would take this.').waitFor();
  deepEqual(await seriousProblems(page), []);
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
});

/** Everything below happens on the page as it is: it is never loaded again. */
const loads = (): number => admin.watch.requests().filter(name => name === 'GET /theme.js').length;

step('its pods come alive before one’s eyes', async () => {
  const before = loads();
  await page
    .getByRole('row', { name: /^clock/ })
    .getByRole('link', { name: 'clock' })
    .click();
  await heading('clock').waitFor();
  await page.getByRole('tab', { name: 'Pods' }).click();
  const running = page.getByRole('row', { name: /^clock-.*Running/ });
  await running.nth(1).waitFor();
  await running
    .first()
    .getByRole('link', { name: /^clock-/ })
    .click();
  await heading(/^clock-/).waitFor();
  equal(loads(), before);
});

step('its log is read while it is written', async () => {
  await page.getByRole('tab', { name: 'Logs' }).click();
  const log = page.getByRole('log', { name: 'Log of clock' });
  const last = Number(/tick (\d+)\s*$/.exec(await log.getByText(/tick/).last().innerText())![1]);
  await log.getByText(`tick ${last + 3}`, { exact: true }).waitFor();
});

step('a terminal in it answers', async () => {
  await page.getByRole('tab', { name: 'Terminal' }).click();
  const terminal = page.getByRole('region', { name: 'Terminal in clock' });
  await terminal.getByText('Connected').waitFor();
  await terminal.getByRole('textbox', { name: 'Terminal in clock' }).focus();
  await page.keyboard.type('echo $((6 * 7))-of-$(hostname)\n');
  await terminal.getByText(/42-of-clock-/).waitFor();
  deepEqual(await seriousProblems(page), []);
});

let podPath: string;

step('a second person gets an account, and is invited to look', async () => {
  podPath = new URL(page.url()).pathname;
  await page.goto('/users');
  await page.getByRole('button', { name: 'Create user' }).first().click();
  const creating = page.getByRole('dialog', { name: 'Create user' });
  await creating.getByLabel('User name').fill('vera');
  await creating.getByLabel('Password', { exact: true }).fill(firstPassword);
  deepEqual(await seriousProblems(page), []);
  await creating.getByRole('button', { name: 'Create' }).click();
  await creating.waitFor({ state: 'hidden' });
  await page.getByRole('row', { name: /^vera/ }).waitFor();
  await page.goto('/workspaces/team-a/members');
  await page.getByRole('button', { name: 'Invite member' }).first().click();
  const inviting = page.getByRole('dialog', { name: 'Invite member' });
  await inviting.getByLabel('User', { exact: true }).fill('ver');
  await page.getByRole('option', { name: /^vera/ }).click();
  await inviting.getByRole('radio', { name: /^Viewer/ }).check();
  deepEqual(await seriousProblems(page), []);
  await inviting.getByRole('button', { name: 'Invite' }).click();
  await inviting.waitFor({ state: 'hidden' });
  await page.getByRole('row', { name: /vera/ }).waitFor();
});

/** Every kind of page there is, each with what was made above. */
const mainPages = (): readonly string[] => [
  '/',
  '/workspaces',
  '/workspaces/team-a',
  '/workspaces/team-a/members',
  '/projects',
  '/users',
  '/users/vera',
  '/roles',
  '/account',
  '/clusters/host',
  '/clusters/host/nodes',
  project,
  `${project}/deployments`,
  `${project}/deployments/clock?tab=yaml`,
  `${project}/pods`,
  podPath,
  `${podPath}?tab=logs`,
  `${podPath}?tab=terminal`,
];

let tabs: Visitor;

step('pages that nobody touches ask for nothing', async () => {
  tabs = await browser.visitor({ baseURL: origin, storageState: await admin.context.storageState() });
  await openAll(tabs, mainPages());
  // Eighteen pages at once on a busy machine: one of them may still be at its beginning while the others rest. One that asks by the clock never rests.
  let asked: readonly string[] = [];
  for (let looks = 0; looks < 4; looks++) {
    asked = await askedWhileIdle(tabs, 10_000);
    if (asked.length === 0) break;
  }
  deepEqual(asked, []);
});

step('axe finds nothing serious, light in English and dark in Chinese', async () => {
  deepEqual(await problemsOfAll(tabs), {});
  await tabs.page.evaluate("localStorage.setItem('orrery.language', 'zh')");
  await inTurns(tabs.context.pages(), async tab => {
    await tab.emulateMedia({ colorScheme: 'dark' });
    await tab.reload();
    await heading(/./, tab).waitFor();
  });
  await settled(tabs);
  equal(await tabs.page.evaluate('document.documentElement.lang'), 'zh');
  deepEqual(await problemsOfAll(tabs), {});
  deepEqual(tabs.watch.complaints(), []);
  deepEqual(tabs.watch.unlimited(), []);
  await tabs.context.close();
});

async function problemsOfAll({ context }: Visitor): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const tab of context.pages()) {
    const problems = await seriousProblems(tab);
    if (problems.length > 0) found[new URL(tab.url()).pathname] = problems;
  }
  return found;
}

/** Few tabs load at the same time, since each has a minute. */
async function inTurns<T>(all: readonly T[], each: (one: T) => Promise<void>): Promise<void> {
  const atOnce = 4;
  for (let from = 0; from < all.length; from += atOnce) await Promise.all(all.slice(from, from + atOnce).map(each));
}

/** Opens each in a tab of its own, and waits until all rest. */
async function openAll(visitor: Visitor, paths: readonly string[]): Promise<void> {
  const [first = '/', ...others] = paths;
  await visitor.page.goto(first);
  await heading(/./, visitor.page).waitFor();
  await inTurns(others, async path => {
    const tab = await visitor.context.newPage();
    await tab.goto(path);
    await heading(/./, tab).waitFor();
  });
  await settled(visitor);
}

step('a viewer sees the same, and is told why he may change nothing', async () => {
  const vera = await browser.visitor({ baseURL: origin });
  await vera.page.goto(`${project}/deployments`);
  await logIn(vera.page, 'vera', firstPassword);
  await choosePassword(vera.page, firstPassword, password);
  await vera.page.getByRole('row', { name: /^clock/ }).waitFor();
  await refused(vera.page.getByRole('button', { name: 'Create', exact: true }), /deployments/);
  await vera.page.getByRole('button', { name: 'Actions for clock' }).click();
  for (const name of [/^Edit YAML .*deployments.apps "clock" in shop/, /^Delete .*deployments.apps "clock" in shop/])
    await vera.page.getByRole('menuitem', { name }).and(vera.page.locator('[aria-disabled=true]')).waitFor();
  await vera.page.goto(`${podPath}?tab=terminal`);
  await vera.page.getByText('You may not open a terminal here').waitFor();
  await vera.page.getByRole('tab', { name: 'Logs' }).click();
  await vera.page.getByRole('log').getByText(/tick/).first().waitFor();
  await vera.page.goto('/workspaces');
  await vera.page.getByRole('row', { name: /team-a/ }).waitFor();
  await refused(vera.page.getByRole('button', { name: 'Create workspace' }), /workspace/);
  deepEqual(
    vera.watch.complaints().filter(line => !expected.some(pattern => pattern.test(line))),
    [],
  );
  deepEqual(vera.watch.unlimited(), []);
  await vera.context.close();
});

step('who logs out is at the log-in, and going back shows nothing', async () => {
  await page.getByRole('button', { name: /Account of/ }).click();
  await page.getByRole('menuitem', { name: 'Log out' }).click();
  await heading('Log in to Orrery').waitFor();
  await page.goto('/workspaces');
  await heading('Log in to Orrery').waitFor();
});

/** Refusals that belong to the journey, one by one. */
const expected: readonly RegExp[] = [
  // Asking who is logged in, when nobody is.
  /status of 401 \(\) \(\/oauth\/userinfo\)$/,
  // The wrong password.
  /status of 400 \(\) \(\/login\)$/,
  // Replicas that cannot be.
  /status of 422 \(\) \(\/apis\/clusters\/host\/apps\/v1\/namespaces\/shop\/deployments\?.*dryRun=All\)$/,
  // The name of a workspace that cannot be one.
  /status of 422 \(\) \(\/kapis\/clusters\/host\/tenant.kubesphere.io\/v1beta1\/workspaces\)$/,
];

step('no page complained, broke the policy, or asked for a whole list', async () => {
  const { watch } = admin;
  deepEqual(
    watch.complaints().filter(line => !expected.some(pattern => pattern.test(line))),
    [],
  );
  deepEqual(watch.unlimited(), []);
  ok(watch.requests().length > 10);
});
