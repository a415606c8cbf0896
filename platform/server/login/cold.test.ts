/** Logging in where caches never fill: lists of thousands of objects that do not end, or a cluster that does not answer them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Handler, Request } from '@orrery/http';
import { platformResources, type User } from '@orrery/platform-kinds';
import { adminOf, askToken, createAccount } from '../testing/accounts.ts';
import { eventually, iam, password } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';

let cluster: TestCluster;
let warm: TestPlatform;
let cold: TestPlatform;
/** Lists that were asked for and have not been answered. */
let hanging = 0;

/** Pages of caches: of all objects of a kind, whoever they belong to. */
const fillsCache = ({ method, target }: Request): boolean => {
  const [path, query = ''] = target.split('?');
  const asked = new URLSearchParams(query);
  // Whether there is anybody at all is asked with a limit of one.
  const isPage =
    method === 'GET' && Number(asked.get('limit')) > 1 && !asked.has('fieldSelector') && !asked.has('labelSelector');
  return isPage && /\/(users|loginrecords|rolebindings|roletemplates|workspacetemplates|namespaces)$/.test(path!);
};

const neverListing =
  (handler: Handler): Handler =>
  request => {
    if (!fillsCache(request)) return handler(request);
    hanging++;
    return new Promise((_, reject) =>
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error), { once: true }),
    );
  };

before(async () => {
  cluster = await startCluster();
  warm = await startPlatform(cluster, { identity: 'warm', settings: { login: { triesMax: 3, windowSeconds: 600 } } });
  await createAccount(warm, await adminOf(warm), 'alice', { email: 'Alice@example.com' });
  await eventually(
    'the account is active',
    async () => (await cluster.client.get<User>(platformResources.users, 'alice')).status?.state === 'Active',
  );
  cold = await startPlatform(
    { ...cluster, forPlatform: neverListing(cluster.forPlatform) },
    { identity: 'cold', settings: { login: { triesMax: 3, windowSeconds: 600 } } },
  );
});
after(async () => {
  await Promise.all([cold?.close(), warm?.close()]);
  await cluster?.close();
});

const attempt = (username: string, secret: string, from: string) => askToken(cold, username, secret, from);

test(
  'what is for everybody is answered, and whoever has an account logs in, by name and by e-mail',
  { timeout: 600_000 },
  async () => {
    await eventually('several lists hang', () => hanging >= 3);
    assert.equal((await cold.call('GET', '/oauth/keys')).status, 200);
    for (const login of ['alice', 'alice@EXAMPLE.com']) {
      const { status, body } = await attempt(login, password, '198.51.100.1');
      assert.equal(status, 200, login);
      const form = { token: String(body['access_token']), client_id: 'kubesphere', client_secret: 'kubesphere' };
      assert.equal((await cold.call('POST', '/oauth/introspect', { form })).body['active'], true);
      const refresh = {
        ...{ grant_type: 'refresh_token', client_id: 'kubesphere', client_secret: 'kubesphere' },
        refresh_token: String(body['refresh_token']),
      };
      assert.equal((await cold.call('POST', '/oauth/token', { form: refresh })).status, 200);
    }
  },
);

test('a browser logs in too, and what it asks for next waits', { timeout: 600_000 }, async () => {
  const { status } = await cold.call('POST', '/login', { body: { username: 'alice', password }, from: '198.51.100.1' });
  assert.equal(status, 200);
  const { body } = await attempt('alice', password, '198.51.100.1');
  const ending = new AbortController();
  const token = String(body['access_token']);
  const asked = cold.call('GET', `${iam}/users`, { token, signal: ending.signal }).then(
    () => 'answered',
    () => 'ended',
  );
  const waits = Symbol('waits');
  assert.equal(await Promise.race([asked, attempt('alice', password, '198.51.100.1').then(() => waits)]), waits);
  ending.abort();
});

test('the limits count what was before: who guesses is stopped, also with names that nobody has', async () => {
  for (const name of ['alice', 'nobody-at-all']) {
    const found: number[] = [];
    for (let tries = 0; tries < 4; tries++)
      found.push((await attempt(name, 'wrong', `203.0.113.${name.length}`)).status);
    assert.deepEqual(found, [400, 400, 400, 429], name);
  }
  // On the other replica as well, whose caches are full.
  assert.equal((await askToken(warm, 'alice', password, '203.0.113.5')).status, 429);
});
