/** CustomResourceDefinitions for the tests: each in a group of its own. */
import { resources, type KnownResource } from '@orrery/client/resources';
import { at, eventually, listAt, type Case, type Thing } from './suite.ts';

export interface Version {
  readonly name: string;
  readonly schema: Record<string, unknown>;
  readonly served?: boolean;
  readonly storage?: boolean;
  readonly [field: string]: unknown;
}

/** A schema that keeps whatever it is given. */
export const anything = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** Schema of an object with these properties and no other. */
export const objectWith = (properties: Record<string, unknown>, more: Record<string, unknown> = {}) => ({
  type: 'object',
  properties,
  ...more,
});

export interface Definition {
  readonly name: string;
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  readonly resource: KnownResource;
  readonly object: Thing;
}

let count = 0;

/** A namespaced kind in a group that nobody else has, unless one is given. The first version is the stored one. */
export function definitionOf(
  c: Case,
  versions: readonly Version[],
  { group = `${c.unique}-${count++}.example.com`, kind = 'Foo', labels = {} }: Partial<NewDefinition> = {},
): Definition {
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  const name = `${plural}.${group}`;
  const spec = {
    group,
    scope: 'Namespaced',
    names: { plural, singular, kind, listKind: `${kind}List` },
    versions: versions.map(({ schema, ...version }, index) => ({
      ...{ served: true, storage: index === 0 },
      ...version,
      schema: { openAPIV3Schema: schema },
    })),
  };
  const resource = { group, version: versions[0]!.name, resource: plural, kind, namespaced: true };
  return { name, group, kind, plural, resource, object: { metadata: { name, labels }, spec } };
}

interface NewDefinition {
  readonly group: string;
  readonly kind: string;
  readonly labels: Record<string, string>;
}

/** Creates the definition and waits until the cluster serves it. */
export async function define(c: Case, definition: Definition): Promise<Definition> {
  const { customresourcedefinitions } = resources;
  c.atEnd(() => c.client.delete(customresourcedefinitions, definition.name));
  await c.client.create(customresourcedefinitions, definition.object);
  await eventually('the definition is established', async () => {
    const read = await c.client.get<Thing>(customresourcedefinitions, definition.name);
    return listAt(read, 'status', 'conditions').some(({ type, status }) => type === 'Established' && status === 'True');
  });
  await eventually('its objects are served', () => c.client.list(definition.resource, { namespace: c.namespace }));
  return definition;
}

/** An object of the kind. */
export const instanceOf = (
  { resource: { group, version, kind } }: Definition,
  name: string,
  fields: Record<string, unknown> = {},
): Thing => ({
  apiVersion: `${group}/${version}`,
  kind,
  ...fields,
  metadata: { name, ...(fields.metadata as object) },
});

/** Name of a kind's schema in the OpenAPI document. */
export const schemaName = (group: string, version: string, kind: string): string =>
  `${group.split('.').toReversed().join('.')}.${version}.${kind}`;

/** Waits until the OpenAPI document of version 2 has (or has no longer) the schema, and gives it. */
export async function publishedSchema(
  c: Case,
  name: string,
  demand: string,
  wanted: (schema: unknown) => boolean = schema => schema !== undefined,
): Promise<Record<string, unknown>> {
  return eventually(demand, async () => {
    const { body } = await c.call('GET', '/openapi/v2');
    const schema = at(body, 'definitions', name) as Record<string, unknown> | undefined;
    return wanted(schema) && (schema ?? {});
  });
}
