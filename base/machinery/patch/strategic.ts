/**
 * Strategic merge patch (apimachinery `strategicpatch`): a merge patch that knows from the schema which lists are merged by a
 * key or as a set, with the directives `$patch`, `$retainKeys`, `$deleteFromPrimitiveList/x` and `$setElementOrder/x`.
 */
import { badRequest, StatusError } from '../status.ts';
import {
  deepEqual,
  formatGoValue,
  getOwn,
  goTypeName,
  isList,
  isObject,
  setOwn,
  type Json,
  type JsonObject,
} from './value.ts';

/** What a patch asks of a schema. An unknown field has none: its maps merge and its lists are replaced. */
export interface PatchSchema {
  /** The schema of a field, or of every value of a map. */
  property(name: string): PatchSchema | undefined;
  /** The schema of a list's items. */
  items(): PatchSchema | undefined;
  /** `x-kubernetes-patch-merge-key` of a list of objects. */
  readonly mergeKey?: string | undefined;
  /** `x-kubernetes-patch-strategy`, taken apart at commas: `merge`, `replace`, `retainKeys`. */
  readonly strategies?: readonly string[] | undefined;
}

const patchKey = '$patch';
const retainKey = '$retainKeys';
const deletePrefix = '$deleteFromPrimitiveList/';
const orderPrefix = '$setElementOrder/';

/** Upstream passes these errors on as they are: code 500 without a reason. */
const failure = (message: string): StatusError => new StatusError(500, undefined, message);
const badRetainKeys = () => badRequest('invalid patch format of retainKeys');
const badOrderList = () => badRequest('invalid patch format of setElementOrder list');
const noMergeKey = (item: Json, key: string) =>
  failure(`map: ${formatGoValue(item)} does not contain declared merge key: ${key}`);

/** Applies a strategic merge patch. Throws a StatusError in upstream's words; the document stays as it was. */
export function applyStrategicMergePatch(document: JsonObject, patch: unknown, schema?: PatchSchema): JsonObject {
  if (patch === null) return document;
  if (!isObject(patch)) {
    const type = goTypeName(patch as Json);
    throw badRequest(`json: cannot unmarshal ${type} into Go value of type map[string]interface {}`);
  }
  return mergeObject(document, patch, schema);
}

function mergeObject(original: JsonObject, patch: JsonObject, schema: PatchSchema | undefined): JsonObject {
  if (Object.hasOwn(patch, patchKey)) return directed(patch);
  const merged: Record<string, Json> = { ...retained(original, patch) };
  const ordered = mergeOrderedLists(merged, patch, schema);
  for (const key of Object.keys(patch)) {
    if (key === retainKey || key.startsWith(orderPrefix) || ordered.has(key)) continue;
    if (key.startsWith(deletePrefix)) deleteItems(merged, key.slice(deletePrefix.length), patch[key]!);
    else mergeField(merged, key, patch[key]!, schema?.property(key));
  }
  return merged;
}

function directed(patch: JsonObject): JsonObject {
  const { [patchKey]: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw unknownDirective(directive!, patch);
}

/** Go's `%s` of what may be no text. */
function textual(value: Json): string {
  if (typeof value === 'number') return `%!s(${Number.isInteger(value) ? 'int64' : 'float64'}=${value})`;
  if (typeof value === 'boolean') return `%!s(bool=${value})`;
  return value === null ? '%!s(<nil>)' : formatGoValue(value);
}

const unknownDirective = (directive: Json, item: JsonObject): StatusError =>
  failure(`unknown patch type: ${textual(directive)} in map: ${formatGoValue(item)}`);

function mergeField(merged: Record<string, Json>, key: string, value: Json, schema: PatchSchema | undefined): void {
  const current = getOwn(merged, key);
  if (value === null) {
    delete merged[key];
  } else if (isObject(value) && isObject(current)) {
    const replaces = schema?.strategies?.includes('replace') ?? false;
    setOwn(merged, key, replaces ? value : mergeObject(current, value, schema));
  } else if (isList(value) && isList(current)) {
    setOwn(merged, key, mergeList(current, value, schema));
  } else {
    const fresh = withoutDirectives(value);
    if (fresh === undefined) delete merged[key];
    else setOwn(merged, key, fresh);
  }
}

/** `$retainKeys`: the listed fields stay, all others of the original go. */
function retained(original: JsonObject, patch: JsonObject): JsonObject {
  const list = getOwn(patch, retainKey);
  if (list === undefined) return original;
  if (!isList(list)) throw badRetainKeys();
  const kept = new Set<Json>(list);
  for (const key of Object.keys(patch)) {
    const exempt =
      key === retainKey || patch[key] === null || key.startsWith(deletePrefix) || key.startsWith(orderPrefix);
    if (!exempt && !kept.has(key)) throw badRetainKeys();
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => kept.has(key)));
}

