/** What an expression may name: variables, functions with their overloads, types. Values; extending makes a new one. */
import { parseSignature } from './signature.ts';
import type { Type } from './types.ts';
import type { Value } from './values.ts';

/** Measures and limits what a function does beyond what its size tells. */
export interface Meter {
  /** @throws when an evaluation has done too much */
  work(steps: number): void;
}

export type Implementation = (args: readonly Value[], meter: Meter) => Value;

/** One signature of a function. */
export interface Overload {
  readonly id: string;
  readonly name: string;
  readonly isMethod: boolean;
  /** A method's receiver is the first. */
  readonly params: readonly Type[];
  readonly result: Type;
  /** Names of type parameters. */
  readonly generics: readonly string[];
  /** Undefined for what the evaluator does itself (`&&`, indexing). */
  readonly call: Implementation | undefined;
}

/** `overload('string_char_at_int', 'string.charAt(int): string', call)`. */
export function overload(id: string, signature: string, call?: Implementation): Overload {
  return { id, ...parseSignature(signature), call };
}

/** Overloads by function, as a library declares them. */
export type Library = readonly Overload[];

export interface EnvironmentParts {
  readonly variables?: Readonly<Record<string, Type>>;
  readonly libraries?: readonly Library[];
  /** Structs that expressions may make: `Object{...}`. */
  readonly structs?: readonly Type[];
  /** Structs that are known by a rule for their names. */
  readonly structOf?: (name: string) => Type | undefined;
  /** Type names that are values: `int`, `net.IP`. */
  readonly types?: readonly Type[];
}

export class Environment {
  readonly #parent: Environment | undefined;
  readonly #variables: ReadonlyMap<string, Type>;
  readonly #functions: ReadonlyMap<string, readonly Overload[]>;
  readonly #structs: ReadonlyMap<string, Type>;
  readonly #structOf: EnvironmentParts['structOf'];
  readonly #types: ReadonlyMap<string, Type>;

  constructor(
    { variables = {}, libraries = [], structs = [], structOf, types = [] }: EnvironmentParts,
    parent?: Environment,
  ) {
    this.#structOf = structOf;
    this.#parent = parent;
    this.#variables = new Map(Object.entries(variables));
    this.#structs = new Map(structs.map(type => [type.name, type]));
    this.#types = new Map(types.map(type => [type.name, type]));
    const functions = new Map<string, readonly Overload[]>();
    for (const one of libraries.flat())
      functions.set(one.name, [...(functions.get(one.name) ?? parent?.functionOf(one.name) ?? []), one]);
    this.#functions = functions;
  }

  extend(parts: EnvironmentParts): Environment {
    return new Environment(parts, this);
  }
  variable(name: string): Type | undefined {
    return this.#variables.get(name) ?? this.#parent?.variable(name);
  }
  functionOf(name: string): readonly Overload[] | undefined {
    return this.#functions.get(name) ?? this.#parent?.functionOf(name);
  }
  struct(name: string): Type | undefined {
    return this.#structs.get(name) ?? this.#structOf?.(name) ?? this.#parent?.struct(name);
  }
  /** The type that a name stands for as a value. */
  type(name: string): Type | undefined {
    return this.#types.get(name) ?? this.struct(name) ?? this.#parent?.type(name);
  }
}
