/** What is taken of a kubeconfig that somebody brings, and what is refused before anybody connects anywhere. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAuthority } from '@orrery/http/testing/certificates';
import { stringify } from 'yaml';
import { encodedKubeconfig, readKubeconfig, smallestKubeconfig } from './kubeconfig.ts';

const server = 'https://192.0.2.1:6443';
const config = (cluster: object, user: object, more: object = {}): string =>
  stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'c', cluster },
      { name: 'other', cluster: { server: 'https://other', 'insecure-skip-tls-verify': true } },
    ],
    users: [
      { name: 'u', user },
      { name: 'other', user: { token: 'of-another-cluster' } },
    ],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
    ...more,
  });
const good = config({ server, 'certificate-authority-data': btoa('CA') }, { token: 't' });

test('the current context is taken, as text or in base64, and nothing else is kept of it', () => {
  for (const text of [good, btoa(good)]) assert.deepEqual(readKubeconfig(text), { server, ca: 'CA', token: 't' });
  const kept = smallestKubeconfig(good);
  assert.ok(!kept.includes('of-another-cluster'));
  assert.deepEqual(readKubeconfig(encodedKubeconfig(kept)), readKubeconfig(good));
});

test('a certificate says when it ends', async () => {
  const { cert, key } = await (await createAuthority()).issue('someone');
  const user = { 'client-certificate-data': btoa(cert), 'client-key-data': btoa(key) };
  assert.equal(readKubeconfig(config({ server }, user)).endsMs, Date.UTC(2099, 0, 1));
});

const token = { token: 't' };
const refused: [string, string, RegExp][] = [
  [
    'a program',
    config({ server }, { exec: { command: 'sh', apiVersion: 'client.authentication.k8s.io/v1' } }),
    /run a program/,
  ],
  ['a plug-in', config({ server }, { 'auth-provider': { name: 'gcp' } }), /needs a plug-in/],
  ['a file with a token', config({ server }, { tokenFile: '/etc/shadow' }), /names a file \(tokenFile\)/],
  ['a file with a certificate', config({ server }, { 'client-certificate': '/a', 'client-key': '/b' }), /names a file/],
  ['a file with authorities', config({ server, 'certificate-authority': '/etc/passwd' }, token), /names a file/],
  ['any server at all', config({ server, 'insecure-skip-tls-verify': true }, token), /believes any server/],
  ['a proxy', config({ server, 'proxy-url': 'socks5://127.0.0.1' }, token), /names a proxy/],
  ['somebody else', config({ server }, { ...token, as: 'system:admin' }), /acts as somebody else/],
  ['groups of others', config({ server }, { ...token, 'as-groups': ['system:masters'] }), /acts as somebody else/],
  ['no TLS', config({ server: 'http://192.0.2.1' }, token), /not reached by https/],
  ['another protocol', config({ server: 'file:///etc/passwd' }, token), /server: /],
  ['a name in the address', config({ server: 'https://a:b@192.0.2.1' }, token), /server: /],
  ['no credentials', config({ server }, {}), /no token and no client certificate/],
  [
    'a certificate that is none',
    config({ server }, { 'client-certificate-data': 'eA==', 'client-key-data': 'eA==' }),
    /no certificate/,
  ],
  ['no context', config({ server }, token, { 'current-context': '' }), /no current-context/],
  ['a context that is not there', config({ server }, token, { 'current-context': 'y' }), /no context "y"/],
  ['nothing', 'a: b', /no current-context/],
  ['what is not YAML', 'a: [', /no YAML/],
  ['what is not text', '///8=', /neither YAML nor base64/],
  ['a bomb', `a: &a [x]\nb: &b [${'*a,'.repeat(30)}]\nc: [${'*b,'.repeat(30)}]`, /no YAML/],
];
for (const [what, text, sentence] of refused)
  test(`refused: ${what}`, () => assert.throws(() => readKubeconfig(text), { code: 422, message: sentence }));
