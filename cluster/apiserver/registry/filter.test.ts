import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@orrery/machinery/random';
import { matches, parseSelector } from '@orrery/machinery/selector';
import { selectionOf } from './filter.ts';
import { headOf } from './record.ts';

const known = (field: string): string => field;
const select = (
  labels: Record<string, string>,
  fields: Record<string, string>,
  labelSelector = '',
  fieldSelector = '',
) => {
  const head = headOf({ metadata: { name: 'n', labels } }, fields);
  const { filter } = selectionOf(labelSelector, fieldSelector, known);
  return filter === undefined || filter({ head, namespace: 'ns', name: 'n' });
};

test('on a head a label selector means what it means on labels', () => {
  const random = seededRandom(7);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random.float() * list.length)]!;
  const keys = ['a', 'ab', 'b', 'x/a'];
  const values = ['', '1', '2', 'ab', 'b'];
  const terms = [
    () => `${pick(keys)}=${pick(values)}`,
    () => `${pick(keys)}!=${pick(values)}`,
    () => `${pick(keys)} in (${pick(values)},${pick(values)})`,
    () => `${pick(keys)} notin (${pick(values)},${pick(values)})`,
    () => pick(keys),
    () => `!${pick(keys)}`,
    () => `${pick(keys)}>1`,
    () => `${pick(keys)}<2`,
  ];
  for (let round = 0; round < 3000; round++) {
    const labels: Record<string, string> = {};
    for (const key of keys) if (random.float() < 0.5) labels[key] = pick(values);
    const text = [pick(terms)(), ...(random.float() < 0.5 ? [pick(terms)()] : [])].join(',');
    assert.equal(
      select(labels, {}, text),
      matches(parseSelector(text), labels),
      `${text} on ${JSON.stringify(labels)}`,
    );
  }
});

test('fields compare whole values, whatever letters they hold', () => {
  const value = 'a\u0004b\u0005c';
  assert.equal(select({}, { reason: value }, '', `reason=${value}`), true);
  assert.equal(select({}, { reason: value }, '', 'reason=b'), false);
  assert.equal(select({}, { 'spec.nodeName': '' }, '', 'spec.nodeName='), true);
  assert.equal(select({}, { 'spec.nodeName': 'x' }, '', 'spec.nodeName!='), true);
  assert.equal(select({ a: 'n1' }, { 'spec.nodeName': 'n10' }, '', 'spec.nodeName=n1'), false);
  assert.equal(select({}, {}, '', 'metadata.name=n,metadata.namespace=ns'), true);
  assert.equal(select({}, {}, '', 'metadata.name!=n'), false);
});

test('malformed selectors are the client’s fault', () => {
  assert.throws(() => selectionOf('a in b', undefined, known), { code: 400 });
  assert.throws(() => selectionOf(undefined, 'a', known), { code: 400 });
});
