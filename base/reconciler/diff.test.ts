import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applyJsonPatch, applyMergePatch, type JsonObject } from '@orrery/machinery/patch';
import { seededRandom } from '@orrery/machinery/random';
import { jsonPatchOf, mergePatchOf, sameJson } from './diff.ts';

const jsonCases: [string, object, object, object[]][] = [
  ['nothing', { a: 1, b: { c: [1] } }, { b: { c: [1] }, a: 1 }, []],
  ['a member added', {}, { a: { b: 1 } }, [{ op: 'add', path: '/a', value: { b: 1 } }]],
  ['a member removed', { a: 1, b: 2 }, { b: 2 }, [{ op: 'remove', path: '/a' }]],
  ['a member replaced, deep inside', { a: { b: 1 } }, { a: { b: 2 } }, [{ op: 'replace', path: '/a/b', value: 2 }]],
  ['another type', { a: { b: 1 } }, { a: [1] }, [{ op: 'replace', path: '/a', value: [1] }]],
  ['null is a value', { a: 1 }, { a: null }, [{ op: 'replace', path: '/a', value: null }]],
  ['undefined is none', { a: 1 }, { a: 1, b: undefined }, []],
  ['names with slashes and tildes', { 'a/b~c': 1 }, { 'a/b~c': 2 }, [{ op: 'replace', path: '/a~1b~0c', value: 2 }]],
  ['an item appended', { a: [1] }, { a: [1, 2] }, [{ op: 'add', path: '/a/1', value: 2 }]],
  ['an item put first', { a: [1] }, { a: [2, 1] }, [{ op: 'add', path: '/a/0', value: 2 }]],
  ['an item taken out', { a: [1, 2, 3] }, { a: [1, 3] }, [{ op: 'remove', path: '/a/1' }]],
  ['an item changed inside', { a: [{ b: 1 }, 2] }, { a: [{ b: 3 }, 2] }, [{ op: 'replace', path: '/a/0/b', value: 3 }]],
];

for (const [name, before, after, expected] of jsonCases) {
  test(`JSON patch: ${name}`, () => assert.deepEqual(jsonPatchOf(before, after), expected));
}

const mergeCases: [string, object, object, object | undefined][] = [
  ['nothing', { a: 1 }, { a: 1, b: undefined }, undefined],
  ['only what differs', { a: { b: 1, c: 2 }, d: 3 }, { a: { b: 1, c: 4 }, d: 3 }, { a: { c: 4 } }],
  ['a member removed', { a: { b: 1, c: 2 } }, { a: { b: 1 } }, { a: { c: null } }],
  ['a list replaced whole', { a: [1, 2] }, { a: [1, 3] }, { a: [1, 3] }],
  ['an object for a scalar', { a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
];

for (const [name, before, after, expected] of mergeCases) {
  test(`merge patch: ${name}`, () => assert.deepEqual(mergePatchOf(before, after), expected));
}

const random = seededRandom(7);
const pick = (limit: number): number => Math.floor(random.float() * limit);
const names = ['a', 'b', 'c/d', 'e~f', '__proto__', 'constructor'];

function value(depth: number): unknown {
  const kind = pick(depth > 0 ? 6 : 4);
  if (kind === 5) return objectOf(depth - 1);
  if (kind === 4) return Array.from({ length: pick(5) }, () => value(depth - 1));
  return [1, 'x', true, 2][kind];
}

function objectOf(depth: number): object {
  const entries = Array.from({ length: pick(5) }, () => [names[pick(names.length)]!, value(depth)] as const);
  return Object.fromEntries(entries);
}

test('a patch applied to the one gives the other, whatever they are', () => {
  for (let round = 0; round < 3_000; round++) {
    const [before, after] = [objectOf(3), objectOf(3)] as [JsonObject, JsonObject];
    const text = JSON.stringify([before, after]);
    const patch = JSON.parse(JSON.stringify(jsonPatchOf(before, after))) as object[];
    assert.ok(sameJson(applyJsonPatch(before, patch), after), text);
    const merged = applyMergePatch(before, (mergePatchOf(before, after) ?? {}) as JsonObject);
    assert.ok(sameJson(merged, after), text);
    assert.equal(patch.length === 0, sameJson(before, after), text);
    assert.equal(JSON.stringify([before, after]), text, 'inputs stay as they are');
  }
});
