/** Escapes in string and bytes literals. */
import { escaped } from '../go-escapes.ts';

const escapes = /\\(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([^]))/gu;

const inUtf8 = (text: string): string => Buffer.from(text).toString('latin1');

/**
 * A literal's inside with its escapes resolved. For bytes the answer is one letter per byte: `\x` and octal escapes are bytes, everything
 * else is UTF-8.
 * @throws RangeError for `\U` beyond the last letter
 */
export function unescapeText(inner: string, isBytes: boolean): string {
  const encode = isBytes ? inUtf8 : (text: string): string => text;
  let result = '';
  let last = 0;
  for (const found of inner.matchAll(escapes)) {
    result += encode(inner.slice(last, found.index));
    last = found.index + found[0].length;
    const [, hex, short, long, octal, letter] = found;
    if (hex !== undefined) result += String.fromCharCode(Number.parseInt(hex, 16));
    else if (octal !== undefined) result += String.fromCharCode(Number.parseInt(octal, 8));
    else if (letter !== undefined) result += escaped(letter) ?? letter;
    else result += encode(String.fromCodePoint(letterOf(short ?? long!)));
  }
  return result + encode(inner.slice(last));
}

function letterOf(hex: string): number {
  const code = Number.parseInt(hex, 16);
  if (code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) throw new RangeError('unable to unescape string');
  return code;
}
