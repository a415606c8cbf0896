/**
 * What an expression may cost at worst, before it ever runs (cel-go `checker/cost.go`). Definitions are accepted or refused by this number,
 * so it follows upstream step by step.
 */
import { estimateCall } from './call-estimates.ts';
import type { Checked, CheckedTree } from './check.ts';
import { listCost, mapCost, structCost } from './charges.ts';
import { exactly, product, sum, union, unknown, zero } from './ranges.ts';
import type { Range } from './ranges.ts';
import { accumulator, isBinding } from './syntax.ts';
import type { Call, Expr, Fold, Ident, ListExpr, MapExpr, Select } from './syntax.ts';
import type { Type } from './types.ts';
import { lengthOf } from './library/letters.ts';

/** A path from a variable: field names, `@items`, `@keys`, `@values`. */
export type SizePath = readonly string[];

/** The size that the outer world knows for a path; undefined for what it does not know. */
export type SizeOf = (path: SizePath) => Range | undefined;

/** A part as the rules of calls see it. */
export interface Sized {
  readonly expr: Expr;
  readonly type: Type;
  readonly path: SizePath | undefined;
  readonly size: Range | undefined;
}

/** Sizes of what is inside a list or map. */
export interface Inner {
  readonly isList: boolean;
  readonly key: Range;
  readonly value: Range;
}

export function estimate(expr: Expr, tree: CheckedTree, sizeOf: SizeOf): Range {
  return new Estimator(tree, sizeOf).cost(expr);
}

interface Local {
  readonly path: SizePath;
  readonly size: Range | undefined;
  readonly inner: Inner | undefined;
}

export const sizeOrUnknown = (sized: { readonly size: Range | undefined }): Range => sized.size ?? unknown;

export class Estimator {
  readonly #tree: CheckedTree;
  readonly sizeOf: SizeOf;
  readonly #costs = new Map<Expr, Range>();
  readonly #paths = new Map<Expr, SizePath>();
  readonly #sizes = new Map<Expr, Range>();
  readonly #inner = new Map<Expr, Inner>();
  readonly #locals = new Map<string, Local[]>();
  constructor(tree: CheckedTree, sizeOf: SizeOf) {
    this.#tree = tree;
    this.sizeOf = sizeOf;
  }

  cost(expr: Expr): Range {
    let cost = this.#costs.get(expr);
    if (!cost) this.#costs.set(expr, (cost = this.#cost(expr)));
    return cost;
  }

