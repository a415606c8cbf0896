/** Who one is, in Chromium: ways in, a name at the first log-in, programs and devices that ask to be let in, locks, sessions, providers. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { seriousProblems, startBrowser, type BrowserUnderTest, type Visitor } from './support/browser.ts';
import { createCluster, eventually, startCluster, type Cluster } from './support/cluster.ts';
import { choosePassword, createSteps, createUser, headingOn, logIn, refused, tabTo } from './support/console.ts';

const password = 'Chosen-by-0neself';
const handedOver = 'Hand3d-over';
/** Of the network namespace of the cluster, where nothing else is. */
const providerPort = 18_080;
const provider = `http://127.0.0.1:${providerPort}`;

let cluster: Cluster;
let browser: BrowserUnderTest;
let providing: ChildProcess;
let origin: string;
let firstPassword: string;
let admin: Visitor;
let octo: Visitor;
const step = createSteps(() => browser);

const describedIn = (kind: string, name: string, content: object): object => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'kubesphere-system', labels: { 'config.kubesphere.io/type': kind } },
  type: `config.kubesphere.io/${kind}`,
  stringData: { 'configuration.yaml': JSON.stringify(content) },
});

/** `code` asks for a name, `work` does not; each knows one person. */
const identityProvider = (name: string, displayName: string, mappingMethod: string, id: number): object =>
  describedIn('identityprovider', `idp-${name}`, {
    ...{ name, displayName, mappingMethod, type: 'GitHubIdentityProvider' },
    provider: {
      ...{ clientID: 'orrery', clientSecret: 'secret' },
      endpoint: {
        authURL: `${provider}/authorize`,
        tokenURL: `${provider}/token`,
        userInfoURL: `${provider}/user/${id}`,
      },
    },
  });

const settings = `
authentication: {authenticateRateLimiterMaxTries: 3}
egress: {allow: [127.0.0.1/32]}
`;

before(async () => {
  cluster = createCluster();
  providing = await startProvider(cluster.namespace);
  const printed = await startCluster(cluster, '--simulate', '1');
  origin = /Console (https:\/\/\S+) /.exec(printed)![1]!;
  firstPassword = /first log-in: admin with password (\S+)/.exec(printed)![1]!;
  const file = {
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'kubesphere-config', namespace: 'kubesphere-system' } },
    data: { 'kubesphere.yaml': settings },
  };
  const program = { name: 'grafana', secret: 'secret', grantMethod: 'prompt', redirectURIs: [`${origin}/version`] };
  const items = [
    file,
    identityProvider('code', 'Code', 'manual', 42),
    identityProvider('work', 'Work', 'auto', 43),
    describedIn('oauthclient', 'client-grafana', program),
  ];
  await cluster.kubectlWith(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }), 'apply', '-f', '-');
  const trust = readFileSync(join(cluster.dataDir, 'server/pki/apiserver.crt'), 'utf8');
  browser = await startBrowser({
    ...{ namespace: cluster.namespace, port: Number(new URL(origin).port), more: [providerPort], trust },
  });
  [admin, octo] = [await browser.visitor({ baseURL: origin }), await browser.visitor({ baseURL: origin })];
});

after(async () => {
  await browser?.close();
  providing?.kill();
  await cluster?.remove();
});

async function startProvider(namespace: string): Promise<ChildProcess> {
  const program = join(import.meta.dirname, 'support/provider.ts');
  const args = [`--net=/run/netns/${namespace}`, process.execPath, program, String(providerPort)];
  const child = spawn('nsenter', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', code => reject(new Error(`the provider ended with ${code}`)));
  });
  return child;
}

/** A program's request, as a form. */
async function post(path: string, form: Record<string, string>): Promise<Record<string, unknown>> {
  const client = { client_id: 'grafana', client_secret: 'secret' };
  const body = new URLSearchParams({ ...client, ...form }).toString();
  const { stdout } = await cluster.inside('curl', '-sSk', '-d', body, `${origin}${path}`);
  return JSON.parse(stdout) as Record<string, unknown>;
}

const way = (page: Page, name: string) => page.getByRole('link', { name: `Continue with ${name}` });

