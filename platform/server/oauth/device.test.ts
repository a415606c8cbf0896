import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newUserCode } from './device.ts';

test('codes for people have no vowels and are hardly ever the same', () => {
  let next = 0;
  const random = {
    float: () => 0,
    uuid: () => '',
    bytes: (size: number) => Uint8Array.from({ length: size }, () => next++ & 255),
  };
  const codes = Array.from({ length: 20 }, () => newUserCode(random));
  for (const code of codes) assert.match(code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
});
