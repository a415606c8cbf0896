/** How a schema node says that values are owned: as one, by field, or by item (structured-merge-diff `schema`, `typed/helpers.go`). */
import type { Schema } from '../schema/types.ts';

export type JsonMap = Readonly<Record<string, unknown>>;

/** A value that does not fit its schema where ownership needs it to. */
export class ShapeError extends Error {}

/** Unknown structure: maps by field, lists as one. */
export const anySchema: Schema = { type: 'any' };

export const isMap = (value: unknown): value is JsonMap =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Which of its three forms a value is looked at in. */
export function formOf(schema: Schema, value: unknown): 'map' | 'list' | 'scalar' {
  switch (schema.type) {
    case 'object':
      return 'map';
    case 'array':
      return 'list';
    case 'any':
      if (Array.isArray(value)) return 'list';
      return typeof value === 'object' || value === undefined ? 'map' : 'scalar';
    default:
      return 'scalar';
  }
}

/** Objects inside objects, of any kind, are owned as one. */
const embedded = 'runtime.RawExtension';

export const isAtomicMap = (schema: Schema): boolean => schema.mapType === 'atomic' || schema.go?.type === embedded;

const keysMemo = new WeakMap<Schema, readonly string[]>();

/** The keys of items, sorted; none for a set; undefined for a list that is owned as one. */
export function itemKeys(schema: Schema): readonly string[] | undefined {
  if (schema.type !== 'array' || schema.listType === 'atomic') return undefined;
  if (schema.listType === undefined && !schema.strategies?.includes('merge')) return undefined;
  let keys = keysMemo.get(schema);
  if (keys === undefined) {
    const merge = schema.mergeKey === undefined ? [] : [schema.mergeKey];
    keys = schema.listType === 'set' ? [] : schema.listType === 'map' ? (schema.listKeys ?? merge) : merge;
    keysMemo.set(schema, (keys = [...keys].sort()));
  }
  return keys;
}

/** Fields that every object has, also where a schema of an embedded object does not say so. */
const envelope = new Set(['apiVersion', 'kind', 'metadata']);

/** The schema of a map's field; undefined when there can be no such field. */
export function fieldSchema(schema: Schema, name: string): Schema | undefined {
  if (schema.type === 'any') return anySchema;
  const { properties } = schema;
  const known = properties?.[name] ?? schema.values;
  if (known !== undefined) return known;
  const free = properties === undefined || schema.preserveUnknown || (schema.embeddedResource && envelope.has(name));
  return free ? anySchema : undefined;
}

export const isNamedField = (schema: Schema, name: string): boolean => schema.properties?.[name] !== undefined;

export const itemSchema = (schema: Schema): Schema => schema.items ?? anySchema;

const zeroOf: Partial<Record<Schema['type'], unknown>> = { string: '', integer: 0, number: 0, boolean: false };

/** What an absent key is: its default, and the zero value of fields that upstream's type always has. */
function keyDefault(schema: Schema | undefined): unknown {
  if (schema === undefined) return undefined;
  if (schema.default !== undefined) return schema.default;
  return schema.go !== undefined && schema.go.empty === undefined && !schema.go.pointer
    ? zeroOf[schema.type]
    : undefined;
}

/** The element of an item of a list by keys or values. @throws ShapeError */
export function elementOf(schema: Schema, keys: readonly string[], item: unknown): string {
  if (keys.length === 0) {
    if (item === null) throw new ShapeError("associative list without keys has an element that's an explicit null");
    if (isMap(item)) throw new ShapeError("associative list without keys has an element that's a map type");
    if (Array.isArray(item)) throw new ShapeError('not supported: associative list with lists as elements');
    return `v:${JSON.stringify(item)}`;
  }
  if (item === null) throw new ShapeError('associative list with keys may not have a null element');
  if (!isMap(item)) throw new ShapeError('associative list with keys may not have non-map elements');
  let text = '';
  for (const key of keys) {
    const value = Object.hasOwn(item, key) ? item[key] : keyDefault(itemSchema(schema).properties?.[key]);
    if (value === undefined) {
      throw new ShapeError(
        `associative list with keys has an element that omits key field ${JSON.stringify(key)} (and doesn't have default value)`,
      );
    }
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${JSON.stringify(value)}`;
  }
  return `k:{${text}}`;
}

/** {@link elementOf} of every item; errors name the item's place. */
export const elementsOf = (schema: Schema, keys: readonly string[], list: readonly unknown[]): string[] =>
  list.map((item, at) => {
    try {
      return elementOf(schema, keys, item);
    } catch (error) {
      throw new ShapeError(`element ${at}: ${(error as Error).message}`);
    }
  });
