import assert from 'node:assert/strict';
import { test } from 'node:test';
import { linkOf } from './links.ts';

for (const [href, target] of [
  ['https://example.com/a b', 'https://example.com/a%20b'],
  ['HTTP://example.com', 'http://example.com/'],
  ['javascript:alert(1)', undefined],
  ['JaVaScRiPt:alert(1)', undefined],
  ['data:text/html,x', undefined],
  ['//example.com', undefined],
  ['/users', undefined],
  ['#part', undefined],
  ['https://', undefined],
] as const)
  test(`${href} ${target === undefined ? 'is no link' : 'is one'}`, () => assert.equal(linkOf(href), target));
