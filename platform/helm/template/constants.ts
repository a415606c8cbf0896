/** Literals of templates, read as Go reads them. Pure. */
import { escaped } from '@orrery/machinery/go-escapes';
import type { Token } from './tokens.ts';
import { Integer, type Value } from './values.ts';

/** What a backslash and this letter stand for in quotes of this kind: the other kind needs none. */
const letterOf = (letter: string, quote: string): string | undefined =>
  escaped(letter) ?? (letter === '\\' || letter === quote ? letter : undefined);

/** A quoted text without its quotes; undefined when Go would refuse it. */
export function unquote(quoted: string): string | undefined {
  const inside = quoted.slice(1, -1);
  if (quoted.startsWith('`')) return inside.replaceAll('\r', '');
  const quote = quoted[0]!;
  const bytes: Buffer[] = [];
  const escape = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.))|([^\\]+)/gsu;
  let end = 0;
  for (const found of inside.matchAll(escape)) {
    if (found.index !== end) return undefined;
    end += found[0].length;
    const [, hex, short, long, octal, letter, plain] = found;
    if (plain !== undefined) bytes.push(Buffer.from(plain));
    else if (hex !== undefined || octal !== undefined) {
      const byte = hex !== undefined ? Number.parseInt(hex, 16) : Number.parseInt(octal!, 8);
      if (byte > 255) return undefined;
      bytes.push(Buffer.from([byte]));
    } else if (letter !== undefined) {
      const meant = letterOf(letter, quote);
      if (meant === undefined) return undefined;
      bytes.push(Buffer.from(meant));
    } else {
      const code = Number.parseInt((short ?? long)!, 16);
      if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
      bytes.push(Buffer.from(String.fromCodePoint(code)));
    }
  }
  return end === inside.length ? Buffer.concat(bytes).toString() : undefined;
}

const wholeShape = /^[+-]?(?:0[xX](?:_?[0-9a-fA-F]+)+|0[oO]?(?:_?[0-7]+)+|0[bB](?:_?[01]+)+|0|[1-9](?:_?[0-9]+)*)$/;
const realShape = /^[+-]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?$/;

/** A whole number in Go's notation (base by prefix); undefined for anything else. */
export function wholeOf(text: string): bigint | undefined {
  if (!wholeShape.test(text)) return undefined;
  const isNegative = text.startsWith('-');
  const digits = text.replace(/^[+-]/, '').replaceAll('_', '');
  const value = BigInt(/^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return isNegative ? -value : value;
}

/** The value of a token that is a boolean, a number or a character; an error in Go's words for one that is none. */
export function constantOf({ type, text }: Token): Value | Error {
  if (type === 'bool') return text === 'true';
  if (type === 'character') {
    const letter = unquote(text);
    const code = letter?.codePointAt(0);
    if (letter === undefined || code === undefined || [...letter].length !== 1)
      return new Error(`malformed character constant: ${text}`);
    return new Integer('int32', BigInt(code));
  }
  const whole = wholeOf(text);
  if (whole !== undefined) {
    if (whole >= 2n ** 63n || whole < -(2n ** 63n)) return new Error(`integer overflow: ${JSON.stringify(text)}`);
    return whole;
  }
  if (!realShape.test(text)) return new Error(`illegal number syntax: ${JSON.stringify(text)}`);
  return Number(text.replaceAll('_', ''));
}
