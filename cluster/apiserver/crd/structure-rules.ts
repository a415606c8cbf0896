/** Whether a schema is structural: every field is declared outside of value validations (apiextensions `apiserver/schema`). Pure. */
import type { CustomResourceDefinition, JSONSchemaProps } from '@orrery/kinds/types';
import { describe, child, forbidden, index, invalid, key, required } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { isDeepStrictEqual } from 'node:util';
import { patternOf } from './patterns.ts';

type Level = 'root' | 'item' | 'field';

/** Schemas may be nested this deep. */
export const maxSchemaDepth = 100;

/** All problems, sorted as upstream sorts them. */
export function validateStructural(schema: JSONSchemaProps, path: string): FieldError[] {
  const errors: FieldError[] = [];
  checkNode(errors, schema, 'root', path, 0);
  for (const [part, place] of partsOf(schema, path)) checkComplete(errors, part, place, schema, path);
  const text = new Map(errors.map(error => [error, describe(error)]));
  return errors.sort((a, b) => (text.get(a)! < text.get(b)! ? -1 : 1));
}

/** The texts of a condition, for definitions that came from elsewhere. */
export function structuralProblems({ spec }: CustomResourceDefinition): string[] {
  return spec.versions.flatMap((version, at) => {
    const schema = version.schema?.openAPIV3Schema;
    return schema ? validateStructural(schema, `spec.versions[${at}].schema.openAPIV3Schema`).map(describe) : [];
  });
}

/** The parts of a schema that only judge values. */
function* partsOf(schema: JSONSchemaProps, path: string): Generator<[part: JSONSchemaProps, path: string]> {
  if (schema.not) yield [schema.not, child(path, 'not')];
  for (const name of ['allOf', 'anyOf', 'oneOf'] as const)
    for (const [at, part] of (schema[name] ?? []).entries()) yield [part, index(child(path, name), at)];
}

/** What judges the parts of a value needs a structure that knows these parts. Upstream looks for them from the root alone. */
function checkComplete(
  errors: FieldError[],
  part: JSONSchemaProps,
  path: string,
  structure: JSONSchemaProps | undefined,
  place: string,
): void {
  if (!structure) return void errors.push(required(place, `because it is defined in ${path}`));
  for (const [inner, at] of partsOf(part, path)) checkComplete(errors, inner, at, structure, place);
  if (part.items && !Array.isArray(part.items)) {
    const items = structure.items && !Array.isArray(structure.items) ? structure.items : undefined;
    checkComplete(errors, part.items, child(path, 'items'), items, child(place, 'items'));
  }
  const known = structure.properties ?? {};
  for (const [name, field] of Object.entries(part.properties ?? {})) {
    const at = key(child(path, 'properties'), name);
    const inner = Object.hasOwn(known, name) ? known[name] : undefined;
    checkComplete(errors, field, at, inner, key(child(place, 'properties'), name));
  }
}

function checkNode(errors: FieldError[], schema: JSONSchemaProps, level: Level, path: string, depth: number): void {
  if (depth > maxSchemaDepth)
    return void errors.push(forbidden(path, `must not be nested deeper than ${maxSchemaDepth} levels`));
  const { items, additionalProperties: values } = schema;
  if (schema.type === 'array' && !items) errors.push(required(child(path, 'items'), 'must be specified'));
  if (items && !Array.isArray(items)) checkNode(errors, items, 'item', child(path, 'items'), depth + 1);
  for (const [name, field] of Object.entries(schema.properties ?? {}))
    checkNode(errors, field, 'field', key(child(path, 'properties'), name), depth + 1);
  if (values !== undefined) {
    const at = child(path, 'additionalProperties');
    if (level === 'root') errors.push(forbidden(at, 'must not be used at the root'));
    if (typeof values === 'object') checkNode(errors, values, 'field', at, depth + 1);
  }
  checkExtensions(errors, schema, path);
  checkValidations(errors, schema, path, depth, isIntOrString(schema.anyOf), isIntOrString(schema.allOf?.[0]?.anyOf));
  checkTypes(errors, schema, level, path);
  checkEnvelope(errors, schema, level, path);
}

/** The one pattern in which a type may be restricted below. */
const isIntOrString = (parts: readonly JSONSchemaProps[] | undefined): boolean =>
  isDeepStrictEqual(parts, [{ type: 'integer' }, { type: 'string' }]);

