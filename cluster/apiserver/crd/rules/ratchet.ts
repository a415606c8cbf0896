/** Which part of an older object a value was before (apiserver `cel/common/equality.go`): what did not change is not judged again. */
import { isDeepStrictEqual } from 'node:util';

/** A value beside the one it was. Equality is found when it is asked for. */
export class Pair {
  readonly value: unknown;
  readonly old: unknown;
  #same: boolean | undefined;
  constructor(value: unknown, old: unknown) {
    this.value = value;
    this.old = old;
  }
  get isSame(): boolean {
    return (this.#same ??= isDeepStrictEqual(this.value, this.old));
  }
}

/** The pair of a value, or of the nearest value around it that has one. */
export class Correlation {
  static readonly none = new Correlation(undefined, undefined);
  readonly #own: Pair | undefined;
  readonly #around: Pair | undefined;
  constructor(own: Pair | undefined, around: Pair | undefined) {
    this.#own = own;
    this.#around = around;
  }

  /** Whether errors are only told, as warnings. */
  get isUnchanged(): boolean {
    return (this.#own ?? this.#around)?.isSame ?? false;
  }

  field(name: string): Correlation {
    const own = this.#own;
    if (!own) return this;
    // Both sides were brought into one version: a change there cannot be seen.
    if (!this.#around && (name === 'apiVersion' || name === 'kind')) return Correlation.none;
    return new Correlation(
      has(own.value, name) && has(own.old, name) ? new Pair(own.value[name], own.old[name]) : undefined,
      own,
    );
  }

  /** @param old the element with the same keys, if the list has keys */
  item(value: unknown, old: unknown): Correlation {
    const own = this.#own;
    if (!own) return this;
    return new Correlation(old === undefined ? undefined : new Pair(value, old), own);
  }
}

const has = (value: unknown, name: string): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name);
