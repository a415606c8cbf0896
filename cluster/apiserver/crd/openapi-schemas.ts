/** The definitions of a custom resource in OpenAPI documents. Pure. */
import type { JSONSchemaProps } from '@orrery/kinds/types';
import type { SchemaObject } from '@orrery/kinds/openapi';
import type { ResourceInfo } from '../registry/resource.ts';
import { declaredSchema } from './resource.ts';

type Version = 2 | 3;

/** `com.example.v1.Thing` for the group `example.com`. */
export const definitionOf = ({ group, version, kind }: ResourceInfo): string =>
  `${group.split('.').reverse().join('.')}.${version}.${kind}`;

export const listDefinitionOf = (info: ResourceInfo): string => definitionOf({ ...info, kind: info.listKind });

const prefixes: Readonly<Record<Version, string>> = { 2: '#/definitions/', 3: '#/components/schemas/' };
const text: SchemaObject = { type: 'string' };

/** In v3 nothing stands beside a reference. */
const metadataOf = (name: string, version: Version): SchemaObject => {
  const reference = { $ref: `${prefixes[version]}io.k8s.apimachinery.pkg.apis.meta.v1.${name}` };
  return version === 3 ? { allOf: [reference] } : reference;
};

const envelope = (version: Version, metadata = 'ObjectMeta'): Record<string, SchemaObject> => ({
  apiVersion: text,
  kind: text,
  metadata: metadataOf(metadata, version),
});

/** The object and its list, by name. */
export function definitionsOf(info: ResourceInfo, version: Version): Record<string, SchemaObject> {
  const { group, kind, listKind } = info;
  const is = (name: string) => ({
    'x-kubernetes-group-version-kind': [{ group, kind: name, version: info.version }],
  });
  const declared = declaredSchema(info) ?? { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const object = convert(declared, version);
  const properties = object.properties ?? {};
  const list: SchemaObject = {
    type: 'object',
    required: ['items'],
    properties: {
      ...envelope(version, 'ListMeta'),
      items: { type: 'array', items: { $ref: prefixes[version] + definitionOf(info) } },
    },
    ...is(listKind),
  };
  // A kubectl that validates by v2 takes listed properties for all that there are, so that none are.
  const isOpen = version === 2 && declared['x-kubernetes-preserve-unknown-fields'];
  const whole: SchemaObject = isOpen
    ? { type: 'object' }
    : { ...object, properties: { ...properties, ...envelope(version) } };
  return {
    [definitionOf(info)]: { ...whole, ...is(kind) },
    [listDefinitionOf(info)]: list,
  };
}

/** What readers of v2 do not understand. */
const notInV2 = ['allOf', 'anyOf', 'oneOf', 'not', 'nullable'] as const;

function convert(props: JSONSchemaProps, version: Version): SchemaObject {
  const { properties, items, additionalProperties, ...rest } = props;
  const schema = { ...rest } as SchemaObject & Record<string, unknown>;
  const keep = version === 3 || !(props.nullable || props['x-kubernetes-preserve-unknown-fields']);
  if (keep && properties)
    schema.properties = Object.fromEntries(
      Object.entries(properties).map(([name, inner]) => [name, convert(inner, version)]),
    );
  if (keep && items && !Array.isArray(items)) schema.items = convert(items, version);
  if (typeof additionalProperties === 'object') schema.additionalProperties = convert(additionalProperties, version);
  else if (additionalProperties) schema.additionalProperties = {};
  if (props['x-kubernetes-embedded-resource']) schema.properties = { ...schema.properties, ...envelope(version) };
  if (version === 3) return schema;
  if (props.nullable || props['x-kubernetes-int-or-string']) delete schema.type;
  for (const name of notInV2) delete schema[name];
  if (schema.required && properties) {
    const required = schema.required.filter(name => !properties[name]?.nullable);
    if (required.length > 0) schema.required = required;
    else delete schema.required;
  }
  return schema;
}
