import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expand } from './expand.ts';

const names: Record<string, string> = { A: 'a', B: 'b', EMPTY: '', 'with.dot': 'd' };
const rows: [string, string][] = [
  ['plain', 'plain'],
  ['$(A)', 'a'],
  ['___$(A)___', '___a___'],
  ['$(A)$(B)', 'ab'],
  ['$(EMPTY)x', 'x'],
  ['$(UNKNOWN)', '$(UNKNOWN)'],
  ['$$(A)', '$(A)'],
  ['$$$(A)', '$a'],
  ['$$$$(A)', '$$(A)'],
  ['$A', '$A'],
  ['${A}', '${A}'],
  ['$(A', '$(A'],
  ['$(A$(B)', '$(A$(B)'],
  ['$(with.dot)', 'd'],
  ['$()', '$()'],
  ['end$', 'end$'],
  ['$$', '$'],
  ['f$(A)$$(B)$', 'fa$(B)$'],
  ['', ''],
];

for (const [text, wanted] of rows) {
  test(`expand ${JSON.stringify(text)}`, () =>
    assert.equal(
      expand(text, name => names[name]),
      wanted,
    ));
}