/** A value that replaces or adds: directives in it have nothing to act on. Undefined when it is only a directive. */
function withoutDirectives(value: Json): Json | undefined {
  if (isList(value)) return value.map(withoutDirectives).filter(item => item !== undefined);
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, patchKey)) return undefined;
  const kept: Record<string, Json> = {};
  for (const key of Object.keys(value)) {
    if (key === retainKey || key.startsWith(orderPrefix) || key.startsWith(deletePrefix)) continue;
    const inner = value[key] === null ? undefined : withoutDirectives(value[key]!);
    if (inner !== undefined) setOwn(kept, key, inner);
  }
  return kept;
}

/** `$deleteFromPrimitiveList/x`. */
function deleteItems(merged: Record<string, Json>, key: string, items: Json): void {
  const current = getOwn(merged, key);
  if (!isList(current)) return;
  if (!isList(items)) throw badRequest('invalid patch format of primitive list');
  setOwn(
    merged,
    key,
    current.filter(item => !items.includes(item)),
  );
}

/** Merges the lists that have a `$setElementOrder/x`; answers their names. */
function mergeOrderedLists(merged: Record<string, Json>, patch: JsonObject, schema?: PatchSchema): Set<string> {
  const done = new Set<string>();
  for (const directive of Object.keys(patch)) {
    if (!directive.startsWith(orderPrefix)) continue;
    const key = directive.slice(orderPrefix.length);
    const order = patch[directive]!;
    const current = getOwn(merged, key);
    const changes = getOwn(patch, key);
    if (!isList(order) || (changes !== undefined && changes !== null && !isList(changes))) throw badOrderList();
    if (changes === null) continue;
    done.add(key);
    if (current !== undefined && !isList(current)) throw badOrderList();
    const listSchema = schema?.property(key);
    validateOrder(changes ?? [], order, listSchema?.mergeKey);
    if (current === undefined && changes === undefined) continue;
    const items = combined(current, changes, listSchema);
    setOwn(merged, key, arrange(items, order, current ?? [], listSchema?.mergeKey));
  }
  return done;
}

function combined(
  current: readonly Json[] | undefined,
  changes: readonly Json[] | undefined,
  schema: PatchSchema | undefined,
): readonly Json[] {
  if (changes === undefined) return current ?? [];
  if (current === undefined) return withoutDirectives(changes) as readonly Json[];
  return mergeList(current, changes, schema);
}

/** The patch's items must be among the ordered ones, and in that order. */
function validateOrder(changes: readonly Json[], order: readonly Json[], mergeKey: string | undefined): void {
  if (changes.length === 0 || order.length === 0) return;
  let next = 0;
  for (const item of changes) {
    if (isObject(item) && Object.hasOwn(item, patchKey)) continue;
    while (next < order.length && !sameItem(item, order[next]!, mergeKey)) next++;
    if (next === order.length) {
      const wanted = formatGoValue(order);
      throw failure(
        `The order in patch list:\n${formatGoValue(changes)}\n doesn't match $setElementOrder list:\n${wanted}\n`,
      );
    }
    next++;
  }
}

function sameItem(a: Json, b: Json, mergeKey: string | undefined): boolean {
  if (!mergeKey) return deepEqual(a, b);
  return keyValue(a, mergeKey) === keyValue(b, mergeKey);
}

function keyValue(item: Json, mergeKey: string): Json {
  const value = isObject(item) ? getOwn(item, mergeKey) : undefined;
  if (value === undefined) throw noMergeKey(item, mergeKey);
  return value;
}

