/** Logging in by others: real providers on loopback, two replicas of the platform, a browser with cookies. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { systemClock } from '@orrery/machinery/clock';
import { createLog } from '@orrery/machinery/log';
import { platformResources, type LoginRecord, type User } from '@orrery/platform-kinds';
import { adminOf } from '../testing/accounts.ts';
import { createBrowser, type Browser, type Visit } from '../testing/browser.ts';
import { configure, shownProviders, unconfigure, untilShown } from '../testing/configuration.ts';
import { oauthClient, startOAuthServer, type OAuthServer } from '../testing/oauth-server.ts';
import { startOpenIdServer, type OpenIdServer } from '../testing/oidc-provider.ts';
import { iam, password } from '../testing/people.ts';
import { issuer, startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { managerDn, managerPassword, startDirectory, type Directory } from '../testing/slapd.ts';

const openIdClient = {
  clientId: 'orrery',
  clientSecret: 's3cret-of-orrery',
  redirectUri: `${issuer}/oauth/callback/oidc`,
};

let cluster: TestCluster;
let left: TestPlatform;
let right: TestPlatform;
let server: OAuthServer;
let openId: OpenIdServer;
let directory: Directory;
let admin = '';
/** What the left platform logged. */
const lines: string[] = [];

const people = `dn: uid=alice,dc=example,dc=test
objectClass: inetOrgPerson
uid: alice
cn: Alice
sn: Alice
mail: alice@example.test
userPassword: Alice-Passw0rd
`;

before(async () => {
  [cluster, server, openId, directory] = await Promise.all([
    startCluster(),
    startOAuthServer(),
    startOpenIdServer(openIdClient),
    startDirectory(people),
  ]);
  const settings = { egress: { allow: ['127.0.0.1/32'], onlyListed: false }, login: { triesMax: 3 } };
  left = await startPlatform(cluster, {
    settings,
    identity: 'left',
    log: createLog(systemClock, line => void lines.push(line)),
  });
  right = await startPlatform(cluster, { settings, identity: 'right' });
  admin = await adminOf(left);
  const endpoint = {
    authURL: `${server.origin}/authorize`,
    tokenURL: `${server.origin}/token`,
    userInfoURL: `${server.origin}/user`,
  };
  const oauth = { ...oauthClient, endpoint };
  const host = `127.0.0.1:${directory.port}`;
  const ldap = {
    host,
    managerDN: managerDn,
    managerPassword,
    userSearchBase: 'dc=example,dc=test',
    loginAttribute: 'uid',
  };
  const { clientId: clientID, clientSecret } = openIdClient;
  const providers = [
    { name: 'GitHub', type: 'GitHubIdentityProvider', mappingMethod: 'auto', provider: oauth },
    { name: 'gitlab', type: 'GitlabIdentityProvider', mappingMethod: 'manual', provider: oauth },
    { name: 'any', type: 'OAuth2IdentityProvider', mappingMethod: 'lookup', provider: oauth },
    { name: 'extra', type: 'OAuth2IdentityProvider', mappingMethod: 'mixed', provider: oauth },
    {
      name: 'cas',
      type: 'CASIdentityProvider',
      mappingMethod: 'auto',
      provider: { casServerURL: `${server.origin}/cas` },
    },
    {
      name: 'oidc',
      type: 'OIDCIdentityProvider',
      mappingMethod: 'auto',
      provider: { issuer: openId.issuer, clientID, clientSecret },
    },
    { name: 'LDAP', type: 'LDAPIdentityProvider', mappingMethod: 'auto', provider: ldap },
    { name: 'hidden', type: 'GitHubIdentityProvider', hidden: true, provider: oauth },
    { name: 'unknown', type: 'Horoscope', provider: {} },
  ];
  for (const provider of providers) await configure(cluster.client, 'identityprovider', provider);
  await Promise.all([untilShown(left, 'LDAP'), untilShown(right, 'LDAP')]);
});
after(async () => {
  server.close();
  openId.close();
  await Promise.all([left.close(), right.close(), directory.close()]);
  await cluster.close();
});

const newBrowser = (): Browser => createBrowser({ [issuer]: left });
const host = new URL(issuer).host;

