/** From a row of the table to a CustomResourceDefinition. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Check, Field, KindFacts } from './tables.data.ts';

export interface CustomResourceDefinition extends KubeObject {
  spec: Record<string, unknown>;
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

const name = { type: 'string', maxLength: 253 };
/** Native amounts, of which there may be none but not less: `2`, `"500m"`, `"1Gi"`. */
const quantity = {
  anyOf: [{ type: 'integer' }, { type: 'string' }],
  pattern: '^\\+?(([0-9]+(\\.[0-9]*)?)|(\\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\\+|-)?[0-9]+))?$',
  'x-kubernetes-int-or-string': true,
};
/** Objects with a name, and whatever else they say. */
const entry = {
  type: 'object',
  properties: { name },
  'x-kubernetes-preserve-unknown-fields': true,
};
const words: Readonly<Record<string, Record<string, unknown>>> = {
  text: { type: 'string' },
  name,
  long: { type: 'string', maxLength: 2048 },
  entries: { type: 'array', items: entry, maxItems: 64 },
  names: { type: 'array', items: name, maxItems: 256 },
  email: { type: 'string', maxLength: 320, pattern: '^([^\\s@]{1,64}@[^\\s@]{1,255})?$' },
  /** A range such as 10.0.0.0/8: every cluster knows the format, and names the field that is not of it. */
  addresses: { type: 'string', format: 'cidr' },
  flag: { type: 'boolean' },
  number: { type: 'integer' },
  '{}': { type: 'object', additionalProperties: { type: 'string' } },
  marks: { type: 'object', additionalProperties: name, maxProperties: 16 },
  quantities: { type: 'object', additionalProperties: quantity, maxProperties: 256 },
  any: { 'x-kubernetes-preserve-unknown-fields': true },
};

/** The structural schema of a field. */
export function schemaOf(field: Field): Record<string, unknown> {
  if (typeof field === 'string') return words[field]!;
  if (isList(field)) return { type: 'array', items: schemaOf(field[0]) };
  const properties = Object.fromEntries(Object.entries(field).map(([name, member]) => [name, schemaOf(member)]));
  return { type: 'object', properties };
}

const isList = (field: Field): field is readonly [Field] => Array.isArray(field);

type Schema = Record<string, unknown> & { properties?: Record<string, Schema> };

/** The schema with a check at its place. */
function withCheck(schema: Schema, { at = '', rule, message }: Check): Schema {
  if (at === '') {
    const rules = (schema['x-kubernetes-validations'] ?? []) as object[];
    return { ...schema, 'x-kubernetes-validations': [...rules, { rule, message }] };
  }
  const [first = '', ...rest] = at.split('.');
  const member = withCheck(schema.properties![first]!, { at: rest.join('.'), rule, message });
  return { ...schema, properties: { ...schema.properties, [first]: member } };
}

/** Served in all versions with one schema, so that no conversion is needed. */
export function customResourceDefinition(facts: KindFacts): CustomResourceDefinition {
  const { group, kind, plural, required = [] } = facts;
  const properties = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
  const plain: Schema = {
    type: 'object',
    properties: { ...properties, ...(schemaOf(facts.fields).properties as Record<string, Schema>) },
    ...(required.length > 0 && { required: [...required] }),
  };
  const schema = (facts.checks ?? []).reduce(withCheck, plain);
  const columns = [...(facts.columns ?? []), ['Age', '.metadata.creationTimestamp'] as const];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'app.kubernetes.io/managed-by': 'orrery' } },
    spec: {
      group,
      scope: facts.namespaced ? 'Namespaced' : 'Cluster',
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        categories: [group.split('.')[0]!],
      },
      versions: facts.versions.map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: schema },
        ...(facts.status && { subresources: { status: {} } }),
        additionalPrinterColumns: columns.map(([title, jsonPath]) => ({
          name: title,
          jsonPath,
          type: title === 'Age' ? 'date' : jsonPath === '.spec.success' ? 'boolean' : 'string',
        })),
      })),
    },
  };
}
