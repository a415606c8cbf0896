/** Gives every part of a tree its type and every call its overloads, or says what does not fit (cel-go `checker`). */
import type { Environment, Overload } from './environment.ts';
import type { Issue } from './issues.ts';
import { operators } from './syntax.ts';
import type { Call, Expr, Fold, ListExpr, MapExpr, Select, StructExpr } from './syntax.ts';
import * as types from './types.ts';
import type { Type } from './types.ts';
import { Bindings, instantiate, moreGeneral } from './unify.ts';
import { typeOfLiteral } from './literal-types.ts';

/** What is known of a part. */
export interface Checked {
  type: Type;
  /** A variable, or a type as a value, by its full name: also for `a.b` where that is one name. */
  readonly name?: string;
  readonly isType?: boolean;
  /** Of a call: the function's full name and the overloads that may be meant. */
  readonly overloads?: readonly Overload[];
  /** Of a call whose target is part of the name: `optional.of(x)`. */
  readonly isGlobal?: boolean;
}

export type CheckedTree = ReadonlyMap<Expr, Checked>;

/** @returns the type of each part; to be used only if there are no issues */
export function check(expr: Expr, environment: Environment): { tree: CheckedTree; issues: Issue[] } {
  const checker = new Checker(environment);
  checker.typeOf(expr);
  return { tree: checker.finish(), issues: checker.issues };
}

class Checker {
  readonly issues: Issue[] = [];
  readonly #environment: Environment;
  readonly #bindings = new Bindings();
  readonly #tree = new Map<Expr, Checked>();
  readonly #scopes: Map<string, Type>[] = [];
  constructor(environment: Environment) {
    this.#environment = environment;
  }

  finish(): CheckedTree {
    for (const checked of this.#tree.values()) checked.type = this.#bindings.resolve(checked.type, true);
    return this.#tree;
  }

  /** A part that macros use twice is checked once. */
  typeOf(expr: Expr): Type {
    const known = this.#tree.get(expr);
    if (known) return known.type;
    const checked = this.#check(expr);
    this.#tree.set(expr, checked);
    return checked.type;
  }

  #report({ at }: { readonly at: number }, message: string): void {
    this.issues.push({ at, message });
  }