/** A whole log-in; ends where the platform sends the browser. */
const logInBy = (provider: string, browser = newBrowser(), referer = '/workspaces'): Promise<Visit> =>
  browser.visit(`${issuer}/oauth/login/${provider}?referer=${encodeURIComponent(referer)}`);

const whoIs = async (browser: Browser): Promise<Record<string, unknown>> =>
  JSON.parse((await browser.visit(`${issuer}/oauth/userinfo`)).text) as Record<string, unknown>;

const userOf = (name: string) => cluster.client.get<User>(platformResources.users, name);
const recordsOf = async (name: string): Promise<LoginRecord['spec'][]> => {
  const labelSelector = `iam.kubesphere.io/user-ref=${name}`;
  return (await cluster.client.list<LoginRecord>(platformResources.loginrecords, { labelSelector })).items.map(
    ({ spec }) => spec,
  );
};

test('the log-in page is told which providers there are, and nothing of how they are asked', async () => {
  const shown = await shownProviders(right);
  assert.deepEqual(shown.map(({ name, kind }) => [name, kind]).toSorted(), [
    ['GitHub', 'redirect'],
    ['LDAP', 'password'],
    ['any', 'redirect'],
    ['cas', 'redirect'],
    ['extra', 'redirect'],
    ['gitlab', 'redirect'],
    ['oidc', 'redirect'],
  ]);
  assert.ok(!/secret|Manager|clientID|dc=example/i.test(JSON.stringify(shown)));
});

test('GitHub: who is new gets an account of no rights, under his id and not his name', async () => {
  server.user = { id: 41, login: 'Octo-Cat', email: 'octo@example.test' };
  const browser = newBrowser();
  const { url } = await logInBy('GitHub', browser);
  assert.equal(url, `${issuer}/workspaces`);
  assert.equal((await whoIs(browser))['sub'], 'octo-cat');
  const { metadata, spec } = await userOf('octo-cat');
  assert.deepEqual(
    [metadata.labels?.['iam.kubesphere.io/identify-provider'], metadata.labels?.['iam.kubesphere.io/origin-uid']],
    ['GitHub', '41'],
  );
  assert.equal(metadata.annotations?.['iam.kubesphere.io/identity-provider.GitHub'], '41');
  assert.deepEqual([spec.email, spec.password], ['octo@example.test', undefined]);
  const [record] = await recordsOf('octo-cat');
  assert.deepEqual([record?.type, record?.provider, record?.success], ['OAuth', 'GitHub', true]);
  // Renamed there he is the same here; his old name is somebody else's.
  server.user = { id: 41, login: 'renamed' };
  const again = newBrowser();
  await logInBy('GitHub', again);
  assert.equal((await whoIs(again))['sub'], 'octo-cat');
  server.user = { id: 42, login: 'octo-cat' };
  assert.equal((await logInBy('GitHub')).url, `${issuer}/login?error=name_taken&provider=GitHub`);
});

test('L1: a name that the provider gives out opens no account that is here', async () => {
  server.user = { id: 1, login: 'admin', email: 'admin@example.test' };
  const browser = newBrowser();
  assert.match((await logInBy('GitHub', browser)).url, /\/login\?error=name_taken/);
  assert.equal(browser.cookie(host, 'token'), undefined);
});

