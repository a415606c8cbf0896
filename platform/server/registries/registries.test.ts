import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import {
  firstPassword,
  startCluster,
  startPlatform,
  type TestCluster,
  type TestPlatform,
} from '../testing/platform.ts';
import { mayReceive, parseChallenge } from './challenge.ts';
import { registrySecret } from './credentials.ts';
import { parseReference, registryOf } from './reference.ts';

const references: [string, string | undefined][] = [
  ['nginx', 'docker.io library/nginx latest'],
  ['nginx:1.27', 'docker.io library/nginx 1.27'],
  ['team/app', 'docker.io team/app latest'],
  ['index.docker.io/team/app:v1', 'docker.io team/app v1'],
  ['localhost:5000/a/b/c:x', 'localhost:5000 a/b/c x'],
  ['registry.example.com/app', 'registry.example.com app latest'],
  [`quay.io/x/y@sha256:${'a'.repeat(64)}`, `quay.io x/y sha256:${'a'.repeat(64)}`],
  [`quay.io/x/y:tag@sha256:${'a'.repeat(64)}`, `quay.io x/y sha256:${'a'.repeat(64)}`],
  ['', undefined],
  ['UPPER', undefined],
  ['a//b', undefined],
  ['../../etc', undefined],
  ['x.io/../y', undefined],
  ['a:b c', undefined],
  ['a@sha256:short', undefined],
  ['evil.io\r\n/x', undefined],
  ['user@evil.io/x', undefined],
];
for (const [text, expected] of references)
  test(`the image ${JSON.stringify(text.slice(0, 30))}`, () => {
    if (expected === undefined) return assert.throws(() => parseReference(text), { code: 400 });
    const { registry, repository, version } = parseReference(text);
    return assert.equal(`${registry} ${repository} ${version}`, expected);
  });

test('a registry by any of its names', () => {
  for (const [text, expected] of [
    ['https://index.docker.io/v1/', 'docker.io'],
    ['http://r.example.com:5000', 'r.example.com:5000'],
    ['R.example.com/path', 'r.example.com'],
  ])
    assert.equal(registryOf(text!), expected);
  for (const text of ['', 'a b', 'user:pass@host', 'host:port', 'a..b', '-x.io'])
    assert.throws(() => registryOf(text), { code: 400 });
});

test('what a registry wants to know', () => {
  assert.deepEqual(parseChallenge('Bearer realm="https://a.io/token",service="a.io",scope="repository:x:pull"'), {
    scheme: 'bearer',
    realm: 'https://a.io/token',
    service: 'a.io',
    scope: 'repository:x:pull',
  });
  assert.deepEqual(parseChallenge('Basic realm="x"'), { scheme: 'basic' });
  for (const header of [undefined, '', 'Bearer', 'Bearer service="x"', 'Digest realm="x"'])
    assert.equal(parseChallenge(header), undefined);
});

const hosts: [string, string, string[], boolean][] = [
  ['https://r.io/token', 'https://r.io', [], true],
  ['https://auth.docker.io/token', 'https://registry-1.docker.io', [], true],
  ['https://evil.io/token', 'https://r.io', [], false],
  ['https://evil.docker.io/token', 'https://registry-1.docker.io', [], false],
  ['http://r.io/token', 'https://r.io', [], false],
  ['https://r.io:8443/token', 'https://r.io:5000', [], false],
  ['https://r.io/token', 'https://r.io:5000', [], true],
  ['https://gitlab.r.io/jwt', 'https://registry.r.io', ['gitlab.r.io'], true],
];
for (const [realm, registry, written, expected] of hosts)
  test(`a password for ${registry} ${expected ? 'may go' : 'never goes'} to ${realm}`, () =>
    assert.equal(mayReceive(new URL(realm), new URL(registry), written), expected));