function mergeList(original: readonly Json[], patch: readonly Json[], schema?: PatchSchema): readonly Json[] {
  if (!schema?.strategies?.includes('merge')) return patch;
  if (original.length === 0 && patch.length === 0) return original;
  const { mergeKey } = schema;
  const objects = sameTypes(original, patch);
  if (!objects) return arrange([...new Set([...original, ...patch])], patch, original, undefined);
  if (!mergeKey) throw failure('cannot merge lists without merge key');
  const { kept, changes } = applyItemDirectives(original, patch as readonly JsonObject[], mergeKey);
  return arrange(mergeItems(kept, changes, mergeKey, schema.items()), changes, kept, mergeKey);
}

/** True for a list of objects, false for one of scalars. */
function sameTypes(original: readonly Json[], patch: readonly Json[]): boolean {
  const items = [...original, ...patch];
  // No lists of lists: upstream's answer does not say so.
  if (items.some(isList))
    throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
  if (new Set(items.map(item => goTypeName(item))).size > 1) {
    throw failure(`list element types are not identical: ${formatGoValue([original, patch])}`);
  }
  return isObject(items[0]);
}

/** `$patch: delete` and `$patch: replace` among the items of a list. */
function applyItemDirectives(original: readonly Json[], patch: readonly JsonObject[], mergeKey: string) {
  const changes: JsonObject[] = [];
  let kept = original;
  let replace = false;
  for (const item of patch) {
    const directive = getOwn(item, patchKey);
    if (directive === undefined) changes.push(item);
    else if (directive === 'delete') {
      const value = keyValue(item, mergeKey);
      kept = kept.filter(other => getOwn(other as JsonObject, mergeKey) !== value);
    } else if (directive === 'replace') replace = true;
    else if (directive === 'merge') throw failure('merging lists cannot yet be specified in the patch');
    else throw unknownDirective(directive, item);
  }
  return replace ? { kept: changes as readonly Json[], changes: [] } : { kept, changes };
}

function mergeItems(
  original: readonly Json[],
  changes: readonly JsonObject[],
  mergeKey: string,
  items: PatchSchema | undefined,
): readonly Json[] {
  const merged = [...original];
  const places = new Map<Json, number>();
  original.forEach((item, index) => {
    const value = getOwn(item as JsonObject, mergeKey);
    if (value !== undefined && !places.has(value)) places.set(value, index);
  });
  for (const change of changes) {
    const value = keyValue(change, mergeKey);
    const index = places.get(value);
    if (index === undefined) places.set(value, merged.push(withoutDirectives(change)!) - 1);
    else merged[index] = mergeObject(merged[index] as JsonObject, change, items);
  }
  return merged;
}

/**
 * The order of a merged list: items that the patch names follow the patch, others follow the server's list, and between the
 * two the server's order decides where it knows both, else the patch's item goes first.
 */
function arrange(
  items: readonly Json[],
  patchOrder: readonly Json[],
  serverOrder: readonly Json[],
  mergeKey: string | undefined,
): readonly Json[] {
  const identity = (item: Json) => (mergeKey ? keyValue(item, mergeKey) : item);
  const inPatch = placesOf(patchOrder.map(identity));
  const onServer = placesOf(serverOrder.map(identity));
  const bySort = (places: ReadonlyMap<Json, number>) => (a: Json, b: Json) =>
    (places.get(identity(a)) ?? 0) - (places.get(identity(b)) ?? 0);
  const named = items.filter(item => inPatch.has(identity(item))).sort(bySort(inPatch));
  const others = items.filter(item => !inPatch.has(identity(item))).sort(bySort(onServer));
  const arranged: Json[] = [];
  let nextNamed = 0;
  for (const other of others) {
    const theirs = onServer.get(identity(other)) ?? -1;
    while (nextNamed < named.length) {
      const ours = onServer.get(identity(named[nextNamed]!)) ?? -1;
      if (theirs >= 0 && ours >= 0 && theirs < ours) break;
      arranged.push(named[nextNamed++]!);
    }
    arranged.push(other);
  }
  return [...arranged, ...named.slice(nextNamed)];
}

function placesOf(keys: readonly Json[]): Map<Json, number> {
  const places = new Map<Json, number>();
  keys.forEach((key, index) => places.has(key) || places.set(key, index));
  return places;
}
