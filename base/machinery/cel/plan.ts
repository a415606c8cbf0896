/** A checked tree as nested functions: planned once, run many times (cel-go `interpreter`). */
import { chargeFor, costOf, listCost, mapCost, selectCost, structCost } from './charges.ts';
import type { Checked, CheckedTree } from './check.ts';
import type { Overload } from './environment.ts';
import { equal } from './equality.ts';
import type { Frame } from './frame.ts';
import { planFold } from './fold.ts';
import { indexInto, isPresent, selectOptional, withOptional } from './navigate.ts';
import { matchesAtRunTime, signatureOf } from './dispatch.ts';
import { operators } from './syntax.ts';
import type { Call, Expr, ListExpr, MapExpr, Select, StructExpr } from './syntax.ts';
import { ArrayList, CelError, EntryMap, fail, keyOf, Mapping, Optional, TypeName, typeNameOf, Uint } from './values.ts';
import type { Value } from './values.ts';

export type Step = (frame: Frame) => Value;

/** What parts of a plan need of the whole. */
export interface Planner {
  plan(expr: Expr): Step;
  /** Gives a name a place while `inside` is planned. */
  withLocal<T>(name: string, inside: (slot: number) => T): T;
}

/** Builds the value of `Name{...}`. */
export type MakeStruct = (name: string, fields: ReadonlyMap<string, Value>) => Value;

export function planTree(expr: Expr, tree: CheckedTree, makeStruct: MakeStruct): Step {
  return new Plan(tree, makeStruct).plan(expr);
}

const noOverload = (): Value => fail('no such overload');

class Plan implements Planner {
  readonly #tree: CheckedTree;
  readonly #makeStruct: MakeStruct;
  readonly #planned = new Map<Expr, Step>();
  readonly #locals = new Map<string, number[]>();
  #slots = 0;
  constructor(tree: CheckedTree, makeStruct: MakeStruct) {
    this.#tree = tree;
    this.#makeStruct = makeStruct;
  }

  plan(expr: Expr): Step {
    let step = this.#planned.get(expr);
    if (!step) this.#planned.set(expr, (step = this.#plan(expr)));
    return step;
  }

  withLocal<T>(name: string, inside: (slot: number) => T): T {
    const slot = this.#slots++;
    const places = this.#locals.get(name) ?? [];
    this.#locals.set(name, [...places, slot]);
    const result = inside(slot);
    this.#locals.set(name, places);
    return result;
  }

