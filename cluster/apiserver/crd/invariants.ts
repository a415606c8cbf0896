/** What a schema asks beyond single values: lists that are sets or maps, and objects inside objects. */
import { schemaOfType } from '@orrery/kinds';
import { pathSegmentName, validateObjectMeta } from '@orrery/kinds/meta';
import * as field from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { ObjectMeta } from '@orrery/machinery/meta';
import { validateDns1035Label } from '@orrery/machinery/names';
import { decode } from '@orrery/machinery/schema';
import type { Schema } from '@orrery/machinery/schema';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Calls `visit` for each part of a value that has a schema, outermost first. */
function walk(
  schema: Schema,
  value: unknown,
  path: string,
  visit: (schema: Schema, value: unknown, path: string) => void,
): void {
  visit(schema, value, path);
  if (Array.isArray(value)) {
    if (schema.items) value.forEach((item, at) => walk(schema.items!, item, `${path}[${at}]`, visit));
  } else if (isObject(value)) {
    for (const name of Object.keys(value).sort()) {
      const named = schema.properties?.[name];
      const inner = named ?? schema.values;
      if (inner === undefined || inner.go) continue;
      walk(inner, value[name], named ? field.child(path, name) : field.key(path, name), visit);
    }
  }
}

/** Duplicates in lists of type set and map. */
export function validateLists(schema: Schema, value: unknown): FieldError[] {
  const errors: FieldError[] = [];
  walk(schema, value, '', (node, part, path) => {
    if (!Array.isArray(part)) return;
    if (node.listType === 'set') duplicates(errors, part, path, item => item);
    if (node.listType !== 'map') return;
    const keys = node.listKeys ?? [];
    duplicates(errors, part, path, item =>
      isObject(item)
        ? Object.fromEntries(keys.filter(name => item[name] !== undefined).map(name => [name, item[name]]))
        : item,
    );
  });
  return errors;
}

/** The same for equal values, whatever the order of their fields. */
function identityOf(value: unknown): string {
  if (!isObject(value)) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function duplicates(
  errors: FieldError[],
  list: readonly unknown[],
  path: string,
  keyOf: (item: unknown) => unknown,
): void {
  const seen = new Map<string, number>();
  list.forEach((item, at) => {
    const key = keyOf(item);
    const identity = identityOf(key);
    const count = seen.get(identity) ?? 0;
    seen.set(identity, count + 1);
    if (count === 1) errors.push(field.duplicate(field.index(path, at), key));
  });
}

/** Objects inside objects name their kind, and their metadata is well formed. */
export function validateEmbedded(schema: Schema, value: unknown): FieldError[] {
  const errors: FieldError[] = [];
  walk(schema, value, '', (node, part, path) => {
    if (node.embeddedResource && isObject(part)) validateOne(errors, part, path);
  });
  return errors;
}

function validateOne(errors: FieldError[], object: Record<string, unknown>, path: string): void {
  for (const name of ['apiVersion', 'kind'] as const) {
    const at = field.child(path, name);
    const value = object[name];
    if (value === undefined) errors.push(field.required(at));
    else if (typeof value !== 'string') errors.push(field.invalid(at, value, 'must be a string'));
    else if (value === '') errors.push(field.invalid(at, value, 'must not be empty'));
    else if (name === 'kind') kindProblem(errors, value, at);
    else if (value.split('/').length > 2)
      errors.push(field.invalid(at, value, `unexpected GroupVersion string: ${value}`));
  }
  if (object.metadata === undefined) return;
  const at = field.child(path, 'metadata');
  const decoded = decode(schemaOfType('meta.v1.ObjectMeta'), object.metadata);
  if (decoded.error !== undefined) {
    errors.push(field.invalid(at, object.metadata, decoded.error));
    return;
  }
  const metadata = decoded.value as ObjectMeta;
  const named = { ...metadata, name: metadata.name || 'fakename' };
  errors.push(...validateObjectMeta(named, Boolean(metadata.namespace), pathSegmentName, at, true));
}

function kindProblem(errors: FieldError[], kind: string, at: string): void {
  const problems = validateDns1035Label(kind.toLowerCase());
  if (problems.length > 0) {
    const detail = `may have mixed case, but should otherwise match: ${problems.join(',')}`;
    errors.push(field.invalid(at, kind, detail));
  }
}
