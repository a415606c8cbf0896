/** Schemas of kinds as expressions see them, from the OpenAPI documents of the server (apiserver `cel/openapi/resolver`). */
import type { SchemaLike } from '@orrery/machinery/cel';

/** The part of an OpenAPI v3 document that matters here. */
export interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, RawSchema>> };
}

export interface RawSchema extends Omit<SchemaLike, 'properties' | 'additionalProperties' | 'items'> {
  readonly $ref?: string;
  readonly allOf?: readonly RawSchema[];
  readonly oneOf?: readonly unknown[];
  readonly properties?: Readonly<Record<string, RawSchema>>;
  readonly additionalProperties?: boolean | RawSchema;
  readonly items?: RawSchema;
  readonly 'x-kubernetes-group-version-kind'?: readonly Kind[];
}

export interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A type that contains itself: expressions cannot be checked against it. */
class Endless extends Error {}

/** The schema of a kind with all references followed; undefined when the document has none, or none that ends. */
export function schemaOfKind(document: Document, wanted: Kind): SchemaLike | undefined {
  const schemas = document.components?.schemas ?? {};
  const found = Object.values(schemas).find(schema =>
    schema['x-kubernetes-group-version-kind']?.some(
      ({ group, version, kind }) => group === wanted.group && version === wanted.version && kind === wanted.kind,
    ),
  );
  if (!found) return undefined;
  try {
    return new Resolver(schemas).resolve(found);
  } catch (error) {
    if (error instanceof Endless) return undefined;
    throw error;
  }
}

class Resolver {
  readonly #schemas: Readonly<Record<string, RawSchema>>;
  /** Undefined while it is being made. */
  readonly #known = new Map<string, SchemaLike | undefined>();
  constructor(schemas: Readonly<Record<string, RawSchema>>) {
    this.#schemas = schemas;
  }

  resolve(schema: RawSchema): SchemaLike {
    const reference = referenceOf(schema);
    if (reference !== undefined) return this.#follow(reference);
    const { properties, additionalProperties: values, items, allOf: _all, oneOf: _one, $ref: _ref, ...rest } = schema;
    // Quantities, and numbers that may be texts.
    if (rest.type === undefined && !properties) return { 'x-kubernetes-int-or-string': true };
    return {
      ...rest,
      ...(properties && {
        properties: Object.fromEntries(
          Object.entries(properties).map(([name, property]) => [name, this.resolve(property)]),
        ),
      }),
      ...(values !== undefined && { additionalProperties: typeof values === 'object' ? this.resolve(values) : values }),
      ...(items && { items: this.resolve(items) }),
    };
  }

  #follow(name: string): SchemaLike {
    const known = this.#known.get(name);
    if (known) return known;
    const schema = this.#schemas[name];
    if (this.#known.has(name) || !schema) throw new Endless(name);
    this.#known.set(name, undefined);
    const resolved = this.resolve(schema);
    this.#known.set(name, resolved);
    return resolved;
  }
}

/** Beside a default or a description a reference stands alone in `allOf`. */
function referenceOf({ $ref, allOf }: RawSchema): string | undefined {
  const reference = $ref ?? allOf?.find(one => one.$ref !== undefined)?.$ref;
  return reference?.slice(reference.lastIndexOf('/') + 1);
}
