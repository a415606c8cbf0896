import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatValue, reaches, reportData, reportText, type Report, type Row, type Unit } from './report.ts';
import { createTally } from './tally.ts';

describe('a value', () => {
  for (const [value, unit, text] of [
    [1432.4, 'ms', '1432 ms'],
    [9.876, 'ms', '9.88 ms'],
    [141.6, 'us', '142 us'],
    [159_900_000, 'bytes', '159.9 MB'],
    [229_940, 'bytes', '229.9 kB'],
    [0.254, 'percent', '0.25 %'],
    [12345.6, 'perSecond', '12346 /s'],
  ] satisfies [number, Unit, string][]) {
    test(`of ${value} ${unit} reads ${text}`, () => assert.equal(formatValue(value, unit), text));
  }
});

const row = (unit: Unit, goal: number | undefined, ...ours: number[]): Row => ({
  what: 'w',
  unit,
  ...(goal !== undefined && { goal }),
  values: { ours },
});

describe('a goal', () => {
  for (const [what, subject, reached] of [
    ['times: at most', row('ms', 10, 9, 10, 99), true],
    ['times: the median counts', row('ms', 10, 9, 11, 12), false],
    ['rates: at least', row('perSecond', 10, 11), true],
    ['rates: too few', row('perSecond', 10, 9), false],
    ['without a goal', row('ms', undefined, 9), undefined],
    ['without a value', row('ms', 10), undefined],
  ] as const) {
    test(what, () => assert.equal(reaches(subject, 'ours'), reached));
  }
});

const report: Report = {
  title: 'Things',
  machine: 'a machine',
  subjects: ['ours', 'theirs'],
  rows: [
    { what: 'start', unit: 'ms', goal: 100, values: { ours: [90, 100, 110], theirs: [300] } },
    { what: 'memory', unit: 'bytes', goal: 1e6, values: { ours: [2e6] } },
    { what: 'rate', unit: 'perSecond', values: { theirs: [7] } },
  ],
  notes: ['one thing', 'another'],
};

describe('a report', () => {
  test('is a table of medians with goals and spreads', () =>
    assert.equal(
      reportText(report),
      [
        'Things',
        'a machine',
        '',
        '           ours   theirs             GOAL   SPREAD',
        'start    100 ms   300 ms   100 ms reached   ±10 %',
        'memory   2.0 MB        -    1.0 MB missed',
        'rate          -     7 /s',
        '',
        'note: one thing',
        'note: another',
        '',
      ]
        .map((line, at) => (at === 4 ? line.replace('   ±10 %', '    ±10 %') : line))
        .join('\n'),
    ));

  test('as data has every value and the medians', () => {
    const { rows } = reportData(report) as { rows: { medians: unknown; values: unknown; reached?: boolean }[] };
    assert.deepEqual(rows[0]!.medians, { ours: 100, theirs: 300 });
    assert.deepEqual(rows[0]!.values, report.rows[0]!.values);
    assert.deepEqual(
      rows.map(({ reached }) => reached),
      [true, false, undefined],
    );
  });
});

describe('a tally', () => {
  test('keeps the order of its figures, and leaves out what was not measured', () => {
    const tally = createTally({ a: { unit: 'ms', goal: 3 }, b: { unit: 'bytes' }, c: { unit: 'ms' } });
    tally.add('c', 'ours', 1);
    tally.add('a', 'ours', 2);
    tally.add('a', 'ours', 4);
    tally.add('a', 'theirs', 5);
    assert.deepEqual(tally.rows(), [
      { what: 'a', unit: 'ms', goal: 3, values: { ours: [2, 4], theirs: [5] } },
      { what: 'c', unit: 'ms', values: { ours: [1] } },
    ]);
  });
});
