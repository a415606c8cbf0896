/** The rows of a load report, in the order in which they were first measured. */
import type { Row, Unit } from './report.ts';

export interface Figures {
  /** `detail` tells which figure of `what` it is; the main one has none. */
  add(what: string, unit: Unit, subject: string, value: number, detail?: string): void;
  rows(): readonly Row[];
}

export function createFigures(): Figures {
  const rows = new Map<string, Row & { readonly values: Record<string, number[]> }>();
  return {
    add(what, unit, subject, value, detail) {
      const key = `${what}\n${detail ?? ''}`;
      const row = rows.get(key) ?? { what, unit, values: {}, ...(detail !== undefined && { detail }) };
      rows.set(key, row);
      (row.values[subject] ??= []).push(value);
    },
    rows: () => [...rows.values()],
  };
}
