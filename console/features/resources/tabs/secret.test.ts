import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoded } from './secret.ts';

test('a value is shown when it is text, in any letters', () => {
  const values: readonly [string, string | undefined][] = [
    [btoa('secret\n'), 'secret\n'],
    [Buffer.from('密码').toString('base64'), '密码'],
    [Buffer.from([0, 1, 2]).toString('base64'), undefined],
    [Buffer.from([0xff, 0xfe]).toString('base64'), undefined],
    ['not base64!', undefined],
  ];
  for (const [value, text] of values) assert.equal(decoded(value), text, value);
});
