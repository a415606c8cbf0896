/** Reads TOML 1.0 into plain objects: `fromToml`. Dates stay texts. Pure. */

/** What is wrong with a document, and where. */
export class TomlError extends Error {
  override readonly name = 'TomlError';
}

type Table = Record<string, unknown>;

const depthMax = 100;
const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  '"': '"',
  '\\': '\\',
  e: '\x1b',
};

const isTable = (value: unknown): value is Table =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const put = (table: Table, key: string, value: unknown): void => {
  Object.defineProperty(table, key, { value, enumerable: true, writable: true, configurable: true });
};

class Reader {
  private readonly text: string;
  private at = 0;
  private readonly root: Table = {};

  constructor(text: string) {
    this.text = text.replaceAll('\r\n', '\n');
  }

  run(): Table {
    let current = this.root;
    for (this.skip(true); this.at < this.text.length; this.skip(true)) {
      if (this.text[this.at] === '[') current = this.header();
      else this.pair(current);
      this.skip(false);
      if (this.at < this.text.length && this.text[this.at] !== '\n') throw this.error('expected a new line');
    }
    return this.root;
  }

  private error(message: string): TomlError {
    return new TomlError(`toml: line ${this.text.slice(0, this.at).split('\n').length}: ${message}`);
  }

  private skip(overLines: boolean): void {
    const found = overLines ? /(?:[ \t\n]|#[^\n]*)*/y : /[ \t]*(?:#[^\n]*)?/y;
    found.lastIndex = this.at;
    found.exec(this.text);
    this.at = found.lastIndex;
  }

  private match(shape: RegExp): string | undefined {
    shape.lastIndex = this.at;
    const found = shape.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  private expect(mark: string): void {
    this.match(/[ \t]*/y);
    if (!this.text.startsWith(mark, this.at)) throw this.error(`expected ${JSON.stringify(mark)}`);
    this.at += mark.length;
  }

  private header(): Table {
    const isList = this.text.startsWith('[[', this.at);
    this.at += isList ? 2 : 1;
    const path = this.keys();
    this.expect(isList ? ']]' : ']');
    const parent = this.into(this.root, path.slice(0, -1));
    const key = path.at(-1)!;
    if (!isList) return this.into(parent, [key]);
    const known = Object.hasOwn(parent, key) ? parent[key] : undefined;
    if (known !== undefined && !Array.isArray(known)) throw this.error(`key ${JSON.stringify(key)} is defined twice`);
    const items = (known ?? []) as Table[];
    if (known === undefined) put(parent, key, items);
    items.push({});
    return items.at(-1)!;
  }

  private into(table: Table, path: readonly string[]): Table {
    if (path.length > depthMax) throw this.error('nested too deeply');
    let place = table;
    for (const key of path) {
      let next = Object.hasOwn(place, key) ? place[key] : undefined;
      if (next === undefined) put(place, key, (next = {}));
      if (Array.isArray(next)) next = next.at(-1);
      if (!isTable(next)) throw this.error(`key ${JSON.stringify(key)} is defined twice`);
      place = next;
    }
    return place;
  }

  private pair(table: Table, depth = 0): void {
    const path = this.keys();
    this.expect('=');
    this.match(/[ \t]*/y);
    const place = this.into(table, path.slice(0, -1));
    const key = path.at(-1)!;
    if (Object.hasOwn(place, key)) throw this.error(`key ${JSON.stringify(key)} is defined twice`);
    put(place, key, this.value(depth));
  }

  private keys(): string[] {
    const keys: string[] = [];
    do {
      this.match(/[ \t]*/y);
      const mark = this.text[this.at];
      const key = mark === '"' || mark === "'" ? this.string() : this.match(/[A-Za-z0-9_-]+/y);
      if (key === undefined) throw this.error('expected a key');
      keys.push(key);
      this.match(/[ \t]*/y);
    } while (this.match(/\./y) !== undefined);
    return keys;
  }

  private value(depth: number): unknown {
    if (depth > depthMax) throw this.error('nested too deeply');
    const mark = this.text[this.at];
    if (mark === '"' || mark === "'") return this.string();
    if (mark === '[') return this.list(depth);
    if (mark === '{') return this.inline(depth);
    const word = this.match(/[^\s,\]}#]+(?: \d\d:\d\d[^\s,\]}#]*)?/y);
    if (word === undefined) throw this.error('expected a value');
    if (word === 'true' || word === 'false') return word === 'true';
    if (/^\d{4}-\d\d-\d\d|^\d\d:\d\d/.test(word)) return word;
    return this.number(word);
  }

  private number(word: string): number | bigint {
    const digits = word.replaceAll('_', '');
    if (/^[+-]?\d+$/.test(digits) || /^0(?:x[\da-fA-F]+|o[0-7]+|b[01]+)$/.test(digits))
      return BigInt(digits.replace(/^\+/, ''));
    if (/^[+-]?(?:inf|nan)$/.test(digits))
      return digits.includes('nan') ? Number.NaN : digits.startsWith('-') ? -Infinity : Infinity;
    if (!/^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(digits)) throw this.error(`${JSON.stringify(word)} is no value`);
    return Number(digits);
  }

  private list(depth: number): unknown[] {
    const items: unknown[] = [];
    for (this.at++, this.skip(true); this.text[this.at] !== ']'; this.skip(true)) {
      items.push(this.value(depth + 1));
      this.skip(true);
      if (this.match(/,/y) === undefined && this.text[this.at] !== ']') throw this.error('expected "," or "]"');
    }
    this.at++;
    return items;
  }

  private inline(depth: number): Table {
    const table: Table = {};
    this.at++;
    while (this.match(/[ \t]*\}/y) === undefined) {
      this.pair(table, depth + 1);
      if (
        this.match(/[ \t]*,/y) === undefined &&
        this.text[this.at] !== '}' &&
        !/^[ \t]*\}/.test(this.text.slice(this.at, this.at + 80))
      ) {
        throw this.error('expected "," or "}"');
      }
    }
    return table;
  }

  private string(): string {
    const literal = this.match(/'''\n?[\s\S]*?'''(?!')/y);
    if (literal !== undefined) return literal.slice(3, -3).replace(/^\n/, '');
    const long = this.match(/"""(?:[^\\]|\\[\s\S])*?"""(?!")/y);
    if (long !== undefined)
      return this.unescape(
        long
          .slice(3, -3)
          .replace(/^\n/, '')
          .replace(/\\[ \t]*\n\s*/g, ''),
      );
    const plain = this.match(/'[^'\n]*'/y);
    if (plain !== undefined) return plain.slice(1, -1);
    const quoted = this.match(/"(?:[^"\\\n]|\\.)*"/y);
    if (quoted === undefined) throw this.error('a text does not end');
    return this.unescape(quoted.slice(1, -1));
  }

  private unescape(text: string): string {
    return text.replace(/\\(u[\da-fA-F]{4}|U[\da-fA-F]{8}|.)/g, (_, code: string) => {
      if (code.length > 1) return String.fromCodePoint(Math.min(0x10ffff, Number.parseInt(code.slice(1), 16)));
      const letter = escapes[code];
      if (letter === undefined) throw this.error(`"\\${code}" is no escape`);
      return letter;
    });
  }
}

/** @throws TomlError */
export const parseToml = (text: string): Table => new Reader(text).run();
