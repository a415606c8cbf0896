/** What a schema alone can say against an object: required fields, enumerations, duplicate list keys. */
import { child, duplicate, index, key, notSupported, required } from '../fieldpath.ts';
import type { FieldError, FieldPath } from '../fieldpath.ts';
import type { Schema } from './types.ts';

/**
 * Checks a decoded object (types are right already): required fields are there and not empty, words are of the enumeration,
 * lists with keys and sets hold no element twice. The fallback for kinds without semantic validation of their own.
 */
export function validateShape(schema: Schema, value: unknown, path: FieldPath = ''): FieldError[] {
  const errors: FieldError[] = [];
  walk(schema, value, path, errors);
  return errors;
}

function walk(schema: Schema, value: unknown, path: FieldPath, errors: FieldError[]): void {
  if (value === undefined || value === null) return;
  if (schema.enum && !schema.enum.includes(value))
    errors.push(notSupported(path, value, [...schema.enum].map(String).sort()));
  if (Array.isArray(value)) {
    walkList(schema, value, path, errors);
  } else if (typeof value === 'object') {
    walkObject(schema, value as Record<string, unknown>, path, errors);
  }
}

function walkList(schema: Schema, list: readonly unknown[], path: FieldPath, errors: FieldError[]): void {
  const seen = schema.listType === 'set' || schema.listType === 'map' ? new Set<string>() : undefined;
  list.forEach((item, at) => {
    const identity = seen && JSON.stringify(schema.listKeys ? pick(item, schema.listKeys) : item);
    if (identity !== undefined && seen!.has(identity))
      errors.push(duplicate(index(path, at), schema.listKeys ? pick(item, schema.listKeys) : item));
    if (identity !== undefined) seen!.add(identity);
    if (schema.items) walk(schema.items, item, index(path, at), errors);
  });
}

const pick = (item: unknown, keys: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(keys.map(name => [name, (item as Record<string, unknown> | null)?.[name]]));

function walkObject(schema: Schema, object: Record<string, unknown>, path: FieldPath, errors: FieldError[]): void {
  for (const name of schema.required ?? []) {
    const value = object[name];
    const field = schema.properties?.[name];
    if (value === undefined || value === null || (value === '' && field?.go && !field.enum))
      errors.push(required(child(path, name)));
  }
  for (const name of Object.keys(object)) {
    const field = schema.properties?.[name];
    if (field) walk(field, object[name], child(path, name), errors);
    else if (schema.values) walk(schema.values, object[name], key(path, name), errors);
  }
}
