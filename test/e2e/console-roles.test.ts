/** Roles, members, departments and quotas in Chromium, and the answer to "why may I not": by roles and labels. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { seriousProblems, startBrowser, type BrowserUnderTest, type Visitor } from './support/browser.ts';
import { createCluster, startCluster, type Cluster } from './support/cluster.ts';
import { choosePassword, createSteps, headingOn, invite, logIn, refused, tabTo } from './support/console.ts';
import { scriptOf } from './support/curl.ts';

const password = 'Chosen-by-0neself';
const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const workspace = '/workspaces/team-a';
let cluster: Cluster;
let browser: BrowserUnderTest;
let origin: string;
/** Of the platform, and of the workspace. */
let admin: Visitor;
let ann: Visitor;
const step = createSteps(() => browser);

before(async () => {
  cluster = createCluster();
  const printed = await startCluster(cluster, '--simulate', '1');
  origin = /Console (https:\/\/\S+) /.exec(printed)![1]!;
  const firstPassword = /first log-in: admin with password (\S+)/.exec(printed)![1]!;
  const trust = readFileSync(join(cluster.dataDir, 'server/pki/apiserver.crt'), 'utf8');
  browser = await startBrowser({ namespace: cluster.namespace, port: Number(new URL(origin).port), trust });
  admin = await browser.visitor({ baseURL: origin });
  await admin.page.goto('/workspaces');
  await logIn(admin.page, 'admin', firstPassword);
  await choosePassword(admin.page, firstPassword, password);
  await headingOn(admin.page, 'Workspaces').waitFor();
  const script = scriptOf(cluster, origin);
  const token = await script.logIn('admin', password);
  const make = async (path: string, body: unknown): Promise<void> => {
    const { status, text } = await script.ask(token, 'POST', path, body);
    equal(status, 200, `${path}: ${text}`);
  };
  for (const name of ['ann', 'ben', 'cat', 'dan'])
    await make(`${iam}/users`, { metadata: { name }, spec: { password } });
  await make(`${tenant}/workspaces`, {
    metadata: { name: 'team-a' },
    spec: { template: { spec: { manager: 'ann' } } },
  });
  await make(`${tenant}${workspace}/namespaces`, { metadata: { name: 'shop' } });
  ann = await enter('ann');
});

after(async () => {
  await browser?.close();
  await cluster?.remove();
});

async function enter(name: string): Promise<Visitor> {
  const visitor = await browser.visitor({ baseURL: origin });
  await visitor.page.goto('/workspaces');
  await logIn(visitor.page, name, password);
  await headingOn(visitor.page, 'Workspaces').waitFor();
  return visitor;
}

/** Opens a dialog by its button, and gives it back. */
async function open(page: Page, button: string, title = button): Promise<Locator> {
  await page.getByRole('button', { name: button, exact: true }).first().click();
  const dialog = page.getByRole('dialog', { name: title });
  await dialog.waitFor();
  return dialog;
}

async function send(dialog: Locator, button: string): Promise<void> {
  await dialog.getByRole('button', { name: button, exact: true }).click();
  await dialog.waitFor({ state: 'hidden' });
}

/** Those that do not belong to the journey. */
const complaintsIn = ({ complaints }: Visitor['watch']): readonly string[] =>
  complaints().filter(line => !known.some(pattern => pattern.test(line)));
const known = [
  // Asking who is logged in, when nobody is; and about somebody whom there is not.
  /status of 401 \(\) \(\/oauth\/userinfo\)$/,
  /status of 404 \(\) \(\/kapis\/clusters\/host\/iam.kubesphere.io\/v1beta1\/accessreviews\)$/,
  // A name that is none.
  /status of 422 \(\) \(\/kapis\/clusters\/host\/devops.kubesphere.io\/v1alpha3\/workspaces\/team-a\/devops\)$/,
];

const checkbox = (dialog: Locator, name: string): Locator => dialog.getByRole('checkbox', { name, exact: true });
const locked = (dialog: Locator, name: string): Locator =>
  checkbox(dialog, name).and(dialog.page().locator('[aria-disabled=true]'));

