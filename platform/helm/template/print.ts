/** Go's `fmt` over the values of templates: `print`, `println`, `printf`. Pure. */
import { floatText, formatFloat } from './numbers.ts';
import { quoteText } from './quote.ts';
import {
  entriesOf,
  GoObject,
  Integer,
  integerOf,
  isInteger,
  nestingMax,
  typeOf,
  ValueError,
  type Count,
  type Value,
} from './values.ts';

/** The text of a value as `%v` gives it; with `quote` the one of `%q` for the texts in it. */
export function textOf(value: Value, count: Count, inside: (text: string) => string = text => text, depth = 0): string {
  if (depth > nestingMax)
    throw new ValueError(`the value is nested deeper than ${nestingMax}: does it contain itself?`);
  count(1);
  if (typeof value === 'string') return inside(value);
  if (value === null) return '<nil>';
  if (typeof value === 'number') return floatText(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (value instanceof Integer) return value.text ?? String(value.value);
  if (value instanceof Uint8Array) return `[${[...value].join(' ')}]`;
  if (Array.isArray(value)) return `[${value.map(item => textOf(item, count, inside, depth + 1)).join(' ')}]`;
  if (value instanceof GoObject) {
    const text = value.text();
    if (text !== undefined) return inside(text);
    const elements = value.elements();
    return elements === undefined ? '{}' : textOf(elements, count, inside, depth + 1);
  }
  const entries = entriesOf(value).map(([key, item]) => `${inside(key)}:${textOf(item, count, inside, depth + 1)}`);
  return `map[${entries.join(' ')}]`;
}

/** `%#v`. */
function sourceOf(value: Value, count: Count): string {
  if (typeof value === 'string') return quoteText(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map(item => sourceOf(item, count)).join(', ')}}`;
  if (value instanceof Map) {
    const entries = entriesOf(value).map(([key, item]) => `${quoteText(key)}:${sourceOf(item, count)}`);
    return `map[string]interface {}{${entries.join(', ')}}`;
  }
  if (value === null) return 'interface {}(nil)';
  return textOf(value, count);
}

/** `fmt.Sprint`: a space between two operands of which neither is a text. */
export function sprint(values: readonly Value[], count: Count): string {
  let written = '';
  values.forEach((value, at) => {
    if (at > 0 && typeof value !== 'string' && typeof values[at - 1] !== 'string') written += ' ';
    written += textOf(value, count);
  });
  return written;
}

export const sprintln = (values: readonly Value[], count: Count): string =>
  `${values.map(value => textOf(value, count)).join(' ')}\n`;

interface Flags {
  minus: boolean;
  plus: boolean;
  sharp: boolean;
  space: boolean;
  zero: boolean;
  width: number | undefined;
  precision: number | undefined;
}

const bad = (verb: string, value: Value, count: Count): string =>
  value === null ? `%!${verb}(<nil>)` : `%!${verb}(${typeOf(value)}=${textOf(value, count)})`;

function wholeText(value: bigint, verb: string, flags: Flags): string | undefined {
  const size = value < 0n ? -value : value;
  const sign = value < 0n ? '-' : flags.plus ? '+' : flags.space ? ' ' : '';
  const based = (radix: number, prefix: string): string => {
    const digits = size.toString(radix).padStart(flags.precision ?? 0, '0');
    const lead = sign + (flags.sharp || verb === 'O' ? prefix : '');
    const isPadded = flags.zero && !flags.minus && flags.width !== undefined && flags.precision === undefined;
    return lead + (isPadded ? digits.padStart(flags.width! - lead.length, '0') : digits);
  };
  switch (verb) {
    case 'd':
    case 'v':
      return based(10, '');
    case 'b':
      return based(2, '0b');
    case 'o':
      return based(8, '0');
    case 'O':
      return based(8, '0o');
    case 'x':
      return based(16, '0x');
    case 'X':
      return based(16, '0X').toUpperCase();
    case 'c':
    case 'q': {
      const letter = value >= 0n && value <= 0x10ffffn ? String.fromCodePoint(Number(value)) : '\ufffd';
      return verb === 'c' ? letter : `'${letter === "'" ? "\\'" : letter}'`;
    }
    case 'U': {
      const name = `U+${size.toString(16).toUpperCase().padStart(4, '0')}`;
      return flags.sharp ? `${name} '${String.fromCodePoint(Number(size))}'` : name;
    }
    default:
      return undefined;
  }
}

function realText(value: number, verb: string, flags: Flags): string | undefined {
  if (!'veEfFgG'.includes(verb)) return undefined;
  const precision = flags.precision ?? ('eEfF'.includes(verb) ? 6 : -1);
  const text = formatFloat(value, verb === 'v' ? 'g' : verb, precision);
  const signed =
    text.startsWith('-') || text.startsWith('+') ? text : flags.plus ? `+${text}` : flags.space ? ` ${text}` : text;
  if (!flags.zero || flags.minus || flags.width === undefined || !Number.isFinite(value)) return signed;
  const sign = /^[-+ ]/.exec(signed)?.[0] ?? '';
  return sign + signed.slice(sign.length).padStart(flags.width - sign.length, '0');
}

function stringText(value: string, verb: string, flags: Flags): string | undefined {
  const cut = flags.precision === undefined ? value : [...value].slice(0, flags.precision).join('');
  switch (verb) {
    case 's':
    case 'v':
      return flags.sharp && verb === 'v' ? quoteText(value) : cut;
    case 'q':
      return flags.sharp && !value.includes('`') ? `\`${cut}\`` : quoteText(cut, flags.plus);
    case 'x':
    case 'X': {
      const hex = Buffer.from(cut).toString('hex');
      return verb === 'X' ? hex.toUpperCase() : hex;
    }
    default:
      return undefined;
  }
}

