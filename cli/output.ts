/** What the command line prints: tables, JSON or YAML, colours only on a terminal. */
import { CliError } from './error.ts';

export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml';

export function outputFormat(text: string | undefined): OutputFormat {
  if (text === undefined) return 'table';
  if (text === 'json' || text === 'yaml' || text === 'wide' || text === 'table') return text;
  throw new CliError(`--output "${text}" is unknown: choose json, yaml or wide`, 2);
}

export interface Column<T> {
  readonly title: string;
  readonly of: (row: T) => string;
  /** Shown only with `-o wide`. */
  readonly wide?: true;
}

/** Left-aligned columns three spaces apart, as kubectl prints them. */
export function table<T>(columns: readonly Column<T>[], rows: readonly T[], format: OutputFormat): string {
  const shown = columns.filter(column => format === 'wide' || !column.wide);
  const cells = [shown.map(column => column.title), ...rows.map(row => shown.map(column => column.of(row)))];
  const widths = shown.map((_, at) => Math.max(...cells.map(line => line[at]!.length)));
  return cells
    .map(
      line =>
        `${line
          .map((cell, at) => cell.padEnd(widths[at]!))
          .join('   ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** Prints `value` as data, or `text()` for people. */
export async function print(format: OutputFormat, value: unknown, text: () => string): Promise<void> {
  if (format === 'json') process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
  else if (format === 'yaml') process.stdout.write((await import('./yaml.ts')).stringify(value));
  else process.stdout.write(text());
}

const coloured = (stream: NodeJS.WriteStream): boolean => Boolean(stream.isTTY) && !process.env.NO_COLOR;

const paint =
  (open: number, close: number) =>
  (text: string): string =>
    coloured(process.stdout) ? `\u001b[${open}m${text}\u001b[${close}m` : text;

export const bold = paint(1, 22);
export const dim = paint(2, 22);
export const green = paint(32, 39);
export const yellow = paint(33, 39);
export const red = paint(31, 39);

/** A frame around lines, for the one thing that must be seen. */
export function box(lines: readonly string[]): string {
  const width = Math.max(...lines.map(line => line.length));
  const body = lines.map(line => `│ ${line.padEnd(width)} │`);
  return [`╭${'─'.repeat(width + 2)}╮`, ...body, `╰${'─'.repeat(width + 2)}╯`, ''].join('\n');
}