step('the log-in shows every way in', async () => {
  const { page } = admin;
  // The platform hears of what was written a moment later.
  await eventually('the providers are offered', async () => {
    await page.goto('/login');
    for (const name of ['Code', 'Work']) await way(page, name).waitFor({ timeout: 5_000 });
    return true;
  });
  deepEqual(await seriousProblems(page), []);
  await page.goto('/login?error=not_mapped&provider=code');
  await page
    .getByRole('alert')
    .getByText(/^Code knows you, but no account here is yours/)
    .waitFor();
  await page.getByRole('button', { name: '简体中文' }).click();
  await page
    .getByRole('alert')
    .getByText(/^Code 已确认您的身份/)
    .waitFor();
  await page.getByRole('button', { name: 'English' }).click();
});

step('a password is judged while it is typed', async () => {
  const { page } = admin;
  await logIn(page, 'admin', firstPassword);
  await headingOn(page, 'Choose a password of your own').waitFor();
  const rule = page.getByRole('list', { name: 'What it must have' }).getByRole('listitem');
  await rule.filter({ hasText: 'A digit (missing)' }).waitFor();
  await page.getByLabel('New password', { exact: true }).fill('1');
  await rule.filter({ hasText: 'A digit (has it)' }).waitFor();
  await choosePassword(page, firstPassword, password);
  await page.getByRole('navigation', { name: 'Navigation' }).waitFor();
});

step(
  'whoever comes by a provider for the first time chooses a name, and goes on to where he wanted to go',
  async () => {
    const { page } = octo;
    await page.goto('/workspaces');
    await way(page, 'Code').click();
    await headingOn(page, 'One more step').waitFor();
    const name = page.getByLabel('User name');
    equal(await name.inputValue(), 'octo-cat');
    deepEqual(await seriousProblems(page), []);
    await name.fill('admin');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByText('Somebody is called admin already.').waitFor();
    await name.fill('octo');
    await page.getByRole('button', { name: 'Create account' }).click();
    await headingOn(page, 'Workspaces').waitFor();
  },
);

step('who has no password keeps the provider that lets him in', async () => {
  const { page } = octo;
  await page.goto('/account');
  const row = page.getByRole('row', { name: /^Code 42/ });
  await refused(row.getByRole('button', { name: 'Disconnect' }), /it has no password/);
  await page.getByRole('row', { name: /^Console .*This session$/ }).waitFor();
});

step('an account is connected with a provider, and with nobody who is another’s there', async () => {
  const { page } = admin;
  await page.goto('/account');
  await page.getByRole('button', { name: 'Connect Code' }).click();
  await page
    .getByRole('alert')
    .getByText(/^Another account is connected/)
    .waitFor();
  await page.getByRole('button', { name: 'Connect Work' }).click();
  await page.getByText(/^Work is connected/).waitFor();
  const row = page.getByRole('row', { name: /^Work 43/ });
  await row.getByRole('button', { name: 'Disconnect' }).click();
  await row.waitFor({ state: 'hidden' });
});

step('a program is let in by the user alone', async () => {
  const { page } = octo;
  const asked = new URLSearchParams({
    ...{ client_id: 'grafana', response_type: 'code', scope: 'openid email', state: 'x' },
    redirect_uri: `${origin}/version`,
  });
  for (const [button, answer] of [
    ['Deny', /[?&]error=access_denied&/],
    ['Allow', /[?&]code=/],
  ] as const) {
    await page.goto(`/oauth/authorize?${asked}`);
    await headingOn(page, 'Let grafana in?').waitFor();
    await page.getByText('Your e-mail address').waitFor();
    await page.getByRole('button', { name: button }).click();
    await page.waitForURL(`${origin}/version?**`);
    match(page.url(), answer);
  }
});

step('a device shows a code, and who types it lets the device in', async () => {
  const { page } = octo;
  const begun = await post('/oauth/device_authorization', { scope: 'openid' });
  await page.goto('/login/device');
  await page.getByLabel('Code').fill('bcdfghjk');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByText(/^No device waits with this code/).waitFor();
  await page.getByLabel('Code').fill(String(begun['user_code']));
  await page.getByRole('button', { name: 'Continue' }).click();
  await headingOn(page, 'Let grafana in?').waitFor();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.getByText('The device is logged in').waitFor();
  const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:device_code' };
  const got = await post('/oauth/token', { ...grant, device_code: String(begun['device_code']) });
  ok(got['access_token'], JSON.stringify(got));
});

