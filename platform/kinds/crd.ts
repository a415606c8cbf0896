/** From a row of the table to a CustomResourceDefinition. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Field, KindFacts } from './tables.data.ts';

export interface CustomResourceDefinition extends KubeObject {
  spec: Record<string, unknown>;
  status?: { conditions?: { type: string; status: string; message?: string }[] };
}

/** The structural schema of a field. */
export function schemaOf(field: Field): Record<string, unknown> {
  if (field === 'text') return { type: 'string' };
  if (field === 'flag') return { type: 'boolean' };
  if (field === '{}') return { type: 'object', additionalProperties: { type: 'string' } };
  if (field === 'any') return { 'x-kubernetes-preserve-unknown-fields': true };
  if (isList(field)) return { type: 'array', items: schemaOf(field[0]) };
  const properties = Object.fromEntries(Object.entries(field).map(([name, member]) => [name, schemaOf(member)]));
  return { type: 'object', properties };
}

const isList = (field: Field): field is readonly [Field] => Array.isArray(field);

/** Served in all versions with one schema, so that no conversion is needed. */
export function customResourceDefinition(facts: KindFacts): CustomResourceDefinition {
  const { group, kind, plural, required = [] } = facts;
  const properties = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' } };
  const schema = {
    type: 'object',
    properties: { ...properties, ...(schemaOf(facts.fields).properties as object) },
    ...(required.length > 0 && { required: [...required] }),
  };
  const columns = [...(facts.columns ?? []), ['Age', '.metadata.creationTimestamp'] as const];
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, labels: { 'app.kubernetes.io/managed-by': 'orrery' } },
    spec: {
      group,
      scope: 'Cluster',
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
