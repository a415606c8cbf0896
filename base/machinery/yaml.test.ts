import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { seededRandom } from './random.ts';
import { toYaml } from './yaml.ts';

/** A value and what go-yaml makes of it. */
const written: readonly [why: string, value: unknown, text: string][] = [
  ['keys in order, lists where their key is', { b: [1, { d: 2, c: [] }], a: {} }, 'a: {}\nb:\n- 1\n- c: []\n  d: 2\n'],
  ['nothing, truth, numbers', { a: null, b: true, c: -1.5 }, 'a: null\nb: true\nc: -1.5\n'],
  ['lists in lists', [[1, [2]], []], '- - 1\n  - - 2\n- []\n'],
  [
    'what would be no text',
    { a: '', b: 'y', c: '1', d: '2024-01-01', e: 'null', f: '0x1f', g: '1:30' },
    'a: ""\nb: "y"\nc: "1"\nd: "2024-01-01"\ne: "null"\nf: "0x1f"\ng: "1:30"\n',
  ],
  [
    'what would be another mark',
    { a: 'x: y', b: '- x', c: "it's: so", d: ' x', e: 'x #y', f: '{x' },
    "a: 'x: y'\nb: '- x'\nc: 'it''s: so'\nd: ' x'\ne: 'x #y'\nf: '{x'\n",
  ],
  [
    'what is plain all the same',
    { a: '.', b: "it's", c: 'a:b', d: '-x', e: 'a,b', f: '1.2.3.4', g: 'x#y' },
    "a: .\nb: it's\nc: a:b\nd: -x\ne: a,b\nf: 1.2.3.4\ng: x#y\n",
  ],
  [
    'keys follow the same rules',
    { y: 1, 'k:{"a":"b"}': {}, '.': {}, '1': 2 },
    '.: {}\n"1": 2\nk:{"a":"b"}: {}\n"y": 1\n',
  ],
  [
    'lines keep their breaks',
    { a: 'x\n\n y', b: 'x\n', c: ['x\n\n'] },
    'a: |-\n  x\n\n   y\nb: |\n  x\nc:\n- |+\n  x\n\n',
  ],
  ['lines that begin with a space tell how far they are indented', { a: ' x\ny' }, 'a: |2-\n   x\n  y\n'],
  ['lines that end with a space', { a: 'x \ny' }, 'a: "x \\ny"\n'],
  ['control characters', { a: 'x\ty\x01' }, 'a: "x\\ty\\x01"\n'],
  ['digits by their value', { a10: 1, a9: 2, A: 3, a_: 4, _: 5 }, '_: 5\nA: 3\na_: 4\na9: 2\na10: 1\n'],
  ['a key of more than 128 characters', { ['k'.repeat(129)]: 1 }, `? ${'k'.repeat(129)}\n: 1\n`],
];

for (const [why, value, text] of written) test(`YAML: ${why}`, () => assert.equal(toYaml(value), text));

test('YAML: lines are broken at the first space beyond the eightieth column', () => {
  const words = Array.from({ length: 40 }, (_, index) => `word${index}`).join(' ');
  for (const text of [words, `${words}: x`, `${words}\x01`]) {
    const yaml = toYaml({ metadata: { note: text } });
    const lines = yaml.trimEnd().split('\n').slice(1);
    assert.ok(lines.length > 2, yaml);
    for (const line of lines.slice(0, -1)) assert.ok(line.length > 80 && line.lastIndexOf(' ') <= 80, line);
    for (const line of lines.slice(1)) assert.match(line, /^ {4}\S/);
    assert.deepEqual(parse(yaml), { metadata: { note: text } });
  }
});

test('YAML: what is written is read again', () => {
  const random = seededRandom(7);
  const pieces = [
    'a',
    ' ',
    '\n',
    ': ',
    '#',
    '"',
    "'",
    '\\',
    '-',
    '0',
    'yes',
    '\t',
    'é',
    '𝒳',
    '\x85',
    '{',
    '&',
    'word ',
    '~',
    '\r',
  ];
  const draw = (): string => {
    const count = Math.floor(random.float() * 40);
    return Array.from({ length: count }, () => pieces[Math.floor(random.float() * pieces.length)]).join('');
  };
  for (let round = 0; round < 1_000; round++) {
    const value = { a: draw(), list: [draw(), { [draw().slice(0, 100) || 'k']: draw() }] };
    const yaml = toYaml(value);
    assert.deepEqual(parse(yaml, { version: '1.1' }), value, JSON.stringify(value));
  }
});
