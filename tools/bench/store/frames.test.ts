import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createUnframer, frame } from './frames.ts';

const unframe = (pieces: readonly Buffer[]): string[] => {
  const messages: string[] = [];
  const take = createUnframer(message => messages.push(message.toString()));
  for (const piece of pieces) take(piece);
  return messages;
};

describe('frames of gRPC', () => {
  const whole = Buffer.concat([frame(Buffer.from('one')), frame(Buffer.from('')), frame(Buffer.from('three'))]);

  test('a message is led by five bytes', () =>
    assert.deepEqual([...frame(Buffer.from('ab'))], [0, 0, 0, 0, 2, 0x61, 0x62]));

  for (let size = 1; size <= whole.length; size++) {
    test(`messages come out whole from pieces of ${size} bytes`, () => {
      const pieces = Array.from({ length: Math.ceil(whole.length / size) }, (_, at) =>
        whole.subarray(at * size, (at + 1) * size),
      );
      assert.deepEqual(unframe(pieces), ['one', '', 'three']);
    });
  }

  test('half a message is none yet', () => assert.deepEqual(unframe([whole.subarray(0, 7)]), []));
  test('a compressed message is refused', () =>
    assert.throws(() => unframe([Buffer.from([1, 0, 0, 0, 0])]), /compressed/));
});
