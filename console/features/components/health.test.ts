import assert from 'node:assert/strict';
import { test } from 'node:test';
import { groupsOf, stateOf, type Component } from './health.ts';

const component = (namespace: string, name: string, healthyBackends: number, totalBackends: number): Component => ({
  ...{ namespace, name, healthyBackends, totalBackends },
  ...{ selfLink: '', label: {}, startedAt: '' },
});

for (const [healthy, total, state] of [
  [2, 2, 'well'],
  [1, 2, 'partly'],
  [0, 2, 'down'],
  [0, 0, 'down'],
] as const)
  test(`${healthy} of ${total} is ${state}`, () => assert.equal(stateOf(healthy, total), state));

test('what needs somebody stands first in its namespace, namespaces keep their order', () => {
  const groups = groupsOf({
    kubesphereStatus: [
      component('kubesphere-system', 'b', 1, 1),
      component('kube-system', 'dns', 2, 2),
      component('kubesphere-system', 'c', 0, 1),
      component('kubesphere-system', 'a', 1, 2),
    ],
    nodeStatus: { totalNodes: 1, healthyNodes: 1 },
  });
  assert.deepEqual(
    groups.map(({ namespace, well, components }) => [namespace, well, components.map(({ name }) => name)]),
    [
      ['kubesphere-system', 1, ['c', 'a', 'b']],
      ['kube-system', 1, ['dns']],
    ],
  );
});
