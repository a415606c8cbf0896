/** JSON as Go's `encoding/json` writes it: keys in order, `<`, `>` and `&` escaped unless told otherwise. Pure. */
import { compareTexts } from '../template/values.ts';

// What Go escapes so that the text may stand in a page.
const marks = /[<>&\u2028\u2029]/g;

const text = (value: string, isRaw: boolean): string => {
  const quoted = JSON.stringify(value);
  return isRaw ? quoted : quoted.replace(marks, letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`);
};

interface Style {
  readonly isRaw: boolean;
  readonly indent: string;
}

function write(value: unknown, style: Style, lead: string): string {
  if (typeof value === 'string') return text(value, style.isRaw);
  if (value === null || typeof value !== 'object') return value === undefined ? 'null' : String(value);
  const inner = lead + style.indent;
  const [open, between, close] = style.indent === '' ? ['', ',', ''] : [`\n${inner}`, `,\n${inner}`, `\n${lead}`];
  if (Array.isArray(value)) {
    return value.length === 0 ? '[]' : `[${open}${value.map(item => write(item, style, inner)).join(between)}${close}]`;
  }
  const object = value as Record<string, unknown>;
  const colon = style.indent === '' ? ':' : ': ';
  const entries = Object.keys(object)
    .filter(key => object[key] !== undefined)
    .sort(compareTexts)
    .map(key => text(key, style.isRaw) + colon + write(object[key], style, inner));
  return entries.length === 0 ? '{}' : `{${open}${entries.join(between)}${close}}`;
}

/** A plain value; `bigint` stands for a whole number. Numbers that JSON has not are refused. */
export function goJson(value: unknown, { isRaw = false, indent = '' }: Partial<Style> = {}): string {
  return write(value, { isRaw, indent }, '');
}
