/** Reads the text of a JSONPath expression letter by letter. */
export class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get done(): boolean {
    return this.#at >= this.#text.length;
  }

  /** The next letter; empty at the end. */
  peek(ahead = 0): string {
    return this.#text[this.#at + ahead] ?? '';
  }

  next(): string {
    return this.#text[this.#at++] ?? '';
  }

  take(letter: string): boolean {
    if (this.peek() !== letter) return false;
    this.#at++;
    return true;
  }

  /** @throws Error when another letter stands here. */
  expect(letter: string): void {
    if (!this.take(letter)) throw new Error(`expected ${letter} instead of ${this.peek() || 'the end'}`);
  }

  space(): void {
    while (/\s/.test(this.peek()) && !this.done) this.#at++;
  }

  /** A field's name, with `\.` for a dot. @throws Error when there is none. */
  name(): string {
    let name = '';
    while (!this.done && !/[.[\]\s,=!<>(){}|&]/.test(this.peek())) {
      const letter = this.next();
      name += letter === '\\' ? this.next() : letter;
    }
    if (name === '') throw new Error(`a field name is missing before ${this.peek() || 'the end'}`);
    return name;
  }

  quoted(): string {
    const quote = this.next();
    let text = '';
    while (!this.done && this.peek() !== quote) {
      const letter = this.next();
      text += letter === '\\' ? this.next() : letter;
    }
    this.expect(quote);
    return text;
  }

  integer(): number | undefined {
    const found = /^-?\d{1,15}/.exec(this.#text.slice(this.#at, this.#at + 16));
    if (!found) return undefined;
    this.#at += found[0].length;
    return Number(found[0]);
  }

  /** A number, `true`, `false` or `null` standing here. */
  literal(): { readonly value: number | boolean | null } | undefined {
    const found = /^(?:true|false|null|-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)/.exec(
      this.#text.slice(this.#at, this.#at + 40),
    );
    if (!found) return undefined;
    this.#at += found[0].length;
    return { value: JSON.parse(found[0]) as number | boolean | null };
  }

  operator(): string {
    const found = /^(?:==|!=|<=|>=|<|>)/.exec(this.#text.slice(this.#at, this.#at + 2));
    if (!found) return '';
    this.#at += found[0].length;
    return found[0];
  }
}
