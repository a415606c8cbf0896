/** Whether this commit is slower than the one before. */
import { ratioOf, type Row } from '../report.ts';

/** Below this share of the earlier rate a row is a failure. Two runs of the same program were seen to differ by a quarter. */
export const ratioMin = 0.6;

export interface Judged {
  readonly what: string;
  readonly ratio: number;
  readonly isSlower: boolean;
}

/** Rates only, each as the share of `earlier` that `now` reaches: times and sizes are for the reader. @throws when a rate is missing. */
export function judge(rows: readonly Row[], now: string, earlier: string): Judged[] {
  return rows
    .filter(({ unit, detail }) => unit === 'perSecond' && detail === undefined)
    .map(row => {
      const ratio = ratioOf(row, [now, earlier]);
      if (ratio === undefined) throw new Error(`${row.what} was measured on one of the two only`);
      return { what: row.what, ratio, isSlower: ratio < ratioMin };
    });
}

/** One line. */
export const judgedText = ({ what, ratio, isSlower }: Judged): string =>
  `${ratio.toFixed(2)}  ${what}${isSlower ? `  SLOWER than ${ratioMin}` : ''}`;
