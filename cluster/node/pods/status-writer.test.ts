/** Who else writes a pod while its status is on the way, from the real API server. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createApiServer, type ApiServer } from '@orrery/apiserver';
import { createClient, type Client } from '@orrery/client';
import type { Handler } from '@orrery/http';
import type { Pod, PodStatus } from '@orrery/kinds/types';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { silentLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { createMemoryStore } from '@orrery/store/memory';
import { core } from '../testing.ts';
import { pod as podWith } from './fixtures.ts';
import { createStatusWriter, podResource } from './status-writer.ts';

const clock = createManualClock();
const store = createMemoryStore({ clock });
let server: ApiServer;
let client: Client;
let names = 0;
/** What stands between the writer and the API server. */
let between: (answer: Awaited<ReturnType<Handler>>) => Promise<void> = async () => {};
let written = 0;

before(async () => {
  server = await createApiServer({ store, clock, random: seededRandom(1), log: silentLog });
  await server.ready;
  const user = { name: 'system:node:n1', groups: ['system:masters', 'system:authenticated'] };
  client = createClient(server.handler, { user });
  await client.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
});
after(async () => {
  await server.close();
  await store.close();
});

/** A pod of the API server, and a writer of its status whose answers pass `between`. */
async function start() {
  const made = await client.create<Pod>(podResource, podWith({}, { name: `web-${names++}`, uid: undefined }));
  written = 0;
  between = async () => {};
  const user = { name: 'system:node:n1', groups: ['system:masters', 'system:authenticated'] };
  const handler: Handler = async request => {
    const answer = await server.handler({ ...request, user });
    written++;
    await between(answer);
    return answer;
  };
  const { name = '' } = made.metadata;
  const writer = createStatusWriter(made, createClient(handler), clock, silentLog);
  return { writer, name, stored: () => client.get<Pod>(podResource, name, { namespace: 'shop' }) };
}

const status = (message: string): PodStatus => ({ phase: 'Running', message });

test('what is wanted is written; what is there already is not written again', async () => {
  const { writer, stored } = await start();
  writer.want(status('a'));
  await writer.settled();
  assert.equal((await stored()).status?.message, 'a');
  writer.want(status('a'));
  await writer.settled();
  assert.equal(written, 1);
});

test('whoever wrote after us and is heard of before our answer is not forgotten', async () => {
  const { writer, name, stored } = await start();
  const label = { metadata: { labels: { by: 'another' } } };
  between = async () => {
    between = async () => {};
    // The informer is faster than the answer.
    writer.observe(await client.patch<Pod>(podResource, name, 'merge', label, { namespace: 'shop' }));
  };
  writer.want(status('a'));
  await writer.settled();
  assert.deepEqual(writer.pod.metadata.labels, { by: 'another' });
  assert.equal(writer.pod.metadata.resourceVersion, (await stored()).metadata.resourceVersion);
});

test('an informer that lags behind our own write does not take us back', async () => {
  const { writer } = await start();
  const older = writer.pod;
  writer.want(status('a'));
  await writer.settled();
  writer.observe(older);
  assert.equal(writer.pod.status?.message, 'a');
});

test('nothing that is wanted is lost, in whatever moment after the answer it comes', async () => {
  for (let turns = 0; turns < 60; turns++) {
    const { writer, stored } = await start();
    const answered = Promise.withResolvers<void>();
    between = async () => answered.resolve();
    writer.want(status('a'));
    await answered.promise;
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    writer.want(status('b'));
    await writer.settled();
    assert.equal((await stored()).status?.message, 'b', `${turns} turns later`);
  }
});

test('a write that fails is tried again, with what is wanted by then', async () => {
  const { writer, stored } = await start();
  between = async () => {
    between = async () => {};
    throw new Error('the connection broke');
  };
  writer.want(status('a'));
  await clock.settle();
  writer.want(status('b'));
  await clock.advance(500);
  await writer.settled();
  assert.equal((await stored()).status?.message, 'b');
});

test('a pod that is gone ends it, one of the same name that came later is not touched', async () => {
  const { writer, name, stored } = await start();
  await client.delete(podResource, name, { namespace: 'shop', gracePeriodSeconds: 0 });
  await client.create<Pod>(podResource, podWith({}, { name, uid: undefined }));
  writer.want(status('a'));
  await writer.settled();
  assert.equal(writer.gone, true);
  writer.want(status('b'));
  await writer.settled();
  assert.deepEqual([(await stored()).status?.message, written], [undefined, 1]);
});
