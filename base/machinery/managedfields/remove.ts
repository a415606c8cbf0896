/** Takes fields out of a value (structured-merge-diff `typed.RemoveItems`). */
import { setOwn } from '../patch/value.ts';
import type { Json } from '../patch/value.ts';
import type { Schema } from '../schema/types.ts';
import { isEmpty } from './set.ts';
import type { FieldSet } from './set.ts';
import {
  anySchema,
  elementsOf,
  fieldSchema,
  formOf,
  isAtomicMap,
  isMap,
  isNamedField,
  itemKeys,
  itemSchema,
} from './shape.ts';

/** The value without the fields of a set; null where nothing is left. */
export function removeFields(schema: Schema, value: unknown, fields: FieldSet): unknown {
  if (fields.children === undefined) return value;
  switch (formOf(schema, value)) {
    case 'scalar':
      return value;
    case 'list':
      return removeItems(schema, value, fields);
    case 'map':
      if (!isMap(value) || isAtomicMap(schema)) return null;
      return removeNamed(schema, value, fields.children);
  }
}

function removeItems(schema: Schema, value: unknown, fields: FieldSet): unknown {
  const keys = itemKeys(schema);
  if (keys === undefined || !Array.isArray(value)) return null;
  const left: unknown[] = [];
  elementsOf(schema, keys, value).forEach((element, at) => {
    const part = fields.children?.get(element);
    if (part?.member) return;
    left.push(part === undefined ? value[at] : removeFields(itemSchema(schema), value[at], part));
  });
  return left.length > 0 ? left : null;
}

function removeNamed(
  schema: Schema,
  value: Readonly<Record<string, unknown>>,
  parts: ReadonlyMap<string, FieldSet>,
): unknown {
  const left: Record<string, Json> = {};
  let any = false;
  for (const name of Object.keys(value)) {
    const part = parts.get(`f:${name}`);
    if (part?.member) continue;
    const child = fieldSchema(schema, name) ?? anySchema;
    setOwn(left, name, (part === undefined ? value[name] : removeFields(child, value[name], part)) as Json);
    any = true;
  }
  return any ? left : null;
}

/** The set with every named field on the way to its fields. */
export function withNamedFields(schema: Schema, set: FieldSet): FieldSet {
  if (set.children === undefined) return set;
  const children = new Map<string, FieldSet>();
  for (const [element, child] of set.children) {
    const name = element.startsWith('f:') ? element.slice(2) : undefined;
    const below = (name === undefined ? schema.items : fieldSchema(schema, name)) ?? anySchema;
    const filled = withNamedFields(below, child);
    const named = name !== undefined && !isEmpty(child) && isNamedField(schema, name);
    children.set(element, named && !filled.member ? { ...filled, member: true } : filled);
  }
  return { member: set.member, children };
}
