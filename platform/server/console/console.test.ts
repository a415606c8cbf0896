import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { seededRandom } from '@orrery/machinery/random';
import { loadConsoleAssets } from '../node/console-assets.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';
import { encodingFor, type ConsoleAssets } from './assets.ts';
import { createPages } from './pages.ts';

const page = '<!doctype html><style nonce="__ORRERY_NONCE__"></style><meta content="__ORRERY_NONCE__"><div id="root">';
let folder: string;
let cluster: TestCluster;
let platform: TestPlatform;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orrery-console-'));
  await mkdir(join(folder, 'assets'));
  await writeFile(join(folder, 'index.html'), page);
  await writeFile(join(folder, 'assets/app-4f2a.js'), 'let plain');
  await writeFile(join(folder, 'assets/app-4f2a.js.br'), 'brotli');
  await writeFile(join(folder, 'assets/app-4f2a.js.gz'), 'gzip');
  await writeFile(join(folder, 'logo.svg'), '<svg/>');
  await writeFile(join(folder, 'secret.txt'), 'not in the manifest');
  const files = {
    'index.html': {},
    'logo.svg': {},
    'assets/app-4f2a.js': { immutable: true, encodings: ['br', 'gzip'] },
  };
  await writeFile(join(folder, 'manifest.json'), JSON.stringify({ files }));
  cluster = await startCluster();
  platform = await startPlatform(cluster, { console: (await loadConsoleAssets(folder))! });
});
after(async () => {
  await platform.close();
  await cluster.close();
  await rm(folder, { recursive: true });
});

const html = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const get = (target: string, headers: Record<string, string> = html, method = 'GET') =>
  platform.call(method, target, { headers });

const addresses: [string, Record<string, string>, number][] = [
  ['/', html, 200],
  ['/', {}, 200],
  ['/login', html, 200],
  ['/workspaces/w1/projects', html, 200],
  ['/clusters/host/nodes', html, 200],
  ['/projects/a.b/pods?page=2', html, 200],
  ['/index.html', {}, 200],
  ['/assets/app-4f2a.js', {}, 200],
  ['/assets/gone-1111.js', { accept: '*/*' }, 404],
  ['/secret.txt', {}, 404],
  ['/manifest.json', {}, 404],
  ['/assets/app-4f2a.js.br', {}, 404],
  ['/kapis/nothing/v1/here', html, 401],
  ['/oauth/nothing', html, 404],
  ['/assets/..%2fsecret.txt', html, 400],
  ['/assets/../secret.txt', html, 400],
  ['/../../etc/passwd', html, 400],
  ['/%2e%2e/%2e%2e/etc/passwd', html, 400],
  ['//etc/passwd', {}, 404],
  ['/constructor', {}, 404],
  ['/api/v1/pods', html, 401],
  ['/kapis/iam.kubesphere.io/v1beta1/users', html, 401],
];
for (const [target, headers, status] of addresses)
  test(`${target} of a ${headers === html ? 'browser' : 'program'} is answered with ${status}`, async () =>
    assert.equal((await get(target, headers)).status, status));

test('the page has a nonce of its own each time, and a policy that names it and nothing else', async () => {
  const [one, two] = [await get('/login'), await get('/login')];
  const nonces = [one, two].map(({ text, headers }) => {
    const [, nonce = ''] = /nonce="([^"]+)"/.exec(text) ?? [];
    assert.match(nonce, /^[\w+/]{24}$/);
    assert.ok(text.includes(`<meta content="${nonce}">`));
    const policy = String(headers['content-security-policy']);
    assert.ok(policy.includes(`style-src 'self' 'nonce-${nonce}'`));
    assert.match(policy, /^default-src 'none'; script-src 'self'; /);
    for (const part of [`connect-src 'self'`, `frame-ancestors 'none'`, `base-uri 'none'`, `form-action 'self'`])
      assert.ok(policy.includes(part), part);
    assert.ok(!policy.includes('unsafe'));
    return nonce;
  });
  assert.notEqual(nonces[0], nonces[1]);
  const { headers } = one;
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['etag'], undefined);
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
  assert.match(String(headers['strict-transport-security']), /max-age=\d{8}/);
  assert.equal((await get('/login', html, 'HEAD')).status, 200);
});

test('hashed files are kept for a year, in the encoding that the browser takes', async () => {
  const cases: [string, string, string | undefined][] = [
    ['gzip, deflate, br', 'brotli', 'br'],
    ['gzip', 'gzip', 'gzip'],
    ['br;q=0, *', 'gzip', 'gzip'],
    ['br;q=0, gzip;q=0', 'let plain', undefined],
    ['', 'let plain', undefined],
  ];
  for (const [accept, text, encoding] of cases) {
    const answer = await get('/assets/app-4f2a.js', { 'accept-encoding': accept });
    assert.deepEqual([answer.text, answer.headers['content-encoding']], [text, encoding]);
    assert.equal(answer.headers['content-type'], 'text/javascript; charset=utf-8');
    assert.equal(answer.headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(answer.headers['vary'], 'accept-encoding');
  }
  assert.equal(encodingFor({ bytes: { identity: new Uint8Array() } }, ['br']), 'identity');
});

test('other files are asked for again, and not sent again', async () => {
  const first = await get('/logo.svg', {});
  assert.equal(first.headers['cache-control'], 'no-cache');
  assert.match(String(first.headers['content-security-policy']), /sandbox/);
  const etag = String(first.headers['etag']);
  const again = await get('/logo.svg', { 'if-none-match': `"x", W/${etag}` });
  assert.deepEqual([again.status, again.text], [304, '']);
  assert.equal((await get('/logo.svg', { 'if-none-match': '"x"' })).status, 200);
});

test('without files there is a sentence; without TLS nothing insists on it', async () => {
  const bare = await startPlatform(cluster);
  const answer = await bare.call('GET', '/', { headers: html });
  assert.equal(answer.status, 404);
  assert.match(String(answer.body['message']), /the console is not part of this platform/);
  await bare.close();
  const random = seededRandom(1);
  const assets: ConsoleAssets = new Map([
    ['/index.html', { contentType: 'text/html', immutable: false, etag: 'x', bytes: { identity: new Uint8Array() } }],
  ]);
  const request = { method: 'GET', target: '/', headers: html, body: new Uint8Array(), signal: AbortSignal.any([]) };
  const plain = createPages({ assets, random, settings: { secureCookies: false } })(request, '/');
  assert.equal(plain?.headers['strict-transport-security'], undefined);
  assert.throws(() => createPages({ assets: new Map(), random, settings: { secureCookies: true } }), /index\.html/);
});

test('a folder without a manifest is read as it is; one that is not there is no console', async () => {
  const loose = await mkdtemp(join(tmpdir(), 'orrery-console-'));
  await writeFile(join(loose, 'index.html'), 'x');
  await writeFile(join(loose, 'a.js'), 'x');
  await writeFile(join(loose, 'a.js.gz'), 'gzip');
  const assets = await loadConsoleAssets(loose);
  assert.deepEqual([...assets!.keys()].sort(), ['/a.js', '/index.html']);
  assert.deepEqual(Object.keys(assets!.get('/a.js')!.bytes), ['identity', 'gzip']);
  await writeFile(join(loose, 'manifest.json'), JSON.stringify({ files: { '../x': {} } }));
  await assert.rejects(loadConsoleAssets(loose), /below the folder/);
  assert.equal(await loadConsoleAssets(join(loose, 'none')), undefined);
  await rm(loose, { recursive: true });
});
