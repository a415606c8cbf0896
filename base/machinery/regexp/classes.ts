/** Sets of letters, as tests of a code point. */

export type Letters = (code: number) => boolean;

type Range = readonly [from: number, to: number];

/** `among('az', '__')`: ranges by their first and last letter. */
function among(...texts: string[]): Letters {
  const ranges = texts.map((text): Range => [text.charCodeAt(0), text.charCodeAt(1)]);
  return code => ranges.some(([from, to]) => code >= from && code <= to);
}

export const anyLetter: Letters = () => true;
export const negate =
  (letters: Letters): Letters =>
  code =>
    !letters(code);

export const oneOf =
  (sets: readonly Letters[]): Letters =>
  code =>
    sets.some(letters => letters(code));

const digits = among('09');
/** What `\b` tells apart. */
export const isWord = among('09', 'AZ', '__', 'az');
const spaces = among('\t\n', '\f\r', '  ');

const perl: Readonly<Record<string, Letters>> = {
  d: digits,
  D: negate(digits),
  w: isWord,
  W: negate(isWord),
  s: spaces,
  S: negate(spaces),
};

/** `\d` and its like; undefined for another letter. */
export const perlClass = (name: string): Letters | undefined => (Object.hasOwn(perl, name) ? perl[name] : undefined);

const posix: Readonly<Record<string, Letters>> = {
  alnum: among('09', 'AZ', 'az'),
  alpha: among('AZ', 'az'),
  ascii: among('\0\x7f'),
  blank: among('\t\t', '  '),
  cntrl: among('\0\x1f', '\x7f\x7f'),
  digit: digits,
  graph: among('!~'),
  lower: among('az'),
  print: among(' ~'),
  punct: among('!/', ':@', '[`', '{~'),
  space: among('\t\r', '  '),
  upper: among('AZ'),
  word: isWord,
  xdigit: among('09', 'AF', 'af'),
};

export const posixClass = (name: string): Letters | undefined => (Object.hasOwn(posix, name) ? posix[name] : undefined);

/** A general category or script: `L`, `Lu`, `Greek`; undefined for one that nobody knows. */
export function unicodeClass(name: string): Letters | undefined {
  if (name === 'Any') return anyLetter;
  try {
    const test = new RegExp(name.length <= 2 ? `^\\p{gc=${name}}$` : `^\\p{sc=${name}}$`, 'u');
    return code => code >= 0 && test.test(String.fromCodePoint(code));
  } catch {
    return undefined;
  }
}

/** The other case of a letter; the letter itself where it has none. */
function otherCase(code: number): number {
  const letter = String.fromCodePoint(code);
  const lower = letter.toLowerCase();
  const other = lower === letter ? letter.toUpperCase() : lower;
  return [...other].length === 1 ? other.codePointAt(0)! : code;
}

/** All letters from one to another, in both cases where case does not matter. */
export function between(from: number, to: number, ignoreCase: boolean): Letters {
  const is: Letters = code => code >= from && code <= to;
  return ignoreCase ? code => is(code) || (code >= 0 && is(otherCase(code))) : is;
}
