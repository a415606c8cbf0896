/** When keys that sign are made, when they begin to sign, and when they go. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planKeys, type StoredKey } from './keys.ts';

const day = 24 * 3600_000;
const times = { periodMs: 30 * day, leadMs: 3600_000, keptMs: 5 * 3600_000 };
const key = (kid: string, alg: string, signsFromMs: number): StoredKey => ({ kty: 'x', kid, alg, signsFromMs });
const both = (from: number, name = 'a') => [key(`${name}-es`, 'ES256', from), key(`${name}-rs`, 'RS256', from)];
const plans: [string, StoredKey[], number, string[], [string, number][]][] = [
  [
    'an empty installation gets both',
    [],
    5,
    [],
    [
      ['ES256', 5],
      ['RS256', 5],
    ],
  ],
  ['an older one gets what is missing', [key('a-es', 'ES256', 0)], 5, ['a-es'], [['RS256', 5]]],
  ['nothing while they are young', both(0), 29 * day, ['a-es', 'a-rs'], []],
  [
    'successors are published before they sign',
    both(0),
    30 * day - 3600_000,
    ['a-es', 'a-rs'],
    [
      ['ES256', 30 * day],
      ['RS256', 30 * day],
    ],
  ],
  ['once', [...both(0), ...both(30 * day, 'b')], 30 * day - 1000, ['a-es', 'a-rs', 'b-es', 'b-rs'], []],
  [
    'former ones are believed while what they signed lives',
    [...both(0), ...both(30 * day, 'b')],
    30 * day + times.keptMs - 1,
    ['a-es', 'a-rs', 'b-es', 'b-rs'],
    [],
  ],
  ['and then go', [...both(0), ...both(30 * day, 'b')], 30 * day + times.keptMs, ['b-es', 'b-rs'], []],
];
for (const [what, keys, now, kept, wanted] of plans)
  test(`L5: keys: ${what}`, () => {
    const plan = planKeys(keys, now, times);
    assert.deepEqual(
      plan.kept.map(({ kid }) => kid),
      kept,
    );
    assert.deepEqual(
      plan.wanted.map(({ algorithm, signsFromMs }) => [algorithm, signsFromMs]),
      wanted,
    );
  });
