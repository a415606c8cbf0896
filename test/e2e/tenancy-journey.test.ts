/**
 * Tenants on a real cluster with real containers, in Chromium and by kubectl: who may what, who is told why not, who sees nothing at all,
 * and what happens to somebody who is removed while he is at work.
 */
import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Page } from 'playwright-core';
import { startBrowser, type BrowserUnderTest, type Visitor } from './support/browser.ts';
import { createCluster, eventually, startCluster, type Cluster, type Outcome } from './support/cluster.ts';
import {
  choosePassword,
  createSteps,
  createUser,
  headingOn,
  invite,
  logIn,
  refused,
  write,
} from './support/console.ts';
import { scriptOf, type Answer, type Script } from './support/curl.ts';
import { busyboxImage } from './support/images.ts';

/** Wanda's workspace: Oscar works in it, Vera looks on, Stan has nothing to do with it. */
const people = ['admin', 'wanda', 'oscar', 'vera', 'stan'] as const;
type Person = (typeof people)[number];

const given = 'Hand3d-over';
const password = 'Chosen-by-0neself';
const folder = mkdtempSync(join(tmpdir(), 'orrery-images-'));
let cluster: Cluster;
let browser: BrowserUnderTest;
let script: Script;
let origin: string;
let firstPassword: string;
const visitors = new Map<Person, Visitor>();
const tokens = new Map<Person, string>();
const step = createSteps(() => browser);

before(async () => {
  cluster = createCluster();
  const printed = await startCluster(cluster);
  const { code, stderr } = await cluster.orrery('image', 'import', busyboxImage(folder));
  equal(code, 0, stderr);
  origin = /Console (https:\/\/\S+) /.exec(printed)![1]!;
  firstPassword = /first log-in: admin with password (\S+)/.exec(printed)![1]!;
  script = scriptOf(cluster, origin);
  const trust = readFileSync(join(cluster.dataDir, 'server/pki/apiserver.crt'), 'utf8');
  browser = await startBrowser({ namespace: cluster.namespace, port: Number(new URL(origin).port), trust });
});

after(async () => {
  await browser?.close();
  await cluster?.remove();
  rmSync(folder, { recursive: true });
});

const pageOf = (person: Person): Page => visitors.get(person)!.page;
const ask = (person: Person, method: string, path: string, body?: unknown): Promise<Answer> =>
  script.ask(tokens.get(person)!, method, path, body);

/** Comes for the first time with the password that was handed over, and is at work afterwards: in the browser and by scripts. */
async function enter(person: Person, handedOver = given): Promise<Page> {
  const visitor = await browser.visitor({ baseURL: origin });
  visitors.set(person, visitor);
  await visitor.page.goto('/workspaces');
  await logIn(visitor.page, person, handedOver);
  await headingOn(visitor.page, 'Choose a password of your own').waitFor();
  await choosePassword(visitor.page, handedOver, password);
  await headingOn(visitor.page, 'Workspaces').waitFor();
  tokens.set(person, await script.logIn(person, password));
  return visitor.page;
}

const kubeconfigOf = (person: Person): string => join(folder, `${person}.kubeconfig`);

/** kubectl with the kubeconfig that the platform gave, in the project. */
const kubectlAs = (person: Person, ...args: string[]): Promise<Outcome> =>
  cluster.inside(cluster.kubectlPath, '--kubeconfig', kubeconfigOf(person), '--namespace', 'shop', ...args);

async function downloadKubeconfig(person: Person): Promise<void> {
  const path = `/kapis/resources.kubesphere.io/v1alpha2/users/${person}/kubeconfig`;
  const { status, text } = await ask(person, 'GET', path);
  equal(status, 200, text);
  writeFileSync(kubeconfigOf(person), text, { mode: 0o600 });
}

step('the administrator makes accounts: one may make workspaces, the others may do nothing by themselves', async () => {
  const page = await enter('admin', firstPassword);
  await page.goto('/users');
  await createUser(page, 'wanda', given, /^Self-provisioner/);
  for (const name of ['oscar', 'vera', 'stan']) await createUser(page, name, given);
});

