/** Defaults of a schema, filled into an object in place, and nulls that mean "absent" taken out (apiextensions `schema/defaulting`). */
import type { Schema } from '@orrery/machinery/schema';

const isNullWithoutMeaning = (value: unknown, schema: Schema): boolean => value === null && schema.nullable !== true;

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Fills defaults at all depths. A null where none is allowed counts as absent. */
export function fillDefaults(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items) fillItems(schema.items, value);
  } else if (isObject(value)) fillObject(schema, value);
}

function fillItems(items: Schema, list: unknown[]): void {
  for (let at = 0; at < list.length; at++) {
    if (items.default !== undefined && isNullWithoutMeaning(list[at], items)) list[at] = structuredClone(items.default);
    fillDefaults(items, list[at]);
  }
}

function fillObject(schema: Schema, object: Record<string, unknown>): void {
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (field.default === undefined) continue;
    if (!Object.hasOwn(object, name) || isNullWithoutMeaning(object[name], field))
      object[name] = structuredClone(field.default);
  }
  for (const name of Object.keys(object)) {
    const field = schema.properties?.[name];
    const inner = field ?? schema.values;
    if (inner === undefined || inner.go) continue;
    if (!field && inner.default !== undefined && isNullWithoutMeaning(object[name], inner))
      object[name] = structuredClone(inner.default);
    fillDefaults(inner, object[name]);
  }
}

/** Removes nulls of fields that have a schema which does not allow them. */
export function dropNulls(schema: Schema, value: unknown): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) dropNulls(schema.items, item);
    return;
  }
  if (!isObject(value)) return;
  for (const name of Object.keys(value)) {
    const inner = schema.properties?.[name] ?? schema.values;
    if (inner === undefined || inner.go) continue;
    if (isNullWithoutMeaning(value[name], inner)) delete value[name];
    else dropNulls(inner, value[name]);
  }
}

/** True when any node below has a default: without one nothing need be walked. */
export function hasDefaults(schema: Schema): boolean {
  if (schema.go) return false;
  if (schema.default !== undefined) return true;
  for (const field of Object.values(schema.properties ?? {})) if (hasDefaults(field)) return true;
  return (schema.values && hasDefaults(schema.values)) || (schema.items ? hasDefaults(schema.items) : false);
}