  #of(expr: Expr): Checked {
    return this.#tree.get(expr)!;
  }

  #cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'literal':
        return zero;
      case 'ident':
        return this.#ident(expr);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return sum(exactly(structCost), ...expr.fields.map(({ value }) => this.cost(value)));
      case 'fold':
        return isBinding(expr) ? this.#binding(expr) : this.#loop(expr);
    }
  }

  #local(name: string): Local | undefined {
    return this.#locals.get(name)?.at(-1);
  }

  #with<T>(name: string, local: Local, inside: () => T): T {
    const before = this.#locals.get(name) ?? [];
    this.#locals.set(name, [...before, local]);
    const result = inside();
    this.#locals.set(name, before);
    return result;
  }

  #ident(expr: Ident): Range {
    this.#paths.set(expr, this.#local(expr.name)?.path ?? [expr.name]);
    return exactly(1);
  }

  #select(expr: Select): Range {
    const operand = this.cost(expr.operand);
    if (expr.test) return operand;
    if (this.#of(expr).name !== undefined)
      return this.#ident({ kind: 'ident', at: expr.at, name: this.#of(expr).name! });
    this.#paths.set(expr, [...this.pathOf(expr.operand), expr.field]);
    const { kind } = this.#of(expr.operand).type;
    return kind === 'map' || kind === 'struct' || kind === 'param' ? sum(operand, exactly(1)) : operand;
  }

  pathOf(expr: Expr): SizePath {
    const local = expr.kind === 'ident' ? this.#local(expr.name) : undefined;
    return local?.path ?? this.#paths.get(expr) ?? [];
  }

  sized(expr: Expr): Sized {
    const path = this.pathOf(expr);
    const isRooted = path.length > 0 && path[0] !== accumulator;
    return { expr, type: this.#of(expr).type, path: isRooted ? path : undefined, size: this.size(expr) };
  }

  /** How large a part's value is, if that is known. */
  size(expr: Expr): Range | undefined {
    const known = this.#sizes.get(expr) ?? literalSize(expr);
    if (known) return known;
    const path = this.pathOf(expr);
    const given = path.length > 0 ? this.sizeOf(path) : undefined;
    if (given) {
      this.#sizes.set(expr, given);
      return given;
    }
    if (isScalar(this.#of(expr).type)) return exactly(1);
    return expr.kind === 'ident' ? this.#local(expr.name)?.size : undefined;
  }

  innerOf(expr: Expr): Inner | undefined {
    return this.#inner.get(expr) ?? (expr.kind === 'ident' ? this.#local(expr.name)?.inner : undefined);
  }

  setInner(expr: Expr, inner: Inner | undefined): void {
    if (inner) this.#inner.set(expr, inner);
  }

  #setSize(expr: Expr, size: Range | undefined): void {
    if (size) this.#sizes.set(expr, size);
  }

  #call(expr: Call): Range {
    const checked = this.#of(expr);
    if (expr.name === 'dyn') {
      const cost = sum(exactly(1), this.cost(expr.args[0]!));
      this.#copySizes(expr, expr.args[0]!);
      return cost;
    }
    const costs = expr.args.map(arg => this.cost(arg));
    const args = expr.args.map(arg => this.sized(arg));
    const isMethod = expr.target !== undefined && !checked.isGlobal;
    const before = isMethod ? this.cost(expr.target!) : zero;
    const target = isMethod ? this.sized(expr.target!) : undefined;
    let cost: Range = { min: unknown.max, max: 0 };
    let size: Range | undefined;
    for (const { id } of checked.overloads ?? []) {
      const call = { expr, name: checked.name ?? expr.name, id, target, args, costs };
      const found = estimateCall(call, this);
      cost = union(cost, found.cost);
      if (found.size) size = size ? union(size, found.size) : found.size;
      if (id === 'index_list' || id === 'index_map') {
        size = this.innerOf(expr.args[0]!)?.value ?? size;
        this.#paths.set(expr, [...this.pathOf(expr.args[0]!), id === 'index_list' ? '@items' : '@values']);
      }
      size ??= this.size(expr);
    }
    this.#setSize(expr, size);
    return sum(before, cost);
  }

  #copySizes(to: Expr, from: Expr): void {
    this.#setSize(to, this.size(from));
    this.setInner(to, this.innerOf(from));
  }

  #list(expr: ListExpr): Range {
    const costs = expr.items.map(item => this.cost(item));
    const start: Range = { min: expr.items.length === 0 ? 0 : unknown.max, max: 0 };
    const value = expr.items.reduce((size, item) => union(size, this.size(item) ?? unknown), start);
    this.setInner(expr, { isList: true, key: exactly(1), value });
    return sum(exactly(listCost), ...costs);
  }

  #map(expr: MapExpr): Range {
    const start: Range = { min: expr.entries.length === 0 ? 0 : unknown.max, max: 0 };
    let [key, value] = [start, start];
    const costs: Range[] = [];
    for (const entry of expr.entries) {
      costs.push(this.cost(entry.key), this.cost(entry.value));
      key = union(key, this.size(entry.key) ?? unknown);
      value = union(value, this.size(entry.value) ?? unknown);
    }
    this.setInner(expr, { isList: false, key, value });
    return sum(exactly(mapCost), ...costs);
  }

  #binding(expr: Fold): Range {
    const before = sum(this.cost(expr.range), this.cost(expr.init));
    return this.#with(expr.accumulator, this.#localOf(expr.init), () => {
      const cost = sum(before, this.cost(expr.result));
      this.#copySizes(expr, expr.result);
      return cost;
    });
  }

  #localOf(expr: Expr): Local {
    return { path: this.pathOf(expr), size: this.size(expr), inner: this.innerOf(expr) };
  }

  #loop(expr: Fold): Range {
    const before = sum(this.cost(expr.range), this.cost(expr.init));
    const inner = this.innerOf(expr.range);
    const isList = inner ? inner.isList : this.#of(expr.range).type.kind === 'list';
    const path = this.pathOf(expr.range);
    const keys: Local = { path: [...path, isList ? '@indices' : '@keys'], size: inner?.key, inner: undefined };
    const values: Local = { path: [...path, isList ? '@items' : '@values'], size: inner?.value, inner: undefined };
    const first = expr.second !== undefined || !isList ? keys : values;
    return this.#with(expr.accumulator, this.#localOf(expr.init), () => {
      const each = this.#with(expr.variable, first, () =>
        this.#with(expr.second ?? '', values, () => sum(this.cost(expr.condition), this.cost(expr.step))),
      );
      const count = this.size(expr.range) ?? unknown;
      const cost = sum(before, this.cost(expr.result), product(count, each));
      if (expr.init.kind === 'literal') this.#setSize(expr, this.size(expr.init));
      else if (expr.init.kind === 'list' || expr.init.kind === 'map') {
        this.#setSize(expr, count);
        this.setInner(expr, this.innerOf(expr.step));
      }
      return cost;
    });
  }
}

/** The size of what is written out. */
function literalSize(expr: Expr): Range | undefined {
  if (expr.kind === 'list') return exactly(expr.items.length);
  if (expr.kind === 'map') return exactly(expr.entries.length);
  if (expr.kind !== 'literal') return undefined;
  if (typeof expr.value === 'string') return exactly(lengthOf(expr.value));
  return exactly(expr.value instanceof Uint8Array ? expr.value.length : 1);
}

const scalars = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint']);

/** Types whose values all are of size 1. */
export function isScalar(type: Type): boolean {
  if (scalars.has(type.kind)) return true;
  return type.kind === 'opaque' && type.name === 'optional_type' && isScalar(type.params[0]!);
}
