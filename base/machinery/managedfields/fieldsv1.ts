/** FieldsV1, the form in which field sets are stored: nested objects named by elements; `.` says that a field with parts is itself owned. */
import { isElement } from './element.ts';
import { emptySet, equalSets, sortedChildren } from './set.ts';
import type { FieldSet } from './set.ts';

export type FieldsV1 = Record<string, unknown>;

/** Deeper objects are not read: nothing that is stored is. */
const maxDepth = 512;

/** Both directions by identity: what no operation changed is neither read nor written twice. */
const written = new WeakMap<FieldSet, FieldsV1>();
const read = new WeakMap<FieldsV1, FieldSet>();

/** Objects of one template have equal owners, and come one after the other. */
const recent: FieldSet[] = [];
const maxRecent = 16;

/** The stored form of a set (frozen), elements in upstream's order. */
export function encodeFields(set: FieldSet): FieldsV1 {
  const known = written.get(set);
  if (known) return known;
  const equal = recent.find(other => equalSets(other, set));
  const encoded = equal === undefined ? encodeNode(set, false) : written.get(equal)!;
  written.set(set, encoded);
  if (equal === undefined) {
    read.set(encoded, set);
    recent.unshift(set);
    if (recent.length > maxRecent) recent.pop();
  }
  return encoded;
}

function encodeNode(set: FieldSet, self: boolean): FieldsV1 {
  const fields: FieldsV1 = {};
  if (self && set.children !== undefined) fields['.'] = {};
  for (const [element, child] of sortedChildren(set)) fields[element] = encodeNode(child, child.member);
  return Object.freeze(fields);
}

/** The set of a stored form. @throws Error for what is none. */
export function decodeFields(fields: FieldsV1): FieldSet {
  const known = read.get(fields);
  if (known) return known;
  const set = decodeNode(fields, 0);
  set.member = false;
  // Only what nobody can change any more may be remembered.
  if (Object.isFrozen(fields)) {
    read.set(fields, set);
    written.set(set, fields);
  }
  return set;
}

function decodeNode(fields: FieldsV1, depth: number): FieldSet {
  if (depth > maxDepth) throw new Error('the fields are nested too deeply');
  const set = emptySet();
  let empty = true;
  for (const [element, child] of Object.entries(fields)) {
    empty = false;
    if (element === '.') set.member = true;
    else {
      if (!isElement(element)) throw new Error(`${JSON.stringify(element)} is no path element`);
      if (typeof child !== 'object' || child === null || Array.isArray(child))
        throw new Error('fields must be objects');
      (set.children ??= new Map()).set(element, decodeNode(child as FieldsV1, depth + 1));
    }
  }
  if (empty) set.member = true;
  return set;
}
