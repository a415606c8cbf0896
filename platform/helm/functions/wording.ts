/** Texts by words: titles, initials, wrapping, abbreviation (`goutils`). Pure. */
import { ValueError } from '../template/values.ts';

/** `strings.Title`: letters behind anything that belongs to no word. */
export const titled = (text: string): string =>
  text.replace(/(?<![\p{L}\p{N}_'\u2019])\p{L}|(?<=['\u2019])\p{L}/gu, letter => letter.toUpperCase());

const afterSpace = (text: string, change: (letter: string) => string): string => text.replace(/(?<=^|\s)\S/gu, change);

export const untitled = (text: string): string => afterSpace(text, letter => letter.toLowerCase());

export const initials = (text: string): string => (text.match(/(?<=^|\s)\S/gu) ?? []).join('');

export function swapCase(text: string): string {
  return text.replace(/\p{L}/gu, letter =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  );
}

/** @param offset what must be in it, counted from the left; @param width of all, dots included */
export function abbreviate(offset: number, width: number, text: string): string {
  if (width < 4 || (offset > 0 && width < 7) || text.length <= width) return text;
  let start = Math.min(offset, text.length);
  if (text.length - start < width - 3) start = text.length - (width - 3);
  if (start <= 4) return `${text.slice(0, width - 3)}...`;
  if (start + width - 3 < text.length) return `...${abbreviate(0, width - 3, text.slice(start))}`;
  return `...${text.slice(text.length - (width - 3))}`;
}

export function wrapped(text: string, width: number, end: string, breaksWords: boolean): string {
  const each = Math.max(1, width);
  if (text.length * (1 + end.length / each) > 1 << 24) throw new ValueError('the text is too long');
  let written = '';
  let at = 0;
  while (text.length - at > each) {
    if (text[at] === ' ') {
      at++;
      continue;
    }
    const space = text.lastIndexOf(' ', at + each);
    if (space >= at) {
      written += text.slice(at, space) + end;
      at = space + 1;
    } else if (breaksWords) {
      written += text.slice(at, at + each) + end;
      at += each;
    } else {
      const next = text.indexOf(' ', at + each);
      if (next < 0) break;
      written += text.slice(at, next) + end;
      at = next + 1;
    }
  }
  return written + text.slice(at);
}
