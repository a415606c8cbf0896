/** Tying one's own account to a provider, and how administrators see and change providers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { platformResources, type User } from '@orrery/platform-kinds';
import { adminOf, createAccount } from '../testing/accounts.ts';
import { createBrowser, type Browser } from '../testing/browser.ts';
import { configure, shownProviders, untilShown } from '../testing/configuration.ts';
import { oauthClient, startOAuthServer, type OAuthServer } from '../testing/oauth-server.ts';
import { iam, password } from '../testing/people.ts';
import { issuer, startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { changedDescription } from './configured.ts';

let cluster: TestCluster;
let platform: TestPlatform;
let server: OAuthServer;
let admin = '';

before(async () => {
  [cluster, server] = await Promise.all([startCluster(), startOAuthServer()]);
  const settings = { egress: { allow: ['127.0.0.1/32'], onlyListed: false } };
  platform = await startPlatform(cluster, { settings });
  admin = await adminOf(platform);
  for (const name of ['ann', 'bob', 'eve']) await createAccount(platform, admin, name);
  const endpoint = {
    authURL: `${server.origin}/authorize`,
    tokenURL: `${server.origin}/token`,
    userInfoURL: `${server.origin}/user`,
  };
  const provider = { ...oauthClient, endpoint };
  const type = 'GitHubIdentityProvider';
  await configure(cluster.client, 'identityprovider', { name: 'code', type, mappingMethod: 'auto', provider } as never);
  await configure(cluster.client, 'identityprovider', {
    name: 'staff',
    type,
    mappingMethod: 'lookup',
    provider,
  } as never);
  await configure(cluster.client, 'identityprovider', {
    name: 'ask',
    type,
    mappingMethod: 'manual',
    provider,
  } as never);
  await configure(cluster.client, 'identityprovider', { name: 'off', type, disabled: true, provider: {} } as never);
  await Promise.all([untilShown(platform, 'code'), untilShown(platform, 'staff'), untilShown(platform, 'ask')]);
});
after(async () => {
  server.close();
  await platform.close();
  await cluster.close();
});

async function loggedIn(username: string): Promise<Browser> {
  const browser = createBrowser({ [issuer]: platform });
  const { status } = await browser.send('POST', '/login', { username, password });
  assert.equal(status, 200);
  return browser;
}
const begin = (browser: Browser, provider: string) =>
  browser.send('POST', `${iam}/profile/identities/${provider}`, undefined);
const come = async (browser: Browser, user: Record<string, unknown>): Promise<string> => {
  const { text } = await begin(browser, 'code');
  server.user = user;
  return (await browser.visit((JSON.parse(text) as { url: string }).url)).url;
};
const uidOf = async (name: string) =>
  (await cluster.client.get<User>(platformResources.users, name)).metadata.annotations?.[
    'iam.kubesphere.io/identity-provider.code'
  ];

test('whoever comes back from a provider is tied to the account that sent him there', async () => {
  const browser = await loggedIn('ann');
  assert.equal(await come(browser, { id: 7, login: 'ann-elsewhere' }), `${issuer}/account?linked=code`);
  assert.equal(await uidOf('ann'), '7');
  assert.equal((await begin(browser, 'code')).status, 409);
});

test('an identity that another account has is not taken from it', async () => {
  const browser = await loggedIn('bob');
  assert.equal(await come(browser, { id: 7, login: 'x' }), `${issuer}/account?error=taken&provider=code`);
  assert.equal(await uidOf('bob'), undefined);
});

test('a session that has ended meanwhile ties nothing', async () => {
  const browser = await loggedIn('bob');
  const { text } = await begin(browser, 'code');
  server.user = { id: 8, login: 'x' };
  const ended = await platform.call('DELETE', `${iam}/users/bob/sessions`, { token: admin });
  assert.equal(ended.status, 200);
  const { url } = await browser.visit((JSON.parse(text) as { url: string }).url);
  assert.equal(url, `${issuer}/account?error=state&provider=code`);
  assert.equal(await uidOf('bob'), undefined);
});

test('another site begins nothing, nor does anybody where an administrator maps', async () => {
  const browser = await loggedIn('eve');
  const elsewhere = { origin: 'https://evil.test' };
  assert.equal((await browser.send('POST', `${iam}/profile/identities/code`, undefined, elsewhere)).status, 403);
  assert.equal((await begin(browser, 'staff')).status, 403);
  assert.equal((await begin(browser, 'none')).status, 404);
});

test('who must choose a name first goes on afterwards to where he wanted to go', async () => {
  const browser = createBrowser({ [issuer]: platform });
  server.user = { id: 99, login: 'newcomer' };
  const { url } = await browser.visit(`${issuer}/oauth/login/ask?referer=%2Fworkspaces%3Fpage%3D2`);
  assert.equal(url, `${issuer}/login/confirm?next=%2Fworkspaces%3Fpage%3D2`);
});

const configured = async (): Promise<Record<string, unknown>[]> =>
  (await platform.call('GET', `${iam}/identityproviders`, { token: admin })).body['providers'] as never;

test('administrators see all providers, also those that are off, what is wrong with them, and no secret', async () => {
  const found = await configured();
  const byName = Object.fromEntries(found.map(provider => [provider['name'], provider]));
  assert.deepEqual(byName['code'], {
    name: 'code',
    displayName: 'code',
    type: 'GitHubIdentityProvider',
    mappingMethod: 'auto',
    kind: 'redirect',
    enabled: true,
    hidden: false,
    users: 1,
    source: 'secret',
    secret: 'identityprovider-code',
    address: `${server.origin}/authorize`,
    redirectURL: `${issuer}/oauth/callback/code`,
  });
  assert.deepEqual([byName['off']?.['enabled'], byName['off']?.['problem']], [false, 'the option clientID is missing']);
  assert.ok(!JSON.stringify(found).includes(oauthClient.clientSecret));
});

test('a provider is switched off and on; its description keeps what else it says', async () => {
  const change = (name: string, body: object, token = admin) =>
    platform.call('PATCH', `${iam}/identityproviders/${name}`, { token, body });
  assert.equal((await change('staff', { enabled: false, displayName: 'Staff' })).status, 200);
  await untilShown(platform, 'staff', false);
  assert.equal((await change('staff', { enabled: true })).status, 200);
  await untilShown(platform, 'staff');
  const staff = (await shownProviders(platform)).find(({ name }) => name === 'staff');
  assert.deepEqual([staff?.['displayName'], staff?.['mappingMethod']], ['Staff', 'lookup']);
  assert.equal((await change('none', { enabled: true })).status, 404);
  assert.equal((await change('code', { mappingMethod: 'whatever' })).status, 400);
  const eve = await platform.logIn('eve', password);
  assert.equal((await change('code', { enabled: false }, eve)).status, 403);
});

test('what people wrote beside the values stays', () => {
  const text = 'name: a # the short one\ntype: T\ndisabled: true\nprovider:\n  clientSecret: "s" # keep\n';
  assert.equal(
    changedDescription(text, { enabled: true, mappingMethod: 'manual', displayName: 'A: b' }),
    'name: a # the short one\ntype: T\nprovider:\n  clientSecret: "s" # keep\nmappingMethod: manual\ndisplayName: "A: b"\n',
  );
});
