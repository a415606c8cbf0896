/** What pods refer to, from the real API server. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { after, before, suite, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { securityParts } from '@orrery/apiserver/security';
import { createClient, type Client } from '@orrery/client';
import type { ConfigMap, Pod } from '@orrery/kinds/types';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { container, pod } from '../pods/fixtures.ts';
import { core } from '../testing.ts';
import { createObjectSources } from './objects.ts';
import { referencesOf } from './references.ts';
import { createTokenSource, renewalTime } from './tokens.ts';

const hour = 3_600_000;

suite('references', () => {
  test('each once, from everywhere', () => {
    const env = [
      { name: 'A', valueFrom: { configMapKeyRef: { name: 'c1', key: 'k' } } },
      { name: 'B', valueFrom: { secretKeyRef: { name: 's1', key: 'k' } } },
    ];
    const owner = pod({
      imagePullSecrets: [{ name: 's0' }],
      initContainers: [container('i', { envFrom: [{ configMapRef: { name: 'c0' } }, { secretRef: { name: 's1' } }] })],
      containers: [container('a', { env })],
      volumes: [
        { name: 'v1', configMap: { name: 'c2' } },
        { name: 'v2', secret: { secretName: 's2' } },
        {
          name: 'v3',
          projected: {
            sources: [
              { configMap: { name: 'c3' } },
              { secret: { name: 's3' } },
              { serviceAccountToken: { path: 't' } },
            ],
          },
        },
      ],
    });
    assert.deepEqual(
      referencesOf(owner)
        .map(({ resource, name }) => `${resource}/${name}`)
        .sort(),
      [
        'configmaps/c0',
        'configmaps/c1',
        'configmaps/c2',
        'configmaps/c3',
        'secrets/s0',
        'secrets/s1',
        'secrets/s2',
        'secrets/s3',
      ],
    );
  });
});

suite('sources', () => {
  const clock = createManualClock(Date.UTC(2025, 0, 1));
  const random = seededRandom(3);
  const store = createMemoryStore({ clock });
  const pem = { type: 'pkcs8', format: 'pem' } as const;
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: pem,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const stopping = new AbortController();
  let server: ApiServer;
  let client: Client;
  let owner: Pod;

  before(async () => {
    const parts = securityParts({ serviceAccountKey: privateKey, serviceCidrs: ['10.96.0.0/16'], securePort: 6443 });
    server = await createApiServer({ store, clock, random, log: silentLog, parts });
    await server.ready;
    client = createClient(server.handler, {
      user: { name: 'admin', groups: ['system:masters', 'system:authenticated'] },
    });
    await client.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
    await client.create(core('serviceaccounts'), {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'default', namespace: 'shop' },
    });
    const body = pod({ volumes: [{ name: 'v', configMap: { name: 'settings' } }] }, { uid: undefined });
    owner = await client.create<Pod>(core('pods'), body);
  });
  after(async () => {
    stopping.abort();
    await server.close();
    await store.close();
  });

  test('an object is followed while a pod refers to it', async () => {
    const changed: string[] = [];
    const sources = createObjectSources({
      client,
      clock,
      log: silentLog,
      signal: stopping.signal,
      onChange: uids => changed.push(...uids),
    });
    await assert.rejects(sources.configMap('shop', 'settings'), /not registered/);
    sources.register(owner);
    await clock.advance(100);
    assert.equal(await sources.configMap('shop', 'settings'), undefined);
    await client.create<ConfigMap>(core('configmaps'), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'shop' },
      data: { a: '1' },
    });
    await clock.advance(100);
    assert.deepEqual((await sources.configMap('shop', 'settings'))?.data, { a: '1' });
    assert.deepEqual(changed, [owner.metadata.uid]);
    await client.delete(core('configmaps'), 'settings', { namespace: 'shop' });
    await clock.advance(100);
    assert.equal(await sources.configMap('shop', 'settings'), undefined);
    sources.unregister(owner.metadata.uid!);
    await assert.rejects(sources.configMap('shop', 'settings'), /not registered/);
  });

  test('who waits for an object when the node ends is not left waiting', async () => {
    const ending = new AbortController();
    const silent: Client = {
      ...client,
      list: (_resource, { signal } = {}) =>
        new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error))),
    };
    const options = { client: silent, clock, log: silentLog, signal: ending.signal, onChange: () => {} };
    const sources = createObjectSources(options);
    sources.register(owner);
    const waiting = sources.configMap('shop', 'settings');
    ending.abort();
    await assert.rejects(waiting, { name: 'AbortError' });
  });

  test('a token is renewed at four fifths of its life, and forgotten with its pod', async () => {
    const tokens = createTokenSource(client, clock, random);
    const { uid = '' } = owner.metadata;
    const projection = { path: 'token', expirationSeconds: 600 };
    const first = await tokens.get(owner, projection);
    assert.equal(await tokens.get(owner, projection), first);
    const renewal = tokens.renewalOf(uid)!;
    assert.ok(Math.abs(renewal - (clock.now() + 480_000)) <= 10_000);
    assert.notEqual(await tokens.get(owner, { ...projection, audience: 'vault' }), first);
    await clock.advance(480_000);
    assert.notEqual(await tokens.get(owner, projection), first);
    tokens.forget(uid);
    assert.equal(tokens.renewalOf(uid), undefined);
  });

  test('long tokens are renewed each day', () => {
    assert.equal(renewalTime({ issuedAt: 0, expiresAt: hour }), 0.8 * hour);
    assert.equal(renewalTime({ issuedAt: 0, expiresAt: 1000 * hour }), 24 * hour);
  });
});
