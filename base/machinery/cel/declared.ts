/**
 * Schemas as CEL sees them (apiserver `cel/common/schemas.go`): what can be named, of which type, and how large it may become. One
 * description serves the checker, the estimate of costs and the reading of values.
 */
import { escapeName } from './escape.ts';
import type { SizePath } from './estimate.ts';
import { maxRequestBytes } from './limits.ts';
import type { Range } from './ranges.ts';
import * as types from './types.ts';
import type { Type } from './types.ts';

/** The part of an OpenAPI v3 schema that matters here. */
export interface SchemaLike {
  readonly type?: string;
  readonly format?: string;
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly maxLength?: number;
  readonly maxItems?: number;
  readonly maxProperties?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaLike>>;
  readonly additionalProperties?: boolean | SchemaLike;
  readonly items?: SchemaLike | readonly SchemaLike[];
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

export interface DeclaredField {
  /** In the object, not as escaped. */
  readonly name: string;
  readonly declared: Declared;
}

export interface Declared {
  readonly kind:
    | 'any'
    | 'list'
    | 'map'
    | 'object'
    | 'string'
    | 'bytes'
    | 'duration'
    | 'date'
    | 'date-time'
    | 'bool'
    | 'double'
    | 'int';
  /** The most elements, letters or bytes. */
  readonly maxElements: number;
  /** The fewest bytes in JSON. */
  readonly minBytes: number;
  readonly nullable: boolean;
  /** Of objects, by escaped name. */
  readonly fields?: ReadonlyMap<string, DeclaredField>;
  /** Of lists and maps. */
  readonly element?: Declared;
  readonly listType?: 'atomic' | 'set' | 'map';
  readonly listKeys?: readonly string[];
}

const stringBytes = 2;
const dateBytes = 12;
const timeBytes = 32;
const longestName = 253;

/** @returns undefined for what expressions cannot see: values without a type */
export function declare(schema: SchemaLike, isRoot: boolean): Declared | undefined {
  const nullable = schema.nullable === true;
  if (schema['x-kubernetes-int-or-string']) {
    const maxElements = schema.maxLength === undefined ? maxRequestBytes - 2 : maxLetters(schema.maxLength);
    return { kind: 'any', maxElements, minBytes: 1, nullable };
  }
  const seen = isRoot ? withEnvelope(schema) : schema;
  switch (seen.type) {
    case 'array':
      return declareList(seen, nullable);
    case 'object':
      return declareObject(seen, nullable);
    case 'string':
      return declareString(seen, nullable);
    case 'boolean':
      return { kind: 'bool', maxElements: 0, minBytes: 4, nullable };
    case 'number':
      return { kind: 'double', maxElements: 0, minBytes: 1, nullable };
    case 'integer':
      return { kind: 'int', maxElements: 0, minBytes: 1, nullable };
    default:
      return undefined;
  }
}

/** Letters may take four bytes. */
const maxLetters = (length: number): number => Math.max(0, length) * 4;

/** What every object has: apiVersion, kind and the names in metadata. */
function withEnvelope(schema: SchemaLike): SchemaLike {
  const text: SchemaLike = { type: 'string' };
  const own = schema.properties?.metadata?.properties;
  const name = (field: string, longest: number): SchemaLike => ({
    type: 'string',
    maxLength: Math.min(own?.[field]?.maxLength ?? longest, longest),
  });
  const metadata: SchemaLike = {
    type: 'object',
    properties: { name: name('name', longestName), generateName: name('generateName', longestName - 1) },
  };
  return { ...schema, properties: { ...schema.properties, apiVersion: text, kind: text, metadata } };
}

const within = (schema: SchemaLike): Declared | undefined =>
  declare(schema, schema['x-kubernetes-embedded-resource'] === true);

function declareList(schema: SchemaLike, nullable: boolean): Declared | undefined {
  const { items } = schema;
  const element = items && !Array.isArray(items) ? within(items as SchemaLike) : undefined;
  if (!element) return undefined;
  const possible = Math.floor((maxRequestBytes - 2) / (element.minBytes + 1));
  const maxElements = schema.maxItems === undefined ? possible : Math.max(0, schema.maxItems);
  const listType = schema['x-kubernetes-list-type'] as Declared['listType'];
  const listKeys = schema['x-kubernetes-list-map-keys'];
  return {
    kind: 'list',
    maxElements,
    minBytes: 2,
    nullable,
    element,
    ...(listType && { listType }),
    ...(listKeys && { listKeys }),
  };
}

function declareObject(schema: SchemaLike, nullable: boolean): Declared | undefined {
  const { additionalProperties: values, properties = {} } = schema;
  if (typeof values === 'object') {
    const element = within(values);
    if (!element) return undefined;
    const possible = Math.floor((maxRequestBytes - 2) / (element.minBytes + 6));
    const maxElements = schema.maxProperties === undefined ? possible : Math.max(0, schema.maxProperties);
    return { kind: 'map', maxElements, minBytes: 2, nullable, element };
  }
  const fields = new Map<string, DeclaredField>();
  const required = new Set(schema.required);
  let minBytes = 2;
  for (const [name, property] of Object.entries(properties)) {
    const declared = within(property);
    if (!declared) continue;
    const escaped = escapeName(name);
    if (escaped !== undefined) fields.set(escaped, { name, declared });
    if (required.has(name) && property.default === undefined)
      minBytes += new TextEncoder().encode(name).length + declared.minBytes + 4;
  }
  return { kind: 'object', maxElements: 0, minBytes, nullable, fields };
}

function declareString(schema: SchemaLike, nullable: boolean): Declared {
  switch (schema.format) {
    case 'byte': {
      const maxElements = schema.maxLength === undefined ? maxRequestBytes - 2 : Math.max(0, schema.maxLength);
      return { kind: 'bytes', maxElements, minBytes: stringBytes, nullable };
    }
    case 'duration':
      return { kind: 'duration', maxElements: timeBytes, minBytes: 3, nullable };
    case 'date':
      return { kind: 'date', maxElements: dateBytes, minBytes: dateBytes, nullable };
    case 'date-time':
      return { kind: 'date-time', maxElements: timeBytes, minBytes: 21, nullable };
  }
  let maxElements = maxRequestBytes - 2;
  if (schema.maxLength !== undefined) maxElements = maxLetters(schema.maxLength);
  else if (schema.enum && schema.enum.length > 0)
    maxElements = Math.max(
      0,
      ...schema.enum.map(value => (typeof value === 'string' ? new TextEncoder().encode(value).length : 0)),
    );
  return { kind: 'string', maxElements, minBytes: stringBytes, nullable };
}

/** Fields of a struct whose types are made when they are asked for. */
function lazyFields(fields: ReadonlyMap<string, DeclaredField>, name: string): Type['fields'] {
  const made = new Map<string, Type>();
  return {
    get(field) {
      const found = fields.get(field);
      if (found && !made.has(field)) made.set(field, typeFor(found.declared, `${name}.${field}`));
      return made.get(field);
    },
  };
}

const simple: Readonly<Partial<Record<Declared['kind'], Type>>> = {
  any: types.dynType,
  string: types.stringType,
  bytes: types.bytesType,
  duration: types.durationType,
  date: types.timestampType,
  'date-time': types.timestampType,
  bool: types.boolType,
  double: types.doubleType,
  int: types.intType,
};

/** @param name for objects: messages show it */
export function typeFor(declared: Declared, name: string): Type {
  if (declared.kind === 'list') return types.listType(typeFor(declared.element!, `${name}.@idx`));
  if (declared.kind === 'map') return types.mapType(types.stringType, typeFor(declared.element!, `${name}.@elem`));
  if (declared.kind === 'object') return { ...types.structType(name), fields: lazyFields(declared.fields!, name) };
  return simple[declared.kind]!;
}

/** Sizes of everything below a variable; the first name of a path is taken for it, whichever it is. */
export function sizesOf(root: Declared): (path: SizePath) => Range | undefined {
  return ([, ...path]) => {
    let at: Declared | undefined = root;
    for (const step of path) {
      if (step === '@keys') return at.kind === 'map' ? { min: 0, max: 0 } : undefined;
      if (step === '@items' || step === '@values') at = at.element;
      else at = at.fields?.get(step)?.declared;
      if (!at) return undefined;
    }
    return { min: 0, max: at.maxElements };
  };
}
