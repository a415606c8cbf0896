/** The fields that a value has, in the granularity of its schema (structured-merge-diff `typed.ToFieldSet`). */
import type { Schema } from '../schema/types.ts';
import { emptySet, isEmpty } from './set.ts';
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

/** @throws ShapeError for items of a list that have no key */
export function fieldsOf(schema: Schema, value: unknown): FieldSet {
  const set = collect(schema, value);
  set.member = false;
  return set;
}

function collect(schema: Schema, value: unknown): FieldSet {
  const set = emptySet();
  switch (formOf(schema, value)) {
    case 'scalar':
      set.member = true;
      return set;
    case 'list':
      collectItems(schema, value, set);
      return set;
    case 'map':
      if (isAtomicMap(schema)) set.member = true;
      else if (isMap(value)) collectFields(schema, value, set);
      return set;
  }
}

function collectItems(schema: Schema, value: unknown, set: FieldSet): void {
  const keys = itemKeys(schema);
  if (keys === undefined) {
    set.member = true;
    return;
  }
  if (!Array.isArray(value) || value.length === 0) return;
  const elements = elementsOf(schema, keys, value);
  set.children = new Map();
  elements.forEach((element, at) => {
    // Items that are there twice are owned as one.
    const known = set.children!.get(element);
    if (known !== undefined) known.children = undefined;
    else set.children!.set(element, { ...collect(itemSchema(schema), value[at]), member: true });
  });
}

function collectFields(schema: Schema, value: Readonly<Record<string, unknown>>, set: FieldSet): void {
  for (const name of Object.keys(value)) {
    const part = value[name];
    const child = collect(fieldSchema(schema, name) ?? anySchema, part);
    const empty = part === null || (isMap(part) && Object.keys(part).length === 0);
    if (empty || !isNamedField(schema, name)) child.member = true;
    if (!isEmpty(child)) (set.children ??= new Map()).set(`f:${name}`, child);
  }
}