step('a role is made of permissions, and what they need comes along and stays', async () => {
  const { page } = ann;
  await page.goto(`${workspace}/roles`);
  const dialog = await open(page, 'Create role');
  await dialog.getByLabel('Name', { exact: true }).fill('helpers');
  await dialog.getByLabel('Search permissions').fill('manage pro');
  // By keyboard: down into the list, and chosen.
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await dialog.getByText(/^4 of \d+ chosen$/).waitFor();
  await dialog.getByLabel('Search permissions').fill('');
  for (const name of ['View projects', 'View members', 'Create projects']) {
    await locked(dialog, name).waitFor();
    equal(await checkbox(dialog, name).isChecked(), true);
  }
  await checkbox(dialog, 'View members').press('Space');
  equal(await checkbox(dialog, 'View members').isChecked(), true);
  equal(await dialog.getByText('Needed by: Manage projects').count(), 3);
  deepEqual(await seriousProblems(page), []);
  await send(dialog, 'Create');
  await page
    .getByRole('row', { name: /^team-a-helpers/ })
    .getByRole('link')
    .click();
  await headingOn(page, 'team-a-helpers').waitFor();
  const projects = page.getByRole('region', { name: 'Projects', exact: true });
  await projects.getByRole('row', { name: /^Manage projects View projects, View members, Create projects/ }).waitFor();
  deepEqual(await seriousProblems(page), []);
});

step('several people are invited at once, and their role stays while they have it', async () => {
  const { page } = ann;
  await page.goto(`${workspace}/members`);
  const dialog = await open(page, 'Invite member');
  // Each name ends with a comma, the last with leaving the field.
  await dialog.getByRole('combobox', { name: 'User' }).pressSequentially('ben,cat');
  await page.keyboard.press('Tab');
  await dialog.getByRole('radio', { name: /^team-a-helpers/ }).check();
  await send(dialog, 'Invite');
  for (const name of ['ben', 'cat']) await page.getByRole('row', { name: new RegExp(`^${name}`) }).waitFor();
  await page.goto(`${workspace}/roles/team-a-helpers`);
  await refused(page.getByRole('button', { name: 'Delete role' }), /^2 users have this role/);
  await page.getByRole('tab', { name: 'Users with this role' }).click();
  await page.getByRole('row', { name: /^cat/ }).waitFor();
});

step('a role that somebody made is changed, one that is built in is only shown', async () => {
  const { page } = ann;
  const dialog = await open(page, 'Edit role', 'Edit team-a-helpers');
  await dialog.getByLabel(/Description/).fill('Keeps projects in order');
  await checkbox(dialog, 'Manage roles').check();
  await send(dialog, 'Save');
  await page.getByText('Keeps projects in order').waitFor();
  await page.goto(`${workspace}/roles/team-a-viewer`);
  await refused(page.getByRole('button', { name: 'Edit role' }), /^Built-in roles stay as they are/);
  await refused(page.getByRole('button', { name: 'Delete role' }), /^Built-in roles stay as they are/);
  await page.getByRole('row', { name: /^View members/ }).waitFor();
});

step('what one may not give is off and says which right is missing', async () => {
  const { page, context, watch } = await enter('ben');
  await page.goto(`${workspace}/roles?do=create`);
  const dialog = page.getByRole('dialog', { name: 'Create role' });
  await locked(dialog, 'Manage members').waitFor();
  match(
    await dialog
      .getByText(/^You do not have this yourself: .*workspacemembers/)
      .first()
      .innerText(),
    /workspaces\/workspacemembers/,
  );
  await checkbox(dialog, 'Manage members').press('Space');
  equal(await checkbox(dialog, 'Manage members').isChecked(), false);
  await checkbox(dialog, 'View projects').check();
  deepEqual(complaintsIn(watch), []);
  await context.close();
});

step('who may not is told why, in either language: what comes nearest and what would do', async () => {
  const { page, context, watch } = await enter('cat');
  await page.goto(`${workspace}/members`);
  await refused(page.getByRole('button', { name: 'Invite member' }), /workspacemembers/);
  await page.getByRole('button', { name: 'Why?' }).click();
  const why = page.getByRole('dialog', { name: 'Why not?' });
  await why.getByText(/^The role “team-a-helpers” comes nearest: it allows .*, and not create\.$/).waitFor();
  await why.getByText('team-a-admin', { exact: true }).waitFor();
  await why.getByText('workspacerolebindings/cat-team-a-helpers').waitFor();
  deepEqual(await seriousProblems(page), []);
  await page.keyboard.press('Escape');
  await why.waitFor({ state: 'hidden' });
  // From the menu of a row: what is off there leads to the same.
  await page.getByRole('button', { name: 'Actions for ben' }).click();
  await page.getByRole('menuitem', { name: /^Remove .*Why\?$/ }).press('Enter');
  await why.getByText(/and not delete\.$/).waitFor();
  await page.evaluate("localStorage.setItem('orrery.language', 'zh')");
  await page.reload();
  await page.getByRole('button', { name: '为什么？' }).click();
  await page.getByText(/^最接近的是角色“team-a-helpers”：.*但不允许 create。$/).waitFor();
  deepEqual(complaintsIn(watch), []);
  await context.close();
});

