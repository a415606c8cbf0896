/** Why a text is no JSON, in the words of Go's decoder: they are part of the API's answers. Pure; only run on bad input. */

const show = (letter: string): string => {
  if (letter === "'") return `'\\''`;
  if (letter === '"') return `'"'`;
  return `'${JSON.stringify(letter).slice(1, -1)}'`;
};

class Problem extends Error {}

/** Go's decoder goes no deeper. */
const maxDepth = 10_000;

/** A reader that stops at the first letter Go would stop at. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  #fail(where: string): never {
    const letter = this.#text[this.#at];
    throw new Problem(
      letter === undefined ? 'unexpected end of JSON input' : `invalid character ${show(letter)} ${where}`,
    );
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++;
  }

  /** Without recursion: a body of brackets alone is as deep as it is long. */
  document(): void {
    const open: ('}' | ']')[] = [];
    this.#value(open);
    while (open.length > 0) {
      this.#space();
      const letter = this.#text[this.#at];
      const end = open.at(-1)!;
      if (letter !== ',' && letter !== end)
        this.#fail(end === '}' ? 'after object key:value pair' : 'after array element');
      this.#at++;
      if (letter === end) {
        open.pop();
        continue;
      }
      if (end === '}') this.#key();
      this.#value(open);
    }
    this.#space();
    if (this.#at < this.#text.length) this.#fail('after top-level value');
  }

  /** A value up to its end, or to the first scalar within it; what was opened on the way is added to `open`. */
  #value(open: ('}' | ']')[]): void {
    for (;;) {
      this.#space();
      const letter = this.#text[this.#at];
      if (letter !== '{' && letter !== '[') return this.#scalar(letter);
      this.#at++;
      this.#space();
      const end = letter === '{' ? '}' : ']';
      if (this.#text[this.#at] === end) return void this.#at++;
      if (open.push(end) > maxDepth) throw new Problem('exceeded max depth');
      if (end === '}') this.#key();
    }
  }

  #scalar(letter: string | undefined): void {
    if (letter === '"') return this.#string();
    if (letter === 't') return this.#word('true');
    if (letter === 'f') return this.#word('false');
    if (letter === 'n') return this.#word('null');
    if (letter !== undefined && /[-0-9]/.test(letter)) return this.#number();
    this.#fail('looking for beginning of value');
  }

  #key(): void {
    this.#space();
    if (this.#text[this.#at] !== '"') this.#fail('looking for beginning of object key string');
    this.#string();
    this.#space();
    if (this.#text[this.#at] !== ':') this.#fail('after object key');
    this.#at++;
  }

  #string(): void {
    for (this.#at++; ; this.#at++) {
      const letter = this.#text[this.#at];
      if (letter === undefined || letter < ' ') this.#fail('in string literal');
      if (letter === '"') return void this.#at++;
      if (letter !== '\\') continue;
      const escaped = this.#text[++this.#at];
      if (escaped === undefined || !'"\\/bfnrtu'.includes(escaped)) this.#fail('in string escape code');
      if (escaped !== 'u') continue;
      for (let i = 0; i < 4; i++) {
        this.#at++;
        if (!/[0-9a-fA-F]/.test(this.#text[this.#at] ?? '')) this.#fail('in \\u hexadecimal character escape');
      }
    }
  }

  #word(word: string): void {
    for (let i = 0; i < word.length; i++, this.#at++) {
      if (this.#text[this.#at] !== word[i]) this.#fail(`in literal ${word} (expecting ${show(word[i]!)})`);
    }
  }

  #number(): void {
    const match = /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/.exec(this.#text.slice(this.#at));
    if (match) return void (this.#at += match[0].length);
    this.#at++;
    this.#fail('in numeric literal');
  }
}

/** The decoder's message for a text that JSON.parse refuses. */
export function jsonProblem(text: string): string {
  try {
    new Reader(text).document();
  } catch (error) {
    if (error instanceof Problem) return error.message;
    throw error;
  }
  return 'invalid UTF-8 in string';
}

const goKind = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
};

/** Why Go cannot read a text into a list (`[]...`) or map (`map[...`) type; undefined when it can. Deeper values are not looked at. */
export function unmarshalProblem(text: string, type: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return jsonProblem(text);
  }
  if (value === null || goKind(value) === (type.startsWith('[]') ? 'array' : 'object')) return undefined;
  return `json: cannot unmarshal ${goKind(value)} into Go value of type ${type}`;
}
