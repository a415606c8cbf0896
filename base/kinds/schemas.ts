/** Schemas of the built-in types, made from the catalogue when first asked for. */
import { properties } from '@orrery/machinery/schema';
import type { Schema } from '@orrery/machinery/schema';
import { catalogue } from './catalogue.ts';
import type { FieldFacts, KindInfo, TypeFacts } from './catalogue.ts';

type Draft = { -readonly [name in keyof Schema]: Schema[name] };

interface Scalar {
  readonly type: Schema['type'];
  readonly format?: string;
  readonly go: string;
}

const scalars: Readonly<Record<string, Scalar>> = {
  string: { type: 'string', go: 'string' },
  bool: { type: 'boolean', go: 'bool' },
  int32: { type: 'integer', format: 'int32', go: 'int32' },
  int64: { type: 'integer', format: 'int64', go: 'int64' },
  int: { type: 'integer', format: 'int64', go: 'int' },
  uint16: { type: 'integer', format: 'int32', go: 'uint16' },
  uint32: { type: 'integer', format: 'int64', go: 'uint32' },
  float64: { type: 'number', format: 'double', go: 'float64' },
  bytes: { type: 'string', format: 'byte', go: '[]uint8' },
  quantity: { type: 'string', format: 'quantity', go: 'resource.Quantity' },
  intstr: { type: 'string', format: 'int-or-string', go: 'intstr.IntOrString' },
  time: { type: 'string', format: 'time', go: 'string' },
  microtime: { type: 'string', format: 'microtime', go: 'string' },
  duration: { type: 'string', format: 'duration', go: 'string' },
  raw: { type: 'any', go: 'runtime.RawExtension' },
  fieldsv1: { type: 'any', go: 'v1.FieldsV1' },
  any: { type: 'any', go: 'interface {}' },
  schemaorarray: { type: 'any', go: 'v1.JSONSchemaPropsOrArray' },
  schemaorbool: { type: 'any', go: 'v1.JSONSchemaPropsOrBool' },
  schemaorstringarray: { type: 'any', go: 'v1.JSONSchemaPropsOrStringArray' },
};

let memo = new Map<string, Schema>();
let memoOf: unknown;

/** The schema of a served kind. The same kind always gives the same (shared, read-only) schema. */
export const schemaOf = (kind: KindInfo): Schema => schemaOfType(kind.type);

/** The schema of any type of the catalogue, e.g. `core.v1.PodSpec` or `meta.v1.DeleteOptions`. @throws for an unknown name. */
export function schemaOfType(name: string): Schema {
  const { file } = catalogue;
  if (memoOf !== file) {
    memo = new Map();
    memoOf = file;
  }
  const known = memo.get(name);
  if (known) return known;
  const facts = file.types[name];
  if (!facts) throw new Error(`the catalogue knows no type ${name}`);
  return structSchema(name, facts);
}

/** `core.v1.PodSpec` is `v1.PodSpec` in Go's messages. */
const goName = (name: string): string => name.split('.').slice(-2).join('.');

function structSchema(name: string, facts: TypeFacts): Schema {
  const fields = properties([]);
  const always: string[] = [];
  const schema: Draft = {
    type: 'object',
    properties: fields,
    mapType: facts.map,
    required: Object.keys(facts.fields).filter(field => facts.fields[field]!.required),
    go: { type: goName(name), struct: goName(name).split('.').at(-1)!, always },
  };
  memo.set(name, schema);
  for (const [field, fieldFacts] of Object.entries(facts.fields)) {
    const given = keyDefaults[`${name}.${field}`];
    const base = fieldSchemaOf(fieldFacts);
    const fieldSchema = {
      ...base,
      ...(given !== undefined && { default: given }),
      ...(emptyLists.has(`${name}.${field}`) && { go: { ...base.go!, pointer: true } }),
    };
    fields[field] = fieldSchema;
    if (isAlwaysWritten(fieldSchema)) always.push(field);
  }
  return schema;
}

/** Lists whose defaults are for absent ones: an empty one is the client's own word. */
const emptyLists: ReadonlySet<string> = new Set(['autoscaling.v2.HPAScalingRules.policies']);

/** What the keys of items are where they are not said and the type alone does not tell (`+default` in upstream's types). */
const keyDefaults: Readonly<Record<string, string>> = {
  'core.v1.ContainerPort.protocol': 'TCP',
  'core.v1.ServicePort.protocol': 'TCP',
  'core.v1.LocalObjectReference.name': '',
};

/** Fields without `omitempty`, and structures and times in any case (unless `omitzero` or optional by pointer). */
function isAlwaysWritten({ type, properties: fields, format, go }: Schema): boolean {
  if (!go?.empty) return true;
  if (go.empty === 'zero' || go.pointer) return false;
  return (
    (type === 'object' && fields !== undefined) ||
    format === 'time' ||
    format === 'microtime' ||
    format === 'int-or-string' ||
    format === 'quantity'
  );
}

function fieldSchemaOf({ type, empty, list, keys, map, mergeKey, strategy }: FieldFacts): Schema {
  const pointer = type.startsWith('*');
  const base = typeSchema(pointer ? type.slice(1) : type);
  return {
    ...base,
    ...(list && { listType: list }),
    ...(keys && { listKeys: keys }),
    ...(map && { mapType: map }),
    ...(mergeKey && { mergeKey }),
    ...(strategy && { strategies: strategy.split(',') }),
    go: { ...base.go!, pointer, empty },
  };
}

function typeSchema(type: string): Schema {
  if (type.startsWith('*')) return pointerTo(typeSchema(type.slice(1)));
  if (type.startsWith('[]')) {
    const items = typeSchema(type.slice(2));
    return { type: 'array', items, go: { type: `[]${items.go!.type}` } };
  }
  if (type.startsWith('map:')) {
    const values = typeSchema(type.slice(4));
    return { type: 'object', values, go: { type: `map[string]${values.go!.type}` } };
  }
  const scalar = scalars[type];
  if (scalar) return { type: scalar.type, format: scalar.format, go: { type: scalar.go } };
  const named = catalogue.file.named[type];
  if (!named) return schemaOfType(type);
  const base = typeSchema(named[0]!);
  return { ...base, ...(named.length > 1 && { enum: named.slice(1) }), go: { ...base.go!, type: goName(type) } };
}

const pointerTo = (schema: Schema): Schema => ({ ...schema, go: { ...schema.go!, pointer: true } });
