import assert from 'node:assert/strict';
import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { keySet, signToken, signingKey, unverifiedClaims, verificationKey, verifyToken } from './jwt.ts';

const pem = (type: 'rsa' | 'p256') => {
  const { privateKey } =
    type === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;
};
const rsa = signingKey(pem('rsa'));
const ec = signingKey(pem('p256'));
const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('what we sign, another implementation verifies with our key set', async () => {
  const keys = createLocalJWKSet(keySet([rsa, ec]) as Parameters<typeof createLocalJWKSet>[0]);
  for (const key of [rsa, ec]) {
    const token = signToken(key, { sub: 'a', aud: ['x'] });
    const { payload, protectedHeader } = await jwtVerify(token, keys, { audience: 'x' });
    assert.deepEqual([payload.sub, protectedHeader.alg, protectedHeader.kid], ['a', key.algorithm, key.id]);
    assert.deepEqual(verifyToken(token, [rsa, ec]), { sub: 'a', aud: ['x'] });
    assert.equal(unverifiedClaims(token)!['sub'], 'a');
  }
});

test('forged and foreign tokens are no tokens', () => {
  const good = signToken(rsa, { sub: 'a' });
  const [head, body, signature] = good.split('.') as [string, string, string];
  const none = encode({ alg: 'none', kid: rsa.id });
  const confused = encode({ alg: 'HS256', kid: rsa.id });
  const secret = rsa.key.export({ format: 'pem', type: 'spki' }) as string;
  const mac = createHmac('sha256', secret).update(`${confused}.${body}`).digest('base64url');
  const forged = (header: object) => {
    const content = `${encode(header)}.${body}`;
    return `${content}.${sign('sha256', Buffer.from(content), rsa.secret).toString('base64url')}`;
  };
  assert.ok(verifyToken(forged({ alg: 'RS256', kid: rsa.id }), [rsa]));
  const rows: [string, string][] = [
    ['changed claims', `${head}.${encode({ sub: 'b' })}.${signature}`],
    ['no algorithm', `${none}.${body}.`],
    ['no algorithm but a signature', `${none}.${body}.${signature}`],
    ['the public key used as a shared secret', `${confused}.${body}.${mac}`],
    ['another algorithm than the key', `${encode({ alg: 'ES256', kid: rsa.id })}.${body}.${signature}`],
    ['a good signature under another algorithm’s name', forged({ alg: 'ES256', kid: rsa.id })],
    ['a good signature with a critical extension', forged({ alg: 'RS256', kid: rsa.id, crit: ['x'] })],
    ['a good signature under another key’s name', forged({ alg: 'RS256', kid: 'x' })],
    ['another key', signToken(ec, { sub: 'a' })],
    ['an unknown key id', `${encode({ alg: 'RS256', kid: 'x' })}.${body}.${signature}`],
    ['a critical extension', `${encode({ alg: 'RS256', kid: rsa.id, crit: ['x'] })}.${body}.${signature}`],
    ['four parts', `${good}.x`],
    ['two parts', `${head}.${body}`],
    ['no JSON', 'a.b.c'],
    ['padding', `${good}==`],
    ['nothing', ''],
  ];
  for (const [why, token] of rows) assert.equal(verifyToken(token, [verificationKey(rsa.key)]), undefined, why);
  assert.deepEqual(verifyToken(good, [verificationKey(rsa.key)]), { sub: 'a' });
});