step('administrators ask for anybody, and the address keeps the question', async () => {
  const { page } = admin;
  await page.goto('/access');
  await headingOn(page, 'Who may what').waitFor();
  await page.getByRole('combobox', { name: 'User' }).fill('dan');
  await page.getByLabel('Where').selectOption('Project');
  await page.getByRole('combobox', { name: 'Project' }).fill('shop');
  await page.getByRole('combobox', { name: 'Verb' }).fill('delete');
  await page.getByRole('combobox', { name: 'Resource' }).fill('deployments.apps');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.waitForURL(/user=dan/);
  await page.getByRole('status').getByText('Not allowed').waitFor();
  await page.getByText('No role says anything about this.').waitFor();
  deepEqual(await seriousProblems(page), []);
  await page.goto(page.url().replace('user=dan', 'user=ann'));
  await page.getByText(/^The role “.*” allows this\.$/).waitFor();
  await page.goto(page.url().replace('user=ann', 'user=nobody'));
  await page.getByText('This is not there').waitFor();
});

step('departments are made, moved by keys, and give their roles to those who are in them', async () => {
  const { page } = ann;
  await page.goto(`${workspace}/departments`);
  await page.getByText('No department yet').waitFor();
  for (const [name, role] of [
    ['makers', 'Member'],
    ['web', ''],
  ] as const) {
    const dialog = await open(page, 'Create department');
    await dialog.getByLabel('Name', { exact: true }).fill(name);
    if (role) await dialog.getByLabel('Role in the workspace').selectOption(role);
    await send(dialog, 'Create');
    await page.getByRole('treeitem', { name }).waitFor();
  }
  await page.getByRole('treeitem', { name: 'makers' }).click();
  await page.keyboard.press('ArrowDown');
  const web = page.getByRole('treeitem', { name: 'web', selected: true });
  await web.waitFor();
  await page.keyboard.press('Alt+ArrowRight');
  await web.and(page.locator('[aria-level="2"]')).waitFor();
  const roles = page.getByRole('region', { name: 'Roles of its members' });
  await roles.getByRole('row', { name: 'Member The workspace makers' }).waitFor();
  const editing = await open(page, 'Edit', 'Edit web');
  await editing.getByRole('button', { name: 'Add a role in a project' }).click();
  await editing.getByLabel('Project', { exact: true }).selectOption('shop');
  await editing.getByLabel('Role', { exact: true }).selectOption('Operator');
  await send(editing, 'Save');
  await roles.getByRole('row', { name: 'Operator Project shop this department' }).waitFor();
  const adding = await open(page, 'Add members', 'Add members to web');
  await adding.getByRole('combobox', { name: 'User' }).pressSequentially('dan,');
  await send(adding, 'Save');
  await page.getByRole('row', { name: /^dan/ }).waitFor();
  deepEqual(await seriousProblems(page), []);
  await page.getByRole('treeitem', { name: 'makers' }).click();
  await refused(page.getByRole('button', { name: 'Delete', exact: true }), /^Departments are part of it/);
});

step('what comes of a department is told as such', async () => {
  const { page } = admin;
  await page.goto('/access?user=dan&place=project&where=shop&verb=create&resource=deployments.apps');
  await page.getByRole('status').getByText('Allowed').waitFor();
  await page.getByText('members of web').waitFor();
});

step('the quota of a workspace is set by administrators of the platform and seen by its own', async () => {
  await admin.page.goto(`${workspace}/quotas`);
  const dialog = await open(admin.page, 'Add quota');
  await dialog.getByLabel('Pods', { exact: true }).fill('many');
  await dialog.getByText(/^Not an amount/).waitFor();
  await dialog.getByLabel('Pods', { exact: true }).fill('5');
  await send(dialog, 'Save');
  await admin.page.getByText('0 of 5').waitFor();
  deepEqual(await seriousProblems(admin.page), []);
  const { page } = ann;
  await page.goto(`${workspace}/quotas`);
  await page.getByText('0 of 5').waitFor();
  await refused(page.getByRole('button', { name: 'Edit', exact: true }), /resourcequotas/);
});

