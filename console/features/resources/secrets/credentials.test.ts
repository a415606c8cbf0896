import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Secret } from '@orrery/kinds/types';
import { imageConfigOf, opens, registriesIn, repositoryIn } from './credentials.ts';

const secret = (type: string, data: Record<string, string>): Secret =>
  ({
    apiVersion: 'v1',
    kind: 'Secret',
    type,
    metadata: { name: 's' },
    data: Object.fromEntries(Object.entries(data).map(([name, text]) => [name, btoa(text)])),
  }) as Secret;
const docker = (auths: unknown) =>
  secret('kubernetes.io/dockerconfigjson', { '.dockerconfigjson': JSON.stringify({ auths }) });

test('a Secret says by its type what it opens', () => {
  assert.equal(opens(docker({})), 'registry');
  assert.equal(opens(secret('kubernetes.io/basic-auth', {})), 'git');
  assert.equal(opens(secret('Opaque', {})), undefined);
});

test('the user is named, or stands before the colon of what is encoded', () =>
  assert.deepEqual(
    registriesIn(docker({ 'one.example': { username: 'ann' }, 'two.example': { auth: btoa('bob:p:w') } })),
    [
      { registry: 'one.example', user: 'ann' },
      { registry: 'two.example', user: 'bob' },
    ],
  ));

test('the older form has no auths around it', () =>
  assert.deepEqual(
    registriesIn(secret('kubernetes.io/dockercfg', { '.dockercfg': '{"old.example":{"username":"ann"}}' })),
    [{ registry: 'old.example', user: 'ann' }],
  ));

for (const text of ['', 'no', '[]', 'null', '{"auths":null}', '{"auths":{"x":null}}'])
  test(`what is written as ${text || 'nothing'} is no mistake of the page`, () => {
    const found = registriesIn(secret('kubernetes.io/dockerconfigjson', { '.dockerconfigjson': text }));
    assert.equal(
      found.every(({ user }) => user === ''),
      true,
    );
  });

test('a repository is told with its registry, but for the one that has none in its names', () => {
  assert.equal(repositoryIn('https://registry.example/v2/', ' team/web '), 'registry.example/team/web');
  assert.equal(repositoryIn('registry.example:5000', 'web'), 'registry.example:5000/web');
  assert.equal(repositoryIn('https://index.docker.io/v1/', 'library/nginx'), 'library/nginx');
});

test('of an image’s configuration the parts are read that are there', () => {
  const config = { ExposedPorts: { '80/tcp': {} }, Cmd: ['nginx', '-g'], Env: ['A=1'], User: '' };
  assert.deepEqual(imageConfigOf({ os: 'linux', architecture: 'amd64', config }), {
    ...{ ports: ['80/tcp'], user: undefined, workingDir: undefined, entrypoint: undefined },
    ...{ command: 'nginx -g', environment: ['A=1'], platform: 'linux/amd64' },
  });
  assert.deepEqual(imageConfigOf({}).ports, []);
});