step('an account that too many failures have locked is unlocked by an administrator', async () => {
  await admin.page.goto('/users');
  await createUser(admin.page, 'lena', handedOver);
  const { page, context } = await browser.visitor({ baseURL: origin });
  await page.goto('/login');
  const secret = page.getByLabel('Password', { exact: true });
  for (let tries = 0; tries < 3; tries++) {
    await logIn(page, 'lena', 'Wr0ng-password');
    // What is said may still be of the attempt before; the password is taken out after each.
    await eventually('it is refused', async () => (await secret.inputValue()) === '');
    await page.getByText('The user name or the password is wrong.').waitFor();
  }
  await logIn(page, 'lena', handedOver);
  await page.getByText(/^Too many attempts have failed/).waitFor();
  await admin.page.getByLabel('State').selectOption('Too many attempts');
  await admin.page.getByRole('row', { name: /^octo/ }).waitFor({ state: 'hidden' });
  await admin.page.getByRole('link', { name: 'lena' }).click();
  await admin.page.getByRole('button', { name: 'Unlock' }).click();
  const question = admin.page.getByRole('dialog', { name: 'Unlock lena?' });
  await question.getByRole('button', { name: 'Unlock' }).click();
  await question.waitFor({ state: 'hidden' });
  await admin.page.getByRole('main').getByRole('button', { name: 'Unlock' }).waitFor({ state: 'hidden' });
  await logIn(page, 'lena', handedOver);
  await headingOn(page, 'Choose a password of your own').waitFor();
  await context.close();
});

step('administrators read who logged in, from where and how it ended', async () => {
  const { page } = admin;
  await page.goto('/loginrecords');
  await page
    .getByRole('row', { name: /^octo .*Logged in.*Provider · code/ })
    .first()
    .waitFor();
  await page.getByLabel('Result').selectOption('Refused');
  await page
    .getByRole('row', { name: /^lena .*Refused.*Wrong password/ })
    .first()
    .waitFor();
  await page.getByRole('row', { name: /^octo/ }).waitFor({ state: 'hidden' });
  deepEqual(await seriousProblems(page), []);
});

step('who is logged out by an administrator is told so', async () => {
  const { page } = admin;
  await octo.page.goto('/workspaces');
  await headingOn(octo.page, 'Workspaces').waitFor();
  await page.goto('/users/octo?tab=sessions');
  await page
    .getByRole('row', { name: /^grafana/ })
    .first()
    .waitFor();
  await page.getByRole('button', { name: 'Log out everywhere' }).click();
  const question = page.getByRole('dialog', { name: 'Log octo out everywhere?' });
  await question.getByRole('button', { name: 'Log out everywhere' }).click();
  await page.getByText('Nothing is logged in with this account.').waitFor();
  await octo.page.getByText(/^Your session has ended/).waitFor();
});

step('a provider that is switched off lets nobody in', async () => {
  const { page } = admin;
  await page.goto('/identityproviders');
  const work = page.getByRole('region', { name: 'Work' });
  await work.getByRole('button', { name: 'Change' }).click();
  const dialog = page.getByRole('dialog', { name: 'Change Work' });
  deepEqual(await seriousProblems(page), []);
  await dialog.getByRole('checkbox', { name: 'People can log in through it' }).uncheck();
  await dialog.getByRole('button', { name: 'Save' }).click();
  await work.getByText('Off', { exact: true }).waitFor();
  await eventually('it is offered no more', async () => {
    await octo.page.goto('/login');
    await way(octo.page, 'Code').waitFor();
    return (await way(octo.page, 'Work').count()) === 0;
  });
});

