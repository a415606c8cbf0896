import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject, ObjectMeta } from '@orrery/machinery/meta';
import {
  and,
  annotationsChanged,
  generationChanged,
  isAdd,
  isDelete,
  isUpdate,
  labelsChanged,
  matchesLabels,
  not,
  ofNamespace,
  or,
  resourceVersionChanged,
  type Predicate,
} from './predicates.ts';
import type { Change } from './types.ts';

const object = (metadata: ObjectMeta): KubeObject => ({ metadata: { name: 'a', ...metadata } });
const update = (before: ObjectMeta, after: ObjectMeta): Change<KubeObject> => ({
  before: object(before),
  after: object(after),
});
const add = (metadata: ObjectMeta = {}): Change<KubeObject> => ({ after: object(metadata) });
const remove = (metadata: ObjectMeta = {}): Change<KubeObject> => ({ before: object(metadata) });

const cases: [string, Predicate, Change<KubeObject>, boolean][] = [
  ['a new generation', generationChanged, update({ generation: 1 }, { generation: 2 }), true],
  ['the same generation', generationChanged, update({ generation: 1 }, { generation: 1, labels: { a: 'b' } }), false],
  ['an add has a new generation', generationChanged, add({ generation: 1 }), true],
  ['a delete has a new generation', generationChanged, remove({ generation: 1 }), true],
  ['a new revision', resourceVersionChanged, update({ resourceVersion: '1' }, { resourceVersion: '2' }), true],
  ['a repetition', resourceVersionChanged, update({ resourceVersion: '1' }, { resourceVersion: '1' }), false],
  ['a label changed', labelsChanged, update({ labels: { a: '1' } }, { labels: { a: '2' } }), true],
  ['a label renamed', labelsChanged, update({ labels: { a: '1' } }, { labels: { b: '1' } }), true],
  ['a label came', labelsChanged, update({}, { labels: { a: '1' } }), true],
  ['a label went', labelsChanged, update({ labels: { a: '1', b: '2' } }, { labels: { a: '1' } }), true],
  [
    'labels in another order',
    labelsChanged,
    update({ labels: { a: '1', b: '2' } }, { labels: { b: '2', a: '1' } }),
    false,
  ],
  ['no labels and none', labelsChanged, update({}, { labels: {} }), false],
  [
    'a label like a member of all objects',
    labelsChanged,
    update({ labels: { a: '1' } }, { labels: { toString: '1' } }),
    true,
  ],
  ['labels of an add', labelsChanged, add(), true],
  ['an annotation changed', annotationsChanged, update({}, { annotations: { a: '1' } }), true],
  ['annotations the same', annotationsChanged, update({ labels: { a: '1' } }, {}), false],
  ['a namespace asked for', ofNamespace('x', 'y'), add({ namespace: 'y' }), true],
  ['another namespace', ofNamespace('x'), add({ namespace: 'y' }), false],
  ['no namespace', ofNamespace('x'), add(), false],
  ['a delete in the namespace', ofNamespace('x'), remove({ namespace: 'x' }), true],
  ['matching labels', matchesLabels('app=web,tier!=db'), add({ labels: { app: 'web' } }), true],
  ['other labels', matchesLabels('app=web'), add({ labels: { app: 'api' } }), false],
  ['a selector as an object', matchesLabels({ matchLabels: { app: 'web' } }), add({ labels: { app: 'web' } }), true],
  ['labels that match no longer', matchesLabels('app=web'), update({ labels: { app: 'web' } }, {}), true],
  ['an add is an add', isAdd, add(), true],
  ['an update is no add', isAdd, update({}, {}), false],
  ['a delete is a delete', isDelete, remove(), true],
  ['an add is no delete', isDelete, add(), false],
  ['an update is an update', isUpdate, update({}, {}), true],
  ['an add is no update', isUpdate, add(), false],
  ['not', not(isAdd), add(), false],
  ['and: all', and(isAdd, ofNamespace('x')), add({ namespace: 'x' }), true],
  ['and: one is missing', and(isAdd, ofNamespace('x')), add(), false],
  ['and of nothing', and(), add(), true],
  ['or: one suffices', or(isDelete, ofNamespace('x')), add({ namespace: 'x' }), true],
  ['or: none', or(isDelete, ofNamespace('x')), add(), false],
  ['or of nothing', or(), add(), false],
];

for (const [name, predicate, change, expected] of cases) {
  test(`${name} ${expected ? 'passes' : 'does not pass'}`, () => assert.equal(predicate(change), expected));
}
