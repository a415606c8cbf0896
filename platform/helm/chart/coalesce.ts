/** How values of the user, of a chart and of its dependencies come together (Helm's `CoalesceValues`). Maps are changed in place. */
import { ChartError } from '../errors.ts';
import { deepCopy, kindOf, type Value, type ValueMap } from '../template/values.ts';

/** What this asks of a chart. */
export interface Valued {
  readonly name: string;
  readonly values: ValueMap;
  readonly dependencies: readonly Valued[];
}

const none = (): void => {};
export const copied = (map: ValueMap): ValueMap => deepCopy(map, none) as ValueMap;

/**
 * Adds what `target` has not. With `keepsNull` a null of the user stays for a later round, else it takes the default away.
 */
export function mergeTables(target: ValueMap, source: ValueMap, keepsNull: boolean): ValueMap {
  const given = new Set([...source].filter(([, value]) => value !== null).map(([key]) => key));
  for (const [key, value] of target) if (value === null) source.set(key, null);
  for (const [key, value] of source) {
    const own = target.get(key);
    if (own === null && !keepsNull && given.has(key)) target.delete(key);
    else if (own === undefined) target.set(key, value);
    else if (value instanceof Map && own instanceof Map) mergeTables(own, value, keepsNull);
  }
  return target;
}

function ownValues(chart: Valued, target: ValueMap, keepsNull: boolean): void {
  for (const [key, value] of copied(chart.values)) {
    const given = target.get(key);
    if (given === undefined) target.set(key, value);
    else if (given === null && !keepsNull) target.delete(key);
    else if (given instanceof Map && value instanceof Map) {
      mergeTables(given, value, keepsNull || chart.dependencies.some(({ name }) => name === key));
    }
  }
}

/** `global` of a chart is that of its parent, on top of its own. */
function globals(target: ValueMap, parent: ValueMap): void {
  const [own = new Map() as Value, above = new Map() as Value] = [target.get('global'), parent.get('global')];
  if (!(own instanceof Map) || !(above instanceof Map)) return;
  for (const [key, value] of above) {
    const known = own.get(key);
    if (value instanceof Map) {
      const copy = new Map(value);
      if (known === undefined) own.set(key, copy);
      else if (known instanceof Map) own.set(key, mergeTables(copy, known, true));
    } else if (!(known instanceof Map)) own.set(key, value);
  }
  target.set('global', own);
}

/** Fills `target` with the values of a chart and of all its dependencies. @throws ChartError when a dependency's values are no map */
export function coalesce(chart: Valued, target: ValueMap, keepsNull = false): ValueMap {
  ownValues(chart, target, keepsNull);
  for (const dependency of chart.dependencies) {
    const given = target.get(dependency.name) ?? new Map<string, Value>();
    if (!(given instanceof Map))
      throw new ChartError(`type mismatch on ${dependency.name}: the values are no map but a ${kindOf(given)}`);
    target.set(dependency.name, given);
    globals(given, target);
    coalesce(dependency, given, keepsNull);
  }
  return target;
}

/** A map at a path of points; undefined when there is none. */
export function tableAt(values: ValueMap, path: string): ValueMap | undefined {
  let place: Value = values;
  for (const key of path.split('.')) {
    if (!(place instanceof Map)) return undefined;
    place = place.get(key) ?? null;
  }
  return place instanceof Map ? place : undefined;
}

/** What stands at a path, if it is no map. */
export function valueAt(values: ValueMap, path: string): Value | undefined {
  const cut = path.lastIndexOf('.');
  const table = cut < 0 ? values : tableAt(values, path.slice(0, cut));
  const value = table?.get(path.slice(cut + 1));
  return value instanceof Map ? undefined : value;
}
