import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { startServer } from '../testing/server.ts';

const minuteMs = 60_000;
const events = '/api/v1/namespaces/a/events';
const event = {
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: 'e', namespace: 'a' },
  involvedObject: { kind: 'Pod', name: 'p', namespace: 'a' },
  reason: 'Started',
  type: 'Normal',
};

test('an event goes by itself an hour after it was written last; other objects stay', async t => {
  const clock = createManualClock();
  const server = await startServer({ clock });
  t.after(() => server.close());
  assert.equal((await server.create(events, event)).status, 201);
  const config = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c' } };
  assert.equal((await server.create('/api/v1/namespaces/a/configmaps', config)).status, 201);
  await clock.advance(59 * minuteMs);
  assert.equal((await server.get(`${events}/e`)).status, 200);
  await clock.advance(2 * minuteMs);
  assert.equal((await server.get(`${events}/e`)).status, 404);
  assert.equal((await server.get('/api/v1/namespaces/a/configmaps/c')).status, 200);
});
