import assert from 'node:assert/strict';
import { test } from 'node:test';
import { same } from './same.ts';

test('JSON values that say the same', () => {
  const rows: [unknown, unknown, boolean][] = [
    [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, true],
    [{ a: undefined }, {}, true],
    [{ a: null }, {}, true],
    [undefined, null, true],
    [[1, 2], [2, 1], false],
    [[1], [1, 2], false],
    [[], {}, false],
    [{ a: '1' }, { a: 1 }, false],
    [{ a: 0 }, {}, false],
    ['x', 'x', true],
    [JSON.parse('{"__proto__":{"a":1}}'), {}, false],
  ];
  for (const [a, b, expected] of rows) {
    assert.equal(same(a, b), expected, JSON.stringify([a, b]));
    assert.equal(same(b, a), expected, JSON.stringify([b, a]));
  }
});
