/** Accounts of a platform under test that nobody has used: for tests of the door. Where everybody is let in at once, {@link startPeople} fits. */
import assert from 'node:assert/strict';
import { iam, password } from './people.ts';
import { firstPassword, type Answer, type TestPlatform } from './platform.ts';

/** The first account, who has chosen a password of his own, by his access token. */
export async function adminOf(platform: TestPlatform): Promise<string> {
  const token = await platform.logIn('admin', firstPassword);
  const body = { currentPassword: firstPassword, password };
  assert.equal((await platform.call('PUT', `${iam}/users/admin/password`, { token, body })).status, 200);
  return token;
}

/** An account whose owner has never been here; `token` is an administrator's. */
export async function createAccount(platform: TestPlatform, token: string, name: string, spec = {}): Promise<void> {
  const body = { metadata: { name }, spec: { password, ...spec } };
  assert.equal((await platform.call('POST', `${iam}/users`, { token, body })).status, 200, name);
}

/** What KubeSphere's own way to log in answers, to whoever comes `from` that address. */
export function askToken(platform: TestPlatform, username: string, secret: string, from?: string): Promise<Answer> {
  const client = { client_id: 'kubesphere', client_secret: 'kubesphere' };
  const form = { grant_type: 'password', ...client, username, password: secret };
  return platform.call('POST', '/oauth/token', { form, from });
}