const base64 = (text: string) => Buffer.from(text).toString('base64');
test('credentials as Secrets have them', () => {
  const auths = {
    'https://index.docker.io/v1/': { auth: base64('ann:se:cret') },
    'r.io': { username: 'bob', password: 'x' },
    'empty.io': {},
  };
  const secret = registrySecret({
    metadata: { annotations: { 'secret.kubesphere.io/force-insecure': 'true' } },
    data: { '.dockerconfigjson': base64(JSON.stringify({ auths })) },
  } as never);
  assert.deepEqual(
    [...secret.byRegistry],
    [
      ['docker.io', { username: 'ann', password: 'se:cret' }],
      ['r.io', { username: 'bob', password: 'x' }],
    ],
  );
  assert.equal(secret.isInsecure, true);
  for (const data of [{}, { '.dockerconfigjson': 'x' }, { '.dockerconfigjson': base64('[]') }])
    assert.throws(() => registrySecret({ metadata: {}, data } as never), { code: 400 });
});

/** A registry with tokens, a Harbor's search, and a host of code: what others run. */
const config = JSON.stringify({ architecture: 'amd64', os: 'linux', config: { ExposedPorts: { '80/tcp': {} } } });
const digest = `sha256:${createHash('sha256').update(config).digest('hex')}`;
const image = { schemaVersion: 2, config: { digest, size: config.length }, layers: [] };
const index = {
  schemaVersion: 2,
  manifests: [
    { digest: `sha256:${'0'.repeat(64)}`, platform: { os: 'linux', architecture: 'arm64' } },
    { digest: `sha256:${'1'.repeat(64)}`, platform: { os: 'linux', architecture: 'amd64' } },
  ],
};
const basic = `Basic ${base64('ann:secret')}`;
const seen: { host: string; path: string; authorization: string | undefined }[] = [];
let server: Server;
let elsewhere: Server;
let port = 0;
let trap = 0;

function answer(request: IncomingMessage, response: ServerResponse): unknown {
  const { authorization, host = '' } = request.headers;
  const url = new URL(request.url!, `http://${host}`);
  seen.push({ host, path: url.pathname, authorization });
  const json = (value: unknown, status = 200, headers = {}) =>
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
  if (url.pathname === '/token')
    return authorization === basic
      ? json({ token: `t-${url.searchParams.get('scope') ?? ''}`.replaceAll(':', '_') })
      : json({}, 401);
  if (url.pathname === '/api/v2.0/search')
    return authorization === basic ? json({ repository: [{ repository_name: 'team/web' }, {}] }) : json({}, 401);
  if (url.pathname.startsWith('/code/')) {
    if (authorization !== basic) return response.writeHead(401, { 'www-authenticate': 'Basic' }).end('the secret page');
    if (url.pathname !== '/code/app.git/info/refs') return response.writeHead(404).end();
    return response
      .writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
      .end('001e# service=git-upload-pack\n0000');
  }
  const repository = /^\/v2\/(.+)\/(?:manifests|blobs|tags)/.exec(url.pathname)?.[1] ?? '';
  const realm = repository === 'trap' ? `http://127.0.0.1:${trap}/token` : `http://${host}/token`;
  const scope = repository === '' ? '' : `,scope="repository:${repository}:pull"`;
  if (!authorization?.startsWith('Bearer t-'))
    return json({}, 401, { 'www-authenticate': `Bearer realm="${realm}",service="r"${scope}` });
  if (url.pathname === '/v2/') return json({});
  if (url.pathname.endsWith('/tags/list')) {
    if (url.searchParams.get('last') === '2') return json({ tags: ['3'] });
    return json({ tags: ['1', '2', 7] }, 200, { link: '</v2/other/tags/list?n=1000&last=2>; rel="next"' });
  }
  if (url.pathname === '/v2/team/web/manifests/1.0') return json(index);
  if (url.pathname === `/v2/team/web/manifests/sha256:${'1'.repeat(64)}`) return json(image);
  if (url.pathname === '/v2/team/forged/manifests/latest') return json(image);
  if (url.pathname === `/v2/team/web/blobs/${digest}`) return response.writeHead(200).end(config);
  if (url.pathname === `/v2/team/forged/blobs/${digest}`) return response.writeHead(200).end(`${config} `);
  return json({ errors: [{ message: 'the secret of the registry' }] }, 404);
}

