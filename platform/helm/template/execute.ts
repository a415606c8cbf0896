/**
 * Runs templates as Go's `text/template` does (with `missingkey=zero`), in steps that can be interrupted. Errors are worded as Go's:
 * `template: file:3:5: executing "name" at <.Values.x>: ...`.
 */
import { RenderError } from '../errors.ts';
import { argumentOf, checkCount, parameterAt, type CallContext, type Functions, type Work } from './function.ts';
import type { Block, Command, Operand, Pipe, Statement, Template } from './nodes.ts';
import { placeOf, writeNode } from './nodes.ts';
import { fieldOf, itemsOf } from './reach.ts';
import { textOf } from './print.ts';
import { isTrue, ValueError, type Value } from './values.ts';

export type TemplateSet = Map<string, Template>;

/** What all templates of one rendering share; `tpl` makes another with more templates. */
export interface Scope {
  readonly templates: TemplateSet;
  readonly functions: Pick<Functions, 'get'>;
  readonly context: CallContext;
}

type Flow = 'on' | 'break' | 'continue';

interface Variable {
  readonly name: string;
  value: Value;
}

/** Go prints this for what is not there; Helm takes it out of what it renders. */
export const noValue = '<no value>';

export function* executeTemplate(scope: Scope, name: string, data: Value): Work<string> {
  const template = scope.templates.get(name);
  if (!template)
    throw new RenderError(`template: no template ${JSON.stringify(name)} associated with template "gotpl"`);
  const { meter } = scope.context;
  meter.enter();
  const execution = new Execution(scope, template, data);
  yield* execution.block(template.body, data);
  meter.leave();
  return execution.written.join('');
}

class Execution {
  readonly written: string[] = [];
  private readonly scope: Scope;
  private readonly template: Template;
  private readonly variables: Variable[];

  constructor(scope: Scope, template: Template, data: Value) {
    this.scope = scope;
    this.template = template;
    this.variables = [{ name: '$', value: data }];
  }

  private error(node: { readonly at: number }, shown: string, message: string): RenderError {
    const { name } = this.template;
    const place = placeOf(this.template, node.at);
    return new RenderError(`template: ${place}: executing ${JSON.stringify(name)} at <${shown}>: ${message}`);
  }

  private write(text: string): void {
    this.scope.context.meter.reserve(text.length);
    this.written.push(text);
  }

  *block(body: Block, dot: Value): Work<Flow> {
    const { meter } = this.scope.context;
    for (const statement of body) {
      meter.count(1);
      if (meter.isDue()) yield undefined;
      const flow = yield* this.statement(statement, dot);
      if (flow !== 'on') return flow;
    }
    return 'on';
  }

  private *statement(statement: Statement, dot: Value): Work<Flow> {
    switch (statement.type) {
      case 'text':
        this.write(statement.text);
        return 'on';
      case 'action': {
        const value = yield* this.pipeline(statement.pipe, dot);
        if (statement.pipe.variables.length === 0) {
          this.write(
            value === null ? noValue : typeof value === 'string' ? value : textOf(value, this.scope.context.count),
          );
        }
        return 'on';
      }
      case 'if':
      case 'with':
        return yield* this.branch(statement, dot);
      case 'range':
        return yield* this.range(statement, dot);
      case 'template':
        yield* this.nested(statement, dot);
        return 'on';
      default:
        return statement.type;
    }
  }

  private *branch(statement: Statement & { type: 'if' | 'with' | 'range' }, dot: Value): Work<Flow> {
    const visible = this.variables.length;
    const value = yield* this.pipeline(statement.pipe, dot);
    let flow: Flow = 'on';
    if (isTrue(value)) flow = yield* this.block(statement.body, statement.type === 'with' ? value : dot);
    else if (statement.otherwise) flow = yield* this.block(statement.otherwise, dot);
    this.variables.length = visible;
    return flow;
  }

