/** Which type may stand for which, and what type parameters turn out to be (cel-go `checker/types.go`). */
import { dynType, isDyn, isDynOrError, listType, mapType, sameType, typeType } from './types.ts';
import type { Type } from './types.ts';

/** Type parameters and what they stand for; undone step by step when an overload does not fit. */
export class Bindings {
  readonly #known = new Map<string, Type>();
  readonly #trail: (readonly [name: string, before: Type | undefined])[] = [];
  #count = 0;

  fresh(): Type {
    return { kind: 'param', name: `_var${this.#count++}`, params: [] };
  }

  /** Whether a value of `from` may be used as a `to`; learns what parameters are when it may, and nothing otherwise. */
  assign(from: Type, to: Type): boolean {
    return this.#try(() => this.#fits(from, to));
  }

  assignAll(from: readonly Type[], to: readonly Type[]): boolean {
    return this.#try(() => this.#allFit(from, to));
  }

  /** The type with all that is known put in; unknown parameters become dyn if asked. */
  resolve(type: Type, unknownIsDyn = false): Type {
    const known = type.kind === 'param' ? this.#known.get(type.name) : undefined;
    if (known) return this.resolve(known, unknownIsDyn);
    if (type.kind === 'param') return unknownIsDyn ? dynType : type;
    if (type.params.length === 0) return type;
    const params = type.params.map(param => this.resolve(param, unknownIsDyn));
    return params.every((param, at) => param === type.params[at]) ? type : { ...type, params };
  }

  #try(attempt: () => boolean): boolean {
    const mark = this.#trail.length;
    if (attempt()) return true;
    while (this.#trail.length > mark) {
      const [name, before] = this.#trail.pop()!;
      if (before) this.#known.set(name, before);
      else this.#known.delete(name);
    }
    return false;
  }

  #learn(param: Type, type: Type): void {
    this.#trail.push([param.name, this.#known.get(param.name)]);
    this.#known.set(param.name, type);
  }

  #allFit(from: readonly Type[], to: readonly Type[]): boolean {
    return from.length === to.length && from.every((type, at) => this.#fits(type, to[at]!));
  }

  #fits(from: Type, to: Type): boolean {
    if (to.kind === 'param') {
      const [fits, isKnown] = this.#substitutes(from, to);
      if (fits || isKnown) return fits;
    }
    if (from.kind === 'param') return this.#substitutes(to, from)[0];
    if (isDynOrError(from) || isDynOrError(to)) return true;
    if (from.kind === 'null') return isNullable(to);
    if (to.kind === 'null') return isNullable(from);
    switch (from.kind) {
      case 'type':
        return to.kind === 'type';
      case 'list':
      case 'map':
      case 'opaque':
        return from.kind === to.kind && from.name === to.name && this.#allFit(from.params, to.params);
      default:
        return from.kind === to.kind && from.name === to.name;
    }
  }

  /** Whether `type` may stand for the parameter, and whether that one was known before. */
  #substitutes(type: Type, param: Type): readonly [fits: boolean, isKnown: boolean] {
    if (sameType(type, param)) return [true, true];
    const known = this.#known.get(param.name);
    if (known) {
      if (sameType(type, known)) return [true, true];
      if (!this.#fits(type, known)) return [false, true];
      const general = moreGeneral(type, known);
      if (!this.#occurs(param, general)) this.#learn(param, general);
      return [true, true];
    }
    if (this.#occurs(param, type)) return [false, false];
    this.#learn(param, type);
    return [true, false];
  }

  /** Whether a parameter stands somewhere in a type. */
  #occurs(param: Type, within: Type): boolean {
    if (sameType(param, within)) return true;
    if (within.kind === 'param') {
      const known = this.#known.get(within.name);
      return known !== undefined && this.#occurs(param, known);
    }
    return within.params.some(inner => this.#occurs(param, inner));
  }
}

const isNullable = ({ kind }: Type): boolean =>
  kind === 'null' || kind === 'opaque' || kind === 'struct' || kind === 'duration' || kind === 'timestamp';

/** Whether `a` says the same as `b`, or less. */
function isAtMostAsSpecific(a: Type, b: Type): boolean {
  if (isDyn(a) || a.kind === 'param') return true;
  if (isDyn(b) || b.kind === 'param') return false;
  if (a.kind !== b.kind) return false;
  if (a.kind === 'type') return true;
  if (a.params.length === 0) return sameType(a, b);
  return (
    a.name === b.name &&
    a.params.length === b.params.length &&
    a.params.every((param, at) => isAtMostAsSpecific(param, b.params[at]!))
  );
}

/** The more general of two types that fit each other. */
export const moreGeneral = (a: Type, b: Type): Type => (isAtMostAsSpecific(a, b) ? a : b);

/** A type with its parameters replaced. */
export function instantiate(type: Type, by: ReadonlyMap<string, Type>): Type {
  if (type.kind === 'param') return by.get(type.name) ?? type;
  if (type.params.length === 0) return type;
  const params = type.params.map(param => instantiate(param, by));
  if (type.kind === 'list') return listType(params[0]!);
  if (type.kind === 'map') return mapType(params[0]!, params[1]!);
  return type.kind === 'type' ? typeType(params[0]) : { ...type, params };
}
