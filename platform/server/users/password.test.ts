/** A password that is changed while somebody else writes the account. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Handler } from '@orrery/http';
import { platformResources } from '@orrery/platform-kinds';
import { iam, password } from '../testing/people.ts';
import {
  firstPassword,
  startCluster,
  startPlatform,
  type TestCluster,
  type TestPlatform,
} from '../testing/platform.ts';

const path = '/apis/iam.kubesphere.io/v1beta1/users/admin';
let cluster: TestCluster;
let platform: TestPlatform;
/** What happens to the account right before it is written next. */
let between: object | undefined;

before(async () => {
  cluster = await startCluster();
  const meddling: Handler = async request => {
    const patch = between;
    if (patch && request.method === 'PUT' && request.target.split('?')[0] === path) {
      between = undefined;
      await cluster.client.patch(platformResources.users, 'admin', 'merge', patch);
    }
    return cluster.forPlatform(request);
  };
  platform = await startPlatform({ ...cluster, forPlatform: meddling });
});
after(async () => {
  await platform?.close();
  await cluster?.close();
});

test('what else is written of the account is no reason to refuse; another password is', async () => {
  const token = await platform.logIn('admin', firstPassword);
  const change = (currentPassword: string, next: string) =>
    platform.call('PUT', `${iam}/users/admin/password`, { token, body: { currentPassword, password: next } });
  between = { metadata: { annotations: { seen: 'now' } } };
  assert.equal((await change(firstPassword, password)).status, 200);
  assert.equal(between, undefined, 'it was written in between');
  const { metadata } = await cluster.client.get(platformResources.users, 'admin');
  assert.equal(metadata.annotations?.['seen'], 'now');
  between = { spec: { password: '$2b$10$abcdefghijklmnopqrstuuZ6kX1n0O3Yk2l6k1n0O3Yk2l6k1n0O' } };
  const { status, text } = await change(password, `${password}-2`);
  assert.deepEqual([status, /currentPassword is wrong/.test(text)], [400, true]);
});
