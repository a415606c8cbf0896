/** Shapes of bodies and queries as data that carries its TypeScript type: one declaration checks, documents and types. */

/** The part of JSON Schema that the contract uses; it goes into the OpenAPI document as it is. */
export interface JsonSchema {
  readonly type?: 'object' | 'array' | 'string' | 'integer' | 'boolean';
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly enum?: readonly string[];
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly description?: string;
}

/** `type` is never set: it only carries T. */
export interface Schema<T> {
  readonly json: JsonSchema;
  readonly optional?: true;
  readonly type?: T;
}

export type TypeOf<S> = S extends Schema<infer T> ? T : never;

type Members = Readonly<Record<string, Schema<unknown>>>;
type OptionalKeys<M extends Members> = { [K in keyof M]: M[K] extends { optional: true } ? K : never }[keyof M];
type ObjectOf<M extends Members> = { [K in Exclude<keyof M, OptionalKeys<M>>]: TypeOf<M[K]> } & {
  [K in OptionalKeys<M>]?: TypeOf<M[K]>;
};

export const text = (description?: string, maxLength = 4096): Schema<string> => ({
  json: { type: 'string', maxLength, ...(description && { description }) },
});
export const oneOf = <const V extends string>(...values: readonly V[]): Schema<V> => ({
  json: { type: 'string', enum: values },
});
export const flag = (description?: string): Schema<boolean> => ({
  json: { type: 'boolean', ...(description && { description }) },
});
export const integer = (minimum = 0): Schema<number> => ({ json: { type: 'integer', minimum } });
export const list = <T>(item: Schema<T>): Schema<T[]> => ({ json: { type: 'array', items: item.json } });
export const map = <T>(value: Schema<T>): Schema<Record<string, T>> => ({
  json: { type: 'object', additionalProperties: value.json },
});
export const optional = <T>(schema: Schema<T>): Schema<T> & { optional: true } => ({ ...schema, optional: true });

/** An object with these members; others are refused. */
export const record = <const M extends Members>(members: M): Schema<ObjectOf<M>> => ({
  json: {
    type: 'object',
    properties: Object.fromEntries(Object.entries(members).map(([name, member]) => [name, member.json])),
    required: Object.keys(members).filter(name => !members[name]!.optional),
    additionalProperties: false,
  },
});

/** The same, and whatever else is sent is not looked at: OAuth asks for that. */
export const open = <T>(schema: Schema<T>): Schema<T> => ({
  ...schema,
  json: { ...schema.json, additionalProperties: true },
});

/** A Kubernetes object whose shape the cluster checks; `description` names its kind. */
export const object = <T>(description: string): Schema<T> => ({
  json: { type: 'object', additionalProperties: true, description },
});

/** What is wrong with `value`, one sentence per problem that names the field; empty when it fits. */
export function problemsOf(schema: JsonSchema, value: unknown, path = 'body'): string[] {
  switch (schema.type) {
    case 'object':
      return objectProblems(schema, value, path);
    case 'array':
      if (!Array.isArray(value)) return [`${path} must be a list`];
      return value.flatMap((item, index) => problemsOf(schema.items ?? {}, item, `${path}[${index}]`));
    case 'string':
      return stringProblems(schema, value, path);
    case 'integer':
      if (!Number.isSafeInteger(value)) return [`${path} must be a whole number`];
      return (value as number) < (schema.minimum ?? -Infinity) ? [`${path} must be at least ${schema.minimum}`] : [];
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${path} must be true or false`];
    case undefined:
      return [];
  }
}

function stringProblems(schema: JsonSchema, value: unknown, path: string): string[] {
  if (typeof value !== 'string') return [`${path} must be a text`];
  if (schema.enum && !schema.enum.includes(value)) return [`${path} must be one of ${schema.enum.join(', ')}`];
  return value.length > (schema.maxLength ?? Infinity) ? [`${path} is longer than ${schema.maxLength}`] : [];
}

function objectProblems(schema: JsonSchema, value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`${path} must be an object`];
  const given = value as Record<string, unknown>;
  const missing = (schema.required ?? []).filter(name => !Object.hasOwn(given, name) || given[name] === undefined);
  const members = Object.entries(given).flatMap(([name, member]) => {
    const place = `${path}.${name}`;
    // JSON's own way to name the prototype: never a field of ours.
    if (name === '__proto__' || name === 'constructor') return [`${place} is not a known field`];
    const known = schema.properties && Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined;
    if (known) return member === undefined ? [] : problemsOf(known, member, place);
    if (schema.additionalProperties === false) return [`${place} is not a known field`];
    return typeof schema.additionalProperties === 'object'
      ? problemsOf(schema.additionalProperties, member, place)
      : [];
  });
  return [...missing.map(name => `${path}.${name} is required`), ...members];
}
