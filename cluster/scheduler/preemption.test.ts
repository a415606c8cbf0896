import { test } from 'node:test';
import { deepEqual, equal } from 'node:assert/strict';
import { seededRandom } from '@orrery/machinery/random';
import { schedule } from './cycle.ts';
import { fitError, preemptionError } from './message.ts';
import { plugins } from './plugins.ts';
import { choosePreemption } from './preemption.ts';
import type { Snapshot } from './framework.ts';
import type { Pod } from '@orrery/kinds/types';
import { asking, at, node, pod, snapshot } from './testing/objects.ts';

function preempt(wanted: Pod, world: Snapshot): string {
  const outcome = schedule(wanted, world, plugins, seededRandom(1));
  if ('node' in outcome) return `fits ${outcome.node}`;
  const found = choosePreemption(wanted, world, outcome.rejections, plugins);
  return found
    ? `${found.node}: ${found.victims
        .map(victim => victim.metadata.name)
        .toSorted()
        .join(' ')}`
    : 'none';
}

const weighing = (name: string, priority: number, cpu: string) => pod(name, { priority, ...asking(cpu) });
const urgent = weighing('urgent', 100, '1500m');

const cases: readonly [what: string, pod: Pod, world: Snapshot, expected: string][] = [
  ['nothing to end', urgent, snapshot(at(node('a', { allocatable: { cpu: '1' } }))), 'none'],
  ['one victim is enough', urgent, snapshot(at(node('a'), weighing('x', 0, '1'), weighing('y', 0, '500m'))), 'a: x'],
  ['the more important stays', urgent, snapshot(at(node('a'), weighing('x', 5, '1'), weighing('y', 1, '1'))), 'a: x y'],
  ['equals are safe', weighing('p', 5, '1500m'), snapshot(at(node('a'), weighing('x', 5, '1'))), 'none'],
  [
    'the lesser harm',
    urgent,
    snapshot(at(node('a'), weighing('x', 50, '1')), at(node('b'), weighing('y', 10, '1'))),
    'b: y',
  ],
  [
    'never, when so told',
    pod('p', { priority: 100, preemptionPolicy: 'Never', ...asking('1500m') }),
    snapshot(at(node('a'), weighing('x', 0, '1'))),
    'none',
  ],
  [
    'a cordoned node cannot be helped',
    urgent,
    snapshot(at(node('a', { spec: { unschedulable: true } }), weighing('x', 0, '1'))),
    'none',
  ],
];

for (const [what, wanted, world, expected] of cases) test(what, () => equal(preempt(wanted, world), expected));

test('the words of an event', () => {
  const rejections = new Map([
    ['a', { plugin: 'NodeResourcesFit', reasons: ['Insufficient cpu'], unresolvable: false }],
    ['b', { plugin: 'NodeUnschedulable', reasons: ['node(s) were unschedulable'], unresolvable: true }],
  ]);
  deepEqual(
    [fitError(2, rejections), preemptionError(2, 1, 1)],
    [
      '0/2 nodes are available: 1 Insufficient cpu, 1 node(s) were unschedulable.',
      'preemption: 0/2 nodes are available: 1 No preemption victims found for incoming pod, 1 Preemption is not helpful for scheduling.',
    ],
  );
});
