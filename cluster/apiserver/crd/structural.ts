/** The OpenAPI v3 schema of a custom resource as the one shape that all objects have here: what prunes, fills and tells unknown fields. */
import { schemaOfType } from '@orrery/kinds';
import type { JSONSchemaProps } from '@orrery/kinds/types';
import { properties } from '@orrery/machinery/schema';
import type { Schema } from '@orrery/machinery/schema';

type Draft = { -readonly [name in keyof Schema]: Schema[name] };

const text: Schema = { type: 'string' };

/** Fields that objects inside objects have without being named. */
const envelope = (): [string, Schema][] => [
  ['apiVersion', text],
  ['kind', text],
  ['metadata', schemaOfType('meta.v1.ObjectMeta')],
];

function typeOf(props: JSONSchemaProps): Schema['type'] {
  if (props['x-kubernetes-int-or-string']) return 'any';
  if (props.type) return props.type as Schema['type'];
  return props.properties || props.additionalProperties ? 'object' : 'any';
}

/** One node and all below it. Value validations stay in the definition's own schema: see `validate.ts`. */
export function structuralOf(props: JSONSchemaProps, isRoot = false): Schema {
  const draft: Draft = { type: typeOf(props) };
  if (props.nullable) draft.nullable = true;
  if (props.default !== undefined && props.default !== null) draft.default = props.default;
  if (props['x-kubernetes-preserve-unknown-fields']) draft.preserveUnknown = true;
  const listType = props['x-kubernetes-list-type'];
  if (listType) draft.listType = listType as Schema['listType'];
  if (props['x-kubernetes-list-map-keys']) draft.listKeys = props['x-kubernetes-list-map-keys'];
  const mapType = props['x-kubernetes-map-type'];
  if (mapType) draft.mapType = mapType as Schema['mapType'];
  const embedded = props['x-kubernetes-embedded-resource'] === true;
  if (embedded) draft.embeddedResource = true;
  const named = Object.entries(props.properties ?? {}).map(
    ([name, inner]) => [name, structuralOf(inner)] as const satisfies readonly [string, Schema],
  );
  if (props.properties || embedded || isRoot) {
    draft.properties = properties([...named, ...(embedded || isRoot ? envelope() : [])]);
  }
  const { additionalProperties: values, items } = props;
  if (values === true) draft.values = { type: 'any', nullable: true };
  else if (values) draft.values = structuralOf(values);
  if (items && !Array.isArray(items)) draft.items = structuralOf(items);
  return draft;
}
