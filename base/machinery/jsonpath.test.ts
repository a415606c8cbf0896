import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseJsonPath } from './jsonpath.ts';

const pod = {
  metadata: { name: 'p', labels: { 'a.b/c': 'dotted', plain: 'x' } },
  spec: { containers: [{ name: 'one', image: 'i1' }, { name: 'two' }], ports: [1, 2, 3, 4] },
  status: {
    conditions: [
      { type: 'Ready', status: 'True', count: 3 },
      { type: 'Started', status: 'False', count: 1 },
    ],
  },
};

test('finds what kubectl finds', () => {
  const cases: readonly [path: string, found: readonly unknown[]][] = [
    ['.metadata.name', ['p']],
    ['{.metadata.name}', ['p']],
    ['$.metadata.name', ['p']],
    ['.metadata.missing.deeper', []],
    ['.metadata.labels.a\\.b/c', ['dotted']],
    [".metadata.labels['a.b/c']", ['dotted']],
    [".metadata.labels['plain','a.b/c']", ['x', 'dotted']],
    ['.spec.containers[*].name', ['one', 'two']],
    ['.spec.containers[*].image', ['i1']],
    ['.spec.containers[1].name', ['two']],
    ['.spec.containers[-1].name', ['two']],
    ['.spec.containers[7].name', []],
    ['.spec.ports[1:3]', [2, 3]],
    ['.spec.ports[:2]', [1, 2]],
    ['.spec.ports[::2]', [1, 3]],
    ['.spec.ports[0,3]', [1, 4]],
    ['.metadata.labels.*', ['dotted', 'x']],
    ['..name', ['p', 'one', 'two']],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='Started')].status", ['False']],
    ['.status.conditions[?(@.count > 1)].type', ['Ready']],
    ['.status.conditions[?(@.count<=1)].type', ['Started']],
    ['.status.conditions[?(@.missing)].type', []],
    ['.spec.containers[?(@.image)].name', ['one']],
    ['.', [pod]],
  ];
  for (const [path, found] of cases) assert.deepEqual(parseJsonPath(path).find(pod), found, path);
});

test('tells paths of nothing but fields', () => {
  assert.deepEqual(parseJsonPath('.spec.replicas').fields, ['spec', 'replicas']);
  assert.equal(parseJsonPath('.spec.ports[0]').fields, undefined);
});

test('inherited names are no fields', () => {
  assert.deepEqual(parseJsonPath('.constructor.name').find({}), []);
  assert.deepEqual(parseJsonPath('.__proto__').find({}), []);
});

test('refuses what it cannot read', () => {
  for (const path of ['.a[', '.a[?(@.b==)]', '.a[1', ".a['b", '.a b', '.a[?(@.b=="x"]', '.a[::0]', '.a'.repeat(200)])
    assert.throws(() => parseJsonPath(path), Error, path);
});
