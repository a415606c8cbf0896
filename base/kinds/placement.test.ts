import { test } from 'node:test';
import { deepEqual, equal } from 'node:assert/strict';
import type { Node, NodeSelectorRequirement, Taint, Toleration } from '@orrery/kinds/types';
import { allowsNode, tolerates, untolerated } from './placement.ts';

const node: Node = { metadata: { name: 'a', labels: { zone: 'z1', gen: '9007199254740993' } }, spec: {} };
const required = (rule: NodeSelectorRequirement, list: 'matchExpressions' | 'matchFields' = 'matchExpressions') => ({
  containers: [],
  affinity: {
    nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ [list]: [rule] }] } },
  },
});

const rules: readonly [key: string, operator: NodeSelectorRequirement['operator'], values: string[], holds: boolean][] =
  [
    ['zone', 'In', ['z1', 'z2'], true],
    ['zone', 'In', ['z2'], false],
    ['zone', 'NotIn', ['z2'], true],
    ['other', 'NotIn', ['z2'], true],
    ['zone', 'Exists', [], true],
    ['other', 'Exists', [], false],
    ['toString', 'Exists', [], false],
    ['other', 'DoesNotExist', [], true],
    // Beyond what a double tells apart.
    ['gen', 'Gt', ['9007199254740992'], true],
    ['gen', 'Lt', ['9007199254740992'], false],
    ['zone', 'Gt', ['1'], false],
  ];

for (const [key, operator, values, holds] of rules) {
  test(`${key} ${operator} ${values.join()}`, () =>
    equal(allowsNode(required({ key, operator, values }), node), holds));
}

test('fields know the name only', () => {
  equal(allowsNode(required({ key: 'metadata.name', operator: 'In', values: ['a'] }, 'matchFields'), node), true);
  equal(allowsNode(required({ key: 'metadata.uid', operator: 'Exists' }, 'matchFields'), node), false);
});

test('an empty term matches nothing, no terms at all everything', () => {
  const terms = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } };
  equal(allowsNode({ containers: [], affinity: { nodeAffinity: terms } }, node), false);
  equal(allowsNode({ containers: [] }, node), true);
  equal(allowsNode({ containers: [], nodeSelector: { zone: 'z2' } }, node), false);
});

const taint: Taint = { key: 'k', value: 'v', effect: 'NoSchedule' };
const tolerations: readonly [toleration: Toleration, holds: boolean][] = [
  [{ key: 'k', value: 'v' }, true],
  [{ key: 'k', operator: 'Equal', value: 'w' }, false],
  [{ key: 'k', operator: 'Exists' }, true],
  [{ operator: 'Exists' }, true],
  [{ operator: 'Exists', effect: 'NoExecute' }, false],
  [{ key: 'other', operator: 'Exists' }, false],
  [{ value: 'v' }, false],
];

for (const [toleration, holds] of tolerations) {
  test(`tolerates: ${JSON.stringify(toleration)}`, () => equal(tolerates(toleration, taint), holds));
}

test('what no toleration covers is told in order', () => {
  const other: Taint = { key: 'o', effect: 'NoExecute' };
  deepEqual(untolerated([taint, other], [{ key: 'k', operator: 'Exists' }]), [other]);
  deepEqual(untolerated(undefined, undefined), []);
});
