import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyDelta } from './stream.ts';

const pod = (uid: string, resourceVersion = '1') => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: uid, uid, resourceVersion },
});
const before = [pod('a'), pod('b'), pod('c')];

const cases: [string, string[], ReturnType<typeof pod>[], string[]][] = [
  ['nothing changed', ['a', 'b', 'c'], [], ['a1', 'b1', 'c1']],
  ['one changed in place', ['a', 'b', 'c'], [pod('b', '2')], ['a1', 'b2', 'c1']],
  ['one came, one left, the order turned', ['d', 'c', 'a'], [pod('d')], ['d1', 'c1', 'a1']],
  ['all left', [], [], []],
];
for (const [name, order, changed, expected] of cases)
  test(`a delta: ${name}`, () => {
    const after = applyDelta(before, { order, changed });
    assert.deepEqual(
      after.map(({ metadata }) => `${metadata.uid}${metadata.resourceVersion}`),
      expected,
    );
    for (const object of before)
      if (order.includes(object.metadata.uid) && !changed.some(({ metadata }) => metadata.uid === object.metadata.uid))
        assert.ok(after.includes(object), 'what did not change is the same value');
  });
