import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { parseEntry } from '../egress/policy.ts';
import { readDirectory } from '../providers/ldap.ts';
import { isRedirectUri, readClient } from './clients.ts';
import { readDocument } from './document.ts';
import { readOptions, type LoginOptions } from './options.ts';
import { readProvider } from './providers.ts';

const read = (text: string) => readDocument(text) ?? {};

test('a document is a mapping of bounded size without aliases', () => {
  assert.deepEqual(readDocument('name: a\nnumbers: [1]'), { name: 'a', numbers: [1] });
  for (const text of ['- a', 'a', '', '{', 'a: &x [1]\nb: *x', `a: ${'x'.repeat(300_000)}`])
    assert.equal(readDocument(text), undefined, text.slice(0, 20));
});

test("a program as KubeSphere's chart writes it", () => {
  const text = `
name: kubesphere
secret: kubesphere
grantMethod: auto
trusted: true
scopeRestrictions: ['openid', 'email', 'profile']
accessTokenMaxAgeSeconds: 3600
accessTokenInactivityTimeoutSeconds: 60
redirectURIs: ['https://a.test/cb', 'javascript:alert(1)', '//b.test', 'https://a.test/#x']
`;
  assert.deepEqual(readClient(read(text)), {
    name: 'kubesphere',
    secret: 'kubesphere',
    redirectURIs: ['https://a.test/cb'],
    postLogoutRedirectURIs: [],
    passwordGrant: true,
    grantMethod: 'auto',
    scopes: ['openid', 'email', 'profile'],
    accessTokenSeconds: 3600,
  });
  assert.equal(readClient(read('secret: x')), undefined);
  assert.equal(readClient(read('name: x'))!.grantMethod, 'prompt');
  assert.equal(readClient(read('name: x\ngrantMethod: whatever'))!.grantMethod, 'deny');
});

const addresses: [string, boolean][] = [
  ['https://a.test/cb?x=1', true],
  ['http://127.0.0.1:8000/callback', true],
  ['com.example.app:/callback', true],
  ['javascript:alert(1)', false],
  ['data:text/html,x', false],
  ['vbscript:x', false],
  ['//evil.test/', false],
  ['/path', false],
  ['https://a.test/#fragment', false],
  ['https://user@a.test/', false],
  ['https://a.test/\\evil', false],
  ['https://a.test/ x', false],
  ['https:', false],
];
for (const [text, good] of addresses)
  test(`a browser ${good ? 'may' : 'must not'} be sent to ${text}`, () => assert.equal(isRedirectUri(text), good));

const providers: [string, '3.x' | '4.x', string | undefined][] = [
  ['name: a\ntype: T\nmappingMethod: auto', '4.x', 'auto'],
  ['name: a\ntype: T', '4.x', 'auto'],
  ['name: a\ntype: T\nmappingMethod: auto', '3.x', 'manual'],
  ['name: a\ntype: T\nmappingMethod: auto\ndisableLoginConfirmation: true', '3.x', 'auto'],
  ['name: a\ntype: T\nmappingMethod: mixed', '3.x', 'mixed'],
  ['name: a\ntype: T\nmappingMethod: anything', '4.x', 'lookup'],
  ['name: a\ntype: T\ndisabled: true', '4.x', undefined],
  ['name: a/b\ntype: T', '4.x', undefined],
  ['type: T', '4.x', undefined],
];
for (const [text, generation, method] of providers)
  test(`a provider of ${generation}: ${JSON.stringify(text)}`, () =>
    assert.equal(readProvider(read(text), generation)?.mappingMethod, method));

const base: LoginOptions = {
  triesMax: 10,
  windowSeconds: 600,
  recordsKeptSeconds: 604_800,
  recordsMax: 100,
  multipleLogin: true,
  accessTokenSeconds: 7200,
  idleSeconds: 7200,
  trustedProxies: [],
};
const options: [string, string, Partial<LoginOptions>][] = [
  ['nothing', '', {}],
  [
    '4.x',
    'authentication:\n  authenticateRateLimiterMaxTries: 5\n  authenticateRateLimiterDuration: 30m0s\n  multipleLogin: false\n  issuer: {accessTokenMaxAge: 1h, accessTokenInactivityTimeout: 30m}',
    { triesMax: 5, windowSeconds: 1800, multipleLogin: false, accessTokenSeconds: 3600, idleSeconds: 1800 },
  ],
  ['3.x', 'authentication:\n  oauthOptions: {accessTokenMaxAge: 30m}', { accessTokenSeconds: 1800 }],
  ['no more than two hours', 'authentication: {issuer: {accessTokenMaxAge: 24h}}', {}],
  ['never for ever', 'authentication: {issuer: {accessTokenMaxAge: 0s, accessTokenInactivityTimeout: 0s}}', {}],
  ['never no limit', 'authentication: {authenticateRateLimiterMaxTries: 0, loginHistoryMaximumEntries: 0}', {}],
  [
    'records enough to count',
    'authentication: {authenticateRateLimiterMaxTries: 50, loginHistoryMaximumEntries: 20, loginHistoryRetentionPeriod: 24h}',
    { triesMax: 50, recordsMax: 50, recordsKeptSeconds: 86_400 },
  ],
  ['nonsense', 'authentication: {authenticateRateLimiterDuration: soon, multipleLogin: 3}', {}],
];
for (const [what, text, expected] of options)
  test(`options of logging in: ${what}`, () =>
    assert.deepEqual(readOptions(read(text), base), { ...base, ...expected }));

test('what docs/log-in.md shows is read as it says', () => {
  const page = readFileSync(new URL('../../../docs/log-in.md', import.meta.url), 'utf8');
  const shown = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => read(text!));
  const inside = (at: number, field: string, key: string) =>
    read(String((shown[at]![field] as Record<string, unknown>)[key]));
  const client = readClient(inside(0, 'stringData', 'configuration.yaml'))!;
  assert.deepEqual([client.name, client.grantMethod, client.redirectURIs.length], ['grafana', 'prompt', 1]);
  assert.deepEqual([client.scopes?.length, client.accessTokenSeconds], [3, 3600]);
  const provider = readProvider(inside(1, 'stringData', 'configuration.yaml'))!;
  const directory = readDirectory({ ...provider.options, rootCAData: '' });
  assert.deepEqual(
    [provider.name, directory.host, directory.port, directory.secure],
    ['corp', 'ldap.example.com', 636, true],
  );
  const file = inside(2, 'data', 'kubesphere.yaml');
  const login = readOptions(file, base);
  assert.deepEqual(
    [login.multipleLogin, login.accessTokenSeconds, login.trustedProxies],
    [false, 3600, ['10.0.0.0/8']],
  );
  const { allow } = file['egress'] as { allow: string[] };
  assert.equal(allow.map(parseEntry).length, 3);
});