function format(value: Value, verb: string, flags: Flags, count: Count): string {
  if (verb === 'T') return typeOf(value);
  if (value === null) return verb === 'v' ? '<nil>' : bad(verb, value, count);
  if (typeof value === 'boolean') return verb === 't' || verb === 'v' ? String(value) : bad(verb, value, count);
  if (value instanceof Integer && value.text !== undefined && 'sv'.includes(verb)) return value.text;
  if (isInteger(value)) return wholeText(integerOf(value), verb, flags) ?? bad(verb, value, count);
  if (typeof value === 'number') return realText(value, verb, flags) ?? bad(verb, value, count);
  if (typeof value === 'string') return stringText(value, verb, flags) ?? bad(verb, value, count);
  if (value instanceof Uint8Array && 'sqxX'.includes(verb))
    return stringText(Buffer.from(value).toString(), verb, flags)!;
  if (verb === 'v' && flags.sharp) return sourceOf(value, count);
  if (verb === 'v') return textOf(value, count);
  if (value instanceof GoObject && value.text() !== undefined)
    return stringText(value.text()!, verb, flags) ?? bad(verb, value, count);
  return within(value, verb, flags, count);
}

/** Lists and maps give the verb to what is in them. */
function within(value: Value, verb: string, flags: Flags, count: Count): string {
  count(1);
  const elements = value instanceof GoObject ? (value.elements() ?? []) : value;
  const each = (item: Value): string => format(item, verb, flags, count);
  if (Array.isArray(elements)) return `[${elements.map(each).join(' ')}]`;
  if (elements instanceof Map)
    return `map[${entriesOf(elements)
      .map(([key, item]) => `${each(key)}:${each(item)}`)
      .join(' ')}]`;
  return each(elements);
}

const widthMax = 1_000_000;

function padded(text: string, { width, minus }: Flags): string {
  const length = [...text].length;
  if (width === undefined || length >= width) return text;
  return minus ? text + ' '.repeat(width - length) : ' '.repeat(width - length) + text;
}

const directive = /%([-+# 0]*)(\[\d*\])?(\*|\d+)?(?:\.(\[\d*\])?(\*|\d+)?)?(\[\d*\])?(.)?/gsu;

/** `fmt.Sprintf`. */
export function sprintf(pattern: string, values: readonly Value[], count: Count): string {
  let next = 0;
  let isReordered = false;
  /** `[2]` leads to the second operand; false when there is none such. */
  const go = (index: string | undefined): boolean => {
    if (index === undefined) return true;
    isReordered = true;
    const at = Number(index.slice(1, -1)) - 1;
    if (!(at >= 0 && at < values.length)) return false;
    next = at;
    return true;
  };
  const star = (): number | undefined => {
    const value = values[next++];
    return value !== undefined && isInteger(value) && integerOf(value) <= BigInt(widthMax)
      ? Number(integerOf(value))
      : undefined;
  };
  const number = (text: string | undefined): number | undefined =>
    text === undefined ? undefined : text === '*' ? star() : Math.min(widthMax, Number(text));
  const written = pattern.replace(
    directive,
    (all: string, marks: string, i1, wide, i2, fine, i3, verb: string | undefined) => {
      if (verb === undefined) return '%!(NOVERB)';
      if (verb === '%') return '%';
      let isGood = go(i1);
      const width = number(wide);
      isGood = go(i2) && isGood;
      const hasPrecision = all.slice(1 + marks.length).includes('.') && verb !== '.';
      const precision = hasPrecision ? (number(fine) ?? 0) : undefined;
      isGood = go(i3) && isGood;
      if (!isGood) return `%!${verb}(BADINDEX)`;
      const value = values[next++];
      if (value === undefined) return `%!${verb}(MISSING)`;
      const minus = marks.includes('-') || (width ?? 0) < 0;
      const flags = {
        minus,
        plus: marks.includes('+'),
        sharp: marks.includes('#'),
        space: marks.includes(' '),
        zero: marks.includes('0'),
        width: width && Math.abs(width),
        precision,
      };
      count((flags.width ?? 0) / 64);
      return padded(format(value, verb, flags, count), flags);
    },
  );
  if (isReordered || next >= values.length) return written;
  const extra = values
    .slice(next)
    .map(value => (value === null ? '<nil>' : `${typeOf(value)}=${textOf(value, count)}`));
  return `${written}%!(EXTRA ${extra.join(', ')})`;
}
