import assert from 'node:assert/strict';
import { test } from 'node:test';
import { between, commandFor, readCast, speedAfter, timeText, withoutPauses } from './cast.ts';

const lines = (...events: unknown[]) =>
  [{ version: 2, width: 100, height: 30 }, ...events].map(each => JSON.stringify(each)).join('\n');

test('a recording is its size, what was shown, and new sizes', () => {
  const cast = readCast(lines([0.5, 'o', 'a'], [1, 'r', '120x40'], [2.5, 'o', 'b']));
  assert.deepEqual(cast, {
    ...{ columns: 100, rows: 30, duration: 2.5 },
    events: [
      { at: 0.5, what: { text: 'a' } },
      { at: 1, what: { columns: 120, rows: 40 } },
      { at: 2.5, what: { text: 'b' } },
    ],
  });
});

test('what was typed is not shown, and lines that are none are left out', () => {
  const text = `${lines([1, 'i', 'secret'], [2, 'o', 'x'])}\nhalf a li\n[3]\nnull\n[1e999,"o","y"]`;
  assert.deepEqual(readCast(text).events, [{ at: 2, what: { text: 'x' } }]);
});

test('time never goes back', () =>
  assert.deepEqual(
    readCast(lines([5, 'o', 'a'], [1, 'o', 'b'])).events.map(({ at }) => at),
    [5, 5],
  ));

test('no recording makes a screen that takes up all memory', () => {
  const huge = readCast('{"version":2,"width":1e9,"height":-1}\n[1,"r","99999x99999"]');
  assert.deepEqual([huge.columns, huge.rows], [500, 24]);
  assert.deepEqual(huge.events[0]?.what, { columns: 500, rows: 200 });
});

for (const text of ['', 'no', '{"version":1}', '[]'])
  test(`"${text}" is no recording`, () => assert.throws(() => readCast(text), /asciicast/));

test('pauses are cut, what comes fast stays as it is', () => {
  const cast = withoutPauses(readCast(lines([1, 'o', 'a'], [61, 'o', 'b'], [61.5, 'o', 'c'])), 2);
  assert.deepEqual(
    cast.events.map(({ at }) => at),
    [1, 3, 3.5],
  );
  assert.equal(cast.duration, 3.5);
});

test('between two times is what came after the first, and with the second', () => {
  const cast = readCast(lines([0, 'o', 'a'], [1, 'o', 'b'], [2, 'o', 'c']));
  const texts = (from: number, to: number) => between(cast, from, to).map(({ what }) => 'text' in what && what.text);
  assert.deepEqual(texts(-1, 1), ['a', 'b']);
  assert.deepEqual(texts(1, 2), ['c']);
});

for (const [key, command] of [
  [' ', { do: 'toggle' }],
  ['ArrowRight', { do: 'seek', to: 12 }],
  ['ArrowLeft', { do: 'seek', to: 3 }],
  ['Home', { do: 'seek', to: 0 }],
  ['End', { do: 'seek', to: 12 }],
  ['5', { do: 'seek', to: 6 }],
  ['>', { do: 'speed', by: 1 }],
  ['q', undefined],
] as const)
  test(`the key "${key}"`, () => assert.deepEqual(commandFor(key, 8, 12), command));

test('speeds end where they end', () => {
  assert.equal(speedAfter(1, 1), 2);
  assert.equal(speedAfter(8, 1), 8);
  assert.equal(speedAfter(0.5, -1), 0.5);
});

test('times as people read them', () => assert.deepEqual([7.9, 750, 3723].map(timeText), ['0:07', '12:30', '1:02:03']));
