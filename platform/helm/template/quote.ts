/** Texts in quotes, as Go writes them (`strconv.Quote`). Pure. */
import { escapeOf } from '@orrery/machinery/go-escapes';

function shown(letter: string, isAscii: boolean): string {
  const name = escapeOf(letter);
  if (name !== undefined) return name;
  const code = letter.codePointAt(0)!;
  if (code < 0x20 || code === 0x7f) return `\\x${code.toString(16).padStart(2, '0')}`;
  const isShown = code < 0x7f || (!isAscii && !/[\p{C}\p{Z}]/u.test(letter));
  if (isShown) return letter;
  return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** `%q`; with `isAscii` the one of `%+q`. */
export const quoteText = (text: string, isAscii = false): string =>
  // eslint-disable-next-line no-control-regex
  /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/.test(text)
    ? `"${text}"`
    : `"${[...text].map(letter => shown(letter, isAscii)).join('')}"`;
