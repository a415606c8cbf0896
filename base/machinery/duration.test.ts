import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatDuration, parseDuration } from './duration.ts';

for (const [text, milliseconds] of [
  ['0', 0],
  ['300ms', 300],
  ['-1.5h', -5_400_000],
  ['1h15m30.918s', 4_530_918],
  ['1µs', 0.001],
] as const) {
  test(`${text} is ${milliseconds} ms`, () => assert.equal(parseDuration(text), milliseconds));
}

for (const [text, problem] of [
  ['', 'time: invalid duration ""'],
  ['1', 'time: missing unit in duration "1"'],
  ['1d', 'time: unknown unit "d" in duration "1d"'],
  // Names that every object has are no units.
  ['1constructor', 'time: unknown unit "constructor" in duration "1constructor"'],
  ['1__proto__', 'time: unknown unit "__proto__" in duration "1__proto__"'],
  ['9223372036854775808ns', 'time: invalid duration "9223372036854775808ns"'],
] as const) {
  test(`${JSON.stringify(text)} is refused`, () => assert.throws(() => parseDuration(text), new Error(problem)));
}

test('what is written is read back', () => {
  for (const milliseconds of [0, 1, 999, 1000, 61_500, 3_600_000, -90_061_001])
    assert.equal(parseDuration(formatDuration(milliseconds)), milliseconds);
});
