import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from './random.ts';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityOf,
  quantityOfMilli,
  subtractQuantities,
  ratioOf,
  toMilli,
  toNumber,
} from './quantity.ts';

const canonical: readonly (readonly [string | number, string])[] = [
  ['0', '0'],
  ['0Ki', '0'],
  ['1.5G', '1500M'],
  ['0.1', '100m'],
  ['1000', '1k'],
  ['1000m', '1'],
  ['1500m', '1500m'],
  ['12Ki', '12Ki'],
  ['1024Ki', '1Mi'],
  ['1.5Gi', '1536Mi'],
  ['0.5Ki', '512'],
  ['-1.5Gi', '-1536Mi'],
  ['1000000Ki', '1000000Ki'],
  ['1e3', '1e3'],
  ['1E3', '1E3'],
  ['1e1', '10'],
  ['100e3', '100e3'],
  ['1E', '1E'],
  ['0.1n', '1n'],
  ['1e-12', '1e-9'],
  ['100Ei', '9223372036854775807'],
  ['+5', '+5'],
  ['007', '007'],
  [2, '2'],
  [0.25, '250m'],
  ['.5', '500m'],
];
for (const [text, stored] of canonical) {
  test(`${text} is stored as ${stored}`, () => assert.equal(canonicalQuantity(text), stored));
}

const format = /^Error: quantities must match the regular expression/;
const refused: readonly (readonly [string, RegExp])[] = [
  ['', format],
  ['abc', format],
  ['1.2.3', format],
  ['1 Gi', format],
  [' 1', format],
  ['1Kii', /^Error: unable to parse quantity's suffix$/],
  ['1e', /suffix$/],
  ['1-', /suffix$/],
  ['1e999999999', /^Error: unable to parse numeric part of quantity$/],
  ['1'.repeat(10_000), /numeric part/],
];
for (const [text, error] of refused) {
  test(`${JSON.stringify(text.slice(0, 20))} is refused`, () => assert.throws(() => parseQuantity(text), error));
}

test('arithmetic is exact and a zero takes over the other format', () => {
  const sum = addQuantities(parseQuantity('0.1'), parseQuantity('0.2'));
  assert.equal(formatQuantity(sum), '300m');
  assert.equal(formatQuantity(addQuantities(parseQuantity('0'), parseQuantity('1Gi'))), '1Gi');
  assert.equal(formatQuantity(subtractQuantities(parseQuantity('1Gi'), parseQuantity('512Mi'))), '512Mi');
  assert.equal(compareQuantities(parseQuantity('1Ki'), parseQuantity('1024')), 0);
  assert.equal(compareQuantities(parseQuantity('1k'), parseQuantity('1Ki')), -1);
});

test('ratios are exact to a thousandth, but for amounts too large to count so', () => {
  assert.equal(ratioOf('1', '100m'), 10);
  assert.equal(ratioOf('500m', '50m'), 10);
  assert.equal(ratioOf('500m', 1), 0.5);
  assert.equal(ratioOf('1', '100m', '10P'), 1);
  assert.equal(ratioOf('20Pi', '10Pi'), 2);
});

test('plain numbers round away from zero', () => {
  assert.equal(toMilli('0.0001'), 1);
  assert.equal(toMilli('1.5'), 1500);
  assert.equal(toNumber('100m'), 1);
  assert.equal(toNumber('-100m'), -1);
  assert.equal(toNumber('2Gi'), 2 ** 31);
  assert.equal(formatQuantity(quantityOf(2 ** 31, 'BinarySI')), '2Gi');
  assert.equal(formatQuantity(quantityOfMilli(1500)), '1500m');
});

test('canonical text is a fixed point and keeps the value', () => {
  const random = seededRandom(7);
  const suffixes = ['', 'n', 'u', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi', 'e3', 'e-2'];
  for (let i = 0; i < 2000; i++) {
    const text = `${(random.float() * 10 ** Math.floor(random.float() * 9)).toFixed(Math.floor(random.float() * 4))}${suffixes[Math.floor(random.float() * suffixes.length)]}`;
    const value = parseQuantity(text);
    const written = formatQuantity(value);
    assert.equal(compareQuantities(parseQuantity(written), value), 0, text);
    assert.equal(formatQuantity(parseQuantity(written)), written, text);
  }
});
