import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fieldOf, valueText } from './revisions.ts';

for (const [pointer, field] of [
  ['/spec/containers/0/image', 'spec.containers[0].image'],
  ['/metadata/annotations/example.com~1why', 'metadata.annotations["example.com/why"]'],
  ['/metadata/labels/a~0b', 'metadata.labels["a~b"]'],
  ['', ''],
] as const)
  test(`${pointer || 'the whole'} is ${field || 'the whole'}`, () => assert.equal(fieldOf(pointer), field));

test('what is not there is a dash, texts are as they are', () =>
  assert.deepEqual([undefined, 'a', 1, { a: [true] }].map(valueText), ['–', 'a', '1', '{"a":[true]}']));
