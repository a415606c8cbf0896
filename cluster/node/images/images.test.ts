import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Secret } from '@orrery/kinds/types';
import { credentialsFor } from './credentials.ts';
import { parseImageName, withDefaultTag } from './name.ts';

suite('image names', () => {
  const digest = `sha256:${'a'.repeat(64)}`;
  const rows: [string, object][] = [
    ['nginx', { domain: 'docker.io', path: 'library/nginx' }],
    ['nginx:1.25', { domain: 'docker.io', path: 'library/nginx', tag: '1.25' }],
    ['team/app', { domain: 'docker.io', path: 'team/app' }],
    ['localhost/app', { domain: 'localhost', path: 'app' }],
    ['reg:5000/app:v1', { domain: 'reg:5000', path: 'app', tag: 'v1' }],
    ['quay.io/a/b_c-d@' + digest, { domain: 'quay.io', path: 'a/b_c-d', digest }],
    ['reg.example.com/x:y@' + digest, { domain: 'reg.example.com', path: 'x', tag: 'y', digest }],
  ];
  for (const [name, wanted] of rows) test(name, () => assert.deepEqual(parseImageName(name), wanted));

  const bad: [string, RegExp][] = [
    ['Nginx', /repository name \(library\/Nginx\) must be lowercase/],
    ['', /invalid reference format/],
    ['a b', /invalid reference format/],
    ['nginx:', /invalid reference format/],
    ['nginx@sha256:short', /invalid reference format/],
    ['a//b', /invalid reference format/],
    ['a'.repeat(64), /64-byte hexadecimal/],
  ];
  for (const [name, words] of bad)
    test(`refuses ${JSON.stringify(name)}`, () => assert.throws(() => parseImageName(name), words));

  test('latest is added where nothing is said', () => {
    assert.equal(withDefaultTag('nginx'), 'nginx:latest');
    assert.equal(withDefaultTag('reg:5000/nginx'), 'reg:5000/nginx:latest');
    assert.equal(withDefaultTag('nginx:1'), 'nginx:1');
    assert.throws(() => withDefaultTag('A'), {
      message: `couldn't parse image name "A": invalid reference format: repository name (library/A) must be lowercase`,
    });
  });
});

suite('pull secrets', () => {
  const secret = (auths: Record<string, object>): Secret => ({
    metadata: { name: 's' },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(JSON.stringify({ auths })).toString('base64') },
  });
  const auth = Buffer.from('bob:pass:word').toString('base64');
  const users = (image: string, ...secrets: Secret[]) => credentialsFor(image, secrets).map(({ username }) => username);

  test('by host, with and without scheme', () => {
    assert.deepEqual(users('reg.io/a', secret({ 'reg.io': { username: 'x', password: 'y' } })), ['x']);
    assert.deepEqual(users('reg.io/a', secret({ 'https://reg.io/v2/': { username: 'x' } })), ['x']);
    assert.deepEqual(users('other.io/a', secret({ 'reg.io': { username: 'x' } })), []);
  });
  test('docker hub by its old name', () =>
    assert.deepEqual(users('nginx', secret({ 'https://index.docker.io/v1/': { auth } })), ['bob']));
  test('a password may contain colons', () =>
    assert.equal(credentialsFor('nginx', [secret({ 'docker.io': { auth } })])[0]!.password, 'pass:word'));
  test('wildcards stand for one label', () => {
    assert.deepEqual(users('a.reg.io/x', secret({ '*.reg.io': { username: 'w' } })), ['w']);
    assert.deepEqual(users('a.b.reg.io/x', secret({ '*.reg.io': { username: 'w' } })), []);
  });
  test('the longest path first', () => {
    const both = secret({ 'reg.io': { username: 'all' }, 'reg.io/team': { username: 'team' } });
    assert.deepEqual(users('reg.io/team/app', both), ['team', 'all']);
    assert.deepEqual(users('reg.io/teams/app', both), ['all']);
  });
  test('unreadable secrets are passed over', () => {
    assert.deepEqual(
      users(
        'reg.io/a',
        { metadata: {}, data: { '.dockerconfigjson': 'bm8=' } },
        secret({ 'reg.io': { username: 'x' } }),
      ),
      ['x'],
    );
  });
});
