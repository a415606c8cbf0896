import { beforeEach, test } from 'node:test';
import { deepEqual, equal } from 'node:assert/strict';
import { createManualClock, type ManualClock } from '@orrery/machinery/manual-clock';
import { createQueue, type SchedulingQueue } from './queue.ts';
import { plugins } from './plugins.ts';
import { pod } from './testing/objects.ts';

let clock: ManualClock;
let queue: SchedulingQueue;

beforeEach(() => {
  clock = createManualClock();
  queue = createQueue(clock, plugins, () => {});
});

const drain = (): string[] => {
  const names: string[] = [];
  for (let next = queue.pop(); next; next = queue.pop()) names.push(next.metadata.name!);
  return names;
};

test('the more important first, then the earlier', async () => {
  queue.add(pod('late'));
  queue.add(pod('later'));
  queue.add(pod('urgent', { priority: 10 }));
  deepEqual(drain(), ['urgent', 'late', 'later']);
});

test('a rejected pod waits for an event of the plug-in that rejected it', async () => {
  queue.add(pod('p'));
  drain();
  queue.reject('default/p', ['NodeUnschedulable']);
  queue.wake('pod-removed');
  await clock.advance(60_000);
  deepEqual(drain(), []);
  queue.wake('node');
  deepEqual(drain(), ['p']);
});

test('an early event is honoured after the back-off, which doubles up to ten seconds', async () => {
  queue.add(pod('p'));
  for (const delayMs of [1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
    deepEqual(drain(), ['p']);
    queue.reject('default/p', ['NodeResourcesFit']);
    queue.wake('pod-removed');
    await clock.advance(delayMs - 1);
    deepEqual(drain(), []);
    await clock.advance(1);
  }
  deepEqual(drain(), ['p']);
});

test('after five minutes a waiting pod is tried whatever happened', async () => {
  queue.add(pod('p'));
  drain();
  queue.reject('default/p', ['NodeName']);
  await clock.advance(5 * 60_000);
  deepEqual(drain(), ['p']);
});

test('a pod that changes what it asks for is tried again; its status does not matter', async () => {
  const first = pod('p');
  queue.add(first);
  drain();
  queue.reject('default/p', ['NodeResourcesFit']);
  await clock.advance(20_000);
  queue.add({ ...first, status: { phase: 'Pending' } });
  deepEqual(drain(), []);
  queue.add({ ...first, metadata: { ...first.metadata, generation: 2 } });
  deepEqual(drain(), ['p']);
});

test('a removed pod is gone wherever it was', async () => {
  queue.add(pod('p'));
  queue.remove('default/p');
  deepEqual(drain(), []);
  equal(queue.length, 0);
});