  #of(expr: Expr): Checked {
    return this.#tree.get(expr)!;
  }

  #plan(expr: Expr): Step {
    const checked = this.#of(expr);
    if (checked.name !== undefined && expr.kind !== 'call') return this.#name(checked.name, checked.isType === true);
    switch (expr.kind) {
      case 'literal': {
        const { value } = expr;
        return () => value;
      }
      case 'ident':
        return () => fail(`no such attribute(s): ${expr.name}`);
      case 'select':
        return this.#select(expr);
      case 'call':
        return this.#call(expr, checked);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return this.#struct(expr);
      case 'fold':
        return planFold(expr, this);
    }
  }

  #name(name: string, isType: boolean): Step {
    if (isType) {
      const type = new TypeName(runtimeNames[name] ?? name);
      return () => type;
    }
    const slot = this.#locals.get(name)?.at(-1);
    if (slot !== undefined)
      return frame => {
        frame.charge(selectCost);
        return frame.slots[slot]!;
      };
    const missing = fail(`no such attribute(s): ${name}`);
    return frame => {
      frame.charge(selectCost);
      const value = frame.variable(name);
      return value === undefined ? missing : value;
    };
  }

  #select({ operand, field, test }: Select): Step {
    const from = this.#operand(operand);
    const missing = fail(`no such key: ${field}`);
    if (test)
      return frame => {
        const value = from(frame);
        return value instanceof CelError ? value : isPresent(value, field);
      };
    return frame => {
      const value = from(frame);
      if (value instanceof CelError) return value;
      frame.charge(selectCost);
      if (value instanceof Mapping) {
        const found = value.find(field);
        return found === undefined ? missing : found;
      }
      return value instanceof Optional ? withOptional(value, field) : missing;
    };
  }

  /** A call's answer that is looked into costs one more, as the start of a path. */
  #operand(operand: Expr): Step {
    const step = this.plan(operand);
    const isPath =
      operand.kind === 'ident' ||
      operand.kind === 'select' ||
      (operand.kind === 'call' && operand.target === undefined && pathOperators.has(operand.name));
    if (isPath) return step;
    return frame => {
      const value = step(frame);
      frame.charge(selectCost);
      return value;
    };
  }

  #call(expr: Call, checked: Checked): Step {
    switch (expr.name) {
      case operators.and:
        return this.#logic(expr, false);
      case operators.or:
        return this.#logic(expr, true);
      case operators.conditional:
        return this.#conditional(expr);
      case operators.notStrictlyFalse:
        return this.#notStrictlyFalse(expr);
      case operators.index:
      case operators.optionalIndex:
      case operators.optionalSelect:
        return this.#index(expr);
      case operators.equals:
      case operators.notEquals:
        return this.#equality(expr);
    }
    const isMethod = expr.target !== undefined && !checked.isGlobal;
    const name = checked.name!;
    if (isMethod && (name === 'or' || name === 'orValue')) return this.#orElse(expr, name);
    const args = [...(isMethod ? [expr.target!] : []), ...expr.args];
    const types = args.map(arg => this.#of(arg).type);
    const steps = args.map(arg => this.plan(arg));
    return planCall(name, checked.overloads!, types.every(isCertain), steps);
  }

  #logic({ args }: Call, decisive: boolean): Step {
    const [left, right] = args.map(arg => this.plan(arg)) as [Step, Step];
    return frame => {
      const first = left(frame);
      if (first === decisive) return decisive;
      const second = right(frame);
      if (second === decisive) return decisive;
      if (first instanceof CelError) return first;
      if (second instanceof CelError) return second;
      return typeof first === 'boolean' && typeof second === 'boolean' ? !decisive : noOverload();
    };
  }

  #conditional({ args }: Call): Step {
    const [condition, yes, no] = args.map(arg => this.plan(arg)) as [Step, Step, Step];
    return frame => {
      const chosen = condition(frame);
      if (chosen === true) return yes(frame);
      if (chosen === false) return no(frame);
      return chosen instanceof CelError ? chosen : noOverload();
    };
  }

  #notStrictlyFalse({ args }: Call): Step {
    const step = this.plan(args[0]!);
    return frame => {
      const value = step(frame);
      frame.charge(1);
      return value !== false;
    };
  }

  #index({ name, args }: Call): Step {
    const operand = this.#operand(args[0]!);
    const at = this.plan(args[1]!);
    const optional = name !== operators.index;
    return frame => {
      const value = operand(frame);
      if (value instanceof CelError) return value;
      const key = at(frame);
      if (key instanceof CelError) return key;
      frame.charge(selectCost);
      if (optional) return selectOptional(value, key);
      return value instanceof Optional ? withOptional(value, key) : indexInto(value, key);
    };
  }

  #equality({ name, args }: Call): Step {
    const [left, right] = args.map(arg => this.plan(arg)) as [Step, Step];
    const charge = chargeFor(name, '');
    const negated = name === operators.notEquals;
    return frame => {
      const a = left(frame);
      const b = right(frame);
      if (a instanceof CelError) return a;
      if (b instanceof CelError) return b;
      frame.charge(charge([a, b], null));
      const same = equal(a, b, frame);
      return typeof same === 'boolean' ? same !== negated : same;
    };
  }

  /** `or` and `orValue` look at their argument only when there is nothing before. */
  #orElse({ target, args }: Call, name: string): Step {
    const [left, right] = [this.plan(target!), this.plan(args[0]!)];
    return frame => {
      const value = left(frame);
      if (value instanceof CelError) return value;
      if (!(value instanceof Optional)) return noOverload();
      if (value.value === undefined) return right(frame);
      return name === 'or' ? value : value.value;
    };
  }

  #list({ items, optionals }: ListExpr): Step {
    const steps = items.map(item => this.plan(item));
    return frame => {
      const values: Value[] = [];
      for (let at = 0; at < steps.length; at++) {
        const value = steps[at]!(frame);
        if (value instanceof CelError) return value;
        if (!optionals.has(at)) values.push(value);
        else if (!(value instanceof Optional)) return notOptional('list element', value);
        else if (value.value !== undefined) values.push(value.value);
      }
      frame.charge(listCost);
      return new ArrayList(values);
    };
  }

  #map({ entries }: MapExpr): Step {
    const steps = entries.map(({ key, value, optional }) => [this.plan(key), this.plan(value), optional] as const);
    return frame => {
      const made = new EntryMap();
      for (const [keyStep, valueStep, optional] of steps) {
        const key = keyStep(frame);
        if (key instanceof CelError) return key;
        let value = valueStep(frame);
        if (value instanceof CelError) return value;
        if (optional) {
          if (!(value instanceof Optional)) return notOptional('entry', value);
          if (value.value === undefined) continue;
          value = value.value;
        }
        const text = keyOf(key);
        if (text === undefined) return fail(`unsupported key type: ${typeNameOf(key)}`);
        if (made.entries.has(text)) return fail(`Failed with repeated key: ${shown(key)}`);
        made.entries.set(text, [key, value]);
      }
      frame.charge(mapCost);
      return made;
    };
  }

  #struct(expr: StructExpr): Step {
    const { name } = this.#of(expr).type;
    const steps = expr.fields.map(field => [field.name, this.plan(field.value), field.optional] as const);
    return frame => {
      const fields = new Map<string, Value>();
      for (const [field, step, optional] of steps) {
        const value = step(frame);
        if (value instanceof CelError) return value;
        if (!optional) fields.set(field, value);
        else if (!(value instanceof Optional)) return notOptional('entry', value);
        else if (value.value !== undefined) fields.set(field, value.value);
      }
      frame.charge(structCost);
      return this.#makeStruct(name, fields);
    };
  }
}

