/** Configuration as it is in a cluster: who comes first, and how soon it counts. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { resources } from '@orrery/client/resources';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { systemRandom } from '@orrery/machinery/random';
import { createContext } from '@orrery/reconciler';
import { configure, unconfigure } from '../testing/configuration.ts';
import { eventually } from '../testing/people.ts';
import { startCluster, type TestCluster } from '../testing/platform.ts';
import { createConfiguration, type Configuration } from './configuration.ts';
import type { LoginOptions } from './options.ts';

const namespace = 'kubesphere-system';
const login: LoginOptions = {
  triesMax: 10,
  windowSeconds: 600,
  recordsKeptSeconds: 604_800,
  recordsMax: 100,
  multipleLogin: true,
  accessTokenSeconds: 7200,
  idleSeconds: 7200,
  trustedProxies: [],
};
const ending = new AbortController();

let cluster: TestCluster;
let config: Configuration;

before(async () => {
  cluster = await startCluster();
  const { client } = cluster;
  await client.create(resources.namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  } as never);
  const context = createContext({
    client,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    signal: ending.signal,
  });
  const base = {
    clients: [{ name: 'kubesphere', secret: 'built-in', redirectURIs: [] }],
    login,
    egress: { allow: ['a.test'], onlyListed: false },
  };
  config = createConfiguration(context.informers, base, silentLog);
  await context.informers.synced();
});
after(async () => {
  ending.abort();
  await cluster.close();
});

const until = (fits: () => boolean): Promise<void> => eventually(String(fits), fits);

const file = (text: string) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'kubesphere-config', namespace },
  data: { 'kubesphere.yaml': text },
});

test('without anything in the cluster it is what the platform was started with', () => {
  assert.equal(config.client('kubesphere')?.secret, 'built-in');
  assert.deepEqual(
    [config.providers(), config.login(), config.egress()],
    [[], login, { allow: ['a.test'], onlyListed: false }],
  );
});

test('Secrets come before the file, the file before the start; each counts at once, and no longer than it is there', async () => {
  const yaml = `
authentication:
  authenticateRateLimiterMaxTries: 4
  oauthOptions:
    clients: [{name: kubesphere, secret: of-the-file, grantMethod: auto}, {name: old, grantMethod: prompt}]
    identityProviders: [{name: ldap, type: LDAPIdentityProvider, mappingMethod: auto, provider: {host: a}}]
egress: {allow: ["10.1.0.0/16", "not an entry", "b.test:5000"], onlyListed: true}
`;
  await cluster.client.create(resources.configmaps, file(yaml) as never);
  await until(() => config.client('old') !== undefined);
  const { secret, passwordGrant } = config.client('kubesphere')!;
  assert.deepEqual([secret, passwordGrant, config.client('old')?.passwordGrant], ['of-the-file', true, false]);
  assert.deepEqual(
    config.providers().map(({ name, mappingMethod }) => [name, mappingMethod]),
    [['ldap', 'manual']],
  );
  assert.equal(config.login().triesMax, 4);
  assert.deepEqual(config.egress(), { allow: ['a.test', '10.1.0.0/16', 'b.test:5000'], onlyListed: true });
  await configure(cluster.client, 'oauthclient', { name: 'kubesphere', secret: 'of-the-secret' } as never);
  await until(() => config.client('kubesphere')?.secret === 'of-the-secret');
  await unconfigure(cluster.client, 'oauthclient', 'kubesphere');
  await cluster.client.delete(resources.configmaps, 'kubesphere-config', { namespace });
  await until(() => config.client('kubesphere')?.secret === 'built-in' && config.client('old') === undefined);
  assert.deepEqual(config.login(), login);
});

test('a Secret of another type, or with a document that is none, is nothing', async () => {
  const secret = (name: string, type: string, text: string) => ({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, labels: { 'config.kubesphere.io/type': 'oauthclient' } },
    type,
    data: { 'configuration.yaml': Buffer.from(text).toString('base64') },
  });
  await cluster.client.create(resources.secrets, secret('a', 'Opaque', 'name: a') as never);
  await cluster.client.create(resources.secrets, secret('b', 'config.kubesphere.io/oauthclient', '{{{') as never);
  await cluster.client.create(resources.secrets, secret('c', 'config.kubesphere.io/oauthclient', 'name: c') as never);
  await until(() => config.client('c') !== undefined);
  assert.deepEqual(
    config.clients().map(({ name }) => name),
    ['c', 'kubesphere'],
  );
});
