import assert from 'node:assert/strict';
import { test } from 'node:test';
import { box, outputFormat, table, type Column } from './output.ts';

interface Row {
  readonly name: string;
  readonly size: number;
}

const columns: readonly Column<Row>[] = [
  { title: 'NAME', of: row => row.name },
  { title: 'SIZE', of: row => String(row.size) },
  { title: 'MORE', of: row => `${row.name}!`, wide: true },
];

test('columns are as wide as their widest cell, three spaces apart, without blanks at the end', () => {
  const rows = [
    { name: 'a', size: 100_000 },
    { name: 'longer', size: 1 },
  ];
  assert.equal(table(columns, rows, 'table'), 'NAME     SIZE\na        100000\nlonger   1\n');
  assert.equal(
    table(columns, rows, 'wide'),
    'NAME     SIZE     MORE\na        100000   a!\nlonger   1        longer!\n',
  );
  assert.equal(table(columns, [], 'table'), 'NAME   SIZE\n');
});

test('a frame fits its longest line', () => {
  assert.equal(box(['a', 'long']), '╭──────╮\n│ a    │\n│ long │\n╰──────╯\n');
});

test('formats', () => {
  assert.equal(outputFormat(undefined), 'table');
  for (const format of ['json', 'yaml', 'wide'] as const) assert.equal(outputFormat(format), format);
  assert.throws(() => outputFormat('xml'), {
    message: '--output "xml" is unknown: choose json, yaml or wide',
    exitCode: 2,
  });
});
