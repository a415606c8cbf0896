/**
 * Judges an object by the rules of its definition (apiextensions `schema/cel/validation.go`). All rules of one object share a budget; a long
 * judgement lets others run in between.
 */
import { adapt, CelError, limits, none, Optional } from '@orrery/machinery/cel';
import type { Activation, Outcome, Program, Value } from '@orrery/machinery/cel';
import { child, describe, duplicate, forbidden, index, invalid, key, required } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { CompiledRule } from './compile.ts';
import { byKeys, Correlation, Pair } from './ratchet.ts';
import type { RuleNode } from './tree.ts';

/** Costs between two pauses: some milliseconds. */
const pauseEvery = 50_000;

/** Compiling takes its time as well. */
const costPerLetter = 20;

/** Ends the judgement: the budget is spent. */
class BudgetSpent extends Error {}

export interface Judgement {
  readonly errors: FieldError[];
  /** Errors of values that did not change. */
  readonly warnings: string[];
}

/** Yields where others may run. @param old the object before a change; undefined for a new one */
function* judging(judge: Judge, node: RuleNode, object: unknown, old: unknown): Generator<void> {
  const correlation =
    old === undefined ? Correlation.none : new Correlation(new Pair(object, old, node.declared), undefined);
  try {
    yield* judge.visit(node, '', object, old, correlation);
  } catch (error) {
    if (!(error instanceof BudgetSpent)) throw error;
  }
}

/** @param old the object before a change; undefined for a new one */
export async function judgeByRules(node: RuleNode, object: unknown, old?: unknown): Promise<Judgement> {
  const judge = new Judge();
  for (const _pause of judging(judge, node, object, old)) await new Promise<void>(resolve => setImmediate(resolve));
  return judge;
}

/** A small value, at once: a default of a schema. */
export function judgeAtOnce(node: RuleNode, value: unknown): readonly FieldError[] {
  const judge = new Judge();
  for (const _pause of judging(judge, node, value, undefined));
  return judge.errors;
}

/** How upstream shows the place of a whole object. */
const nowhere = '<nil>';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const spent = 'validation failed due to running out of cost budget, no further validation rules will be run';

class Judge implements Judgement {
  readonly errors: FieldError[] = [];
  readonly warnings: string[] = [];
  #budget = limits.requestBudget;
  #sincePause = 0;

  *visit(node: RuleNode, path: string, value: unknown, old: unknown, correlation: Correlation): Generator<void> {
    if (value === null || value === undefined) return;
    if (node.count > 0) this.#rules(node, path, value, old ?? undefined, correlation);
    if (this.#sincePause > pauseEvery) {
      this.#sincePause = 0;
      yield;
    }
    if (Array.isArray(value)) {
      if (node.items) yield* this.#items(node, node.items, path, value, old, correlation);
    } else if (isObject(value)) yield* this.#fields(node, path, value, isObject(old) ? old : {}, correlation);
  }

