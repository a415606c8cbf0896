/** Figures, and how they are printed. */
import { median, pairedRatio, spread } from './statistics.ts';

export type Unit = 'ms' | 'us' | 'bytes' | 'percent' | 'perSecond';

/** One thing measured on each of several subjects, once per round. */
export interface Row {
  readonly what: string;
  /** Which figure of `what` this is, when it is not the main one; printed below that one. */
  readonly detail?: string;
  readonly unit: Unit;
  /** What the first subject should reach; a rate at least, all else at most. */
  readonly goal?: number;
  /** Subject to values, a round each. A subject that is absent was not measured. */
  readonly values: Readonly<Record<string, readonly number[]>>;
}

export interface Report {
  readonly title: string;
  /** Processor, memory, kernel: figures of different machines do not compare. */
  readonly machine: string;
  /** The first is ours, the others are there to compare with. */
  readonly subjects: readonly string[];
  readonly rows: readonly Row[];
  /** Pairs of subjects: how many times as large the first is as the second is a column. */
  readonly ratios?: readonly (readonly [first: string, second: string])[];
  /** What a reader must know to judge the figures. */
  readonly notes: readonly string[];
}

export function formatValue(value: number, unit: Unit): string {
  if (unit === 'ms') return value < 10 ? `${value.toFixed(2)} ms` : `${value.toFixed(0)} ms`;
  if (unit === 'us') return `${value.toFixed(0)} us`;
  if (unit === 'bytes') return value < 1e6 ? `${(value / 1e3).toFixed(1)} kB` : `${(value / 1e6).toFixed(1)} MB`;
  if (unit === 'percent') return `${value.toFixed(2)} %`;
  return `${value.toFixed(0)} /s`;
}

/** Whether the median of our values reaches the goal; undefined where there is none, or nothing was measured. */
export function reaches({ goal, unit, values }: Row, subject: string): boolean | undefined {
  const ours = values[subject];
  if (goal === undefined || !ours?.length) return undefined;
  return unit === 'perSecond' ? median(ours) >= goal : median(ours) <= goal;
}

/** A table of medians: a row per figure, a column per subject, then ratios, the goal and the spread of the first subject's values. */
export function reportText({ title, machine, subjects, rows, notes, ratios = [] }: Report): string {
  const cell = (values: readonly number[] | undefined, unit: Unit): string =>
    values?.length ? formatValue(median(values), unit) : '-';
  const lines = rows.map(row => [
    row.detail === undefined ? row.what : `  ${row.detail}`,
    ...subjects.map(subject => cell(row.values[subject], row.unit)),
    ...ratios.map(pair => ratioText(ratioOf(row, pair))),
    goalText(row, subjects[0]!),
    spreadText(row.values[subjects[0]!]),
  ]);
  return [
    `${title}\n${machine}\n`,
    columns(filledOnly([['', ...subjects, ...ratios.map(pair => pair.join('/')), 'GOAL', 'SPREAD'], ...lines])),
    notes.map(note => `note: ${note}\n`).join(''),
  ].join('\n');
}

/** See {@link pairedRatio}; undefined when one of the two was not measured. */
export const ratioOf = ({ values }: Row, [first, second]: readonly [string, string]): number | undefined =>
  pairedRatio(values[first] ?? [], values[second] ?? []);

const ratioText = (ratio: number | undefined): string => (ratio === undefined ? '' : ratio.toFixed(2));

/** Without the columns that have a head and nothing else. */
const filledOnly = (lines: readonly (readonly string[])[]): string[][] => {
  const kept = lines[0]!.map((_, at) => at === 0 || lines.slice(1).some(line => line[at] !== ''));
  return lines.map(line => line.filter((_, at) => kept[at]));
};

function goalText(row: Row, subject: string): string {
  const reached = reaches(row, subject);
  if (row.goal === undefined) return '';
  return `${formatValue(row.goal, row.unit)}${reached === undefined ? '' : reached ? ' reached' : ' missed'}`;
}

const spreadText = (values: readonly number[] | undefined): string =>
  values && values.length > 1 ? `±${((spread(values) * 100) / 2).toFixed(0)} %` : '';

/** The first column to the left, the others to the right, three spaces apart. */
function columns(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, at) => Math.max(...lines.map(line => line[at]!.length)));
  const pad = (text: string, at: number): string => (at === 0 ? text.padEnd(widths[at]!) : text.padStart(widths[at]!));
  return lines.map(line => `${line.map(pad).join('   ').trimEnd()}\n`).join('');
}

/** The report as data: medians beside every value. */
export const reportData = (report: Report): unknown => ({
  ...report,
  rows: report.rows.map(row => ({
    ...row,
    reached: reaches(row, report.subjects[0]!),
    ratios: Object.fromEntries((report.ratios ?? []).map(pair => [pair.join('/'), ratioOf(row, pair)])),
    medians: Object.fromEntries(
      Object.entries(row.values)
        .filter(([, values]) => values.length > 0)
        .map(([subject, values]) => [subject, median(values)]),
    ),
  })),
});
