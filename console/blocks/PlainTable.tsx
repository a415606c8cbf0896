import type { ReactNode } from 'react';
import { scrollable } from '../ui/scrollable.ts';
import styles from './plain-table.module.css';

export interface PlainTableProps {
  /** For screen readers: what the rows are. */
  readonly label: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly ReactNode[])[];
  /** Instead of rows. */
  readonly empty: string;
  /** Shown above it. */
  readonly title?: string;
}

/** A small table of what is known already: parts of one object. */
export function PlainTable({ label, head, rows, empty, title }: PlainTableProps) {
  return (
    <section className={styles.card} aria-label={label}>
      {title && <h2 className={styles.title}>{title}</h2>}
      {rows.length === 0 ? (
        <p className={styles.empty}>{empty}</p>
      ) : (
        <div className={styles.scroll} {...scrollable} role="group" aria-label={label}>
          <table>
            <thead>
              <tr>
                {head.map(word => (
                  <th key={word} scope="col">
                    {word}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((cells, row) => (
                <tr key={row}>
                  {cells.map((cell, column) => (
                    <td key={column}>{cell ?? '–'}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
