import { test } from 'node:test';
import { deepEqual, equal } from 'node:assert/strict';
import type { Pod } from '@orrery/kinds/types';
import { seededRandom } from '@orrery/machinery/random';
import { schedule } from './cycle.ts';
import type { Snapshot } from './framework.ts';
import { createNominations, makesRoom } from './nominations.ts';
import { nodeInfo } from './node-info.ts';
import { plugins } from './plugins.ts';
import { choosePreemption } from './preemption.ts';
import { asking, node, pod } from './testing/objects.ts';

const ranked = (name: string, priority: number, cpu = '1'): Pod => {
  const plain = pod(name, asking(cpu));
  return { ...plain, spec: { ...plain.spec, priority } };
};

/** One node of two processors, one of them in use. */
function cluster(expected: Snapshot['expected']): Snapshot {
  const nodes = [nodeInfo(node('a', { allocatable: { cpu: '2', pods: '10' } }), [ranked('here', 0)])];
  return { nodes, namespaceLabels: () => ({}), groupOf: () => undefined, expected };
}

test('room that was made for a pod is kept from less important ones', () => {
  const nominations = createNominations();
  nominations.set(ranked('waits', 10), 'a');
  const fits = (other: Pod) => 'node' in schedule(other, cluster(nominations.before), plugins, seededRandom(1));
  deepEqual([ranked('less', 5), ranked('equal', 10), ranked('more', 11), ranked('waits', 10)].map(fits), [
    false,
    false,
    true,
    true,
  ]);
  equal(fits(ranked('small', 5, '0')), true, 'what fits beside it may come');
  nominations.remove('default/waits');
  equal(fits(ranked('less', 5)), true);
});

test('nor is it counted on for those that would have to make more', () => {
  const nominations = createNominations();
  nominations.set(ranked('waits', 10), 'a');
  const snapshot = cluster(nominations.before);
  const other = ranked('other', 5);
  const outcome = schedule(other, snapshot, plugins, seededRandom(1));
  if (!('rejections' in outcome)) throw new Error('it must not fit');
  deepEqual(
    choosePreemption(other, snapshot, outcome.rejections, plugins)?.victims.map(({ metadata }) => metadata.name),
    ['here'],
  );
});

test('while victims end nobody else has to', () => {
  const ends = ranked('ends', 0);
  const ending = { ...ends, metadata: { ...ends.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } };
  const on = (...pods: Pod[]) => nodeInfo(node('a'), pods);
  equal(makesRoom(ranked('waits', 10), on(ending)), true);
  equal(makesRoom(ranked('waits', 0), on(ending)), false, 'its end is no room for an equal');
  equal(makesRoom(ranked('waits', 10), on(ends)), false);
  equal(makesRoom(ranked('waits', 10), undefined), false);
});