let cluster: TestCluster;
let platform: TestPlatform;
const tokens: Record<string, string> = {};
const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const older = '/kapis/resources.kubesphere.io/v1alpha2';
const own = '/kapis/resources.kubesphere.io/v1alpha3/namespaces/p1';
const password = 'Pa55word-long';
const call = (who: string, method: string, target: string, body?: unknown) =>
  platform.call(method, target, { token: tokens[who], body });

before(async () => {
  const listen = async (one: Server) => {
    await new Promise<void>(resolve => one.listen(0, '127.0.0.1', resolve));
    return (one.address() as AddressInfo).port;
  };
  server = createServer(answer);
  elsewhere = createServer((request, response) => {
    seen.push({ host: 'elsewhere', path: request.url!, authorization: request.headers.authorization });
    response.end('{"token":"x"}');
  });
  [port, trap] = [await listen(server), await listen(elsewhere)];
  cluster = await startCluster();
  platform = await startPlatform(cluster, {
    settings: { egress: { allow: [`127.0.0.1:${port}`, `127.0.0.1:${trap}`], onlyListed: false } },
  });
  tokens['admin'] = await platform.logIn('admin', firstPassword);
  const must = async (method: string, target: string, body: unknown) => {
    const { status, text } = await call('admin', method, target, body);
    assert.ok(status < 300, `${method} ${target} ${status} ${text}`);
  };
  await must('PUT', `${iam}/users/admin/password`, { currentPassword: firstPassword, password });
  await must('POST', `${tenant}/workspaces`, { metadata: { name: 'w1' }, spec: {} });
  await must('POST', `${tenant}/workspaces/w1/namespaces`, { metadata: { name: 'p1' } });
  await must('POST', `${iam}/users`, { metadata: { name: 'stranger' }, spec: { password } });
  tokens['stranger'] = await platform.logIn('stranger', password);
  const auths = { [`127.0.0.1:${port}`]: { username: 'ann', password: 'secret' } };
  const annotations = { 'secret.kubesphere.io/force-insecure': 'true' };
  await cluster.client.create(resources.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'good', namespace: 'p1', annotations },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': base64(JSON.stringify({ auths })) },
  } as never);
  await cluster.client.create(resources.secrets, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'code', namespace: 'p1' },
    type: 'kubernetes.io/basic-auth',
    data: { username: base64('ann'), password: base64('secret') },
  } as never);
});
after(async () => {
  await platform.close();
  await cluster.close();
  for (const one of [server, elsewhere]) {
    one.closeAllConnections();
    one.close();
  }
});

const at = () => `127.0.0.1:${port}`;

test('a name and a password are tried where they are for', async () => {
  const verify = (username: string, given: string, serverhost: string) =>
    call('stranger', 'POST', `${older}/registry/verify`, { username, password: given, serverhost });
  assert.deepEqual((await verify('ann', 'secret', `http://${at()}`)).body, { message: 'success' });
  const wrong = await verify('ann', 'wrong', `http://${at()}`);
  assert.deepEqual([wrong.status, /does not take/.test(wrong.text)], [400, true]);
  for (const host of ['169.254.169.254', 'http://10.96.0.1', 'localhost:6443'])
    assert.match(
      (await verify('ann', 'secret', host)).text,
      /the server gave no usable answer, or the platform may not connect/,
    );
  assert.equal((await verify('ann', 'secret', 'not a host')).status, 400);
});

test('tags page by page, the configuration of the usual image, and what was searched for', async () => {
  const tags = await call('admin', 'GET', `${own}/repositorytags?repository=${at()}/team/web&secret=good&limit=2`);
  assert.deepEqual(tags.body, { registry: at(), repository: 'team/web', tags: ['3', '2'], total: 3 });
  const rising = await call(
    'admin',
    'GET',
    `${own}/repositorytags?repository=${at()}/team/web&secret=good&ascending=true`,
  );
  assert.deepEqual(rising.body['tags'], ['1', '2', '3']);
  const shown = await call('admin', 'GET', `${own}/imageconfig?image=${at()}/team/web:1.0&secret=good`);
  assert.deepEqual(shown.body, JSON.parse(config));
  const blob = await call('admin', 'GET', `${older}/registry/blob?image=${at()}/team/web:1.0&namespace=p1&secret=good`);
  assert.deepEqual(
    [blob.body['status'], blob.body['imageTag'], blob.body['imageManifest']],
    ['succeeded', '1.0', image],
  );
  const search = await call('admin', 'GET', `${own}/images?q=web&secret=good`);
  assert.deepEqual(search.body, { total: 1, entries: [`${at()}/team/web`] });
});

