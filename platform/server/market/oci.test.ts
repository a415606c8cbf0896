/** Charts in a registry that wants a token, over TLS with a certificate of its own. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { jsonAnswer, textAnswer } from '@orrery/http';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import type { Repository } from '@orrery/platform-kinds';
import { createEgress } from '../egress/egress.ts';
import { egressPolicy } from '../egress/policy.ts';
import { startBackend, type Backend } from '../testing/backend.ts';
import { packChart } from '../testing/chart.ts';
import { fetched } from './charts.ts';
import { listedInRegistry, placeOf } from './oci.ts';

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
const archive = packChart('notes', { 'Chart.yaml': 'apiVersion: v2\nname: notes\nversion: 1.0.0\n' });
const helm = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const image = 'application/vnd.oci.image.layer.v1.tar+gzip';

let registry: Backend;
/** What is under the digest of the chart. */
let stored: Uint8Array = archive;
let layer = helm;

before(async () => {
  registry = await startBackend({ tls: true });
  registry.answer = async ({ target, headers }) => {
    const [path = ''] = target.split('?');
    if (path === '/token')
      return headers['authorization'] === `Basic ${btoa('reader:secret')}`
        ? jsonAnswer(200, { token: 'good' })
        : textAnswer(401, '');
    if (headers['authorization'] !== 'Bearer good')
      return textAnswer(401, '', {
        'www-authenticate': `Bearer realm="${registry.url}/token",service="it",scope="repository:team/notes:pull"`,
      });
    switch (path) {
      case '/v2/team/notes/tags/list':
        return jsonAnswer(200, { tags: ['1.0.0', 'latest', '1.10.0', '1.2.0', '2.0.0-beta.1_build'] });
      case '/v2/team/notes/manifests/1.0.0':
        return jsonAnswer(200, { layers: [{ mediaType: layer, digest: digestOf(archive) }] });
      case `/v2/team/notes/blobs/${digestOf(archive)}`:
        return { status: 200, headers: {}, body: stored };
      default:
        return textAnswer(404, '');
    }
  };
});
after(() => registry.close());

const context = () => ({
  egress: createEgress({
    policy: async () => egressPolicy({ allow: [host()], onlyListed: false }, []),
    resolve: async name => [name],
    clock: systemClock,
    log: silentLog,
  }),
});
const host = () => `127.0.0.1:${registry.port}`;
const repository = (path: string, password = 'secret'): Repository => ({
  metadata: { name: 'r' },
  spec: {
    url: `oci://${host()}/${path}`,
    basicAuth: { username: 'reader', password },
    caBundle: registry.caBundle,
  },
});
const listed = (of: Repository, depth = 2) => listedInRegistry(context(), of, depth, 10_000);
const fetchedFrom = (tag: string) =>
  fetched(context(), `oci://${host()}/team/notes:${tag}`, repository('team/notes'), 10_000);

test('the tags of a chart are its versions: the newest first, as many as are wanted, and no others', async () => {
  const all = await listed(repository('team/notes'), 0);
  assert.deepEqual(
    all.map(({ version }) => version),
    ['1.10.0', '1.2.0', '1.0.0'],
  );
  assert.deepEqual(await listed(repository('team/notes/')), [
    { name: 'notes', version: '1.10.0', url: `oci://${host()}/team/notes:1.10.0` },
    { name: 'notes', version: '1.2.0', url: `oci://${host()}/team/notes:1.2.0` },
  ]);
});

test('a chart is the layer of Helm’s type, as its digest says', async () => {
  assert.deepEqual(Buffer.from(await fetchedFrom('1.0.0')), Buffer.from(archive));
});

test('what is no chart, another one than was told, or not there is refused in words', async () => {
  layer = image;
  await assert.rejects(fetchedFrom('1.0.0'), { code: 422, message: /no usable answer/ });
  layer = helm;
  stored = new Uint8Array([1, 2, 3]);
  await assert.rejects(fetchedFrom('1.0.0'), { code: 422, message: /no usable answer/ });
  stored = archive;
  await assert.rejects(fetchedFrom('9.0.0'), { code: 422, message: /not found/ });
  await assert.rejects(listed(repository('team/notes', 'wrong')), { code: 422, message: /name and password/ });
  await assert.rejects(listed(repository('team/No_Name')), { code: 422 });
});

test('the password goes to the registry of the repository alone', async () => {
  const elsewhere: Repository = {
    metadata: { name: 'r' },
    spec: { ...repository('team/notes').spec, url: 'oci://registry.example.com/team/notes' },
  };
  registry.seen.length = 0;
  await assert.rejects(fetched(context(), `oci://${host()}/team/notes:1.0.0`, elsewhere, 10_000), { code: 422 });
  assert.equal(
    registry.seen.some(({ headers }) => headers['authorization']?.includes('Basic')),
    false,
  );
});

const addresses: [string, string | undefined][] = [
  ['oci://r.example.com/team/notes', 'r.example.com team/notes '],
  ['oci://r.example.com:5000/notes/', 'r.example.com:5000 notes '],
  ['oci://R.example.com/a/b/c:1.0.0', 'r.example.com a/b/c 1.0.0'],
  ['oci://r.example.com', undefined],
  ['oci://r.example.com/../v2/x', undefined],
  ['oci://user@r.example.com/x', undefined],
  ['oci://r.example.com/x?y', undefined],
  ['oci://r.example.com/x:y/z', undefined],
  ['https://r.example.com/x', undefined],
];
for (const [address, expected] of addresses)
  test(`${address} is ${expected === undefined ? 'no address of a chart' : expected}`, () => {
    if (expected === undefined) return assert.throws(() => placeOf(address), { code: 422 });
    const { registry: of, repository: path, tag = '' } = placeOf(address);
    return assert.equal(`${of} ${path} ${tag}`, expected);
  });
