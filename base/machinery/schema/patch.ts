/** The view of a schema that a strategic merge patch asks for. */
import type { PatchSchema } from '../patch.ts';
import type { Schema } from './types.ts';

const views = new WeakMap<Schema, PatchSchema>();

/** The patch's view of a schema; made once per node. */
export function patchSchemaOf(schema: Schema): PatchSchema {
  const known = views.get(schema);
  if (known) return known;
  const view: PatchSchema = {
    property: name => viewOf(schema.properties?.[name] ?? schema.values),
    items: () => viewOf(schema.items),
    mergeKey: schema.mergeKey,
    strategies: schema.strategies,
  };
  views.set(schema, view);
  return view;
}

const viewOf = (schema: Schema | undefined): PatchSchema | undefined => schema && patchSchemaOf(schema);
