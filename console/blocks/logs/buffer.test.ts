import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogBuffer, logLimits, piecesOf } from './buffer.ts';

const buffer = (more: object = {}) => createLogBuffer({ ...logLimits, timed: false, ...more });
const textsOf = (log: ReturnType<typeof buffer>) => log.lines().map(({ text }) => text);

test('lines are whole, wherever their pieces were cut', () => {
  const log = buffer();
  for (const piece of ['on', 'e\ntw', 'o\n', 'three']) log.push(piece);
  assert.deepEqual(textsOf(log), ['one', 'two']);
  log.end();
  assert.deepEqual(textsOf(log), ['one', 'two', 'three']);
});

test('the newest lines are kept, and it is known how many are not', () => {
  const log = buffer({ linesMax: 3 });
  log.push('1\n2\n');
  log.push('3\n4\n5\n');
  assert.deepEqual([textsOf(log), log.dropped()], [['3', '4', '5'], 2]);
  log.push('6\n7\n8\n9\n');
  assert.deepEqual([textsOf(log), log.dropped()], [['7', '8', '9'], 6]);
});

test('lines keep their names while others go', () => {
  const log = buffer({ linesMax: 2 });
  log.push('1\n2\n3\n');
  const [, second] = log.lines();
  log.push('4\n');
  assert.equal(log.lines()[0], second);
});

test('memory is bounded by letters too: of all lines, and of one', () => {
  const log = buffer({ lettersMax: 10, lineMax: 4 });
  log.push('aaaaaa\nbbbb\ncccc\n');
  assert.deepEqual(textsOf(log), ['bbbb', 'cccc']);
  const endless = buffer({ lineMax: 4 });
  for (let piece = 0; piece < 1000; piece++) endless.push('xxxx');
  endless.end();
  assert.deepEqual(textsOf(endless), ['xxxx…']);
});

test('times stand beside the text, and are no part of it', () => {
  const log = buffer({ timed: true });
  log.push('2026-01-02T03:04:05.678901234Z hello 1\nno time\n');
  assert.deepEqual(
    log.lines().map(({ time, text }) => [time, text]),
    [
      ['2026-01-02T03:04:05.678901234Z', 'hello 1'],
      [undefined, 'no time'],
    ],
  );
});

test('what is for terminals is left out', () => {
  const log = buffer();
  log.push('\u001b[1;31mred\u001b[0m \u001b]0;title\u0007end\r\n');
  assert.deepEqual(textsOf(log), ['red end']);
});

test('what was searched for is marked, in any case', () => {
  assert.deepEqual(piecesOf('An error, Error!', 'error'), ['An ', 'error', ', ', 'Error', '!']);
  assert.deepEqual(piecesOf('nothing', 'x'), ['nothing']);
  assert.deepEqual(piecesOf('all', ''), ['all']);
});
