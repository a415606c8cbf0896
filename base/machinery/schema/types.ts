/** The schema's data type. Nodes are shared and may be cyclic (JSONSchemaProps holds itself): never walk one without an object beside it. */

/** How a scalar is written, where its type alone does not say it. */
export type SchemaFormat =
  | 'int32'
  | 'int64'
  | 'float'
  | 'double'
  | 'byte'
  | 'time'
  | 'microtime'
  | 'duration'
  | 'quantity'
  | 'int-or-string'
  | (string & {});

export interface Schema {
  /** `any` takes every JSON value as it is, also where structure is unknown (`RawExtension`). */
  readonly type: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean' | 'any';
  readonly format?: SchemaFormat | undefined;
  /** Named fields of an object. Made with {@link properties}: without a prototype, so that any key can be looked up. */
  readonly properties?: Readonly<Record<string, Schema>> | undefined;
  /** The values of a map: an object whose keys are free. */
  readonly values?: Schema | undefined;
  readonly items?: Schema | undefined;
  readonly required?: readonly string[] | undefined;
  readonly enum?: readonly unknown[] | undefined;
  readonly nullable?: boolean | undefined;
  readonly default?: unknown;
  /** `x-kubernetes-list-type` and `x-kubernetes-list-map-keys`. */
  readonly listType?: 'atomic' | 'set' | 'map' | undefined;
  readonly listKeys?: readonly string[] | undefined;
  /** `x-kubernetes-map-type`. */
  readonly mapType?: 'atomic' | 'granular' | undefined;
  /** `x-kubernetes-patch-merge-key` and, taken apart at commas, `x-kubernetes-patch-strategy`. */
  readonly mergeKey?: string | undefined;
  readonly strategies?: readonly string[] | undefined;
  /** `x-kubernetes-preserve-unknown-fields`: fields that are not named are kept. */
  readonly preserveUnknown?: boolean | undefined;
  /** `x-kubernetes-embedded-resource`: apiVersion, kind and metadata are known although not named. */
  readonly embeddedResource?: boolean | undefined;
  /** Only built-in types: how upstream's Go declaration reads and writes the value. */
  readonly go?: GoFacts | undefined;
}

/** What decides upstream's error messages and stored form of a built-in type. */
export interface GoFacts {
  /** As Go prints the type, e.g. `int32`, `v1.PodSpec`, `map[string]string`. */
  readonly type: string;
  /** Of a structure: its bare name, e.g. `PodSpec`. */
  readonly struct?: string | undefined;
  /** Optional by pointer: an empty value is a value. */
  readonly pointer?: boolean | undefined;
  /** `omit`: empty values are not written, except structures and times. `zero`: nor are those. Absent: always written. */
  readonly empty?: 'omit' | 'zero' | undefined;
  /** Of a structure: the fields that are written even if the object lacks them. */
  readonly always?: readonly string[] | undefined;
}

/** Builds {@link Schema.properties} from names and schemas. */
export function properties(entries: Iterable<readonly [string, Schema]>): Record<string, Schema> {
  const table = Object.create(null) as Record<string, Schema>;
  for (const [name, schema] of entries) table[name] = schema;
  return table;
}
