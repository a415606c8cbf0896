import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { luaScript } from './scripts.ts';

describe('a script for wrk', () => {
  test('holds path and body as they are, and begins where it is told', () => {
    const script = luaScript([{ method: 'POST', path: '/a?b="c"', body: '{"d":"\\n{n}"}' }], 7, 42);
    assert.match(script, /path = \[=\[\n\/a\?b="c"\]=\]/);
    assert.match(script, /body = \[=\[\n\{"d":"\\n\{n\}"\}\]=\]/);
    assert.match(script, /^local number = 42$/m);
    assert.match(script, /number % 7/);
  });
  test('sends JSON unless another type is named', () => {
    const call = { method: 'PATCH', path: '/', body: '{}' } as const;
    assert.match(luaScript([call], 1, 0), /type = \[=\[\napplication\/json\]=\]/);
    const merge = { ...call, contentType: 'application/merge-patch+json' };
    assert.match(luaScript([merge], 1, 0), /type = \[=\[\napplication\/merge-patch\+json\]=\]/);
  });
  test('has no body for a read', () => assert.doesNotMatch(luaScript([{ method: 'GET', path: '/' }], 1, 0), /body = /));
  test('a body cannot end its own brackets', () =>
    assert.match(luaScript([{ method: 'POST', path: '/', body: 'a]=]b' }], 1, 0), /body = \[==\[\na\]=\]b\]==\]/));
  test('without a request is an error', () => assert.throws(() => luaScript([], 1, 0), RangeError));
});
