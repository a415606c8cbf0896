import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultBounds, judge, type Sample } from './judge.ts';

const mebibyte = 1024 * 1024;

/** Twenty samples, of which each is made from the steady one. */
const samples = (change: (sample: Sample, share: number) => Partial<Sample>): Sample[] =>
  Array.from({ length: 20 }, (_, at) => {
    const steady: Sample = {
      atSeconds: at * 120,
      memoryBytes: 200 * mebibyte,
      handles: 60,
      diskBytes: 80 * mebibyte,
      succeeded: 1_000 * (at + 1),
      failed: 0,
    };
    return { ...steady, ...change(steady, at / 19) };
  });

const cases: [string, ReturnType<typeof samples>, readonly RegExp[]][] = [
  ['a server that stays as it is', samples(() => ({})), []],
  ['warming up', samples((_, share) => (share < 0.25 ? { memoryBytes: 90 * mebibyte, handles: 20 } : {})), []],
  [
    'memory that comes and goes',
    samples((_, share) => ({ memoryBytes: (200 + 80 * Math.sin(50 * share)) * mebibyte })),
    [],
  ],
  ['a leak of memory', samples((_, share) => ({ memoryBytes: (150 + 400 * share) * mebibyte })), [/memory grew from/]],
  [
    'too much memory at once',
    samples((_, share) => (share === 1 ? { memoryBytes: 900 * mebibyte } : {})),
    [/reached 900 MiB/],
  ],
  ['a leak of handles', samples((_, share) => ({ handles: 50 + Math.round(100 * share) })), [/handles grew from/]],
  ['a store beyond its budget', samples((_, share) => ({ diskBytes: share * 300 * mebibyte })), [/300 MiB of 256 MiB/]],
  ['failures', samples(() => ({ failed: 100 })), [/100 of 20100 requests failed/]],
  ['silence', samples(() => ({ succeeded: 0 })), [/nothing succeeded/]],
];

for (const [what, given, expected] of cases)
  test(what, () => {
    const { problems } = judge(given, defaultBounds);
    assert.equal(problems.length, expected.length, problems.join('\n'));
    for (const [at, pattern] of expected.entries()) assert.match(problems[at]!, pattern);
  });

test('a soak that is too short says so', () => {
  assert.throws(() => judge(samples(() => ({})).slice(0, 3), defaultBounds), RangeError);
});
