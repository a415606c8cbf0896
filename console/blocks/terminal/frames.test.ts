import assert from 'node:assert/strict';
import { test } from 'node:test';
import { terminalLimits } from '@orrery/platform-contract';
import { inputFrames, readFrame, sizeFrame } from './frames.ts';

test('what is typed and how large the window is go as KubeSphere’s frames', () => {
  assert.deepEqual(
    inputFrames('ls\r').map(frame => JSON.parse(frame)),
    [{ Op: 'stdin', Data: 'ls\r' }],
  );
  assert.deepEqual(JSON.parse(sizeFrame(24, 80)), { Op: 'resize', Rows: 24, Cols: 80 });
});

test('what is pasted goes in pieces that the server takes, without cutting a letter', () => {
  const pasted = '😀\u0001文'.repeat(30_000);
  const frames = inputFrames(pasted);
  assert.equal(frames.map(frame => (JSON.parse(frame) as { Data: string }).Data).join(''), pasted);
  assert.ok(frames.every(frame => new TextEncoder().encode(frame).length <= terminalLimits.frameBytesMax));
});

test('the server’s frames are output or a word to people; anything else is nothing', () => {
  const frames: readonly [string, unknown][] = [
    ['{"Op":"stdout","Data":"x"}', { kind: 'output', text: 'x' }],
    ['{"Op":"toast","Data":"no shell"}', { kind: 'notice', text: 'no shell' }],
    ['{"Op":"else","Data":"x"}', undefined],
    ['{"Op":"stdout"}', undefined],
    ['null', undefined],
    ['{', undefined],
  ];
  for (const [text, said] of frames) assert.deepEqual(readFrame(text), said, text);
});
