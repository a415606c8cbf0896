/** Quotas over a real server: every write here goes through the whole chain; the controller's part is played by `measured`. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, test } from 'node:test';
import { securityParts } from '../security.ts';
import { at, startServer, type Answer, type TestServer } from '../testing/server.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const serviceAccountKey = privateKey.export({ format: 'pem', type: 'pkcs8' }) as string;

let server: TestServer;
let namespaces = 0;
before(async () => {
  server = await startServer({
    parts: securityParts({ serviceAccountKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 }),
  });
  await server.server.ready;
});
after(() => server.close());

type Amounts = Record<string, string>;

/** A namespace with a quota whose status the controller has written. */
async function quotaOf(hard: Amounts, { used = {}, ...spec }: { used?: Amounts; scopes?: string[] } = {}) {
  const namespace = `n${namespaces++}`;
  const path = `/api/v1/namespaces/${namespace}`;
  await server.create('/api/v1/namespaces', { metadata: { name: namespace } });
  await server.create(`${path}/serviceaccounts`, { metadata: { name: 'default' } });
  const quota = (await server.create(`${path}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard, ...spec } }))
    .body;
  const zero = Object.fromEntries(Object.keys(hard).map(name => [name, '0']));
  const status = { hard, used: { ...zero, ...used } };
  await server.call('PUT', `${path}/resourcequotas/q/status`, { body: { ...quota, status } });
  return {
    path,
    make: (resource: string, object: object, query = '') => server.create(`${path}/${resource}${query}`, object),
    used: async () => at((await server.get(`${path}/resourcequotas/q`)).body, 'status', 'used'),
  };
}

const named = (name: string, more: object = {}) => ({ metadata: { name }, ...more });
const pod = (name: string, resources: object = {}, more: object = {}) => ({
  metadata: { name },
  spec: { automountServiceAccountToken: false, containers: [{ name: 'c', image: 'i', resources }], ...more },
});
const said = ({ status, body }: Answer) => (status < 300 ? 'created' : `${status} ${String(at(body, 'message'))}`);

test('what is created is charged, and what does not fit is refused with the numbers', async () => {
  const { make, used } = await quotaOf({ configmaps: '2', 'count/secrets': '5' });
  assert.equal(said(await make('configmaps', named('a'))), 'created');
  assert.equal(said(await make('configmaps', named('b'))), 'created');
  assert.equal(
    said(await make('configmaps', named('c'))),
    '403 configmaps "c" is forbidden: exceeded quota: q, requested: configmaps=1, used: configmaps=2, limited: configmaps=2',
  );
  assert.equal(said(await make('secrets', named('s'))), 'created');
  assert.equal(said(await make('endpoints', named('e'))), 'created', 'what no quota names');
  assert.deepEqual(await used(), { configmaps: '2', 'count/secrets': '1' });
});

test('writes at the same time are charged together, and not one too many', async () => {
  const { make, used } = await quotaOf({ configmaps: '5' });
  const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => make('configmaps', named(`c${index}`))));
  assert.equal(answers.filter(({ status }) => status === 201).length, 5);
  assert.deepEqual(await used(), { configmaps: '5' });
});

test('a trial is checked and not charged', async () => {
  const { make, used } = await quotaOf({ configmaps: '1' });
  assert.equal(said(await make('configmaps', named('a'), '?dryRun=All')), 'created');
  assert.deepEqual(await used(), { configmaps: '0' });
  await make('configmaps', named('a'));
  assert.match(said(await make('configmaps', named('b'), '?dryRun=All')), /^403 .*exceeded quota/);
});

test('pods: amounts are summed up, and must be said where they are limited', async () => {
  const { make, used } = await quotaOf({ pods: '3', 'requests.cpu': '1', 'limits.memory': '1Gi' });
  const asks = (cpu: string, memory = '256Mi') => ({ requests: { cpu }, limits: { memory, cpu: '1' } });
  assert.equal(
    said(await make('pods', pod('silent'))),
    '403 pods "silent" is forbidden: failed quota: q: must specify limits.memory for: c; requests.cpu for: c',
  );
  assert.equal(said(await make('pods', pod('a', asks('600m')))), 'created');
  assert.equal(
    said(await make('pods', pod('b', asks('500m', '1Gi')))),
    '403 pods "b" is forbidden: exceeded quota: q, requested: limits.memory=1Gi,requests.cpu=500m, ' +
      'used: limits.memory=256Mi,requests.cpu=600m, limited: limits.memory=1Gi,requests.cpu=1',
  );
  assert.deepEqual(await used(), { pods: '1', 'requests.cpu': '600m', 'limits.memory': '256Mi' });
});

test('a quota with a scope is about pods in it', async () => {
  const { make } = await quotaOf({ pods: '0' }, { scopes: ['Terminating'] });
  assert.equal(said(await make('pods', pod('a'))), 'created');
  assert.match(said(await make('pods', pod('b', {}, { activeDeadlineSeconds: 5 }))), /^403 .*exceeded quota: q/);
});

test('a Service is charged for what an update adds', async () => {
  const { path, make, used } = await quotaOf({ services: '2', 'services.nodeports': '1' });
  const ports = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ name: `p${index}`, port: index + 1 }));
  assert.equal(said(await make('services', named('s', { spec: { ports: ports(2) } }))), 'created');
  const change = async (spec: object) =>
    said(
      await server.call('PATCH', `${path}/services/s`, {
        body: { spec },
        headers: { 'content-type': 'application/merge-patch+json' },
      }),
    );
  assert.match(
    await change({ type: 'NodePort' }),
    /^403 .*requested: services.nodeports=2, used: services.nodeports=0/,
  );
  assert.equal(await change({ type: 'NodePort', ports: ports(1) }), 'created');
  assert.deepEqual(await used(), { services: '1', 'services.nodeports': '1' });
  assert.equal(await change({ type: 'ClusterIP' }), 'created', 'using less is always allowed');
});

test('a quota that was never measured limits nothing; one half measured lets nothing pass', async () => {
  const { path, make } = await quotaOf({ configmaps: '1' });
  await server.create(`${path}/resourcequotas`, { metadata: { name: 'new' }, spec: { hard: { secrets: '0' } } });
  assert.equal(said(await make('secrets', named('s'))), 'created');
  const quota = (await server.get(`${path}/resourcequotas/new`)).body;
  await server.call('PUT', `${path}/resourcequotas/new/status`, {
    body: { ...quota, status: { hard: { secrets: '0' } } },
  });
  assert.equal(
    said(await make('secrets', named('t'))),
    '403 secrets "t" is forbidden: status unknown for quota: new, resources: secrets',
  );
});

test('custom and other kinds are counted by their full name', async () => {
  const { path } = await quotaOf({ 'count/deployments.apps': '0' });
  const labels = { app: 'a' };
  const spec = {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
  };
  const answer = await server.create(path.replace('/api/v1', '/apis/apps/v1') + '/deployments', {
    metadata: { name: 'd' },
    spec,
  });
  assert.equal(
    said(answer),
    '403 deployments.apps "d" is forbidden: exceeded quota: q, requested: count/deployments.apps=1, ' +
      'used: count/deployments.apps=0, limited: count/deployments.apps=0',
  );
});
