import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ageText } from './age.ts';

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

for (const [ms, expected] of [
  [-5 * second, '0s'],
  [0, '0s'],
  [999, '0s'],
  [42 * second, '42s'],
  [minute, '1m'],
  [5 * minute + 3 * second, '5m3s'],
  [12 * minute + 3 * second, '12m'],
  [3 * hour + 20 * minute, '3h20m'],
  [2 * day + 4 * hour, '2d4h'],
  [30 * day, '30d'],
  [395 * day, '1y30d'],
] as const)
  test(`${ms} ms are ${expected}`, () => assert.equal(ageText(ms), expected));