function checkExtensions(errors: FieldError[], schema: JSONSchemaProps, path: string): void {
  if (!schema['x-kubernetes-int-or-string']) return;
  for (const name of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource'] as const)
    if (schema[name])
      errors.push(invalid(child(path, name), true, 'must be false if x-kubernetes-int-or-string is true'));
}

const emptyType: Readonly<Record<Level, string>> = {
  root: 'must not be empty at the root',
  item: 'must not be empty for specified array items',
  field: 'must not be empty for specified object fields',
};

function checkTypes(errors: FieldError[], schema: JSONSchemaProps, level: Level, path: string): void {
  const at = child(path, 'type');
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  if (embedded && schema.type !== 'object') {
    const why = 'must be object if x-kubernetes-embedded-resource is true';
    errors.push(schema.type ? invalid(at, schema.type, why) : required(at, why));
  } else if (!schema.type && !schema['x-kubernetes-int-or-string'] && !schema['x-kubernetes-preserve-unknown-fields']) {
    errors.push(required(at, emptyType[level]));
  }
  if (embedded && schema.additionalProperties !== undefined) {
    const why = 'must not be used if x-kubernetes-embedded-resource is set';
    errors.push(forbidden(child(path, 'additionalProperties'), why));
  }
  if (level === 'root' && schema.type && schema.type !== 'object')
    errors.push(invalid(at, schema.type, 'must be object at the root'));
}

/** What every object has may be restricted only a little. */
function checkEnvelope(errors: FieldError[], schema: JSONSchemaProps, level: Level, path: string): void {
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const at = (name: string): string => key(child(path, 'properties'), name);
  const fields = schema.properties ?? {};
  if (level === 'root' || embedded) {
    for (const name of ['kind', 'apiVersion']) {
      const type = Object.hasOwn(fields, name) ? (fields[name]!.type ?? '') : 'string';
      if (type !== 'string') errors.push(invalid(child(at(name), 'type'), type, 'must be string'));
    }
  }
  if (Object.hasOwn(fields, 'metadata')) checkMetadata(errors, fields.metadata!, level, embedded, at('metadata'));
  if (embedded && !schema['x-kubernetes-preserve-unknown-fields'] && Object.keys(fields).length === 0) {
    const why =
      'must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields';
    errors.push(required(child(path, 'properties'), why));
  }
}

function checkMetadata(
  errors: FieldError[],
  schema: JSONSchemaProps,
  level: Level,
  embedded: boolean,
  path: string,
): void {
  if ((level === 'root' || embedded) && schema.type !== 'object')
    errors.push(invalid(child(path, 'type'), schema.type ?? '', 'must be object'));
  if (level !== 'root') return;
  const { type: _type, default: _default, properties, description: _description, ...others } = schema;
  const names = Object.keys(properties ?? {});
  const onlyNames = names.length > 0 && names.every(name => name === 'name' || name === 'generateName');
  const structure = ['nullable', 'items', 'additionalProperties', 'title'] as const;
  const isPlain =
    structure.every(name => others[name] === undefined) && !Object.keys(others).some(name => name.startsWith('x-'));
  if ((names.length === 0 || onlyNames) && isPlain && _description === undefined) return;
  const why = 'must not specify anything other than name and generateName, but metadata is implicitly specified';
  errors.push(forbidden(path, why));
}

/** What stands beside the structure: patterns, and parts that only judge values. */
function checkValidations(
  errors: FieldError[],
  schema: JSONSchemaProps,
  path: string,
  depth: number,
  skipAnyOf: boolean,
  skipFirst: boolean,
): void {
  if (!skipAnyOf)
    schema.anyOf?.forEach((part, at) => checkPart(errors, part, index(child(path, 'anyOf'), at), depth + 1));
  schema.allOf?.forEach((part, at) =>
    checkPart(errors, part, index(child(path, 'allOf'), at), depth + 1, skipFirst && at === 0),
  );
  schema.oneOf?.forEach((part, at) => checkPart(errors, part, index(child(path, 'oneOf'), at), depth + 1));
  if (schema.not) checkPart(errors, schema.not, child(path, 'not'), depth + 1);
  if (!schema.pattern) return;
  try {
    patternOf(schema.pattern);
  } catch (error) {
    const why = `must be a valid regular expression, but isn't: ${(error as Error).message}`;
    errors.push(invalid(child(path, 'pattern'), schema.pattern, why));
  }
}

/** What may not stand inside anyOf, allOf, oneOf and not, with the word for it. */
const structureOnly: readonly (readonly [keyof JSONSchemaProps, string])[] = [
  ['type', 'must be empty to be structural'],
  ['additionalProperties', 'must be undefined to be structural'],
  ['default', 'must be undefined to be structural'],
  ['title', 'must be empty to be structural'],
  ['description', 'must be empty to be structural'],
  ['nullable', 'must be false to be structural'],
  ['externalDocs', 'must be undefined to be structural'],
  ['x-kubernetes-preserve-unknown-fields', 'must be false to be structural'],
  ['x-kubernetes-embedded-resource', 'must be false to be structural'],
  ['x-kubernetes-int-or-string', 'must be false to be structural'],
  ['x-kubernetes-list-map-keys', 'must be empty to be structural'],
  ['x-kubernetes-list-type', 'must be undefined to be structural'],
  ['x-kubernetes-map-type', 'must be undefined to be structural'],
  ['x-kubernetes-validations', 'must be empty to be structural'],
];

const isSet = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== '' &&
  value !== false &&
  !(Array.isArray(value) && value.length === 0);

function checkPart(errors: FieldError[], part: JSONSchemaProps, path: string, depth: number, skipAnyOf = false): void {
  if (depth > maxSchemaDepth)
    return void errors.push(forbidden(path, `must not be nested deeper than ${maxSchemaDepth} levels`));
  checkValidations(errors, part, path, depth, skipAnyOf, false);
  if (part.items && !Array.isArray(part.items)) checkPart(errors, part.items, child(path, 'items'), depth + 1);
  const at = child(path, 'properties');
  for (const [name, field] of Object.entries(part.properties ?? {})) checkPart(errors, field, key(at, name), depth + 1);
  for (const [name, why] of structureOnly) if (isSet(part[name])) errors.push(forbidden(child(path, name), why));
  if (part.properties && Object.hasOwn(part.properties, 'metadata'))
    errors.push(forbidden(key(at, 'metadata'), 'must not be specified in a nested context'));
}