  private *range({ pipe, body, otherwise }: Statement & { type: 'if' | 'with' | 'range' }, dot: Value): Work<Flow> {
    const { variables } = this;
    const visible = variables.length;
    const value = yield* this.pipeline(pipe, dot);
    const marked = variables.length;
    const items = itemsOf(value);
    if (items === undefined) {
      // Go names what was evaluated last.
      const last = pipe.commands.at(-1)!.words.at(-1)!;
      throw this.error(last, writeNode(last), `range can't iterate over ${textOf(value, this.scope.context.count)}`);
    }
    const { meter } = this.scope.context;
    let isEmpty = true;
    let flow: Flow = 'on';
    for (const [key, item] of items) {
      isEmpty = false;
      meter.count(1);
      if (meter.isDue()) yield undefined;
      if (pipe.variables.length > 0) this.setRange(pipe, key, item);
      flow = yield* this.block(body, item);
      variables.length = marked;
      if (flow === 'break') break;
    }
    if (isEmpty && otherwise) flow = yield* this.block(otherwise, dot);
    else flow = 'on';
    variables.length = visible;
    return flow;
  }

  private setRange({ variables, isAssignment }: Pipe, key: Value, item: Value): void {
    const [first, second] = variables;
    const set = (name: string, value: Value, fromTop: number): void => {
      if (isAssignment) this.assign(name, value);
      else this.variables[this.variables.length - fromTop]!.value = value;
    };
    if (second === undefined) set(first!, item, 1);
    else {
      set(first!, key, 2);
      set(second, item, 1);
    }
  }

  private *nested(statement: Statement & { type: 'template' }, dot: Value): Work<void> {
    const data = statement.pipe ? yield* this.pipeline(statement.pipe, dot) : null;
    if (!this.scope.templates.has(statement.name)) {
      const call = `{{template ${JSON.stringify(statement.name)}${statement.pipe ? ` ${writeNode(statement.pipe)}` : ''}}}`;
      throw this.error(statement, call, `template ${JSON.stringify(statement.name)} not defined`);
    }
    // Counted already where it was written first.
    this.written.push(yield* executeTemplate(this.scope, statement.name, data));
  }

  private assign(name: string, value: Value): void {
    const variable = this.variables.findLast(each => each.name === name);
    if (variable) variable.value = value;
  }

  *pipeline(pipe: Pipe, dot: Value): Work<Value> {
    let value: Value = null;
    for (const [at, command] of pipe.commands.entries()) {
      value = yield* this.command(command, dot, at === 0 ? undefined : [value]);
    }
    for (const name of pipe.variables) {
      if (pipe.isAssignment) this.assign(name, value);
      else this.variables.push({ name, value });
    }
    return value;
  }

  private *command(command: Command, dot: Value, final: [Value] | undefined): Work<Value> {
    const [first, ...rest] = command.words as [Operand, ...Operand[]];
    if (first.type === 'function') return yield* this.call(first, command, rest, dot, final);
    if (first.type === 'field' || first.type === 'variable' || first.type === 'chain') {
      return yield* this.reach(first, dot, rest, final);
    }
    if (rest.length > 0 || final) {
      const shown = first.type === 'pipe' ? `(${writeNode(first)})` : writeNode(first);
      throw this.error(first, writeNode(command), `can't give argument to non-function ${shown}`);
    }
    if (first.type === 'nil') throw this.error(first, 'nil', 'nil is not a command');
    return yield* this.operand(first, dot);
  }

  private *operand(operand: Operand, dot: Value): Work<Value> {
    switch (operand.type) {
      case 'constant':
        return operand.value;
      case 'nil':
        return null;
      case 'dot':
        return dot;
      case 'pipe':
        return yield* this.inner(operand, dot);
      case 'function':
        return yield* this.call(operand, operand, [], dot, undefined);
      default:
        return yield* this.reach(operand, dot, [], undefined);
    }
  }

  /** Variables that are set in parentheses stay with what surrounds them. */
  private *inner(pipe: Pipe, dot: Value): Work<Value> {
    return yield* this.pipeline(pipe, dot);
  }

