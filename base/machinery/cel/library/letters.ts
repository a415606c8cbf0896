/** Texts by their letters (code points). Texts without letters beyond the first plane are handled as they are. */

const beyond = /[\ud800-\udfff]/;

/** The last long text that was looked at: loops ask again and again. */
let last = '';
let lastIsPlain = true;
let lastLength = 0;
const long = 1000;

function look(text: string): void {
  if (text === last) return;
  lastIsPlain = !beyond.test(text);
  lastLength = lastIsPlain ? text.length : countLetters(text);
  last = text;
}

function countLetters(text: string): number {
  let count = 0;
  for (const _letter of text) count++;
  return count;
}

/** Letters in a text. */
export function lengthOf(text: string): number {
  if (text.length < long) return beyond.test(text) ? countLetters(text) : text.length;
  look(text);
  return lastLength;
}

/** The letters, or the text itself where units are letters. */
export function lettersOf(text: string): string | readonly string[] {
  if (text.length < long) return beyond.test(text) ? [...text] : text;
  look(text);
  return lastIsPlain ? text : [...text];
}

/** A part, counted in letters. */
export function part(letters: string | readonly string[], from: number, to: number): string {
  return typeof letters === 'string' ? letters.slice(from, to) : letters.slice(from, to).join('');
}
