import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import type { KeyRing } from './keyring.ts';
import { loadKeys, newKey, type SigningKeys } from './keys.ts';
import { createTokens } from './tokens.ts';
import { rememberVerified } from './verified.ts';

const minuteMs = 60_000;

/** Tokens over keys that the test changes, and how often a key was asked for. */
async function signed() {
  const clock = createManualClock();
  const stored = await newKey('ES256', 0);
  let keys: SigningKeys = await loadKeys([stored]);
  const ring: KeyRing = {
    signing: algorithm => keys.signing(algorithm, clock.now()),
    verifying: async id => keys.verifying.get(id),
    published: () => keys.published,
  };
  const tokens = createTokens(ring, 'https://platform.example', clock);
  const claims = { user: 'ann', session: 's1', client: 'c' };
  const token = await tokens.issue('access_token', claims, 3600);
  const use = async (...now: Parameters<typeof loadKeys>[0]) => void (keys = await loadKeys(now));
  return { clock, tokens, token, claims, stored, use };
}

const refused = { code: 401 };

test('a token is the same to whoever shows it again', async () => {
  const { tokens, token } = await signed();
  const first = await tokens.verify('access_token', token);
  assert.equal(first.user, 'ann');
  assert.deepEqual(await tokens.verify('access_token', token), first);
});

test('what was good a moment ago is refused when its time is over', async () => {
  const { clock, tokens, token } = await signed();
  await tokens.verify('access_token', token);
  await clock.advance(59 * minuteMs);
  await tokens.verify('access_token', token);
  await clock.advance(minuteMs);
  await assert.rejects(tokens.verify('access_token', token), refused);
});

test('what was good a moment ago is refused when its key is taken away, or replaced under its id', async () => {
  const { tokens, token, stored, use } = await signed();
  await tokens.verify('access_token', token);
  const other = await newKey('ES256', 0);
  await use(other);
  await assert.rejects(tokens.verify('access_token', token), refused);
  await use({ ...other, kid: stored.kid! });
  await assert.rejects(tokens.verify('access_token', token), refused);
  await use(stored);
  assert.equal((await tokens.verify('access_token', token)).user, 'ann');
});

test('the same words under another signature, and another type of token, are looked at anew', async () => {
  const { tokens, token, claims } = await signed();
  await tokens.verify('access_token', token);
  const signature = token.slice(token.lastIndexOf('.') + 1);
  const forged = token.slice(0, -signature.length) + signature.split('').toReversed().join('');
  await assert.rejects(tokens.verify('access_token', forged), refused);
  await assert.rejects(tokens.verify('refresh_token', token), refused);
  const refresh = await tokens.issue('refresh_token', { ...claims, serial: 1 }, 3600);
  await tokens.verify('refresh_token', refresh);
  await assert.rejects(tokens.verify('access_token', refresh), refused);
});

test('only so many are remembered, the latest of them', async () => {
  const key = {} as Parameters<ReturnType<typeof rememberVerified<number>>['keep']>[1]['key'];
  const known = rememberVerified<number>(async () => key);
  for (let at = 0; at < 10_050; at++) known.keep(`${at}`, { value: at, keyId: 'k', key, expiresAtSeconds: 10 });
  assert.equal(known.size, 10_000);
  assert.equal(await known.find('49', 0), undefined);
  assert.equal(await known.find('50', 0), 50);
  assert.equal(await known.find('50', 10), undefined);
});
