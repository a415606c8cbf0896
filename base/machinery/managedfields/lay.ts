/** A configuration laid over an object without owners (apiserver `policy/mutating/patch` `ApplyStructuredMergeDiff`). */
import type { Schema } from '../schema/types.ts';
import { problemOf } from './check.ts';
import { describeElement } from './element.ts';
import { merge } from './merge.ts';
import { fieldSchema, formOf, isAtomicMap, isMap, itemKeys, itemSchema } from './shape.ts';

/** The paths of lists and maps that can only be set as a whole. */
function atomicsIn(schema: Schema, value: unknown, path = ''): string[] {
  switch (formOf(schema, value)) {
    case 'map': {
      const own = isAtomicMap(schema) ? [path] : [];
      if (!isMap(value)) return own;
      const inner = Object.keys(value).flatMap(name => {
        const field = fieldSchema(schema, name);
        return field ? atomicsIn(field, value[name], path + describeElement(`f:${name}`)) : [];
      });
      return [...own, ...inner];
    }
    case 'list': {
      const own = itemKeys(schema) === undefined ? [path] : [];
      const items = Array.isArray(value) ? value : [];
      return [...own, ...items.flatMap((item, at) => atomicsIn(itemSchema(schema), item, `${path}[${at}]`))];
    }
    case 'scalar':
      return [];
  }
}

/** The object with the configuration in it. @throws Error in upstream's words for a configuration that does not fit, or sets what is atomic */
export function layOver(schema: Schema, live: unknown, configuration: unknown): unknown {
  const problem = problemOf(schema, configuration);
  if (problem !== undefined) throw new Error(`failed to convert patch object to typed object: ${problem}`);
  const atomics = atomicsIn(schema, configuration);
  if (atomics.length > 0)
    throw new Error(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`);
  return merge(schema, live, configuration);
}