step('who may make workspaces makes one, and a project in it', async () => {
  const page = await enter('wanda');
  await page.getByRole('button', { name: 'Create workspace' }).first().click();
  const workspace = page.getByRole('dialog', { name: 'Create workspace' });
  await workspace.getByLabel('Name', { exact: true }).fill('acme');
  await workspace.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('row', { name: /^acme/ }).getByRole('link', { name: 'acme' }).click();
  await headingOn(page, 'acme').waitFor();
  await page
    .getByRole('navigation', { name: 'Navigation' })
    .getByRole('link', { name: 'Projects', exact: true })
    .click();
  await page.getByRole('button', { name: 'Create project' }).first().click();
  const project = page.getByRole('dialog', { name: 'Create project' });
  await project.getByLabel('Name', { exact: true }).fill('shop');
  await project.getByRole('button', { name: 'Create' }).click();
  await project.waitFor({ state: 'hidden' });
  await page.getByRole('row', { name: /^shop/ }).waitFor();
});

step('she invites one to work in the project, and another to look on', async () => {
  const page = pageOf('wanda');
  await page.goto('/workspaces/acme/members');
  await invite(page, 'oscar', /^Member/);
  await invite(page, 'vera', /^Viewer/);
  await page.goto('/clusters/host/projects/shop/members');
  await invite(page, 'oscar', /^Operator/);
});

/** Opens the page of a kind in the project, and its dialog for YAML. */
async function openCreate(page: Page, kind: string, one: string) {
  await page.goto(`/clusters/host/projects/shop/${kind}`);
  await page.getByRole('button', { name: 'Create', exact: true }).first().click();
  const dialog = page.getByRole('dialog', { name: `Create: ${one}` });
  await dialog.getByRole('textbox', { name: `Create: ${one}` }).focus();
  return dialog;
}

step('she sets what the project may use', async () => {
  const page = pageOf('wanda');
  await page.getByRole('navigation', { name: 'Navigation' }).getByRole('link', { name: 'Quotas and limits' }).click();
  await page.getByRole('button', { name: 'Set a quota' }).click();
  const dialog = page.getByRole('dialog', { name: 'Set a quota' });
  await dialog.getByLabel('Deployments').fill('2');
  await dialog.getByLabel('Pods').fill('3');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page
    .getByRole('listitem')
    .filter({ hasText: /Deployments.*0 of 2/ })
    .waitFor();
  match(await cluster.kubectl('get', 'resourcequota', '-n', 'shop'), /count\/deployments.apps: 0\/2, pods: 0\/3/);
});

const deployment = (name: string) => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  selector:
    matchLabels: { app: ${name} }
  template:
    metadata:
      labels: { app: ${name} }
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: busybox:1.35
          command: [sleep, "100000"]
