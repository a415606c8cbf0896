/** What a function of the templates is, and how arguments are checked against what it takes. */
import type { Random } from '@orrery/machinery/random';
import type { Meter } from './meter.ts';
import { GoObject, integerOf, isInteger, typeOf, ValueError, type Count, type Value } from './values.ts';

/** Where a computation stops: for others to have their turn, or for what it waits for. */
export type Stop = Promise<unknown> | undefined;
export type Work<T> = Generator<Stop, T, unknown>;

export interface CallContext {
  readonly meter: Meter;
  readonly count: Count;
  readonly random: Random;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type Result = Value | Promise<Value> | Work<Value>;

/** What a parameter takes: `any`, or one Go type. `list` takes nil too, as sprig's functions do. */
export type Parameter = 'any' | 'string' | 'int' | 'float64' | 'bool' | 'map' | 'list' | 'time';

export interface TemplateFunction {
  readonly parameters: readonly Parameter[];
  /** The last parameter may come any number of times. */
  readonly isVariadic: boolean;
  readonly call: (context: CallContext, args: readonly Value[]) => Result;
}

export type Functions = ReadonlyMap<string, TemplateFunction>;

/**
 * A function by its signature: `string, any...`. It throws {@link ValueError} with what Go's function would return as error.
 */
export function fn(
  signature: string,
  call: (args: readonly Value[], context: CallContext) => Result,
): TemplateFunction {
  const names = signature === '' ? [] : signature.split(', ');
  const isVariadic = signature.endsWith('...');
  return {
    parameters: names.map(name => name.replace('...', '') as Parameter),
    isVariadic,
    call: (context, args) => call(args, context),
  };
}

const goNames: Readonly<Record<Parameter, string>> = {
  any: 'interface {}',
  string: 'string',
  int: 'int',
  float64: 'float64',
  bool: 'bool',
  map: 'map[string]interface {}',
  list: '[]interface {}',
  time: 'time.Time',
};

function fits(parameter: Parameter, value: Value): boolean {
  switch (parameter) {
    case 'any':
      return true;
    case 'string':
      return typeof value === 'string';
    case 'int':
      return value !== null && isInteger(value);
    case 'float64':
      return typeof value === 'number';
    case 'bool':
      return typeof value === 'boolean';
    case 'map':
      return value instanceof Map;
    case 'list':
      return Array.isArray(value);
    case 'time':
      return value instanceof GoObject && value.typeName === 'time.Time';
  }
}

/** An argument as a parameter takes it. @throws ValueError in Go's words. */
export function argumentOf(parameter: Parameter, value: Value, isConstant: boolean): Value {
  if (parameter === 'float64' && isConstant && typeof value === 'bigint') return Number(value);
  if (parameter === 'map' && value instanceof GoObject && value.elements() instanceof Map) return value.elements()!;
  if (fits(parameter, value)) return parameter === 'int' ? integerOf(value as bigint) : value;
  if (value === null) {
    if (parameter === 'map') return new Map();
    if (parameter === 'list') return [];
    throw new ValueError(`invalid value; expected ${goNames[parameter]}`);
  }
  if (isConstant)
    throw new ValueError(
      `expected ${parameter === 'int' ? 'integer' : parameter === 'float64' ? 'float' : parameter}; found ${String(value)}`,
    );
  throw new ValueError(`wrong type for value; expected ${goNames[parameter]}; got ${typeOf(value)}`);
}

/** @throws ValueError in Go's words. */
export function checkCount({ parameters, isVariadic }: TemplateFunction, name: string, given: number): void {
  const wanted = isVariadic ? parameters.length - 1 : parameters.length;
  if (isVariadic ? given >= wanted : given === wanted) return;
  throw new ValueError(`wrong number of args for ${name}: want ${isVariadic ? 'at least ' : ''}${wanted} got ${given}`);
}

export const parameterAt = ({ parameters, isVariadic }: TemplateFunction, at: number): Parameter =>
  parameters[at] ?? (isVariadic ? parameters.at(-1)! : 'any');