test('GitLab: a newcomer chooses his name first, and may do nothing else before', async () => {
  server.user = { id: 7, username: 'lab', email: 'lab@example.test', state: 'active', confirmed_at: '2020-01-01' };
  const browser = newBrowser();
  assert.equal((await logInBy('gitlab', browser)).url, `${issuer}/login/confirm?next=%2Fworkspaces`);
  const { sub, extra } = await whoIs(browser);
  assert.deepEqual(
    [sub, extra],
    ['system:pre-registration', { idp: ['gitlab'], uid: ['7'], username: ['lab'], email: ['lab@example.test'] }],
  );
  for (const path of [`${iam}/users`, '/api/v1/namespaces', `${iam}/profile`, '/kapis/nothing.example.com/v1/x'])
    assert.ok([403, 404].includes((await browser.visit(`${issuer}${path}`)).status), path);
  const choose = (name: string, more: object = {}) =>
    browser.send('POST', `${iam}/users`, { metadata: { name, ...more }, spec: {} });
  assert.equal((await choose('admin')).status, 409);
  assert.equal((await choose('system:admin')).status, 422);
  const marks = {
    annotations: { 'iam.kubesphere.io/globalrole': 'platform-admin' },
    labels: { 'iam.kubesphere.io/origin-uid': '1' },
  };
  const chosen = await choose('labrador', marks);
  assert.equal(chosen.status, 200, chosen.text);
  const { metadata } = await userOf('labrador');
  assert.equal(metadata.annotations?.['iam.kubesphere.io/globalrole'], 'platform-regular');
  assert.equal(metadata.labels?.['iam.kubesphere.io/origin-uid'], '7');
  assert.equal((await whoIs(browser))['sub'], 'labrador');
  const again = newBrowser();
  assert.equal((await logInBy('gitlab', again)).url, `${issuer}/workspaces`);
});

test('GitLab: KubeSphere’s own clients register by token, one account for one log-in', async () => {
  server.user = { id: 8, username: 'second', state: 'active' };
  const browser = newBrowser();
  const { url } = await browser.visit(`${issuer}/oauth/login/gitlab`, `${issuer}/oauth/callback`);
  const cookie = `login_state=${browser.cookie(host, 'login_state')}`;
  const target = url.slice(issuer.length);
  const back = await left.call('GET', target, { headers: { accept: 'application/json', cookie } });
  assert.equal(back.status, 200, back.text);
  const token = back.body['access_token'] as string;
  const register = (platform: TestPlatform, name: string) =>
    platform.call('POST', `${iam}/users`, { token, body: { metadata: { name } } });
  const answers = await Promise.all([register(left, 'second-a'), register(right, 'second-b')]);
  assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 401]);
  const form = { grant_type: 'refresh_token', client_id: 'kubesphere', client_secret: 'kubesphere' };
  const refreshed = await left.call('POST', '/oauth/token', {
    form: { ...form, refresh_token: back.body['refresh_token'] as string },
  });
  assert.equal(refreshed.status, 200, refreshed.text);
  const who = await right.call('GET', '/oauth/userinfo', { token: refreshed.body['access_token'] as string });
  assert.match(String(who.body['sub']), /^second-[ab]$/);
});

test('lookup: only whom an administrator has mapped', async () => {
  server.user = { sub: 'x-1', preferred_username: 'looked' };
  assert.match((await logInBy('any')).url, /error=not_mapped/);
  const annotations = { 'iam.kubesphere.io/identity-provider.any': 'x-1' };
  const body = { metadata: { name: 'mapped', annotations }, spec: { password } };
  assert.equal((await left.call('POST', `${iam}/users`, { token: admin, body })).status, 200);
  const browser = newBrowser();
  await logInBy('any', browser);
  assert.equal((await whoIs(browser))['sub'], 'mapped');
});

test('mixed: an account that another provider made gets one more, one with a password does not', async () => {
  server.user = { sub: 'm-1', preferred_username: 'octo-cat' };
  const browser = newBrowser();
  await logInBy('extra', browser);
  assert.equal((await whoIs(browser))['sub'], 'octo-cat');
  const { annotations = {} } = (await userOf('octo-cat')).metadata;
  assert.deepEqual(
    [
      annotations['iam.kubesphere.io/identity-provider.extra'],
      annotations['iam.kubesphere.io/identity-provider.GitHub'],
    ],
    ['m-1', '41'],
  );
  server.user = { sub: 'm-2', preferred_username: 'admin' };
  assert.match((await logInBy('extra')).url, /error=name_taken/);
});

test('CAS: a ticket is good for whom the server names', async () => {
  server.user = { user: 'carla' };
  const browser = newBrowser();
  const { url, trail } = await logInBy('cas', browser);
  assert.equal(url, `${issuer}/workspaces`);
  assert.ok(trail.some(step => step.startsWith(`${server.origin}/cas/login?service=`)));
  assert.equal((await whoIs(browser))['sub'], 'carla');
});

