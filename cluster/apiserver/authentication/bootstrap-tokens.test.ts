import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testCluster } from '../authorization/fixtures.ts';
import { bootstrapTokens } from './bootstrap-tokens.ts';

test('a bootstrap token is what its Secret says, as long as it says so', async () => {
  const { reads, clock, put, remove } = testCluster();
  const authenticate = bootstrapTokens(reads, clock, ['api']);
  const good = { 'token-id': 'abcdef', 'token-secret': '0123456789abcdef', 'usage-bootstrap-authentication': 'true' };
  const store = (data: Record<string, string>, more: object = {}) =>
    put('secrets', {
      metadata: { name: 'bootstrap-token-abcdef', namespace: 'kube-system' },
      type: 'bootstrap.kubernetes.io/token',
      data: Object.fromEntries(
        Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
      ),
      ...more,
    });
  const ask = async (token = 'abcdef.0123456789abcdef', audience = 'api') => {
    const found = await authenticate(token, [audience]);
    return found && `${found.user.name} ${found.user.groups.join()}`;
  };
  assert.equal(await ask(), undefined);
  await store(good);
  assert.equal(await ask(), 'system:bootstrap:abcdef system:bootstrappers');
  assert.equal(await ask('abcdef.0123456789abcdee'), undefined);
  assert.equal(await ask('abcdef.0123456789abcdef', 'other'), undefined);
  assert.equal(await ask('../../x.0123456789abcdef'), undefined);
  const later = new Date(clock.now() + 1000).toISOString();
  const rows: [Record<string, string>, string | undefined][] = [
    [
      { ...good, 'auth-extra-groups': 'system:bootstrappers:a,system:bootstrappers:b' },
      'system:bootstrap:abcdef system:bootstrappers,system:bootstrappers:a,system:bootstrappers:b',
    ],
    [{ ...good, 'auth-extra-groups': 'system:masters' }, undefined],
    [{ ...good, 'usage-bootstrap-authentication': 'false' }, undefined],
    [{ ...good, 'token-id': 'abcdeg' }, undefined],
    [{ ...good, 'token-secret': '' }, undefined],
    [{ ...good, expiration: new Date(clock.now()).toISOString() }, undefined],
    [{ ...good, expiration: 'soon' }, undefined],
    [{ ...good, expiration: later }, 'system:bootstrap:abcdef system:bootstrappers'],
  ];
  for (const [data, expected] of rows) {
    await store(data);
    assert.equal(await ask(), expected, JSON.stringify(data));
  }
  clock.jump(1000);
  assert.equal(await ask(), undefined, 'expired');
  await store(good, { type: 'Opaque' });
  assert.equal(await ask(), undefined);
  await store(good);
  await remove('secrets', 'kube-system', 'bootstrap-token-abcdef');
  assert.equal(await ask(), undefined);
});
