/** What differs between two values, by field (structured-merge-diff `typed.Compare`). */
import { deepEqual, setOwn } from '../patch/value.ts';
import type { Json } from '../patch/value.ts';
import type { Schema } from '../schema/types.ts';
import { emptySet, graft, insert } from './set.ts';
import type { FieldSet } from './set.ts';
import { anySchema, elementsOf, fieldSchema, formOf, isAtomicMap, isMap, itemKeys, itemSchema } from './shape.ts';
import type { JsonMap } from './shape.ts';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/**
 * @param skips fields of the objects themselves that are of no interest
 * @throws ShapeError for items of a list that have no key
 */
export function compare(schema: Schema, before: unknown, after: unknown, skips?: ReadonlySet<string>): Comparison {
  const found = { added: emptySet(), modified: emptySet(), removed: emptySet() };
  compareValues(schema, without(before, skips), without(after, skips), [], found);
  return found;
}

function without(value: unknown, skips: ReadonlySet<string> | undefined): unknown {
  if (skips === undefined || !isMap(value)) return value;
  const left: Record<string, Json> = {};
  for (const name of Object.keys(value)) if (!skips.has(name)) setOwn(left, name, value[name] as Json);
  return left;
}

const isNothing = (value: unknown): boolean =>
  value === null || (Array.isArray(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0);

function compareValues(schema: Schema, before: unknown, after: unknown, path: string[], found: Comparison): void {
  if (before === after) return;
  if (before === undefined) return graft(found.added, path, treeOf(schema, after));
  if (after === undefined) return graft(found.removed, path, treeOf(schema, before));
  const form = formOf(schema, after ?? before);
  const former = formOf(schema, before ?? after);
  if (form !== former) {
    insert(found.modified, path);
    graftParts(found.removed, path, treeOf(schema, before));
    graftParts(found.added, path, treeOf(schema, after));
    return;
  }
  const keys = form === 'list' ? itemKeys(schema) : undefined;
  const whole =
    form === 'scalar' ||
    (form === 'map' ? isAtomicMap(schema) : keys === undefined) ||
    (isNothing(before) && isNothing(after));
  if (whole) {
    if (!deepEqual(before as Json, after as Json)) insert(found.modified, path);
  } else if (keys !== undefined) compareItems(schema, keys, listOf(before), listOf(after), path, found);
  else compareFields(schema, mapOf(before), mapOf(after), path, found);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const mapOf = (value: unknown): JsonMap => (isMap(value) ? value : {});

function compareFields(schema: Schema, before: JsonMap, after: JsonMap, path: string[], found: Comparison): void {
  for (const name of Object.keys(after)) {
    path.push(`f:${name}`);
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    compareValues(fieldSchema(schema, name) ?? anySchema, old, after[name], path, found);
    path.pop();
  }
  for (const name of Object.keys(before)) {
    if (Object.hasOwn(after, name)) continue;
    path.push(`f:${name}`);
    compareValues(fieldSchema(schema, name) ?? anySchema, before[name], undefined, path, found);
    path.pop();
  }
}

type Groups = Map<string, unknown[]>;

function groupsOf(schema: Schema, keys: readonly string[], list: readonly unknown[]): Groups {
  const groups: Groups = new Map();
  elementsOf(schema, keys, list).forEach((element, at) => {
    const group = groups.get(element);
    if (group) group.push(list[at]);
    else groups.set(element, [list[at]]);
  });
  return groups;
}

function compareItems(
  schema: Schema,
  keys: readonly string[],
  before: readonly unknown[],
  after: readonly unknown[],
  path: string[],
  found: Comparison,
): void {
  // Most lists of most writes are as they were: then no item needs its key.
  if (deepEqual(before as Json, after as Json)) return;
  const old = groupsOf(schema, keys, before);
  const now = groupsOf(schema, keys, after);
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    path.push(element);
    compareGroups(itemSchema(schema), old.get(element) ?? [], now.get(element) ?? [], path, found);
    path.pop();
  }
}

/** Items of one key: usually one each; more than one are owned together. */
function compareGroups(
  schema: Schema,
  before: readonly unknown[],
  after: readonly unknown[],
  path: string[],
  found: Comparison,
): void {
  if (before.length <= 1 && after.length <= 1) return compareValues(schema, before[0], after[0], path, found);
  if (before.length >= 2 && after.length >= 2) {
    if (!deepEqual(before as Json, after as Json)) insert(found.modified, path);
  } else if (before.length >= 2) {
    if (after.length > 0) compareValues(schema, undefined, after[0], path, found);
    insert(found.removed, path);
  } else {
    if (before.length > 0) compareValues(schema, before[0], undefined, path, found);
    insert(found.added, path);
  }
}

function graftParts(set: FieldSet, path: string[], tree: FieldSet): void {
  for (const [element, child] of tree.children ?? []) graft(set, [...path, element], child);
}

/** All fields of a value that has nothing to be compared with: unlike in `extract.ts` each is one, also those with parts. */
function treeOf(schema: Schema, value: unknown): FieldSet {
  const tree: FieldSet = { member: true, children: undefined };
  const form = formOf(schema, value);
  if (form === 'scalar' || isNothing(value)) return tree;
  if (form === 'map') {
    if (isAtomicMap(schema) || !isMap(value)) return tree;
    tree.children = new Map();
    for (const name of Object.keys(value))
      tree.children.set(`f:${name}`, treeOf(fieldSchema(schema, name) ?? anySchema, value[name]));
    return tree;
  }
  const keys = itemKeys(schema);
  if (keys === undefined || !Array.isArray(value)) return tree;
  tree.children = new Map();
  for (const [element, items] of groupsOf(schema, keys, value)) {
    const item = items.length > 1 ? { member: true, children: undefined } : treeOf(itemSchema(schema), items[0]);
    tree.children.set(element, item);
  }
  return tree;
}
