/** What an object becomes: from what the release said, what it says now, and what others made of it since. Pure. */
import { deepEqual, type Json, type JsonObject, type PatchSchema } from '@orrery/machinery/patch';

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

const has = (object: JsonObject | undefined, key: string): boolean =>
  object !== undefined && Object.hasOwn(object, key);

/** A map by its keys: what the release no longer says goes, what others added stays. */
function mergeObject(
  before: JsonObject | undefined,
  after: JsonObject,
  current: JsonObject,
  schema: PatchSchema | undefined,
): JsonObject {
  const merged = new Map<string, Json>();
  for (const key of Object.keys(current)) {
    if (has(after, key) || !has(before, key)) merged.set(key, current[key]!);
  }
  for (const key of Object.keys(after)) {
    const value = after[key]!;
    if (value === null) merged.delete(key);
    else
      merged.set(
        key,
        mergeValue(before?.[key], value, has(current, key) ? current[key] : undefined, schema?.property(key)),
      );
  }
  const result = Object.fromEntries(merged);
  // Kinds of one thing exclude each other: only what is said stays, once something changes.
  const isExclusive = schema?.strategies?.includes('retainKeys') && !deepEqual(result, current);
  return isExclusive ? Object.fromEntries(Object.entries(result).filter(([key]) => has(after, key))) : result;
}

function mergeValue(
  before: Json | undefined,
  after: Json,
  current: Json | undefined,
  schema: PatchSchema | undefined,
): Json {
  const replaces = schema?.strategies?.includes('replace') ?? false;
  if (isObject(after) && isObject(current) && !replaces) {
    return mergeObject(isObject(before) ? before : undefined, after, current, schema);
  }
  const isMerged = schema?.strategies?.includes('merge') ?? false;
  if (isList(after) && isList(current) && isMerged) {
    return mergeList(isList(before) ? before : [], after, current, schema!);
  }
  return withoutNulls(after);
}

/** A null says that there is nothing; new parts need not say so. */
function withoutNulls(value: Json): Json {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [key, withoutNulls(item)]),
  );
}

function mergeList(
  before: readonly Json[],
  after: readonly Json[],
  current: readonly Json[],
  schema: PatchSchema,
): Json {
  const { mergeKey } = schema;
  const keyOf = (item: Json): string =>
    JSON.stringify(mergeKey === undefined ? item : isObject(item) ? (item[mergeKey] ?? null) : null);
  const [old, fresh, present] = [before, after, current].map(
    list => new Map(list.map(item => [keyOf(item), item])),
  ) as [Map<string, Json>, Map<string, Json>, Map<string, Json>];
  const mergedOf = (key: string): Json => mergeValue(old.get(key), fresh.get(key)!, present.get(key), schema.items());
  const others = [...present.keys()].filter(key => !fresh.has(key) && !old.has(key));
  const shared = [...present.keys()].filter(key => fresh.has(key));
  const inOrder = [...fresh.keys()].filter(key => present.has(key));
  // Where the order of what both know is the same, what others put between stays where it is.
  const isOrdered = shared.every((key, place) => key === inOrder[place]);
  const kept = [...present.keys()].filter(key => fresh.has(key) || others.includes(key));
  const keys = isOrdered
    ? [...kept, ...[...fresh.keys()].filter(key => !present.has(key))]
    : [...fresh.keys(), ...others];
  return keys.map(key => (fresh.has(key) ? mergedOf(key) : present.get(key)!));
}

/**
 * @param before what the release said before; undefined when it did not have the object
 * @param schema of the kind, for lists that are merged by a key; without one all lists are replaced
 */
export const threeWay = (
  before: JsonObject | undefined,
  after: JsonObject,
  current: JsonObject,
  schema?: PatchSchema,
): JsonObject => mergeObject(before, after, current, schema);

/** A JSON merge patch (RFC 7386) from one object to another; undefined when they are the same. */
export function patchBetween(from: JsonObject, to: JsonObject): JsonObject | undefined {
  const patch: [string, Json][] = [];
  for (const key of Object.keys(from)) if (!has(to, key)) patch.push([key, null]);
  for (const key of Object.keys(to)) {
    const [old, fresh] = [has(from, key) ? from[key]! : undefined, to[key]!];
    if (old !== undefined && deepEqual(old, fresh)) continue;
    const inner = isObject(old) && isObject(fresh) ? patchBetween(old, fresh) : fresh;
    if (inner !== undefined) patch.push([key, inner]);
  }
  return patch.length === 0 ? undefined : Object.fromEntries(patch);
}