step('a provider is added by its form, and stands on the log-in as the form says', async () => {
  const { page } = admin;
  await page.goto('/identityproviders');
  await page.getByRole('button', { name: 'Add provider' }).first().click();
  const adding = page.getByRole('dialog', { name: 'Add provider' });
  await adding.getByLabel('Type').selectOption('OpenID Connect');
  await adding.getByLabel('Name', { exact: true }).fill('staff');
  await adding.getByLabel(/^Name shown/).fill('Staff');
  await adding.getByLabel('Issuer').fill('idp.example.com');
  await adding.getByLabel('Client ID').fill('orrery');
  await adding.getByLabel('Client secret').fill('Kept-s3cret');
  deepEqual(await seriousProblems(page), []);
  await adding.getByRole('button', { name: 'Create' }).click();
  await page
    .getByText(/https:\/\//)
    .and(page.locator('[id$=-error]'))
    .waitFor();
  await adding.getByLabel('Issuer').fill('https://idp.example.com');
  await adding.getByRole('button', { name: 'Create' }).click();
  await adding.waitFor({ state: 'hidden' });
  const staff = page.getByRole('region', { name: 'Staff' });
  await staff.getByText('On', { exact: true }).waitFor();
  await eventually('it is offered', async () => {
    await octo.page.goto('/login');
    await way(octo.page, 'Code').waitFor();
    return (await way(octo.page, 'Staff').count()) === 1;
  });
  const change = async (name: string, next: (dialog: Locator) => Promise<void>) => {
    await page.getByRole('region', { name }).getByRole('button', { name: 'Change' }).click();
    const dialog = page.getByRole('dialog', { name: `Change ${name}` });
    equal(await dialog.getByLabel('Client secret').inputValue(), '', 'what is kept is not shown');
    await next(dialog);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'hidden' });
  };
  await change('Staff', dialog => dialog.getByLabel(/^Name shown/).fill('Everybody at work'));
  await eventually('its name is another', async () => {
    await octo.page.goto('/login');
    await way(octo.page, 'Code').waitFor();
    return (await way(octo.page, 'Everybody at work').count()) === 1;
  });
  await change('Everybody at work', dialog =>
    dialog.getByRole('checkbox', { name: 'People can log in through it' }).uncheck(),
  );
  await eventually('it is offered no more', async () => {
    await octo.page.goto('/login');
    await way(octo.page, 'Code').waitFor();
    return (await way(octo.page, 'Everybody at work').count()) === 0;
  });
});

step('a program is added by keyboard alone: its secret is shown this once, and lets it in', async () => {
  const { page } = admin;
  await page.goto('/oauthclients');
  await headingOn(page, 'OAuth clients').waitFor();
  await tabTo(page.getByRole('button', { name: 'Add client' }));
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Add client' });
  await tabTo(dialog.getByLabel('Name', { exact: true }));
  await page.keyboard.type('reports');
  await tabTo(dialog.getByLabel('Ways back'));
  await page.keyboard.type('reports.example.com');
  await tabTo(dialog.getByRole('button', { name: 'Create' }));
  await page.keyboard.press('Enter');
  await dialog.locator('[id$=-error]').waitFor();
  await tabTo(dialog.getByLabel('Ways back'));
  await page.keyboard.press('Control+a');
  await page.keyboard.type(`${origin}/version`);
  deepEqual(await seriousProblems(page), []);
  await tabTo(dialog.getByRole('button', { name: 'Create' }));
  await page.keyboard.press('Enter');
  const told = page.getByRole('dialog', { name: 'The secret of reports' });
  const secret = (await told.locator('code').textContent()) ?? '';
  ok(secret.length >= 16, secret);
  await tabTo(told.getByRole('button', { name: 'I have kept it' }));
  await page.keyboard.press('Enter');
  await told.waitFor({ state: 'hidden' });
  await page.getByRole('region', { name: 'reports' }).getByText('Has one').waitFor();
  await page.reload();
  await page.getByRole('region', { name: 'reports' }).waitFor();
  ok(!(await page.content()).includes(secret), 'it is shown once');
  const device = { client_id: 'reports', scope: 'openid' };
  await eventually('the secret is good', async () => {
    const begun = await post('/oauth/device_authorization', { ...device, client_secret: secret });
    return begun['user_code'] !== undefined;
  });
  equal((await post('/oauth/device_authorization', { ...device, client_secret: 'wrong' }))['error'], 'invalid_client');
});

/** Refusals that belong to the journey. */
const expected: readonly RegExp[] = [
  /status of 401 \(\) \(\/.*$/,
  // A name that is taken, a code that nobody showed.
  /status of 409 \(\) \(\/kapis\/clusters\/host\/iam.kubesphere.io\/v1beta1\/users\)$/,
  // An issuer and a way back that are no addresses.
  /status of 422 \(\) \(\/kapis\/.*\/(identityproviders|oauthclients)\)$/,
  /status of 404 \(\) \(\/oauth\/device\?user_code=BCDF-GHJK\)$/,
  // What a browser asks for beside an answer that is no page.
  /status of 404 \(\) \(\/favicon.ico\)$/,
  // The connection of a session that was ended.
  /WebSocket connection to .* failed/,
];

step('no page complained, broke the policy, or asked for a whole list', () => {
  for (const { watch } of [admin, octo]) {
    deepEqual(
      watch.complaints().filter(line => !expected.some(pattern => pattern.test(line))),
      [],
    );
    deepEqual(watch.unlimited(), []);
  }
  return Promise.resolve();
});
