import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClient } from '@orrery/client';
import { silentLog } from '@orrery/machinery/log';
import { seededRandom } from '@orrery/machinery/random';
import { createRecorder } from './recorder.ts';
import { createLittleServer } from './testing/little-server.ts';
import { createManualClock } from '@orrery/machinery/manual-clock';

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '7' },
};

function setUp(host?: string) {
  const server = createLittleServer();
  const clock = createManualClock(Date.UTC(2025, 5, 1, 12));
  const stop = new AbortController();
  const random = seededRandom(1);
  const client = createClient(server.handler);
  const recorder = createRecorder({
    client,
    clock,
    random,
    log: silentLog,
    signal: stop.signal,
    component: 'kubelet',
    host,
  });
  const events = () => [...server.objects.values()] as unknown as Record<string, unknown>[];
  return { server, clock, recorder, events, stop };
}

test('an Event says what, when, about whom and from whom', async () => {
  const { clock, recorder, events } = setUp('n1');
  recorder.record(pod, 'Normal', 'Started', 'Started container web', { fieldPath: 'spec.containers{web}' });
  await clock.settle();
  const [event] = events();
  const { metadata, ...rest } = event as { metadata: { name: string; namespace: string } };
  assert.deepEqual(rest, {
    kind: 'Event',
    apiVersion: 'v1',
    involvedObject: {
      kind: 'Pod',
      namespace: 'shop',
      name: 'web',
      uid: 'u1',
      apiVersion: 'v1',
      resourceVersion: '7',
      fieldPath: 'spec.containers{web}',
    },
    reason: 'Started',
    message: 'Started container web',
    source: { component: 'kubelet', host: 'n1' },
    firstTimestamp: '2025-06-01T12:00:00Z',
    lastTimestamp: '2025-06-01T12:00:00Z',
    count: 1,
    type: 'Normal',
    eventTime: null,
    reportingComponent: 'kubelet',
    reportingInstance: 'n1',
  });
  assert.match(metadata.name, /^web\.[0-9a-f]{16}$/);
  assert.equal(metadata.namespace, 'shop');
});

test('the names of Events of one moment are in the order of what happened, whatever chance draws', async () => {
  const { clock, recorder, events } = setUp();
  const reasons = ['Scheduled', 'Pulled', 'Created', 'Started', 'Killing', 'Stopped'];
  for (const reason of reasons) recorder.record(pod, 'Normal', reason, reason);
  await clock.settle();
  const named = events().map(({ metadata, reason }) => [(metadata as { name: string }).name, reason] as const);
  const byName = named.toSorted(([a], [b]) => (a < b ? -1 : 1));
  assert.deepEqual(
    byName.map(([, reason]) => reason),
    reasons,
  );
});

test('cluster-scoped objects have their Events in default', async () => {
  const { clock, recorder, events } = setUp();
  recorder.record({ kind: 'Node', metadata: { name: 'n1' } }, 'Normal', 'NodeReady', 'ready');
  await clock.settle();
  assert.equal((events()[0]!['metadata'] as { namespace: string }).namespace, 'default');
});

test('the same Event again is counted on the first one', async () => {
  const { server, clock, recorder, events } = setUp();
  for (let i = 0; i < 3; i++) {
    recorder.record(pod, 'Warning', 'BackOff', 'Back-off restarting');
    await clock.advance(10_000);
  }
  assert.equal(events().length, 1);
  const [event] = events();
  assert.equal(event!['count'], 3);
  assert.equal(event!['firstTimestamp'], '2025-06-01T12:00:00Z');
  assert.equal(event!['lastTimestamp'], '2025-06-01T12:00:20Z');
  assert.equal(server.requests.filter(line => line.startsWith('PATCH')).length, 2);
});

test('a counted Event that lapsed meanwhile is written anew with its count', async () => {
  const { server, clock, recorder, events } = setUp();
  recorder.record(pod, 'Warning', 'BackOff', 'again');
  await clock.settle();
  for (const path of [...server.objects.keys()]) server.remove(path);
  recorder.record(pod, 'Warning', 'BackOff', 'again');
  await clock.settle();
  assert.equal(events()[0]!['count'], 2);
});

test('from the tenth different message of one reason on they are folded', async () => {
  const { clock, recorder, events } = setUp();
  for (let i = 0; i < 12; i++) recorder.record(pod, 'Warning', 'Failed', `attempt ${i}`);
  await clock.settle();
  const messages = events().map(event => event['message']);
  assert.equal(messages.length, 10);
  assert.equal(messages[9], '(combined from similar events): attempt 11');
  assert.equal(events()[9]!['count'], 3);
});

test('after 25 Events about one object only one each five minutes passes; other objects are not held up', async () => {
  const { server, clock, recorder } = setUp();
  const writes = () => server.requests.length;
  for (let i = 0; i < 40; i++) recorder.record(pod, 'Normal', 'Same', 'same');
  await clock.settle();
  assert.equal(writes(), 25);
  recorder.record({ ...pod, metadata: { ...pod.metadata, uid: 'u2' } }, 'Normal', 'Same', 'same');
  await clock.settle();
  assert.equal(writes(), 26);
  await clock.advance(299_000);
  recorder.record(pod, 'Normal', 'Same', 'same');
  await clock.settle();
  assert.equal(writes(), 26);
  await clock.advance(301_000);
  recorder.record(pod, 'Normal', 'Same', 'same');
  recorder.record(pod, 'Normal', 'Same', 'same');
  await clock.settle();
  assert.equal(writes(), 28);
});

test('no answer is tried again, an answer is not', async () => {
  const { server, clock, recorder, events } = setUp();
  let failures = 3;
  server.intercept = () => {
    if (failures-- > 0) throw new Error('connection refused');
    return undefined;
  };
  recorder.record(pod, 'Normal', 'Late', 'late');
  await clock.advance(60_000);
  assert.equal(events().length, 1);
  server.intercept = () => ({ status: 403, headers: {} });
  const before = server.requests.length;
  recorder.record(pod, 'Normal', 'Refused', 'refused');
  await clock.advance(60_000);
  assert.equal(server.requests.length, before + 1);
});