test('R2 what a registry says is in no answer; R3 a password goes to no other host', async () => {
  const absent = await call('admin', 'GET', `${own}/imageconfig?image=${at()}/team/none:1&secret=good`);
  assert.deepEqual([absent.status, absent.text.includes('secret of the registry')], [404, false]);
  const forged = await call('admin', 'GET', `${own}/imageconfig?image=${at()}/team/forged&secret=good`);
  assert.equal(forged.status, 400, 'what does not have its digest is not shown');
  const stolen = await call('admin', 'GET', `${older}/registry/blob?image=${at()}/trap&namespace=p1&secret=good`);
  assert.deepEqual([stolen.body['status'], /another host/.test(String(stolen.body['message']))], ['failed', true]);
  assert.deepEqual(
    seen.filter(({ host }) => host === 'elsewhere'),
    [],
  );
});

test('Secrets are read as the user: whoever may not, uses none', async () => {
  for (const target of [
    `${own}/repositorytags?repository=${at()}/team/web&secret=good`,
    `${own}/imageconfig?image=${at()}/team/web&secret=good`,
    `${own}/images?q=web&secret=good`,
    `${older}/registry/blob?image=${at()}/team/web:1.0&namespace=p1&secret=good`,
  ])
    assert.equal((await call('stranger', 'GET', target)).status, 403, target);
  const ref = { namespace: 'p1', name: 'code' };
  const git = await call('stranger', 'POST', `${older}/git/verify`, {
    remoteUrl: `http://${at()}/code/app.git`,
    secretRef: ref,
  });
  assert.equal(git.status, 403);
  assert.equal((await call('admin', 'GET', `${own}/images?q=web&secret=none`)).status, 404);
});

test('a Secret is tried before it is there', async () => {
  const auths = (given: string) => ({ auths: { [at()]: { username: 'ann', password: given } } });
  const secretWith = (given: string) => ({
    metadata: { name: 'new', annotations: { 'secret.kubesphere.io/force-insecure': 'true' } },
    stringData: { '.dockerconfigjson': JSON.stringify(auths(given)) },
  });
  const target = `${own}/registrysecrets/new/verify`;
  assert.equal((await call('admin', 'POST', target, secretWith('secret'))).status, 200);
  assert.equal((await call('admin', 'POST', target, secretWith('wrong'))).status, 400);
  assert.equal((await call('stranger', 'POST', target, secretWith('secret'))).status, 403);
});

test('a repository of code is asked in Git’s own way, and nothing of another page is told', async () => {
  const verify = (remoteUrl: string, secretRef?: object) =>
    call('admin', 'POST', `${older}/git/verify`, { remoteUrl, ...(secretRef && { secretRef }) });
  const ref = { namespace: 'p1', name: 'code' };
  assert.deepEqual((await verify(`http://${at()}/code/app.git`, ref)).body, { message: 'success' });
  const none = await verify(`http://${at()}/code/app.git`);
  assert.deepEqual([none.status, none.text.includes('secret page')], [400, false]);
  assert.equal((await verify(`http://${at()}/code/none.git`, ref)).status, 404);
  assert.equal((await verify(`http://${at()}/v2/`, ref)).status, 400);
  for (const url of ['ssh://git@github.com/x', 'file:///etc/passwd', 'ext::sh -c reboot', 'git@github.com:x/y.git'])
    assert.equal((await verify(url, ref)).status, 400, url);
  assert.equal((await verify(`http://${at()}/code/app.git`, { namespace: 'p1', name: 'good' })).status, 400);
});
