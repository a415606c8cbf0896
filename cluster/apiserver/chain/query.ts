/** A query string, taken apart only when somebody asks. Keys keep their first value; all values are kept for proxied calls. */
export class Query {
  readonly raw: string;
  #values: URLSearchParams | undefined;

  constructor(raw: string) {
    this.raw = raw;
  }

  #parsed(): URLSearchParams {
    this.#values ??= new URLSearchParams(this.raw);
    return this.#values;
  }

  /** The first value, or undefined. */
  get(name: string): string | undefined {
    return this.raw === '' ? undefined : (this.#parsed().get(name) ?? undefined);
  }

  all(name: string): string[] {
    return this.raw === '' ? [] : this.#parsed().getAll(name);
  }

  has(name: string): boolean {
    return this.raw !== '' && this.#parsed().has(name);
  }

  /** All pairs, for options objects. */
  entries(): Iterable<[string, string]> {
    return this.raw === '' ? [] : this.#parsed().entries();
  }
}
