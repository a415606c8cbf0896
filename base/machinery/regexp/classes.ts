/** Sets of letters as ranges of code points. */

export type Ranges = readonly (readonly [from: number, to: number])[];

const last = 0x10ffff;
const range = (text: string): readonly [number, number] => [text.charCodeAt(0), text.charCodeAt(1)];
const ranges = (...texts: string[]): Ranges => texts.map(range);

/** Everything else. */
export function negate(given: Ranges): Ranges {
  const sorted = [...given].sort((a, b) => a[0] - b[0]);
  const result: (readonly [number, number])[] = [];
  let next = 0;
  for (const [from, to] of sorted) {
    if (from > next) result.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  if (next <= last) result.push([next, last]);
  return result;
}

const digits = ranges('09');
const words = ranges('09', 'AZ', '__', 'az');
const spaces: Ranges = [
  [9, 10],
  [12, 13],
  [32, 32],
];

const perl: Readonly<Record<string, Ranges>> = {
  d: digits,
  D: negate(digits),
  w: words,
  W: negate(words),
  s: spaces,
  S: negate(spaces),
};

/** `\d` and its like; undefined for another letter. */
export const perlClass = (name: string): Ranges | undefined => (Object.hasOwn(perl, name) ? perl[name] : undefined);

const posix: Readonly<Record<string, Ranges>> = {
  alnum: ranges('09', 'AZ', 'az'),
  alpha: ranges('AZ', 'az'),
  ascii: [[0, 127]],
  blank: [
    [9, 9],
    [32, 32],
  ],
  cntrl: [
    [0, 31],
    [127, 127],
  ],
  digit: digits,
  graph: ranges('!~'),
  lower: ranges('az'),
  print: ranges(' ~'),
  punct: ranges('!/', ':@', '[`', '{~'),
  space: [
    [9, 13],
    [32, 32],
  ],
  upper: ranges('AZ'),
  word: words,
  xdigit: ranges('09', 'AF', 'af'),
};

export const posixClass = (name: string): Ranges | undefined => (Object.hasOwn(posix, name) ? posix[name] : undefined);

const unicode = new Map<string, Ranges | undefined>();

/** A general category or script: `L`, `Lu`, `Greek`. Computed once, from what the runtime knows. */
export function unicodeClass(name: string): Ranges | undefined {
  if (!unicode.has(name)) unicode.set(name, computeUnicode(name));
  return unicode.get(name);
}

function computeUnicode(name: string): Ranges | undefined {
  if (name === 'Any') return [[0, last]];
  let test: RegExp;
  try {
    test = new RegExp(name.length <= 2 ? `^\\p{gc=${name}}$` : `^\\p{sc=${name}}$`, 'u');
  } catch {
    return undefined;
  }
  const found: [number, number][] = [];
  let open: [number, number] | undefined;
  for (let code = 0; code <= last; code++) {
    if (!test.test(String.fromCodePoint(code))) {
      open = undefined;
    } else if (open) {
      open[1] = code;
    } else {
      found.push((open = [code, code]));
    }
  }
  return found;
}

/** One letter, in both cases where case does not matter. */
export function classOf(code: number, ignoreCase: boolean): Ranges {
  if (!ignoreCase) return [[code, code]];
  const letter = String.fromCodePoint(code);
  const codes = new Set([code]);
  for (const other of [letter.toLowerCase(), letter.toUpperCase()])
    if ([...other].length === 1) codes.add(other.codePointAt(0)!);
  return [...codes].map(one => [one, one]);
}

const isWord = (code: number): boolean => words.some(([from, to]) => code >= from && code <= to);

/** At most this many letters of a range are looked at for their other case. */
const maxFolded = 0x3000;

export const word = {
  is: isWord,
  /** A range, in both cases where case does not matter. */
  bothCases(from: number, to: number, ignoreCase: boolean): Ranges {
    if (!ignoreCase || to - from > maxFolded) return [[from, to]];
    const found: (readonly [number, number])[] = [[from, to]];
    for (let code = from; code <= to; code++)
      for (const other of classOf(code, true)) if (other[0] < from || other[0] > to) found.push(other);
    return found;
  },
};
