/** Letters that have an escape of their own in Go, and in what reads like Go: CEL, templates of charts. */
const letters: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** The letter that `\` and this one stand for, e.g. a new line for `n`. */
export const escaped = (name: string): string | undefined => (Object.hasOwn(letters, name) ? letters[name] : undefined);

const inQuotes = new Map([
  ...Object.entries(letters).map(([name, letter]) => [letter, `\\${name}`] as const),
  ['\\', '\\\\'],
  ['"', '\\"'],
]);

/** How a letter stands between double quotes, where it must be escaped and has a name. */
export const escapeOf = (letter: string): string | undefined => inQuotes.get(letter);
