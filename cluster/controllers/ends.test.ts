/** However early it ends: a controller that did not would keep the Lease from the next manager, and its process from ending. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApiServer } from '@orrery/apiserver';
import { createClient } from '@orrery/client';
import type { Handler } from '@orrery/http';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { silentLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { createContext } from '@orrery/reconciler';
import { createMemoryStore } from '@orrery/store/memory';
import { controllers, type ControllersOptions } from './index.ts';

const options: ControllersOptions = {
  rootCertificates: 'pem',
  apiServer: { addresses: ['192.0.2.1'], port: 6443 },
  serviceAddresses: ['10.96.0.1'],
};

/** Which controllers still run when they were told to end, after so many lists had been answered and no more. */
async function leftOver(server: Handler, answeredMax: number): Promise<string[]> {
  const clock = createManualClock();
  const stopping = new AbortController();
  let answered = 0;
  const between: Handler = request => {
    const isList = /[?&]limit=/.test(request.target);
    if (!isList || answered++ < answeredMax) return server(request);
    return new Promise((_resolve, reject) =>
      request.signal.addEventListener('abort', () => reject(request.signal.reason as Error), { once: true }),
    );
  };
  const client = createClient(between, { user: { name: 'admin', groups: ['system:masters'] } });
  const left = new Set(controllers.map(({ name }) => name));
  const context = createContext({
    ...{ client, clock, random: seededRandom(1), log: silentLog },
    signal: stopping.signal,
  });
  for (const controller of controllers)
    void controller.start(context, options).then(() => left.delete(controller.name));
  await clock.advance(50);
  stopping.abort();
  await clock.advance(60_000);
  return [...left];
}

test('every controller ends when it is told to, also before its caches are filled', async () => {
  const clock = createManualClock();
  const store = createMemoryStore({ clock });
  const server = await createApiServer({ store, clock, random: seededRandom(1), log: silentLog });
  await server.ready;
  for (const answered of [0, 1, 3, 10, 30, 60, 1_000])
    assert.deepEqual(await leftOver(server.handler, answered), [], `after ${answered} lists`);
  await server.close();
  await store.close();
});
