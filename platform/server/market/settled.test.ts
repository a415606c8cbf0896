import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createClient, impersonating } from '@orrery/client';
import { systemClock } from '@orrery/machinery/clock';
import { heal } from '../access/heal.ts';
import { notHeld } from '../access/authorizer.ts';
import { startCluster, type TestCluster } from '../testing/platform.ts';
import { installerOf, rightsOf } from './rights.ts';
import { samplesOf, untilAllowed } from './settled.ts';

const rules = [
  { verbs: ['get', 'list'], apiGroups: ['example.com', 'other.com'], resources: ['notes/status', 'pages'] },
  { verbs: ['*'], apiGroups: [''], resources: ['configmaps'], resourceNames: ['one'] },
  { verbs: ['get'], nonResourceURLs: ['/metrics'] },
];

test('one thing of each rule is asked for, in its namespace', () => {
  const notes = { verb: 'get', group: 'example.com', resource: 'notes', subresource: 'status' };
  const map = { verb: '*', group: '', resource: 'configmaps', name: 'one' };
  assert.deepEqual(samplesOf(rules), [notes, map]);
  assert.deepEqual(samplesOf(rules, 'p'), [
    { ...notes, namespace: 'p' },
    { ...map, namespace: 'p' },
  ]);
});

let cluster: TestCluster;
before(async () => {
  cluster = await startCluster();
});
after(() => cluster.close());

test('it waits for rights that are still on their way, and for none that are there', async () => {
  const asked = [{ verbs: ['list'], apiGroups: ['example.com'], resources: ['notes'] }];
  const installer = createClient(impersonating(cluster.forPlatform, installerOf('notes')), { userAgent: 'test' });
  const { signal } = new AbortController();
  const wanted = samplesOf(asked);
  let isOver = false;
  const waiting = untilAllowed(installer, wanted, systemClock, signal).then(() => (isOver = true));
  await new Promise(resolve => setTimeout(resolve, 150));
  assert.notEqual(await notHeld(installer, asked, 'platform'), undefined, 'nobody gave them yet');
  assert.equal(isOver, false);
  await heal(cluster.client, rightsOf('notes', 'default', { cluster: asked, namespace: [] }), []);
  await waiting;
  assert.equal(await notHeld(installer, asked, 'platform'), undefined);
});
