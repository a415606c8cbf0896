/** Fields of features that are off are dropped, unless the stored object uses the feature already (upstream `dropDisabledFields`). */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy } from '../types.ts';
import { disabledFields } from './disabled-fields.data.ts';

type Node = Record<string, unknown>;

/** The objects that hold the last field of the path, and that field's name. */
function holders(object: KubeObject, path: string): [Node[], string] {
  const names = path.split('.');
  const field = names.pop()!;
  let nodes: unknown[] = [object];
  for (const name of names) {
    if (name === '*') nodes = nodes.flatMap(node => Object.values(node as Node));
    else if (name.endsWith('[]')) nodes = nodes.flatMap(node => (node as Node)[name.slice(0, -2)] ?? []);
    else nodes = nodes.map(node => (node as Node)[name]);
    nodes = nodes.filter(node => typeof node === 'object' && node !== null);
  }
  return [nodes as Node[], field];
}

function uses(object: KubeObject, paths: readonly string[]): boolean {
  return paths.some(path => {
    const [nodes, field] = holders(object, path);
    return nodes.some(node => node[field] !== undefined);
  });
}

function drop(object: KubeObject, features: readonly (readonly string[])[], old?: KubeObject): void {
  for (const paths of features) {
    if (old && uses(old, paths)) continue;
    for (const path of paths) {
      const [nodes, field] = holders(object, path);
      for (const node of nodes) delete node[field];
    }
  }
}

/** The strategy of a resource, with the fields that are off dropped before anything else looks at the object. */
export function withoutDisabled(name: string, strategy: Strategy): Strategy {
  const features = disabledFields[name];
  if (!features) return strategy;
  return {
    ...strategy,
    prepareForCreate(object, context) {
      drop(object, features);
      return strategy.prepareForCreate?.(object, context);
    },
    prepareForUpdate(object, old, context) {
      drop(object, features, old);
      return strategy.prepareForUpdate?.(object, old, context);
    },
  };
}