  *#items(
    node: RuleNode,
    items: RuleNode,
    path: string,
    list: readonly unknown[],
    old: unknown,
    correlation: Correlation,
  ): Generator<void> {
    const before = earlierItems(node, old);
    for (const [at, item] of list.entries()) {
      const earlier = before(item);
      yield* this.visit(items, index(path, at), item, earlier, correlation.item(item, earlier, items.declared));
    }
  }

  *#fields(
    node: RuleNode,
    path: string,
    value: Record<string, unknown>,
    old: Record<string, unknown>,
    correlation: Correlation,
  ): Generator<void> {
    const earlier = (name: string): unknown => (Object.hasOwn(old, name) ? old[name] : undefined);
    if (node.values)
      for (const name of Object.keys(value).sort())
        yield* this.visit(
          node.values,
          key(path, name),
          value[name],
          earlier(name),
          correlation.field(name, node.values.declared),
        );
    for (const [name, field] of node.fields)
      if (Object.hasOwn(value, name))
        yield* this.visit(
          field,
          child(path, name),
          value[name],
          earlier(name),
          correlation.field(name, field.declared),
        );
  }

  #rules(node: RuleNode, path: string, value: unknown, old: unknown, correlation: Correlation): void {
    const at = path || nowhere;
    const self = adapt(value, node.declared);
    let before: Value | undefined;
    const oldSelf = (): Value => (before ??= adapt(old, node.declared));
    const plain: Activation = name => {
      if (name === 'self') return self;
      return name === 'oldSelf' && old !== undefined ? oldSelf() : undefined;
    };
    const optional: Activation = name => {
      if (name !== 'oldSelf') return plain(name);
      return old === undefined ? none : new Optional(oldSelf());
    };
    const compiling = (letters: number): void => void (this.#sincePause += letters * costPerLetter);
    for (const compiled of node.rules(compiling)) {
      const { rule, program, usesOldSelf } = compiled;
      if (this.#budget <= 0) this.#end(invalid(at, node.type, spent));
      if (compiled.error !== undefined)
        this.errors.push(invalid(at, node.type, `rule compile error: ${compiled.error}`));
      if (!program || (usesOldSelf && old === undefined && !rule.optionalOldSelf)) continue;
      const outcome = this.#run(program, rule.optionalOldSelf ? optional : plain);
      if (outcome.cost > this.#budget) this.#end(invalid(at, node.type, spent));
      this.#budget -= outcome.cost;
      if (outcome.value === true) continue;
      if (outcome.value instanceof CelError) this.#failed(compiled, node, at, outcome);
      else this.#broken(compiled, node, path, correlation, plain);
    }
  }

  #run(program: Program, variables: Activation): Outcome {
    const outcome = program.run(variables, limits.perCallLimit);
    this.#sincePause += outcome.cost;
    return outcome;
  }

  #end(error: FieldError): never {
    this.errors.push(error);
    throw new BudgetSpent();
  }

  /** The rule could not be evaluated. */
  #failed({ rule }: CompiledRule, { type }: RuleNode, path: string, { value, exceeded }: Outcome): void {
    const { message } = value as CelError;
    const shown = (rule.message || rule.rule).trim();
    if (exceeded) {
      const why = `'${message}': no further validation rules will be run due to call cost exceeds limit for rule: ${shown}`;
      this.#end(invalid(path, type, why));
    }
    const overload = `'${message}': call arguments did not match a supported operator, function or macro signature for rule: ${shown}`;
    const detail = message.startsWith('no such overload') ? overload : `${message} evaluating rule: ${shown}`;
    this.errors.push(invalid(path, type, detail));
  }

  /** The rule does not hold. */
  #broken(compiled: CompiledRule, { type }: RuleNode, path: string, correlation: Correlation, self: Activation): void {
    const { rule, usesOldSelf, fieldPath } = compiled;
    const at = fieldPath === '' ? path || nowhere : child(path, fieldPath);
    const tell = (error: FieldError): void => {
      if (!usesOldSelf && correlation.isUnchanged) this.warnings.push(describe(error));
      else this.errors.push(error);
    };
    const message = compiled.message && this.#message(compiled.message, rule.messageExpression!, self);
    if (message && 'end' in message) {
      tell(invalid(at, type, message.end));
      throw new BudgetSpent();
    }
    const detail = message?.text ?? (rule.message ? rule.message.trim() : `failed rule: ${rule.rule.trim()}`);
    tell(errorOf(at, type, detail, rule.reason));
  }

  /** A message that an expression makes; without a text where it makes none that can be shown. */
  #message(program: Program, source: string, self: Activation): { text?: string } | { end: string } {
    const { value, cost, exceeded } = this.#run(program, self);
    const stop = 'no further validation rules will be run';
    if (cost > this.#budget)
      return { end: `messageExpression evaluation failed due to running out of cost budget, ${stop}` };
    if (exceeded)
      return { end: `${stop} due to call cost exceeds limit for messageExpression: ${JSON.stringify(source)}` };
    this.#budget -= cost;
    const text = typeof value === 'string' ? value.trim() : '';
    const fits = text !== '' && !text.includes('\n') && Buffer.byteLength(text) <= limits.maxMessageBytes;
    return fits ? { text } : {};
  }
}

function errorOf(path: string, type: string, detail: string, reason: string | undefined): FieldError {
  switch (reason) {
    case 'FieldValueForbidden':
      return forbidden(path, detail);
    case 'FieldValueRequired':
      return required(path, detail);
    case 'FieldValueDuplicate':
      return duplicate(path, type);
    default:
      return invalid(path, type, detail);
  }
}

/** Elements with keys are found again by them; others have no earlier self. */
const earlierItems = ({ listKeys }: RuleNode, old: unknown): ((item: unknown) => unknown) =>
  listKeys && Array.isArray(old) ? byKeys(listKeys, old) : () => undefined;