  /** Follows a chain of names; the last may be a method and take arguments. */
  private *reach(
    operand: Operand & { type: 'field' | 'variable' | 'chain' },
    dot: Value,
    rest: readonly Operand[],
    final: [Value] | undefined,
  ): Work<Value> {
    let value: Value =
      operand.type === 'field'
        ? dot
        : operand.type === 'chain'
          ? yield* this.operand(operand.of, dot)
          : this.variable(operand.name);
    const { names } = operand;
    if (names.length === 0 && (rest.length > 0 || final)) {
      throw this.error(operand, writeNode(operand), `can't give argument to non-function ${writeNode(operand)}`);
    }
    // Of nothing at all Go asks no questions: `(.Values.missing).name` is nothing, where `.Values.missing.name` is an error.
    if (value === null) return null;
    for (const [at, name] of names.entries()) {
      const isLast = at === names.length - 1;
      const args = isLast ? yield* this.plainArguments(rest, dot, final) : [];
      try {
        value = fieldOf(value, name, args, isLast && (rest.length > 0 || final !== undefined), at > 0);
      } catch (error) {
        throw this.located(error, operand, name);
      }
    }
    return value;
  }

  private variable(name: string): Value {
    return this.variables.findLast(each => each.name === name)?.value ?? null;
  }

  private *plainArguments(rest: readonly Operand[], dot: Value, final: [Value] | undefined): Work<Value[]> {
    const args: Value[] = [];
    for (const word of rest) args.push(yield* this.operand(word, dot));
    return final ? [...args, ...final] : args;
  }

  private *call(
    node: Operand & { type: 'function' },
    shown: Operand | Command,
    rest: readonly Operand[],
    dot: Value,
    final: [Value] | undefined,
  ): Work<Value> {
    const { name } = node;
    const { functions, context } = this.scope;
    if (name === 'and' || name === 'or') return yield* this.logic(name, shown, rest, dot, final);
    const called = functions.get(name)!;
    context.count(1);
    const args: Value[] = [];
    let place: Operand | Command = node;
    try {
      checkCount(called, name, rest.length + (final ? 1 : 0));
      for (const [at, word] of rest.entries()) {
        const value = yield* this.operand(word, dot);
        place = word;
        args.push(argumentOf(parameterAt(called, at), value, word.type === 'constant'));
      }
      if (final) args.push(argumentOf(parameterAt(called, args.length), final[0], false));
    } catch (error) {
      throw this.located(error, place);
    }
    try {
      const result = called.call(context, args);
      if (result instanceof Promise) return (yield result) as Value;
      const value = isWork(result) ? yield* result : result;
      if (typeof value === 'string' || Array.isArray(value)) context.meter.reserve(value.length);
      return value;
    } catch (error) {
      throw this.located(error, node, undefined, shown);
    }
  }

  /** `and` and `or` evaluate no more than they need. */
  private *logic(
    name: 'and' | 'or',
    shown: Operand | Command,
    rest: readonly Operand[],
    dot: Value,
    final: [Value] | undefined,
  ): Work<Value> {
    if (rest.length === 0 && !final)
      throw this.error(shown, writeNode(shown), `wrong number of args for ${name}: want at least 1 got 0`);
    let value: Value = null;
    for (const word of rest) {
      value = yield* this.operand(word, dot);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return final ? final[0] : value;
  }

  /** What went wrong, with its place; errors that have one already are passed on. */
  private located(error: unknown, node: Operand | Command, field?: string, shown?: Operand | Command): unknown {
    if (error instanceof RangeError) return new RenderError('the templates are nested too deeply');
    const name =
      node.type === 'function' && shown
        ? `error calling ${node.name}: `
        : field !== undefined && error instanceof CallError
          ? `error calling ${field}: `
          : '';
    if (error instanceof ValueError) return this.error(node, writeNode(shown ?? node), name + error.message);
    if (error instanceof RenderError && name !== '' && error.message.startsWith('template: ')) {
      return this.error(node, writeNode(shown ?? node), name + error.message);
    }
    return error;
  }
}

/** What a method complains about, in difference to a method that is not there. */
export class CallError extends ValueError {}

const isWork = (result: unknown): result is Work<Value> =>
  typeof result === 'object' && result !== null && 'next' in result && 'throw' in result;
