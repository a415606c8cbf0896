/** The Table of a custom resource (apiextensions `registry/customresource/tableconvertor`). */
import { creationDescription, nameDescription } from '@orrery/kinds/columns';
import type { CustomResourceColumnDefinition } from '@orrery/kinds/types';
import { parseJsonPath } from '@orrery/machinery/jsonpath';
import type { KubeObject } from '@orrery/machinery/meta';
import { ageOf } from '../serve/age.ts';
import type { ColumnDefinition, TableRules } from '../registry/resource.ts';

const nameColumn: ColumnDefinition = {
  name: 'Name',
  type: 'string',
  format: 'name',
  description: nameDescription,
  priority: 0,
};
const ageColumn: CustomResourceColumnDefinition = {
  name: 'Age',
  type: 'date',
  description: creationDescription,
  jsonPath: '.metadata.creationTimestamp',
};

/** Columns as declared; name alone and age where nothing is. */
export function customTable(declared: readonly CustomResourceColumnDefinition[] | undefined): TableRules {
  const shown = declared && declared.length > 0 ? declared : [ageColumn];
  const columns: ColumnDefinition[] = shown.map(
    ({ name, type, format = '', description = '', priority = 0, jsonPath }) => ({
      name,
      type,
      format,
      description: description || `Custom resource definition column (in JSONPath format): ${jsonPath}`,
      priority,
    }),
  );
  const paths = shown.map(({ jsonPath, type }) => ({ path: parseJsonPath(jsonPath), type }));
  return {
    columns: [nameColumn, ...columns],
    cells: (object: KubeObject, nowMs: number) => [
      object.metadata.name ?? '',
      ...paths.map(({ path, type }) => cellOf(path.find(object)[0], type, nowMs)),
    ],
  };
}

function cellOf(value: unknown, type: string, nowMs: number): unknown {
  if (value === undefined || value === null) return null;
  switch (type) {
    case 'string':
      return typeof value === 'object' ? JSON.stringify(value) : String(value);
    case 'integer':
      return typeof value === 'number' ? Math.trunc(value) : null;
    case 'number':
      return typeof value === 'number' ? value : null;
    case 'boolean':
      return typeof value === 'boolean' ? value : null;
    case 'date':
      return typeof value === 'string' ? dateCell(value, nowMs) : null;
    default:
      return null;
  }
}

const dateCell = (text: string, nowMs: number): string =>
  Number.isNaN(Date.parse(text)) ? '<invalid>' : ageOf(text, nowMs);
