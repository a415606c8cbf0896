/** What controllers make of groups that other servers answer: their objects go with their namespace, and nothing goes while they are silent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@orrery/client';
import { runControllers } from '@orrery/controllers';
import type { UserInfo } from '@orrery/http';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { createContext } from '@orrery/reconciler';
import { wardle } from '../testing/flunders.ts';
import { created, eventually, flunders, startRegistered, untilReason } from '../testing/registered.ts';
import { admin, at } from '../testing/server.ts';

test('a namespace waits for a server that is silent, and takes its objects along once it answers', async t => {
  const pair = await startRegistered(t);
  const { handler } = pair.server;
  const stopping = new AbortController();
  const clientFor = (user: UserInfo) => createClient(handler, { user });
  const common = { clock: systemClock, random: seededRandom(1), log: silentLog, signal: stopping.signal };
  const running = runControllers(createContext({ ...common, client: clientFor(admin) }), {
    rootCertificates: '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n',
    apiServer: { addresses: ['192.0.2.1'], port: 6443 },
    serviceAddresses: ['10.96.0.1'],
    discoveryPeriodMs: 200,
    clientFor,
  });
  t.after(async () => {
    stopping.abort();
    await running;
  });
  await created(pair, '/api/v1/namespaces', { metadata: { name: 'team' } });
  const own = flunders.replace('/default/', '/team/');
  const flunder = { apiVersion: `${wardle}/v1alpha1`, kind: 'Flunder', metadata: { name: 'one', namespace: 'team' } };
  await created(pair, own, flunder);

  pair.remote.isWell = false;
  const slice = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/sample-api-1';
  // Somebody touches the endpoints: the server is looked at again.
  const touched = { body: { metadata: { labels: { touched: 'once' } } } };
  const headers = { 'content-type': 'application/merge-patch+json' };
  await pair.call('PATCH', slice, { ...touched, headers });
  await untilReason(pair, 'FailedDiscoveryCheck');
  await pair.call('DELETE', '/api/v1/namespaces/team');
  const told = await eventually('discovery fails for a group', async () => {
    const { body } = await pair.get('/api/v1/namespaces/team');
    const conditions = (at(body, 'status', 'conditions') ?? []) as Record<string, string>[];
    return conditions.find(({ type, status }) => type === 'NamespaceDeletionDiscoveryFailure' && status === 'True');
  });
  assert.match(told.message!, /wardle\.example\.com\/v1alpha1/);

  pair.remote.isWell = true;
  await untilReason(pair, 'Passed');
  await eventually('the namespace is gone', async () =>
    (await pair.get('/api/v1/namespaces/team')).status === 404 ? true : undefined,
  );
  assert.deepEqual((await pair.get(own)).body.items, []);
});