const pathOperators = new Set<string>([operators.index, operators.optionalIndex, operators.optionalSelect]);

/** Names that types have at run time. */
const runtimeNames: Readonly<Record<string, string>> = {
  timestamp: 'google.protobuf.Timestamp',
  duration: 'google.protobuf.Duration',
};

const notOptional = (what: string, value: Value): Value =>
  fail(`cannot initialize optional ${what} from non-optional value ${shown(value)}`);

const shown = (value: Value): string => (value instanceof Uint ? String(value.value) : String(value));

/** Whether values of a type need no looking at before a call. */
const isCertain = ({ kind, params }: Checked['type']): boolean =>
  kind !== 'dyn' && kind !== 'param' && kind !== 'error' && params.every(({ kind: inner }) => inner !== 'error');

function planCall(name: string, overloads: readonly Overload[], certain: boolean, steps: readonly Step[]): Step {
  const choices = overloads.map(overload => ({ overload, charge: chargeFor(name, overload.id) }));
  const only = choices.length === 1 && certain ? choices[0] : undefined;
  return frame => {
    const args: Value[] = [];
    for (const step of steps) {
      const value = step(frame);
      if (value instanceof CelError) return value;
      args.push(value);
    }
    const choice = only ?? choices.find(({ overload }) => matchesAtRunTime(overload, args));
    if (!choice) {
      frame.charge(1);
      return fail(/^[A-Za-z]/.test(name) ? `no such overload: ${signatureOf(name, args)}` : 'no such overload');
    }
    const result = choice.overload.call!(args, frame);
    frame.charge(costOf(choice.charge, args, result));
    return result;
  };
}
