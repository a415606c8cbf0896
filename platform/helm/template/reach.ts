/** What a name behind a point leads to, and what `range` walks over. Pure. */
import { entriesOf, GoObject, integerOf, isInteger, typeOf, ValueError, type Value } from './values.ts';

/**
 * @param hasArguments whether something is given to it, which only methods take
 * @param isInner whether the value came out of a map: Go then knows nothing of its type
 * @throws ValueError in Go's words
 */
export function fieldOf(
  value: Value,
  name: string,
  args: readonly Value[],
  hasArguments: boolean,
  isInner: boolean,
): Value {
  if (value === null) throw new ValueError(`nil pointer evaluating interface {}.${name}`);
  if (value instanceof GoObject) {
    const method = value.method(name);
    if (method) return method(args);
    const field = value.field(name);
    if (field !== undefined) return checked(field, name, hasArguments);
    const elements = value.elements();
    if (!(elements instanceof Map)) throw new ValueError(`can't evaluate field ${name} in type ${value.typeName}`);
    return checked(elements.get(name) ?? null, name, hasArguments, true);
  }
  if (!(value instanceof Map)) {
    throw new ValueError(`can't evaluate field ${name} in type ${isInner ? 'interface {}' : typeOf(value)}`);
  }
  return checked(value.get(name) ?? null, name, hasArguments, true);
}

function checked(field: Value, name: string, hasArguments: boolean, isElement = false): Value {
  if (!hasArguments) return field;
  if (isElement) throw new ValueError(`${name} is not a method but has arguments`);
  throw new ValueError(`${name} has arguments but cannot be invoked as function`);
}

function* counted(until: bigint): Generator<[Value, Value]> {
  for (let at = 0n; at < until; at++) yield [at, at];
}

function* listed(items: readonly Value[]): Generator<[Value, Value]> {
  for (let at = 0; at < items.length; at++) yield [BigInt(at), items[at]!];
}

/** Keys and items; undefined for what cannot be walked. */
export function itemsOf(value: Value): Iterable<[Value, Value]> | undefined {
  if (value === null) return [];
  if (Array.isArray(value)) return listed(value);
  if (value instanceof Map) return entriesOf(value);
  if (value instanceof Uint8Array) return listed([...value].map(BigInt));
  if (isInteger(value)) return counted(integerOf(value));
  const elements = value instanceof GoObject ? value.elements() : undefined;
  return elements === undefined ? undefined : itemsOf(elements);
}
