/** Schemas of the catalogue's types as OpenAPI definitions. */
import { catalogue } from '../catalogue.ts';
import type { FieldFacts, KindInfo, Subresource } from '../catalogue.ts';
import type { Parameter, SchemaObject } from './document.ts';
import type { DefinitionNames } from './operations.ts';

/** Sentences for types and fields, from outside: `description('io.k8s.api.core.v1.Pod', 'spec')`. */
export type Describe = (definition: string, field?: string) => string | undefined;

export type OpenApiVersion = 2 | 3;

const scalarSchemas: Readonly<Record<string, SchemaObject>> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  int: { type: 'integer', format: 'int32' },
  uint16: { type: 'integer', format: 'int32' },
  uint32: { type: 'integer', format: 'int64' },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
};

const extensions = 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.';

/** Scalars with a definition of their own. */
const namedScalars: Readonly<Record<string, readonly [name: string, schema: SchemaObject, v3?: SchemaObject]>> = {
  quantity: [
    'io.k8s.apimachinery.pkg.api.resource.Quantity',
    { type: 'string' },
    { oneOf: [{ type: 'string' }, { type: 'number' }] },
  ],
  intstr: [
    'io.k8s.apimachinery.pkg.util.intstr.IntOrString',
    { type: 'string', format: 'int-or-string' },
    { oneOf: [{ type: 'integer' }, { type: 'string' }], format: 'int-or-string' },
  ],
  time: ['io.k8s.apimachinery.pkg.apis.meta.v1.Time', { type: 'string', format: 'date-time' }],
  microtime: ['io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime', { type: 'string', format: 'date-time' }],
  duration: ['io.k8s.apimachinery.pkg.apis.meta.v1.Duration', { type: 'string' }],
  raw: ['io.k8s.apimachinery.pkg.runtime.RawExtension', { type: 'object' }],
  fieldsv1: ['io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1', { type: 'object' }],
  any: [`${extensions}JSON`, {}],
  schemaorarray: [`${extensions}JSONSchemaPropsOrArray`, {}],
  schemaorbool: [`${extensions}JSONSchemaPropsOrBool`, {}],
  schemaorstringarray: [`${extensions}JSONSchemaPropsOrStringArray`, {}],
};

const refPrefix: Record<OpenApiVersion, string> = { 2: '#/definitions/', 3: '#/components/schemas/' };

/** The definition's name of a type such as `core.v1.Pod`. */
export function definitionName(type: string): string {
  const facts = catalogue.file.types[type];
  if (facts?.definition) return facts.definition;
  const home = type.slice(0, type.lastIndexOf('.'));
  const name = type.slice(home.length + 1);
  return home === 'meta.v1' ? `io.k8s.apimachinery.pkg.apis.meta.v1.${name}` : `io.k8s.api.${home}.${name}`;
}

/** Collects the definitions that a document needs, each once. */
export class Definitions {
  readonly schemas: Record<string, SchemaObject> = {};
  readonly version: OpenApiVersion;
  readonly describe: Describe;

  constructor(version: OpenApiVersion, describe: Describe = () => undefined) {
    this.version = version;
    this.describe = describe;
  }

  /** Adds a type of the catalogue and all it refers to; answers the reference to it. */
  refer(type: string): SchemaObject {
    const name = definitionName(type);
    if (!this.schemas[name]) {
      const schema: SchemaObject = {};
      this.schemas[name] = schema;
      Object.assign(schema, this.#struct(type, name));
    }
    return { $ref: refPrefix[this.version] + name };
  }

  #struct(type: string, name: string): SchemaObject {
    const facts = catalogue.file.types[type];
    if (!facts) throw new Error(`the catalogue knows no type ${type}`);
    const properties: Record<string, SchemaObject> = {};
    for (const field of Object.keys(facts.fields).sort()) {
      const description = this.describe(name, field);
      properties[field] = this.#field(facts.fields[field]!, description);
    }
    const required = Object.keys(facts.fields).filter(field => facts.fields[field]!.required);
    const description = this.describe(name);
    const kinds = groupVersionKinds(type);
    return {
      ...(description && { description }),
      type: 'object',
      ...(required.length > 0 && { required }),
      ...(Object.keys(properties).length > 0 && { properties }),
      ...(facts.map && { 'x-kubernetes-map-type': facts.map }),
      ...(kinds.length > 0 && { 'x-kubernetes-group-version-kind': kinds }),
    };
  }

