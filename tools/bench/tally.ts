/** Collects values while rounds go by. */
import type { Row, Unit } from './report.ts';

export interface Figure {
  readonly unit: Unit;
  readonly goal?: number;
}

export interface Tally<Name extends string> {
  add(what: Name, subject: string, value: number): void;
  /** In the order of the table of figures; what was never measured is left out. */
  rows(): Row[];
}

export function createTally<Name extends string>(figures: Readonly<Record<Name, Figure>>): Tally<Name> {
  const values = new Map<Name, Record<string, number[]>>();
  return {
    add(what, subject, value) {
      const bySubject = values.get(what) ?? {};
      (bySubject[subject] ??= []).push(value);
      values.set(what, bySubject);
    },
    rows: () =>
      (Object.entries(figures) as [Name, Figure][]).flatMap(([what, figure]) => {
        const measured = values.get(what);
        return measured ? [{ what, ...figure, values: measured }] : [];
      }),
  };
}
