/** How a change of an object changes who owns its fields (structured-merge-diff `merge.Updater`). */
import type { Schema } from '../schema/types.ts';
import { compare } from './compare.ts';
import type { Comparison } from './compare.ts';
import { ApplyConflict } from './conflicts.ts';
import { fieldsOf } from './extract.ts';
import { deepEqual } from '../patch/value.ts';
import type { Json } from '../patch/value.ts';
import type { Managers, Owned } from './managers.ts';
import { merge } from './merge.ts';
import { removeFields, withNamedFields } from './remove.ts';
import { difference, intersection, isEmpty, union } from './set.ts';
import type { FieldSet } from './set.ts';

/** An object's kind in one version. Values are JSON in that version. */
export interface Version {
  readonly schema: Schema;
  /** From the version of the request. */
  convert(object: unknown): unknown;
  /** To the version of the request. */
  revert(object: unknown): unknown;
}

/** The kind as a request names it, and how others name it. */
export interface Kind {
  readonly apiVersion: string;
  readonly schema: Schema;
  /** Another version; undefined when it is not served any more. */
  inVersion(apiVersion: string): Version | undefined;
  /** The fields that a request to this (sub)resource can own; all when absent. */
  filter?(set: FieldSet): FieldSet;
  /** Fields of the object itself of which the filter leaves nothing: they are not even compared. */
  readonly skips?: ReadonlySet<string>;
}

const same = (object: unknown): unknown => object;

const versionOf = (kind: Kind, apiVersion: string): Version | undefined =>
  apiVersion === kind.apiVersion ? { schema: kind.schema, convert: same, revert: same } : kind.inVersion(apiVersion);

export function filtered(kind: Kind, found: Comparison): Comparison {
  const filter = kind.filter?.bind(kind);
  if (filter === undefined) return found;
  return { added: filter(found.added), modified: filter(found.modified), removed: filter(found.removed) };
}

/**
 * Takes from all managers but `self` what another value was given or went away.
 * @param force false: changed fields of others are conflicts
 * @throws ApplyConflict
 */
export function takeOver(
  kind: Kind,
  before: unknown,
  after: unknown,
  managers: Managers,
  self: string,
  force: boolean,
): { managers: Managers; comparison: Comparison } {
  const comparison = filtered(kind, compare(kind.schema, before, after, kind.skips));
  const found = new Map<string, Comparison | undefined>([[kind.apiVersion, comparison]]);
  const compareIn = (apiVersion: string): Comparison | undefined => {
    if (found.has(apiVersion)) return found.get(apiVersion);
    const version = kind.inVersion(apiVersion);
    const made =
      version && filtered(kind, compare(version.schema, version.convert(before), version.convert(after), kind.skips));
    found.set(apiVersion, made);
    return made;
  };
  const left: Managers = new Map();
  const conflicts: Managers = new Map();
  for (const [id, owned] of managers) {
    if (id === self) {
      left.set(id, owned);
      continue;
    }
    const changes = compareIn(owned.apiVersion);
    // Nobody can say any more which fields are meant in a version that is gone.
    if (changes === undefined) continue;
    const taken = intersection(owned.fields, union(changes.modified, changes.added));
    if (!isEmpty(taken)) conflicts.set(id, { ...owned, fields: taken });
    const fields = difference(difference(owned.fields, taken), changes.removed);
    if (!isEmpty(fields)) left.set(id, fields === owned.fields ? owned : { ...owned, fields });
  }
  if (!force && conflicts.size > 0) throw new ApplyConflict(conflicts);
  const own = left.get(self);
  if (own !== undefined && isEmpty(own.fields)) left.delete(self);
  return { managers: left, comparison };
}

/** A configuration laid over the live object. */
export interface Applied {
  /** Undefined when the object stays as it is. */
  readonly object: unknown;
  readonly managers: Managers;
}

/**
 * Applies what `self` wants: the fields it names, and away with those it named before and nobody else owns.
 * @throws ApplyConflict unless forced
 */
export function applyFields(
  kind: Kind,
  live: unknown,
  applied: unknown,
  given: Managers,
  self: string,
  identity: Omit<Owned, 'fields'>,
  force: boolean,
): Applied {
  const merged = merge(kind.schema, live, applied);
  const managers = new Map(given);
  const all = fieldsOf(kind.schema, applied);
  const last = managers.get(self);
  managers.set(self, { ...identity, time: last?.time, fields: kind.filter?.(all) ?? all });
  const pruned = last === undefined || isEmpty(last.fields) ? merged : prune(kind, merged, managers, last);
  const taken = takeOver(kind, live, pruned, managers, self, force);
  return { object: deepEqual(live as Json, pruned as Json) ? undefined : pruned, managers: taken.managers };
}

/** Removes what was applied last time, is not this time, and has no other owner. */
function prune(kind: Kind, merged: unknown, managers: Managers, last: Owned): unknown {
  const version = versionOf(kind, last.apiVersion);
  if (version === undefined) return merged;
  const { schema } = version;
  const whole = version.convert(merged);
  const lastFields = withNamedFields(schema, last.fields);
  let pruned = removeFields(schema, whole, lastFields);
  pruned = addBackOwned(kind, version, whole, pruned, last.apiVersion, managers);
  const all = withNamedFields(schema, fieldsOf(schema, whole));
  const kept = withNamedFields(schema, fieldsOf(schema, pruned));
  return version.revert(removeFields(schema, whole, intersection(difference(all, kept), lastFields)));
}

/** Puts back what went although somebody owns it. */
function addBackOwned(
  kind: Kind,
  version: Version,
  whole: unknown,
  pruned: unknown,
  first: string,
  managers: Managers,
): unknown {
  const owned = new Map<string, FieldSet>();
  for (const { apiVersion, fields } of managers.values()) {
    const known = owned.get(apiVersion);
    owned.set(apiVersion, known === undefined ? fields : union(known, fields));
  }
  const addBack = ({ schema }: Version, all: unknown, some: unknown, fields: FieldSet): unknown => {
    const named = withNamedFields(schema, fieldsOf(schema, all));
    const kept = union(withNamedFields(schema, fieldsOf(schema, some)), withNamedFields(schema, fields));
    return removeFields(schema, all, difference(named, kept));
  };
  let result = pruned;
  const own = owned.get(first);
  if (own !== undefined) result = addBack(version, whole, result, own);
  for (const [apiVersion, fields] of owned) {
    if (apiVersion === first) continue;
    const other = versionOf(kind, apiVersion);
    if (other === undefined) continue;
    const there = (object: unknown): unknown => other.convert(version.revert(object));
    result = version.convert(other.revert(addBack(other, there(whole), there(result), fields)));
  }
  return result;
}
