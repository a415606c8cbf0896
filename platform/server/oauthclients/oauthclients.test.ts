/** Programs by form: written down, used, changed and taken away. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { configure } from '../testing/configuration.ts';
import { eventually, iam, password, startPeople, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';

const all = `${iam}/oauthclients`;
let cluster: TestCluster;
let platform: TestPlatform;
let people: People;

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  people = await startPeople(platform);
  await people.create('ann');
});
after(async () => {
  await platform.close();
  await cluster.close();
});

const create = (body: object, who = 'admin') => people.as(who, 'POST', all, body);
const change = (name: string, body: object) => people.as('admin', 'PATCH', `${all}/${name}`, body);
const fieldsOf = ({ body }: { readonly body: Record<string, unknown> }): string[] =>
  ((body['details'] as { causes?: { field: string }[] } | undefined)?.causes ?? []).map(({ field }) => field);
const shown = async (name: string) =>
  ((await people.done('admin', 'GET', all))['clients' as never] as Record<string, unknown>[]).find(
    client => client['name'] === name,
  );
const token = async (client_id: string, client_secret: string): Promise<number> => {
  const form = { grant_type: 'password', client_id, client_secret, username: 'ann', password };
  return (await platform.call('POST', '/oauth/token', { form })).status;
};

test('a program that was written by form is one; its secret is told once', async () => {
  const made = await create({ name: 'grafana', trusted: true, redirectURIs: ['https://grafana.example.com/login'] });
  const secret = made.body['secret'] as string;
  assert.match(secret, /^[\w-]{43}$/);
  await eventually('it is known', async () => (await token('grafana', secret)) === 200);
  assert.deepEqual(await shown('grafana'), {
    name: 'grafana',
    grantMethod: 'prompt',
    trusted: true,
    redirectURIs: ['https://grafana.example.com/login'],
    postLogoutRedirectURIs: [],
    scopeRestrictions: [],
    accessTokenMaxAgeSeconds: 0,
    accessTokenInactivityTimeoutSeconds: 0,
    hasSecret: true,
    source: 'secret',
    secret: 'oauthclient-grafana',
  });
  assert.ok(!(await people.as('admin', 'GET', all)).text.includes(secret));
  assert.equal((await create({ name: 'grafana' })).status, 409);
});

test('what is changed counts, what is not named stays, and a new secret ends the old one', async () => {
  assert.equal(
    (await change('grafana', { accessTokenMaxAgeSeconds: 1200, scopeRestrictions: ['openid'] })).status,
    200,
  );
  await eventually('it is changed', async () => (await shown('grafana'))?.['accessTokenMaxAgeSeconds'] === 1200);
  assert.equal((await shown('grafana'))?.['trusted'], true);
  const made = await change('grafana', { newSecret: true, scopeRestrictions: [], accessTokenMaxAgeSeconds: 0 });
  const secret = made.body['secret'] as string;
  await eventually('the new one counts', async () => (await token('grafana', secret)) === 200);
  assert.deepEqual((await shown('grafana'))?.['scopeRestrictions'], []);
  assert.equal((await change('grafana', { grantMethod: 'deny' })).body['secret'], undefined);
  await eventually('nobody gets in', async () => (await token('grafana', secret)) === 401);
});

const wrong: [string, object, string[]][] = [
  ['a name that is none', { name: 'Not A Name' }, ['name']],
  ['an address that runs in place', { redirectURIs: ['javascript:alert(1)'] }, ['redirectURIs']],
  ['an address with a fragment', { postLogoutRedirectURIs: ['https://a.test/#x'] }, ['postLogoutRedirectURIs']],
  ['a scope that there is not', { scopeRestrictions: ['everything'] }, ['scopeRestrictions']],
  ['tokens for a year', { accessTokenMaxAgeSeconds: 31_536_000 }, ['accessTokenMaxAgeSeconds']],
  ['passwords through anybody', { public: true, trusted: true }, ['trusted']],
];
for (const [what, body, fields] of wrong)
  test(`${what} is told at its field`, async () => {
    const answer = await create({ name: 'tool', ...body });
    assert.deepEqual([answer.status, fieldsOf(answer)], [422, fields], answer.text);
  });

test('a program without a secret is told as such; those of the platform and of others stay as they are', async () => {
  assert.equal(
    (await create({ name: 'desk', public: true, redirectURIs: ['http://localhost/back'] })).body['secret'],
    undefined,
  );
  await eventually('it is known', async () => (await shown('desk'))?.['hasSecret'] === false);
  assert.equal((await shown('kubesphere'))?.['source'], 'platform');
  assert.equal((await change('kubesphere', { grantMethod: 'deny' })).status, 409);
  assert.equal((await change('none', { grantMethod: 'deny' })).status, 404);
  await configure(cluster.client, 'oauthclient', {
    name: 'byhand',
    secret: 'x',
    redirectURIs: ['https://a.test/'],
  } as never);
  await eventually('it is known', async () => (await shown('byhand'))?.['source'] === 'secret');
  for (const name of ['desk', 'byhand']) assert.equal(await people.status('admin', 'DELETE', `${all}/${name}`), 200);
  await eventually(
    'they are gone',
    async () => (await shown('desk')) === undefined && (await shown('byhand')) === undefined,
  );
  assert.equal(await people.status('admin', 'DELETE', `${all}/desk`), 404);
  for (const [method, path] of [
    ['GET', all],
    ['POST', all],
    ['DELETE', `${all}/grafana`],
  ] as const)
    assert.equal(await people.status('ann', method, path, method === 'POST' ? { name: 'x' } : undefined), 403);
});