step('roles of the platform, the cluster and a project are on pages of the same kind', async () => {
  const { page } = admin;
  for (const [path, title, builtIn] of [
    ['/roles', 'Platform roles', 'Platform administrator'],
    ['/clusters/host/roles', 'Cluster roles', 'Cluster viewer'],
    ['/clusters/host/projects/shop/roles', 'Project roles', 'Operator'],
  ] as const) {
    await page.goto(path);
    await headingOn(page, title).waitFor();
    const dialog = await open(page, 'Create role');
    await dialog.getByText(/^0 of \d+ chosen$/).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: builtIn, exact: true }).click();
    await headingOn(page, builtIn).waitFor();
  }
  await page.goto('/clusters/host/members');
  await headingOn(page, 'Members').waitFor();
});

step('a DevOps project is made, and a member of the workspace is invited into it with a role', async () => {
  const { page } = ann;
  await page.goto(`${workspace}/devops`);
  await page.getByText('No DevOps project yet').waitFor();
  const dialog = await open(page, 'Create DevOps project');
  await dialog.getByLabel('Name', { exact: true }).fill('Not a name');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.locator('[id$=-error]').waitFor();
  await dialog.getByLabel('Name', { exact: true }).fill('pipes');
  await send(dialog, 'Create');
  await page.getByRole('link', { name: /^pipes/ }).click();
  await headingOn(page, /^pipes/).waitFor();
  await page.getByRole('main').getByRole('button', { name: 'Invite member' }).click();
  const inviting = page.getByRole('dialog', { name: 'Invite member' });
  await inviting.waitFor();
  await page.keyboard.press('Escape');
  await inviting.waitFor({ state: 'hidden' });
  await invite(page, 'dan', /^Operator/);
  await page.getByRole('row', { name: /dan.*Operator/ }).waitFor();
  deepEqual(await seriousProblems(page), []);
  const dan = await enter('dan');
  await dan.page.goto(new URL(page.url()).pathname);
  await refused(dan.page.getByRole('button', { name: 'Invite member' }), /rolebindings|members/);
  await dan.context.close();
  // The overview counts it, in both languages, for who may see it.
  await page.goto(workspace);
  await page
    .getByRole('main')
    .getByRole('link', { name: /^DevOps projects ?1/ })
    .waitFor();
});

step('an exception of a closed project is made by keyboard, told where it is wrong, and taken away', async () => {
  const { page } = ann;
  await page.goto('/clusters/host/projects/shop/isolation');
  await page.getByText('Nobody else is let through.').waitFor();
  await tabTo(page.getByRole('button', { name: 'Add exception' }));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Add exception' });
  await tabTo(dialog.getByLabel('Kind'));
  await page.keyboard.type('Addresses');
  await tabTo(dialog.getByLabel('Addresses (CIDR)'));
  await page.keyboard.type('10.0.0.0');
  await tabTo(dialog.getByRole('button', { name: 'Add exception' }));
  await page.keyboard.press('Enter');
  await dialog.getByText('An address and its size, such as 10.0.0.0/8.').waitFor();
  await tabTo(dialog.getByLabel('Addresses (CIDR)'));
  await page.keyboard.press('End');
  await page.keyboard.type('/8');
  await tabTo(dialog.getByLabel(/^Ports/));
  await page.keyboard.type('443');
  await page.keyboard.press('Enter');
  await dialog.waitFor({ state: 'hidden' });
  const row = page.getByRole('row', {
    name: /^Incoming Addresses 10\.0\.0\.0\/8 443\/TCP|^Incoming Addresses 10\.0\.0\.0\/8 443/,
  });
  await row.waitFor();
  deepEqual(await seriousProblems(page), []);
  await row.getByRole('button', { name: 'Remove' }).click();
  const leaving = page.getByRole('dialog');
  await leaving.getByRole('textbox').fill('10.0.0.0/8');
  await leaving.getByRole('button', { name: 'Delete' }).click();
  await page.getByText('Nobody else is let through.').waitFor();
});

step('no page complained, or asked for a whole list', async () => {
  for (const { watch } of [admin, ann]) {
    deepEqual(complaintsIn(watch), []);
    deepEqual(watch.unlimited(), []);
  }
});