test('OpenID: a real provider’s id_token says who it is', async () => {
  openId.user = { sub: 'id-9', preferred_username: 'Olga', email: 'olga@example.test', email_verified: true };
  const browser = newBrowser();
  const { url } = await logInBy('oidc', browser);
  assert.equal(url, `${issuer}/workspaces`);
  assert.equal((await whoIs(browser))['sub'], 'olga');
  assert.equal((await userOf('olga')).spec.email, 'olga@example.test');
});

test('LDAP: by password, with an account on first log-in, a record of every attempt, and the limits of all', async () => {
  const form = {
    grant_type: 'password',
    client_id: 'kubesphere',
    client_secret: 'kubesphere',
    provider: 'LDAP',
    username: 'alice',
  };
  const attempt = (secret: string, from: string) =>
    left.call('POST', '/oauth/token', { form: { ...form, password: secret }, from });
  const granted = await attempt('Alice-Passw0rd', '198.51.100.1');
  assert.equal(granted.status, 200, granted.text);
  assert.equal((await attempt('wrong', '198.51.100.2')).status, 400);
  const records = await recordsOf('alice');
  assert.deepEqual(records.map(({ success, provider, sourceIP }) => [success, provider, sourceIP]).toSorted(), [
    [false, 'LDAP', '198.51.100.2'],
    [true, 'LDAP', '198.51.100.1'],
  ]);
  for (const _ of [1, 2]) assert.equal((await attempt('wrong', '198.51.100.2')).status, 400);
  assert.equal((await attempt('Alice-Passw0rd', '198.51.100.2')).status, 429);
  assert.equal((await attempt('Alice-Passw0rd', '198.51.100.1')).status, 200, 'she is not locked out');
  const body = { username: 'alice', password: 'Alice-Passw0rd' };
  const page = await right.call('POST', '/oauth/login/LDAP', { body, from: '198.51.100.1' });
  assert.deepEqual([page.status, page.body['username']], [200, 'alice']);
  const both = await right.call('POST', '/login', { body: { ...body, provider: 'LDAP' }, from: '198.51.100.1' });
  assert.equal(both.status, 200);
  // Without a password of her own she gets in by no other door.
  const own = {
    grant_type: 'password',
    client_id: 'kubesphere',
    client_secret: 'kubesphere',
    username: 'alice',
    password: '',
  };
  assert.equal((await left.call('POST', '/oauth/token', { form: own, from: '198.51.100.1' })).status, 400);
});

test('L1: only the browser that began a log-in ends it, once, at the provider it began with', async () => {
  server.user = { id: 41, login: 'octo-cat' };
  const begun = newBrowser();
  const { url } = await begun.visit(`${issuer}/oauth/login/GitHub`, `${issuer}/oauth/callback`);
  const stranger = newBrowser();
  assert.match((await stranger.visit(url)).url, /error=state/);
  const elsewhere = new URL(url.replace('/callback/GitHub', '/callback/extra'));
  const mixed = newBrowser();
  mixed.set(host, 'login_state', begun.cookie(host, 'login_state')!);
  assert.match((await mixed.visit(elsewhere.href)).url, /error=state/);
  const other = new URL(url);
  other.searchParams.set('state', 'x');
  const forged = newBrowser();
  forged.set(host, 'login_state', begun.cookie(host, 'login_state')!);
  assert.match((await forged.visit(other.href)).url, /error=state/);
  assert.equal((await begun.visit(url)).url, `${issuer}/`);
  assert.match((await begun.visit(url)).url, /error=state/);
});

test('L1: what the browser brings must be the provider’s own: codes, verifiers and issuers of others are not', async () => {
  server.user = { id: 41, login: 'octo-cat' };
  const browser = newBrowser();
  const { url } = await browser.visit(`${issuer}/oauth/login/GitHub`, `${issuer}/oauth/callback`);
  const victim = newBrowser();
  const own = await victim.visit(`${issuer}/oauth/login/GitHub`, `${issuer}/oauth/callback`);
  // A code of another log-in, with the own state: the provider sees a verifier that does not fit.
  const injected = new URL(own.url);
  injected.searchParams.set('code', new URL(url).searchParams.get('code')!);
  assert.match((await victim.visit(injected.href)).url, /error=provider/);
  assert.equal(server.exchanges.at(-1)!['redirect_uri'], `${issuer}/oauth/callback/GitHub`);
  openId.user = { sub: 'id-9', preferred_username: 'olga' };
  const mixed = newBrowser();
  const back = new URL((await mixed.visit(`${issuer}/oauth/login/oidc`, `${issuer}/oauth/callback`)).url);
  back.searchParams.set('iss', 'https://evil.test');
  assert.match((await mixed.visit(back.href)).url, /error=provider/);
});

