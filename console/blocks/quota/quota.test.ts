import assert from 'node:assert/strict';
import { test } from 'node:test';
import { amountsOf, amountsPatch, fieldsFor, fullnessOf, isAmount, totalOf, usagesOf } from './quota.ts';

const percentOf = (hard: string, used: string) => usagesOf({ x: hard }, { x: used })[0]!.percent;

test('amounts of different units are compared as amounts', () => {
  assert.equal(percentOf('2', '500m'), 25);
  assert.equal(percentOf('1Gi', '512Mi'), 50);
  assert.equal(percentOf('10', '0'), 0);
});

test('a limit below what is there, and a limit of nothing, are full', () => {
  assert.equal(percentOf('1', '3'), 300);
  assert.equal(percentOf('0', '1'), 200);
  assert.equal(percentOf('0', '0'), 100);
  assert.equal(fullnessOf(usagesOf({ x: '0' }, {})[0]!), 'bad');
});

test('four fifths are worth a warning', () => {
  const tone = (used: string) => fullnessOf(usagesOf({ x: '100' }, { x: used })[0]!);
  assert.deepEqual(['79', '80', '99', '100'].map(tone), ['good', 'warn', 'warn', 'bad']);
});

test('what nobody has counted yet is none, and the order is that of forms', () =>
  assert.deepEqual(
    usagesOf({ 'example.com/gpu': '1', pods: '5', cpu: '2' }).map(({ name, used }) => [name, used]),
    [
      ['cpu', '0'],
      ['pods', '0'],
      ['example.com/gpu', '0'],
    ],
  ));

for (const [text, is] of [
  ['', true],
  [' 2 ', true],
  ['500m', true],
  ['4Gi', true],
  ['0', true],
  ['-1', false],
  ['many', false],
  ['1 Gi', false],
] as const)
  test(`"${text}" is ${is ? 'an amount' : 'none'}`, () => assert.equal(isAmount(text), is));

test('what was emptied is taken away, what is as it was is left out', () =>
  assert.deepEqual(amountsPatch({ pods: '5', cpu: '1' }, { pods: '', cpu: '1', memory: ' 1Gi ', secrets: '' }), {
    pods: null,
    memory: '1Gi',
  }));

test('nothing is set that was left empty', () => assert.deepEqual(amountsOf({ a: '', b: ' 2' }), { b: '2' }));

test('a limit that stands under another of its names has one field, and what nobody knows has one too', () => {
  const fields = fieldsFor({ cpu: '1', 'example.com/gpu': '1' });
  assert.equal(fields.includes('requests.cpu'), false);
  assert.deepEqual(fields.slice(-2), ['cpu', 'example.com/gpu']);
});

test('what is used is that of all projects, and what nobody counted yet is none', () =>
  assert.deepEqual(
    totalOf({
      metadata: { name: 'w1' },
      spec: { selector: {}, quota: { hard: { pods: '4', 'limits.cpu': '2' } } },
      status: { total: { hard: { pods: '4' }, used: { pods: '3' } } },
    }).map(({ name, used, hard }) => [name, used, hard]),
    [
      ['limits.cpu', '0', '2'],
      ['pods', '3', '4'],
    ],
  ));
