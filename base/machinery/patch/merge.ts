/** JSON merge patch (RFC 7386). */
import { badRequest } from '../status.ts';
import { getOwn, goTypeName, isList, isObject, setOwn, type Json, type JsonObject } from './value.ts';

/** Merges `patch` into a document: null removes, objects merge, all else replaces. Throws BadRequest when it is no object. */
export function applyMergePatch(document: JsonObject, patch: unknown): JsonObject {
  if (patch === null) throw badRequest('Invalid JSON Patch');
  if (!isObject(patch)) {
    const type = goTypeName(patch as Json);
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${type} into Go value of type map[string]interface {}`,
    );
  }
  return merge(document, patch);
}

function merge(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...target };
  for (const key of Object.keys(patch)) {
    const value = patch[key]!;
    const current = getOwn(target, key);
    if (value === null) delete merged[key];
    else setOwn(merged, key, isObject(value) && isObject(current) ? merge(current, value) : withoutNulls(value));
  }
  return merged;
}

/** New values carry no nulls: there is nothing they could remove. Null items of lists stay. */
export function withoutNulls(value: Json): Json {
  if (isList(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept: Record<string, Json> = {};
  for (const key of Object.keys(value)) if (value[key] !== null) setOwn(kept, key, withoutNulls(value[key]!));
  return kept;
}
