/** Reads configuration documents: nothing in them is passed over, and all mistakes are told at once with their places. */
import { parse } from 'yaml';

/** One document of YAML or JSON. Aliases are few enough to be no bomb. @throws Error for what is neither */
export const documentOf = (text: string): unknown => parse(text, { maxAliasCount: 100 });

type Fields = Readonly<Record<string, unknown>>;

const shown = (value: unknown): string => JSON.stringify(value) ?? 'nothing';

export class ConfigReader {
  readonly #errors: string[] = [];

  invalid(at: string, value: unknown, why: string): void {
    this.#errors.push(`${at}: Invalid value: ${shown(value)}: ${why}`);
  }

  required(at: string, why = ''): void {
    this.#errors.push(`${at}: Required value${why === '' ? '' : `: ${why}`}`);
  }

  forbidden(at: string, why: string): void {
    this.#errors.push(`${at}: Forbidden: ${why}`);
  }

  duplicate(at: string, value: unknown): void {
    this.#errors.push(`${at}: Duplicate value: ${shown(value)}`);
  }

  /** @throws Error when anything was wrong */
  finish(): void {
    if (this.#errors.length > 0) throw new Error(this.#errors.join('; '));
  }

  /** The fields of a whole document. @throws Error when it is another kind of document */
  document(
    value: unknown,
    { group, versions, kind }: { group: string; versions: readonly string[]; kind: string },
    fields: readonly string[],
  ): Fields {
    const found = (typeof value === 'object' && value !== null ? value : {}) as Fields;
    const wanted = versions.map(version => `${group}/${version}`);
    if (found['kind'] !== kind || !wanted.includes(String(found['apiVersion'])))
      throw new Error(
        `a ${kind} of ${wanted.join(' or ')} is needed, not ${shown(found['kind'])} of ${shown(found['apiVersion'])}`,
      );
    return this.object(value, '', ['kind', 'apiVersion', 'metadata', ...fields]);
  }

  /** Fields that are not among `known` are mistakes. */
  object(value: unknown, at: string, known: readonly string[]): Fields {
    if (value === undefined || value === null) return {};
    if (typeof value !== 'object' || Array.isArray(value)) {
      this.invalid(at, value, 'must be an object');
      return {};
    }
    for (const name of Object.keys(value))
      if (!known.includes(name))
        this.#errors.push(`${at === '' ? name : `${at}.${name}`}: Invalid value: unknown field`);
    return value as Fields;
  }

  list(value: unknown, at: string): readonly unknown[] | undefined {
    if (value === undefined || value === null) return undefined;
    if (Array.isArray(value)) return value;
    this.invalid(at, value, 'must be a list');
    return undefined;
  }

  text(value: unknown, at: string): string | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return value;
    this.invalid(at, value, 'must be a string');
    return undefined;
  }

  texts(value: unknown, at: string): string[] | undefined {
    return this.list(value, at)?.map((each, index) => this.text(each, `${at}[${index}]`) ?? '');
  }

  truth(value: unknown, at: string): boolean | undefined {
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'boolean') return value;
    this.invalid(at, value, 'must be true or false');
    return undefined;
  }

  oneOf(value: unknown, at: string, allowed: readonly string[]): string | undefined {
    const text = this.text(value, at);
    if (text === undefined || text === '') this.required(at);
    else if (allowed.includes(text)) return text;
    else
      this.#errors.push(`${at}: Unsupported value: ${shown(text)}: supported values: ${allowed.map(shown).join(', ')}`);
    return undefined;
  }
}