test('R2: what a provider answers stands in no answer of ours', async () => {
  const browser = newBrowser();
  const { url } = await browser.visit(`${issuer}/oauth/login/GitHub`, `${issuer}/oauth/callback`);
  server.broken = { status: 500, text: 'the secret of the server' };
  try {
    const { url: end, text } = await browser.visit(url);
    assert.equal(end, `${issuer}/login?error=provider&provider=GitHub`);
    assert.ok(!text.includes('secret of'));
  } finally {
    delete server.broken;
  }
});

test('L7: no token stands in an address on the way', async () => {
  server.user = { id: 41, login: 'octo-cat' };
  const browser = newBrowser();
  const { trail } = await logInBy('GitHub', browser);
  const token = browser.cookie(host, 'token')!;
  assert.ok(token.length > 100);
  for (const step of trail) assert.ok(!step.includes(token) && !/access_token|eyJ/.test(step), step);
});

test('a provider that is taken away lets nobody in, at once and everywhere', async () => {
  await unconfigure(cluster.client, 'identityprovider', 'cas');
  await Promise.all([untilShown(left, 'cas', false), untilShown(right, 'cas', false)]);
  for (const path of [
    '/oauth/login/cas',
    '/oauth/callback/cas',
    '/oauth/login/unknown',
    '/oauth/login/LDAP',
    '/oauth/login/nothing',
  ])
    assert.equal((await right.call('GET', path)).status, 404, path);
});

test('a provider where the platform may not connect to is not asked', async () => {
  const endpoint = {
    authURL: 'https://a.test/',
    tokenURL: 'http://169.254.169.254/token',
    userInfoURL: 'http://169.254.169.254/user',
  };
  await configure(cluster.client, 'identityprovider', {
    name: 'inside',
    type: 'OAuth2IdentityProvider',
    provider: { ...oauthClient, endpoint },
  } as never);
  await untilShown(left, 'inside');
  const browser = newBrowser();
  const { url } = await browser.visit(`${issuer}/oauth/login/inside`, 'https://a.test/');
  const state = new URL(url).searchParams.get('state');
  assert.match((await browser.visit(`${issuer}/oauth/callback/inside?code=x&state=${state}`)).url, /error=provider/);
});

test('L5: secrets of providers are in Secrets alone', async () => {
  const { items } = await cluster.client.list(resources.secrets, {
    labelSelector: 'config.kubesphere.io/type=identityprovider',
  });
  assert.ok(items.length > 5);
  const configz = await left.call('GET', '/kapis/config.kubesphere.io/v1alpha2/configs/oauth');
  assert.ok(!configz.text.includes('s3cret') && !configz.text.includes(managerPassword));
});

test('L7: nothing that opens a door stands in the log, or in the cluster’s audit', async () => {
  server.user = { id: 41, login: 'octo-cat' };
  const browser = newBrowser();
  const { trail } = await logInBy('GitHub', browser);
  server.broken = { status: 500, text: 'the secret of the server' };
  await logInBy('GitHub').catch(() => {});
  delete server.broken;
  const code = new URL(trail.find(step => step.includes('code='))!).searchParams.get('code')!;
  const secrets = [
    password,
    admin,
    admin.split('.')[2]!,
    browser.cookie(host, 'token')!,
    browser.cookie(host, 'device')!,
    code,
    oauthClient.clientSecret,
    openIdClient.clientSecret,
    managerPassword,
    'Alice-Passw0rd',
    'the secret of the server',
  ];
  assert.ok(lines.length > 0 && cluster.audit.length > 0);
  const told = [...lines, ...cluster.audit.map(record => JSON.stringify(record))].join('\n');
  for (const secret of secrets) assert.ok(!told.includes(secret), secret.slice(0, 12));
});
