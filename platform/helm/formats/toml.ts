/** TOML, written as Helm's library writes it and read as far as configuration files go. Pure. */
import { compareTexts } from '../template/values.ts';

type Table = Readonly<Record<string, unknown>>;

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isTables = (value: unknown): value is Table[] => Array.isArray(value) && value.length > 0 && value.every(isTable);

const keyText = (key: string): string => (/^[A-Za-z0-9_-]+$/.test(key) ? key : JSON.stringify(key));

function scalar(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    const text = String(value);
    return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
  }
  if (Array.isArray(value)) return `[${value.map(scalar).join(', ')}]`;
  if (isTable(value)) {
    const entries = Object.keys(value)
      .sort(compareTexts)
      .map(key => `${keyText(key)} = ${scalar(value[key])}`);
    return entries.length === 0 ? '{}' : `{${entries.join(', ')}}`;
  }
  return String(value);
}

function table(value: Table, path: readonly string[], lines: string[]): void {
  const keys = Object.keys(value)
    .sort(compareTexts)
    .filter(key => value[key] !== null && value[key] !== undefined);
  const pad = '  '.repeat(Math.max(0, path.length));
  for (const key of keys) {
    if (!isTable(value[key]) && !isTables(value[key])) lines.push(`${pad}${keyText(key)} = ${scalar(value[key])}`);
  }
  for (const key of keys) {
    const inner = value[key];
    const place = [...path, keyText(key)];
    const head = place.join('.');
    if (isTables(inner)) {
      for (const item of inner) {
        if (lines.length > 0 && path.length === 0) lines.push('');
        lines.push(`${pad}[[${head}]]`);
        table(item, place, lines);
      }
    } else if (isTable(inner)) {
      if (lines.length > 0 && path.length === 0) lines.push('');
      lines.push(`${pad}[${head}]`);
      table(inner, place, lines);
    }
  }
}

/** A plain object as a TOML document. */
export function toToml(value: unknown): string {
  if (!isTable(value)) throw new Error('toml: top-level values must be Go maps or structs');
  const lines: string[] = [];
  table(value, [], lines);
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}
