/** One controller manager leads, the other waits for its turn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiServer } from '@orrery/apiserver';
import { createClient } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { orUndefined } from '@orrery/machinery/status';
import { seededRandom } from '@orrery/machinery/random';
import { createContext, type Lease } from '@orrery/reconciler';
import { createMemoryStore } from '@orrery/store/memory';
import { controllers, identityOf, leaseName, startControllers, type ControllersOptions } from './index.ts';

const options: ControllersOptions = {
  rootCertificates: 'pem',
  apiServer: { addresses: ['192.0.2.1'], port: 6443 },
  serviceAddresses: ['10.96.0.1'],
};

test('the second takes over when the first stops, and works', async () => {
  const store = createMemoryStore({ clock: systemClock });
  const server = await createApiServer({ store, clock: systemClock, random: seededRandom(1), log: silentLog });
  await server.ready;
  const client = createClient(server.handler, { user: { name: 'admin', groups: ['system:masters'] } });
  for (const name of ['kube-system', 'default']) {
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
    await client.create(resources.namespaces, namespace).catch(() => undefined);
  }
  const eventually = async (what: string, ask: () => Promise<unknown>) => {
    for (let i = 0; i < 2000; i++) {
      if (await ask()) return;
      await systemClock.sleep(10);
    }
    assert.fail(`did not happen: ${what}`);
  };
  const holder = async () =>
    (await orUndefined(client.get<Lease>(resources.leases, leaseName, { namespace: 'kube-system' })))?.spec
      ?.holderIdentity;
  const begin = (identity: string) => {
    const stopping = new AbortController();
    const ctx = createContext({
      client,
      clock: systemClock,
      random: seededRandom(2),
      log: silentLog,
      signal: stopping.signal,
    });
    const running = startControllers(ctx, options, {
      identity,
      // Longer than any machine stands still: who leads is to change by a stop alone.
      ...{ leaseDurationMs: 120_000, renewDeadlineMs: 100_000 },
      retryPeriodMs: 20,
    });
    return { stop: () => (stopping.abort(), running) };
  };
  const first = begin('first');
  await eventually('the first leads', async () => (await holder()) === 'first');
  const second = begin('second');
  await eventually('default has its account', async () =>
    orUndefined(client.get(resources.serviceaccounts, 'default', { namespace: 'default' })),
  );
  assert.equal(await holder(), 'first');
  await first.stop();
  await eventually('the second leads', async () => (await holder()) === 'second');
  await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'later' } });
  await eventually('later has its account too', async () =>
    orUndefined(client.get(resources.serviceaccounts, 'default', { namespace: 'later' })),
  );
  await second.stop();
  await server.close();
  await store.close();
});

test('every controller has a name of its own and an identity in kube-system', () => {
  assert.equal(new Set(controllers.map(({ name }) => name)).size, controllers.length);
  for (const controller of controllers) {
    const { name } = identityOf(controller);
    assert.match(name, /^system:(apiserver|serviceaccount:kube-system:[a-z-]+)$/, controller.name);
  }
});