  #check(expr: Expr): Checked {
    switch (expr.kind) {
      case 'literal':
        return { type: typeOfLiteral(expr.value) };
      case 'ident':
        return this.#ident(expr.name) ?? this.#undeclared(expr, expr.name);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return this.#struct(expr);
      case 'fold':
        return this.#fold(expr);
    }
  }

  #undeclared(at: Expr, name: string): Checked {
    this.#report(at, `undeclared reference to '${name}' (in container '')`);
    return { type: types.errorType };
  }

  #ident(written: string): Checked | undefined {
    const name = written.replace(/^\./, '');
    if (name === written)
      for (let at = this.#scopes.length - 1; at >= 0; at--) {
        const local = this.#scopes[at]!.get(name);
        if (local) return { type: local, name };
      }
    const variable = this.#environment.variable(name);
    if (variable) return { type: variable, name };
    const type = this.#environment.type(name);
    return type ? { type: types.typeType(type), name, isType: true } : undefined;
  }

  /** `a.b.c` as one name, if it is written so. */
  #qualified(expr: Expr): string | undefined {
    if (expr.kind === 'ident') return expr.name;
    if (expr.kind !== 'select' || expr.test) return undefined;
    const operand = this.#qualified(expr.operand);
    return operand === undefined ? undefined : `${operand}.${expr.field}`;
  }

  #select(expr: Select): Checked {
    const name = this.#qualified(expr);
    const first = name?.split('.')[0];
    const isLocal = first !== undefined && this.#scopes.some(scope => scope.has(first));
    const whole = name === undefined || isLocal ? undefined : this.#ident(name);
    if (whole) return whole;
    const type = this.#field(expr, expr.operand, expr.field, false);
    return { type: expr.test ? types.boolType : this.#bindings.resolve(type) };
  }

  #field(expr: Expr, operand: Expr, field: string, optional: boolean): Type {
    const operandType = this.#bindings.resolve(this.typeOf(operand));
    const target = types.unwrapOptional(operandType);
    let result: Type = types.dynType;
    if (target.kind === 'map') result = target.params[1]!;
    else if (target.kind === 'struct') {
      const found = target.fields?.get(field);
      if (!found) this.#report(expr, `undefined field '${field}'`);
      result = found ?? types.errorType;
    } else if (target.kind === 'param') this.#bindings.assign(types.dynType, target);
    else if (!types.isDynOrError(target))
      this.#report(expr, `type '${types.formatType(target)}' does not support field selection`);
    return optional || target !== operandType ? types.optionalType(result) : result;
  }

  #call(expr: Call): Checked {
    if (expr.name === operators.optionalSelect) {
      const field = expr.args[1]!;
      const name = field.kind === 'literal' ? String(field.value) : '';
      this.typeOf(field);
      const type = this.#field(expr, expr.args[0]!, name, true);
      return { type: this.#bindings.resolve(type), overloads: this.#environment.functionOf(expr.name) ?? [] };
    }
    const args = expr.args.map(arg => this.typeOf(arg));
    if (!expr.target) {
      const name = expr.name.replace(/^\./, '');
      const overloads = this.#environment.functionOf(name);
      return overloads ? this.#resolve(expr, name, overloads, args, false) : this.#undeclared(expr, expr.name);
    }
    const prefix = this.#qualified(expr.target)?.replace(/^\./, '');
    const full = prefix === undefined ? undefined : `${prefix}.${expr.name}`;
    const global = full === undefined ? undefined : this.#environment.functionOf(full);
    if (global) return { ...this.#resolve(expr, full!, global, args, false), isGlobal: true };
    const target = this.typeOf(expr.target);
    const overloads = this.#environment.functionOf(expr.name);
    if (!overloads) return this.#undeclared(expr, expr.name);
    return this.#resolve(expr, expr.name, overloads, [target, ...args], true);
  }

  #resolve(
    expr: Call,
    name: string,
    overloads: readonly Overload[],
    args: readonly Type[],
    isMethod: boolean,
  ): Checked {
    if (name === operators.and || name === operators.or) return this.#logic(expr, name, overloads, args);
    const fitting: Overload[] = [];
    let result: Type | undefined;
    for (const overload of overloads) {
      if (overload.isMethod !== isMethod) continue;
      const fresh = new Map(overload.generics.map(generic => [generic, this.#bindings.fresh()]));
      const params = overload.generics.length === 0 ? overload.params : overload.params.map(p => instantiate(p, fresh));
      if (!this.#bindings.assignAll(args, params)) continue;
      fitting.push(overload);
      const type = this.#bindings.resolve(instantiate(overload.result, fresh));
      if (result === undefined) result = type;
      else if (!types.isDyn(result) && !types.sameType(type, result)) result = types.dynType;
    }
    if (result !== undefined) return { type: result, name, overloads: fitting };
    const shown = types.formatCall(
      args.map(arg => this.#bindings.resolve(arg, true)),
      isMethod,
    );
    this.#report(expr, `found no matching overload for '${name}' applied to '${shown}'`);
    return { type: types.errorType };
  }

  #logic(expr: Call, name: string, overloads: readonly Overload[], args: readonly Type[]): Checked {
    let fits = true;
    args.forEach((type, at) => {
      if (this.#bindings.assign(type, types.boolType)) return;
      this.#mismatch(expr.args[at]!, types.boolType, type);
      fits = false;
    });
    return { type: fits ? types.boolType : types.errorType, name, overloads };
  }

  #mismatch(at: { readonly at: number }, expected: Type, found: Type): void {
    this.#report(at, `expected type '${types.formatType(expected)}' but found '${types.formatType(found)}'`);
  }

  /** The common type of elements; all have to agree. */
  #join(at: Expr, previous: Type | undefined, current: Type): Type {
    if (previous === undefined) return current;
    if (this.#bindings.assign(previous, current)) return moreGeneral(previous, current);
    this.#mismatch(at, this.#bindings.resolve(previous), this.#bindings.resolve(current));
    return types.errorType;
  }

  /** The type that an optional element adds. */
  #element(expr: Expr, isOptional: boolean): Type {
    const type = this.typeOf(expr);
    if (!isOptional) return type;
    const inner = types.unwrapOptional(type);
    if (inner === type && !types.isDyn(type)) this.#mismatch(expr, types.optionalType(type), type);
    return inner;
  }

  #list({ items, optionals }: ListExpr): Checked {
    let joined: Type | undefined;
    items.forEach((item, at) => {
      joined = this.#join(item, joined, this.#element(item, optionals.has(at)));
    });
    return { type: types.listType(joined ?? this.#bindings.fresh()) };
  }

  #map({ entries }: MapExpr): Checked {
    let keys: Type | undefined;
    let values: Type | undefined;
    for (const { key, value, optional } of entries) {
      keys = this.#join(key, keys, this.typeOf(key));
      values = this.#join(value, values, this.#element(value, optional));
    }
    return { type: types.mapType(keys ?? this.#bindings.fresh(), values ?? this.#bindings.fresh()) };
  }

  #struct(expr: StructExpr): Checked {
    const type = this.#environment.struct(expr.name.replace(/^\./, ''));
    for (const { value } of expr.fields) this.typeOf(value);
    if (!type) return this.#undeclared(expr, expr.name);
    for (const field of expr.fields) {
      const expected = type.fields?.get(field.name);
      if (!expected) {
        this.#report(field, `undefined field '${field.name}'`);
        continue;
      }
      const found = this.#element(field.value, field.optional);
      if (this.#bindings.assign(expected, found)) continue;
      const [wanted, given] = [types.formatType(expected), types.formatType(this.#bindings.resolve(found))];
      this.#report(field, `expected type of field '${field.name}' is '${wanted}' but provided type is '${given}'`);
    }
    return { type };
  }

  #fold(expr: Fold): Checked {
    const range = this.#bindings.resolve(this.typeOf(expr.range));
    const accumulated = this.typeOf(expr.init);
    this.#scopes.push(new Map([[expr.accumulator, accumulated]]));
    const [first, second] = this.#variables(expr, range);
    this.#scopes.push(new Map([[expr.variable, first], ...(expr.second ? [[expr.second, second] as const] : [])]));
    this.#expect(expr.condition, types.boolType);
    this.#expect(expr.step, accumulated);
    this.#scopes.pop();
    const type = this.typeOf(expr.result);
    this.#scopes.pop();
    return { type: this.#bindings.resolve(type) };
  }

  #expect(expr: Expr, type: Type): void {
    const found = this.typeOf(expr);
    if (this.#bindings.assign(type, found)) return;
    this.#mismatch(expr, this.#bindings.resolve(type), this.#bindings.resolve(found));
  }

  /** Types of one variable, or of key and value. */
  #variables({ range, second }: Fold, type: Type): readonly [Type, Type] {
    if (type.kind === 'list') return second ? [types.intType, type.params[0]!] : [type.params[0]!, types.dynType];
    if (type.kind === 'map') return [type.params[0]!, type.params[1]!];
    if (types.isDynOrError(type) || type.kind === 'param') {
      this.#bindings.assign(types.dynType, type);
      return [types.dynType, types.dynType];
    }
    const shown = types.formatType(type);
    this.#report(
      range,
      `expression of type '${shown}' cannot be range of a comprehension (must be list, map, or dynamic)`,
    );
    return [types.errorType, types.errorType];
  }
}
