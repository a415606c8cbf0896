/** Providers by form: written down, asked, changed and taken away, and an account tied to a directory; with real servers on loopback. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { platformResources, type LoginRecord, type User } from '@orrery/platform-kinds';
import { configure, untilShown } from '../testing/configuration.ts';
import { oauthClient, startOAuthServer, type OAuthServer } from '../testing/oauth-server.ts';
import { startOpenIdServer, type OpenIdServer } from '../testing/oidc-provider.ts';
import { createBrowser, type Browser } from '../testing/browser.ts';
import { eventually, iam, password, startPeople, type People } from '../testing/people.ts';
import { issuer, startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { managerDn, managerPassword, startDirectory, type Directory } from '../testing/slapd.ts';
import type { Secret } from '../identity/secrets.ts';

const all = `${iam}/identityproviders`;
const openIdClient = {
  clientId: 'orrery',
  clientSecret: 's3cret-of-orrery',
  redirectUri: `${issuer}/oauth/callback/oidc`,
};
const alice = `dn: uid=alice,dc=example,dc=test
objectClass: inetOrgPerson
uid: alice
cn: Alice
sn: Alice
userPassword: Alice-Passw0rd
`;

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;
let server: OAuthServer;
let openId: OpenIdServer;
let directory: Directory;
let ldap: Record<string, unknown>;
let oauth: Record<string, unknown>;

before(async () => {
  [cluster, server, openId, directory] = await Promise.all([
    startCluster(),
    startOAuthServer(),
    startOpenIdServer(openIdClient),
    startDirectory(alice),
  ]);
  const settings = { egress: { allow: ['127.0.0.1/32'], onlyListed: false }, login: { triesMax: 3 } };
  platform = await startPlatform(cluster, { settings });
  people = await startPeople(platform);
  for (const name of ['ann', 'ben', 'eve']) await people.create(name);
  ldap = {
    host: `127.0.0.1:${directory.port}`,
    managerDN: managerDn,
    managerPassword,
    userSearchBase: 'dc=example,dc=test',
    loginAttribute: 'uid',
  };
  const endpoint = {
    authURL: `${server.origin}/authorize`,
    tokenURL: `${server.origin}/token`,
    userInfoURL: `${server.origin}/user`,
  };
  oauth = { ...oauthClient, endpoint };
});
after(async () => {
  server.close();
  openId.close();
  await directory.close();
  await platform.close();
  await cluster.close();
});

const create = (body: object, who = 'admin') => people.as(who, 'POST', all, body);
const fieldsOf = ({ body }: { readonly body: Record<string, unknown> }): string[] =>
  ((body['details'] as { causes?: { field: string }[] } | undefined)?.causes ?? []).map(({ field }) => field);
const described = async (name: string): Promise<string> => {
  const secret = await cluster.client.get<Secret>(resources.secrets, `identityprovider-${name}`, {
    namespace: 'kubesphere-system',
  });
  return Buffer.from(secret.data!['configuration.yaml']!, 'base64').toString();
};

const wrong: [string, (good: Record<string, unknown>) => object, string[]][] = [
  ['a name that is none', () => ({ name: 'Not A Name' }), ['name']],
  ['a type that there is not', () => ({ type: 'Horoscope' }), ['type']],
  [
    'nothing said',
    () => ({ provider: {} }),
    ['host', 'managerDN', 'managerPassword', 'userSearchBase', 'loginAttribute'],
  ],
  ['an empty text', good => ({ provider: { ...good, managerDN: '' } }), ['managerDN']],
  ['a filter that is none', good => ({ provider: { ...good, userSearchFilter: '((' } }), ['userSearchFilter']],
  ['no address', good => ({ provider: { ...good, host: 'a b' } }), ['host']],
  ['an option of another type', good => ({ provider: { ...good, clientID: 'x' } }), ['clientID']],
  ['a flag that is a text', good => ({ provider: { ...good, startTLS: 'yes' } }), ['startTLS']],
  [
    'an address that runs in place',
    () => ({ type: 'CASIdentityProvider', provider: { casServerURL: 'javascript:x' } }),
    ['casServerURL'],
  ],
];
for (const [what, change, fields] of wrong)
  test(`${what} is told at its field`, async () => {
    const answer = await create({ name: 'corp', type: 'LDAPIdentityProvider', provider: ldap, ...change(ldap) });
    const expected = fields.map(field => (field === 'name' || field === 'type' ? field : `provider.${field}`));
    assert.deepEqual([answer.status, fieldsOf(answer)], [422, expected], answer.text);
    assert.ok(!answer.text.includes(managerPassword));
  });

test('a provider that was written by form lets people in, and its secrets are shown to nobody', async () => {
  const body = { name: 'corp', type: 'LDAPIdentityProvider', displayName: 'Directory', provider: ldap };
  assert.equal((await create(body)).status, 200);
  await untilShown(platform, 'corp');
  assert.equal((await create(body)).status, 409);
  const found = await people.as('admin', 'GET', `${all}/corp`);
  const { managerPassword: _secret, ...shown } = ldap;
  assert.deepEqual([found.body['options'], found.body['secrets']], [shown, ['managerPassword']]);
  for (const answer of [found, await people.as('admin', 'GET', all)])
    assert.ok(!answer.text.includes(managerPassword), answer.text);
  const browser = createBrowser({ [issuer]: platform });
  const who = { username: 'alice', password: 'Alice-Passw0rd' };
  assert.equal((await browser.send('POST', '/oauth/login/corp', who)).status, 200);
});

test('what is changed is written into its description; a secret stays, and goes to no other place', async () => {
  const change = (provider: object) => people.as('admin', 'PATCH', `${all}/corp`, { provider });
  assert.equal((await change({ mailAttribute: 'mail', readTimeout: 5000 })).status, 200);
  assert.match(await described('corp'), /managerPassword: \S+[\s\S]*mailAttribute: mail\n\s+readTimeout: 5000/);
  assert.equal((await change({ readTimeout: null })).status, 200);
  assert.ok(!(await described('corp')).includes('readTimeout'));
  const elsewhere = await change({ host: '127.0.0.1:1' });
  assert.deepEqual([elsewhere.status, fieldsOf(elsewhere)], [422, ['provider.managerPassword']]);
  const asked = await people.as('admin', 'POST', `${all}/corp/test`, {
    type: 'LDAPIdentityProvider',
    provider: { host: '127.0.0.1:1' },
  });
  assert.equal(asked.status, 422, 'nor for a test');
  assert.equal((await change({ host: ldap['host'], userSearchBase: 'ou=none,dc=example,dc=test' })).status, 200);
  assert.equal((await change({ userSearchBase: ldap['userSearchBase'] })).status, 200);
  assert.equal((await people.as('admin', 'PATCH', `${all}/none`, { provider: {} })).status, 404);
});

const tests: [string, string, () => object, object][] = [
  ['a directory', 'LDAPIdentityProvider', () => ldap, { ok: true }],
  [
    'a manager who does not get in',
    'LDAPIdentityProvider',
    () => ({ ...ldap, managerPassword: 'x' }),
    { ok: false, problem: 'credentials', field: 'managerPassword' },
  ],
  [
    'a place that is not in the directory',
    'LDAPIdentityProvider',
    () => ({ ...ldap, userSearchBase: 'ou=none,dc=example,dc=test' }),
    { ok: false, problem: 'base', field: 'userSearchBase' },
  ],
  [
    'a filter that finds nobody',
    'LDAPIdentityProvider',
    () => ({ ...ldap, userSearchFilter: '(uid=nobody)' }),
    { ok: false, problem: 'nobody', field: 'userSearchFilter' },
  ],
  [
    'a port where nobody is',
    'LDAPIdentityProvider',
    () => ({ ...ldap, host: '127.0.0.1:1' }),
    { ok: false, problem: 'unreachable', field: 'host' },
  ],
  [
    'a place where the platform may not connect to',
    'LDAPIdentityProvider',
    () => ({ ...ldap, host: '10.0.0.1' }),
    { ok: false, problem: 'unreachable', field: 'host' },
  ],
  ['a program that GitHub knows', 'GitHubIdentityProvider', () => oauth, { ok: true }],
  [
    'a wrong secret',
    'GitHubIdentityProvider',
    () => ({ ...oauth, clientSecret: 'x' }),
    { ok: false, problem: 'credentials', field: 'clientSecret' },
  ],
  [
    'a page that is no token endpoint',
    'OAuth2IdentityProvider',
    () => ({ ...oauth, endpoint: { ...(oauth['endpoint'] as object), tokenURL: `${server.origin}/none` } }),
    { ok: false, problem: 'answer', field: 'endpoint.tokenURL' },
  ],
  [
    'an OpenID provider',
    'OIDCIdentityProvider',
    () => ({ issuer: openId.issuer, clientID: openIdClient.clientId, clientSecret: openIdClient.clientSecret }),
    { ok: true },
  ],
  [
    'an issuer that is another one',
    'OIDCIdentityProvider',
    () => ({ issuer: `${openId.issuer}/`, clientID: openIdClient.clientId, clientSecret: openIdClient.clientSecret }),
    { ok: false, problem: 'answer', field: 'issuer' },
  ],
  ['a CAS server', 'CASIdentityProvider', () => ({ casServerURL: `${server.origin}/cas` }), { ok: true }],
  [
    'a server that is no CAS',
    'CASIdentityProvider',
    () => ({ casServerURL: server.origin }),
    { ok: false, problem: 'answer', field: 'casServerURL' },
  ],
];
for (const [what, type, provider, expected] of tests)
  test(`a test of ${what}`, async () => {
    const answer = await people.as('admin', 'POST', `${all}/new/test`, { type, provider: provider() });
    assert.deepEqual([answer.status, answer.body], [200, expected], answer.text);
  });

test('who has the platform’s settings switches providers; what they connect to is for who writes the Secret', async () => {
  await people.done('admin', 'POST', `${iam}/globalroles`, {
    metadata: { name: 'settings' },
    aggregationRoleTemplates: { templateNames: ['global-manage-platform-settings'] },
  });
  await people.done('admin', 'PATCH', `${iam}/users/eve`, {
    metadata: { annotations: { 'iam.kubesphere.io/globalrole': 'settings' } },
  });
  await eventually('she has the role', async () => (await people.status('eve', 'GET', all)) === 200);
  assert.equal(await people.status('eve', 'PATCH', `${all}/corp`, { displayName: 'Corp' }), 200);
  const body = { name: 'hers', type: 'LDAPIdentityProvider', provider: ldap };
  assert.equal(await people.status('eve', 'POST', all, body), 403);
  assert.equal(await people.status('eve', 'PATCH', `${all}/corp`, { provider: { mailAttribute: 'x' } }), 403);
  assert.equal(await people.status('eve', 'DELETE', `${all}/corp`), 403);
  assert.equal(await people.status('ben', 'POST', all, body), 403);
});

const loggedIn = async (username: string): Promise<Browser> => {
  const browser = createBrowser({ [issuer]: platform });
  assert.equal((await browser.send('POST', '/login', { username, password })).status, 200);
  return browser;
};
const tie = (browser: Browser, username: string, secret: string, provider = 'staff') =>
  browser.send('PUT', `${iam}/profile/identities/${provider}`, { username, password: secret });

test('an account is tied to a directory by whoever has the password there', async () => {
  await configure(cluster.client, 'identityprovider', {
    name: 'staff',
    type: 'LDAPIdentityProvider',
    provider: ldap,
  } as never);
  await untilShown(platform, 'staff');
  const [ann, ben] = [await loggedIn('ann'), await loggedIn('ben')];
  const wrongly = await tie(ann, 'alice', 'wrong');
  assert.deepEqual([wrongly.status, fieldsOf({ body: JSON.parse(wrongly.text) })], [422, ['password']]);
  assert.equal((await tie(ann, 'alice', 'Alice-Passw0rd')).status, 200);
  const { metadata } = await cluster.client.get<User>(platformResources.users, 'ann');
  assert.equal(metadata.annotations?.['iam.kubesphere.io/identity-provider.staff'], 'alice');
  const { items } = await cluster.client.list<LoginRecord>(platformResources.loginrecords);
  assert.equal(items.filter(({ spec }) => spec.provider === 'staff' && !spec.success).length, 1, 'on record');
  assert.equal((await tie(ann, 'alice', 'Alice-Passw0rd')).status, 409, 'already');
  assert.equal((await tie(ben, 'alice', 'Alice-Passw0rd')).status, 409, 'another account has it');
  assert.equal((await tie(ben, 'alice', 'Alice-Passw0rd', 'none')).status, 404);
  for (let tries = 0; tries < 3; tries++) await tie(ben, 'carol', 'x');
  assert.equal((await tie(ben, 'carol', 'x')).status, 429, 'nobody guesses here either');
  assert.equal((await ann.send('DELETE', `${iam}/users/ann/identities/staff`, undefined)).status, 200);
});

test('a provider that is taken away lets nobody in', async () => {
  assert.equal((await people.as('admin', 'DELETE', `${all}/corp`)).status, 200);
  await untilShown(platform, 'corp', false);
  assert.equal((await people.as('admin', 'DELETE', `${all}/corp`)).status, 404);
});