  #field(facts: FieldFacts, description: string | undefined): SchemaObject {
    const pointer = facts.type.startsWith('*');
    const extensions: SchemaObject = {
      ...(facts.list && { 'x-kubernetes-list-type': facts.list }),
      ...(facts.keys && { 'x-kubernetes-list-map-keys': facts.keys }),
      ...(facts.map && { 'x-kubernetes-map-type': facts.map }),
      ...(facts.mergeKey && { 'x-kubernetes-patch-merge-key': facts.mergeKey }),
      ...(facts.strategy && { 'x-kubernetes-patch-strategy': facts.strategy }),
    };
    const schema = this.#type(pointer ? facts.type.slice(1) : facts.type);
    const fallback = this.version === 3 && !pointer ? this.#default(facts.type, facts.empty !== undefined) : undefined;
    return this.#beside(schema, {
      ...(description && { description }),
      ...(fallback !== undefined && { default: fallback }),
      ...extensions,
    });
  }

  /** In v3 nothing may stand beside a `$ref`; in v2 it is ignored by readers but written. */
  #beside(schema: SchemaObject, more: SchemaObject): SchemaObject {
    if (schema.$ref === undefined || this.version === 2) return { ...schema, ...more };
    return Object.keys(more).length === 0 ? schema : { allOf: [schema], ...more };
  }

  /** What v3 documents tell about values that are never absent. */
  #default(type: string, omitted: boolean): unknown {
    if (catalogue.file.types[type]) return {};
    if (omitted) return undefined;
    const base = catalogue.file.named[type]?.[0] ?? type;
    const kind = scalarSchemas[base]?.type;
    return kind === 'string' && base !== 'bytes'
      ? ''
      : kind === 'integer' || kind === 'number'
        ? 0
        : kind === 'boolean'
          ? false
          : undefined;
  }

  #type(type: string): SchemaObject {
    if (type.startsWith('*')) return this.#type(type.slice(1));
    if (type.startsWith('[]')) return { type: 'array', items: this.#element(type.slice(2)) };
    if (type.startsWith('map:')) return { type: 'object', additionalProperties: this.#element(type.slice(4)) };
    const scalar = scalarSchemas[type];
    if (scalar) return scalar;
    const special = namedScalars[type];
    if (special) return this.#special(special);
    const named = catalogue.file.named[type];
    if (!named) return this.refer(type);
    const base = this.#type(named[0]!);
    return named.length > 1 ? { ...base, enum: named.slice(1).toSorted() } : base;
  }

  #element(type: string): SchemaObject {
    const schema = this.#type(type);
    if (this.version === 2 || type.startsWith('*')) return schema;
    const fallback = this.#default(type, false);
    return fallback === undefined ? schema : this.#beside(schema, { default: fallback });
  }

  #special([name, v2, v3]: (typeof namedScalars)[string]): SchemaObject {
    const description = this.describe(name);
    this.schemas[name] ??= { ...(description && { description }), ...(this.version === 3 ? (v3 ?? v2) : v2) };
    return { $ref: refPrefix[this.version] + name };
  }
}

/** Kinds that belong to every group: upstream lists them under each served group version. */
const everywhere = new Set(['meta.v1.DeleteOptions', 'meta.v1.WatchEvent']);

function groupVersionKinds(type: string): { group: string; version: string; kind: string }[] {
  const kind = type.slice(type.lastIndexOf('.') + 1);
  const { kinds, groups } = catalogue;
  if (everywhere.has(type))
    return groups.flatMap(({ name, versions }) => versions.map(version => ({ group: name, kind, version })));
  if (type === 'meta.v1.Status') return [{ group: '', kind, version: 'v1' }];
  return kinds
    .flatMap(info => {
      const { group, version } = info;
      if (info.type === type) return [{ group, kind, version }];
      if (`${info.type}List` === type && info.verbs.includes('list')) return [{ group, kind, version }];
      const sub = info.subresources.find(entry => entry.kind.kind === kind && typeOfSubresource(entry) === type);
      return sub ? [{ group: sub.kind.group, kind, version: sub.kind.version }] : [];
    })
    .filter(
      (entry, at, all) => all.findIndex(other => other.group === entry.group && other.version === entry.version) === at,
    );
}

/** The catalogue's type of what a subresource carries. */
export function typeOfSubresource({ kind }: Subresource): string {
  const served = catalogue.byKind(kind);
  if (served) return served.type;
  const group = kind.group.split('.')[0] || 'core';
  const guess = `${group}.${kind.version}.${kind.kind}`;
  return catalogue.file.types[guess] ? guess : `${group === 'core' ? 'core' : group}.v1.${kind.kind}`;
}

const parameterType: Record<string, Parameter['type']> = {
  bool: 'boolean',
  int32: 'integer',
  int64: 'integer',
  string: 'string',
};

/** The names of a built-in kind's definitions; what it names is added to `definitions`. */
export function definitionNames(info: KindInfo, definitions: Definitions): DefinitionNames {
  const name = (type: string): string => {
    definitions.refer(type);
    return definitionName(type);
  };
  return {
    object: name(info.type),
    list: info.verbs.includes('list') ? name(`${info.type}List`) : '',
    of: subresource => name(typeOfSubresource(subresource)),
    options: subresource =>
      Object.entries(catalogue.file.types[`core.v1.${subresource.kind.kind}`]?.fields ?? {})
        .filter(([field]) => field !== 'apiVersion' && field !== 'kind')
        .map(([field, facts]) => ({
          name: field,
          in: 'query',
          type: parameterType[facts.type.replace(/^[*[\]]+/, '')] ?? 'string',
        })),
  };
}
