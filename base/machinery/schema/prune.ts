/** Drops fields that a schema does not name, for schemas without Go facts (custom resources). */
import type { Schema } from './types.ts';

const embedded = new Set(['apiVersion', 'kind', 'metadata']);

/**
 * The value without unknown fields, sharing all parts that did not change. Values of a wrong type are kept for validation to
 * find. `unknown` (if given) receives the paths that were dropped.
 */
export function dropUnknown(schema: Schema, value: unknown, unknown?: string[], path = ''): unknown {
  if (typeof value !== 'object' || value === null || schema.type === 'any') return value;
  if (Array.isArray(value)) return schema.items ? dropFromList(schema.items, value, unknown, path) : value;
  return dropFromObject(schema, value as Record<string, unknown>, unknown, path);
}

function dropFromList(
  items: Schema,
  list: readonly unknown[],
  unknown: string[] | undefined,
  path: string,
): readonly unknown[] {
  let changed: unknown[] | undefined;
  for (let at = 0; at < list.length; at++) {
    const after = dropUnknown(items, list[at], unknown, unknown ? `${path}[${at}]` : '');
    if (after === list[at]) continue;
    changed ??= list.slice();
    changed[at] = after;
  }
  return changed ?? list;
}

function dropFromObject(
  schema: Schema,
  object: Record<string, unknown>,
  unknown: string[] | undefined,
  path: string,
): Record<string, unknown> {
  let changed: Record<string, unknown> | undefined;
  for (const name of Object.keys(object)) {
    const field = schema.properties?.[name] ?? schema.values;
    const at = unknown ? (path === '' ? name : `${path}.${name}`) : '';
    if (!field) {
      if (schema.preserveUnknown || (schema.embeddedResource && embedded.has(name))) continue;
      unknown?.push(at);
      changed ??= { ...object };
      delete changed[name];
      continue;
    }
    const after = dropUnknown(field, object[name], unknown, at);
    if (after === object[name]) continue;
    changed ??= { ...object };
    changed[name] = after;
  }
  return changed ?? object;
}