`;

step('a member deploys by kubectl, with rights of his own', async () => {
  await enter('oscar');
  await downloadKubeconfig('oscar');
  const file = join(folder, 'front.yaml');
  writeFileSync(file, deployment('front'));
  const { code, stderr } = await kubectlAs('oscar', 'apply', '-f', file);
  equal(code, 0, stderr);
  const elsewhere = await kubectlAs('oscar', 'apply', '-n', 'default', '-f', file);
  match(elsewhere.stderr, /Forbidden.*User "oscar" cannot .*deployments.*default/s);
  const ready = await kubectlAs('oscar', 'wait', '--for=condition=Available', 'deployment/front', '--timeout=60s');
  equal(ready.code, 0, ready.stderr);
});

step('and by the console', async () => {
  const page = pageOf('oscar');
  const dialog = await openCreate(page, 'deployments', 'Deployment');
  await write(page, deployment('clock'));
  await dialog.getByText('The cluster would take this.').waitFor();
  await dialog.getByRole('button', { name: 'Create', exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page
    .getByRole('row', { name: /^clock/ })
    .getByRole('link', { name: 'clock' })
    .click();
  await page.getByRole('tab', { name: 'Pods' }).click();
  await page.getByRole('row', { name: /^clock-.*Running/ }).waitFor();
});

const exceeded =
  /deployments.apps "extra" is forbidden: exceeded quota: shop, requested: count\/deployments.apps=1, used: count\/deployments.apps=2, limited: count\/deployments.apps=2/;

step('what the quota has no room for is refused in the cluster’s words, by kubectl and in the console', async () => {
  const file = join(folder, 'extra.yaml');
  writeFileSync(file, deployment('extra'));
  const { code, stderr } = await kubectlAs('oscar', 'apply', '-f', file);
  notEqual(code, 0);
  match(stderr, exceeded);
  const page = pageOf('oscar');
  const dialog = await openCreate(page, 'deployments', 'Deployment');
  await write(page, deployment('extra'));
  await dialog.getByText(exceeded).first().waitFor();
  await page.keyboard.press('Escape');
  await pageOf('wanda')
    .getByRole('listitem')
    .filter({ hasText: /Deployments.*2 of 2/ })
    .waitFor();
  // Pods beyond the quota are the concern of the controller, whose words the console shows.
  equal((await kubectlAs('oscar', 'scale', 'deployment/clock', '--replicas=4')).code, 0);
  await page.goto('/clusters/host/projects/shop/deployments/clock?tab=conditions');
  await page
    .getByText(/forbidden: exceeded quota: shop, requested: pods=1, used: pods=3, limited: pods=3/)
    .first()
    .waitFor();
  equal((await kubectlAs('oscar', 'scale', 'deployment/clock', '--replicas=1')).code, 0);
});

const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const iam = '/kapis/iam.kubesphere.io/v1beta1';

interface Reviews {
  readonly answers: readonly { allowed: boolean; reason?: string; why?: { text: string; role?: string } }[];
}

step('who looks on sees everything and changes nothing, and is told why', async () => {
  const page = await enter('vera');
  await page.goto('/clusters/host/projects/shop/deployments');
  await page.getByRole('row', { name: /^front/ }).waitFor();
  await refused(page.getByRole('button', { name: 'Create', exact: true }), /create deployments.apps in shop/);
  await page.getByRole('button', { name: 'Why?' }).first().click();
  const why = page.getByRole('dialog', { name: 'Why not?' });
  await why
    .getByText(/The role .acme-viewer. comes nearest: it allows get, list, watch here, and not create/)
    .waitFor();
  await why.getByText(/admin, operator/).waitFor();
  await page.keyboard.press('Escape');
  await why.waitFor({ state: 'hidden' });
  await page.getByRole('button', { name: 'Actions for front' }).click();
  await page
    .getByRole('menuitem', { name: /^Delete .*deployments.apps "front" in shop/ })
    .and(page.locator('[aria-disabled=true]'))
    .waitFor();
  const path = '/apis/apps/v1/namespaces/shop/deployments/front';
  equal((await ask('vera', 'GET', path)).status, 200);
  const { status, text } = await ask('vera', 'DELETE', path);
  equal(status, 403);
  match(
    text,
    /User \\"vera\\" cannot delete resource \\"deployments\\" in API group \\"apps\\" in the namespace \\"shop\\"/,
  );
  const question = { verb: 'delete', group: 'apps', resource: 'deployments', namespace: 'shop', name: 'front' };
  const review = await ask('vera', 'POST', `${iam}/accessreviews`, { questions: [question], why: true });
  const [answer] = (review.body as unknown as Reviews).answers;
  equal(answer!.allowed, false);
  match(answer!.why!.text, /role "(acme-)?viewer" in the project "shop" lets you get, list, watch this, not delete/);
});

/** What a stranger may try, and whether there is such a thing. */
const guesses: readonly (readonly [there: string, absent: string])[] = [
  [`${tenant}/workspaces/acme`, `${tenant}/workspaces/none`],
  [`${tenant}/workspaces/acme/namespaces`, `${tenant}/workspaces/none/namespaces`],
  [`${tenant}/namespaces/shop`, `${tenant}/namespaces/none`],
  [`${iam}/workspaces/acme/workspacemembers`, `${iam}/workspaces/none/workspacemembers`],
  [`${iam}/users/wanda`, `${iam}/users/nobody`],
  ['/api/v1/namespaces/shop', '/api/v1/namespaces/none'],
  ['/api/v1/namespaces/shop/pods', '/api/v1/namespaces/none/pods'],
  ['/apis/apps/v1/namespaces/shop/deployments/front', '/apis/apps/v1/namespaces/none/deployments/front'],
  [
    '/kapis/resources.kubesphere.io/v1alpha3/namespaces/shop/pods',
    '/kapis/resources.kubesphere.io/v1alpha3/namespaces/none/pods',
  ],
  ['/kapis/overview.orrery.io/v1alpha1/namespaces/shop', '/kapis/overview.orrery.io/v1alpha1/namespaces/none'],
];

step('a stranger sees nothing: no list, no number, no search and no address tells him what there is', async () => {
  const page = await enter('stan');
  await page.getByText('No workspace yet').waitFor();
  await page.goto('/projects');
  await page.getByText('No project yet').waitFor();
  await page.getByRole('button', { name: /^Platform/ }).click();
  await page.getByRole('textbox', { name: 'Find a workspace or project' }).fill('s');
  await page.getByText('Nothing is called that').waitFor();
  await page.keyboard.press('Escape');
  for (const path of ['/workspaces/acme', '/clusters/host/projects/shop', '/clusters/host/projects/shop/deployments']) {
    await page.goto(path);
    await page
      .getByText(/You may not see this|This is not there/)
      .first()
      .waitFor();
    const shown = await page.getByRole('main').innerText();
    ok(!/front|clock|oscar|wanda|vera/.test(shown), shown);
  }
  for (const list of ['workspaces', 'namespaces']) {
    const { body } = await ask('stan', 'GET', `${tenant}/${list}`);
    deepEqual([body['items'], body['totalItems']], [[], 0], list);
  }
  for (const kind of ['deployments', 'pods', 'namespaces', 'users', 'events']) {
    const { status, body } = await ask('stan', 'GET', `/kapis/resources.kubesphere.io/v1alpha3/${kind}`);
    ok(status === 403 || status === 404 || body['totalItems'] === 0, `${kind}: ${status} ${JSON.stringify(body)}`);
  }
  for (const word of ['front', 'shop', 'acme', 'wanda', 'busybox']) {
    const { body } = await ask('stan', 'GET', `/kapis/search.orrery.io/v1alpha1/search?q=${word}`);
    deepEqual([body['items'], body['totalItems']], [[], 0], word);
  }
  for (const [there, absent] of guesses) {
    const [one, other] = [await ask('stan', 'GET', there), await ask('stan', 'GET', absent)];
    ok([403, 404].includes(one.status), `${there}: ${one.status} ${one.text}`);
    const same = (text: string) =>
      text.replaceAll(/acme|shop|none|wanda|nobody/g, 'X').replaceAll(/"audit-id.*?"/gi, '');
    deepEqual([one.status, same(one.text)], [other.status, same(other.text)], there);
  }
});

step(
  'who is removed while he is at work loses his terminal and his watch at once, and sees nothing any more',
  async () => {
    const page = pageOf('oscar');
    await page.goto('/clusters/host/projects/shop/pods');
    await page.getByRole('link', { name: /^front-/ }).click();
    await page.getByRole('tab', { name: 'Terminal' }).click();
    const terminal = page.getByRole('region', { name: 'Terminal in main' });
    await terminal.getByText('Connected').waitFor();
    await terminal.getByRole('textbox', { name: 'Terminal in main' }).focus();
    await page.keyboard.type('echo $((6 * 7))-of-$(hostname)\n');
    await terminal.getByText(/42-of-front-/).waitFor();
    const watch = watchPods('oscar');
    await eventually('the watch shows what there is', async () => watch.printed().includes('front-'));

    const manager = pageOf('wanda');
    await manager.goto('/workspaces/acme/members');
    await manager.getByRole('button', { name: 'Actions for oscar' }).click();
    await manager.getByRole('menuitem', { name: /^Remove/ }).click();
    const dialog = manager.getByRole('dialog', { name: 'Delete oscar?' });
    await dialog.getByLabel('Type oscar to confirm').fill('oscar');
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await dialog.waitFor({ state: 'hidden' });

    await terminal.getByText(/The connection broke|The shell has ended/).waitFor();
    await eventually('the watch ends', async () => watch.isOver());
    const { code, stderr } = await kubectlAs('oscar', 'get', 'pods');
    notEqual(code, 0);
    match(stderr, /Forbidden.*User "oscar" cannot list resource "pods"/);
    const bindings = await cluster.kubectl('get', 'rolebindings', '-n', 'shop', '-o', 'wide');
    ok(!bindings.includes('oscar'), bindings);
    await page.goto('/workspaces');
    await page.getByText('No workspace yet').waitFor();
    equal((await ask('oscar', 'GET', '/oauth/userinfo')).status, 200, 'his account is still his');
  },
);

interface PodWatch {
  printed(): string;
  isOver(): boolean;
}

/** `kubectl get pods --watch`, until somebody ends it. */
function watchPods(person: Person): PodWatch {
  const inside = [`--net=/run/netns/${cluster.namespace}`, cluster.kubectlPath, '--kubeconfig', kubeconfigOf(person)];
  const child = spawn('nsenter', [...inside, 'get', 'pods', '--namespace', 'shop', '--watch'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  return { printed: () => printed, isOver: () => child.exitCode !== null };
}

step('what he deployed runs on, and those who stay go on', async () => {
  const page = pageOf('vera');
  await page.goto('/clusters/host/projects/shop/pods');
  await page.getByRole('row', { name: /^front-.*Running/ }).waitFor();
  await page.goto('/workspaces/acme/members');
  await page.getByRole('row', { name: /vera/ }).waitFor();
  equal(await page.getByRole('row', { name: /oscar/ }).count(), 0);
});
