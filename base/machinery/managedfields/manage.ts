/** The field manager of one request: its owners before and after (apimachinery `managedfields/internal`, its chain of managers in one). */
import type { KubeObject, ManagedFieldsEntry } from '../meta.ts';
import { deepEqual } from '../patch/value.ts';
import type { Json } from '../patch/value.ts';
import { badRequest, StatusError } from '../status.ts';
import { problemOf } from './check.ts';
import { ApplyConflict } from './conflicts.ts';
import { allowedByLastApplied, keepLastApplied } from './lastapplied.ts';
import { capManagers, decodeManagers, decodeManagersOrNone, identifierOf } from './managers.ts';
import type { Managers, Owned } from './managers.ts';
import { difference, equalSets, isEmpty, setOfPaths, union } from './set.ts';
import type { FieldSet } from './set.ts';
import { ShapeError } from './shape.ts';
import { applyFields, takeOver } from './updater.ts';
import type { Kind } from './updater.ts';

/** Who changes an object, and through what. */
export interface Change extends Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly manager: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  /** As `metadata` writes times. */
  readonly now: string;
  /** An object of the kind with nothing said: what a new one is compared with. */
  empty(): unknown;
}

const metadata = (...names: string[]): string[] => ['f:metadata', ...names.map(name => `f:${name}`)];

/** Nobody owns what every object has or only the server writes. */
const untracked = setOfPaths(
  ['f:apiVersion'],
  ['f:kind'],
  metadata(),
  ...[
    'name',
    'namespace',
    'creationTimestamp',
    'selfLink',
    'uid',
    'clusterName',
    'generation',
    'managedFields',
    'resourceVersion',
  ].map(name => metadata(name)),
);

function withoutUntracked(managers: Managers, id: string): Managers {
  const owned = managers.get(id);
  if (owned === undefined) return managers;
  const fields = difference(owned.fields, untracked);
  if (fields === owned.fields) return managers;
  const left = new Map(managers);
  if (isEmpty(fields)) left.delete(id);
  else left.set(id, { ...owned, fields });
  return left;
}

const identityOf = (
  change: Change,
  operation: Owned['operation'],
  manager = change.manager,
): Omit<Owned, 'fields'> => ({
  manager: manager === '' ? 'unknown' : manager,
  operation,
  subresource: change.subresource,
  apiVersion: change.apiVersion,
  time: undefined,
});

/** The owners of the request's own object where it may name them, else of the stored one. */
export function ownersBefore(
  live: KubeObject | undefined,
  given: readonly ManagedFieldsEntry[] | undefined,
  subresource: string,
): Managers {
  const stored = (): Managers => decodeManagersOrNone(live?.metadata.managedFields);
  if (subresource !== '' || given === undefined) return stored();
  if (given.length === 0 || (given.length === 1 && Object.keys(given[0]!).length === 0)) return new Map();
  // Most clients send back what they read.
  if (live !== undefined && deepEqual(given as unknown as Json, (live.metadata.managedFields ?? []) as unknown as Json))
    return stored();
  const named = decodeManagersOrNone(given);
  return named.size === 0 ? stored() : named;
}

/** The same set is kept as the same object: its stored form is known. */
const unlessEqual = (before: Owned | undefined, fields: FieldSet): FieldSet =>
  before !== undefined && equalSets(before.fields, fields) ? before.fields : fields;

const self = 'current-operation';

function updateOwners(change: Change, before: unknown, after: unknown, owners: Managers, manager?: string): Managers {
  const { managers, comparison } = takeOver(change, before, after, owners, self, true);
  const fields = difference(union(comparison.modified, comparison.added), untracked);
  if (isEmpty(fields)) return capManagers(managers);
  const identity = identityOf(change, 'Update', manager);
  const id = identifierOf(identity);
  const previous = managers.get(id);
  const all = previous === undefined ? fields : union(previous.fields, fields);
  managers.set(id, { ...identity, time: change.now, fields: unlessEqual(owners.get(id), all) });
  return capManagers(managers);
}

/**
 * The owners after an update or a create.
 * @param live the stored object, in the version of the request; undefined for a create
 * @param object the object of the request, defaults filled
 */
export function manageUpdate(change: Change, live: KubeObject | undefined, object: KubeObject): Managers {
  const owners = ownersBefore(live, object.metadata.managedFields, change.subresource);
  // An object nobody owned a field of stays so until somebody applies.
  if (owners.size === 0 && live !== undefined) return owners;
  try {
    return updateOwners(change, live ?? change.empty(), object, owners);
  } catch (error) {
    if (error instanceof ShapeError) return owners;
    throw error;
  }
}

/** What an apply makes of the stored object. */
export interface ManagedApply {
  /** In the version of the request, not yet decoded; undefined when nothing changes but owners. */
  readonly object: KubeObject | undefined;
  readonly owners: Managers;
}

const described = ({ group, version, kind }: Change): string => `${group}/${version}, Kind=${kind}`;

/**
 * Applies a configuration.
 * @param live the stored object in the version of the request; undefined when it is to be created
 * @throws StatusError 400, 500 as upstream for what does not fit the kind; ApplyConflict (409) unless forced
 */
export function manageApply(
  change: Change,
  live: KubeObject | undefined,
  applied: Readonly<Record<string, unknown>>,
  force: boolean,
): ManagedApply {
  checkApplied(change, applied);
  const { managedFields, ...rest } = live?.metadata ?? {};
  let owners = decodeManagers(managedFields);
  const base: unknown = live === undefined ? change.empty() : { ...live, metadata: rest };
  if (owners.size === 0 && live !== undefined) {
    owners = updateOwners(change, change.empty(), base, owners, 'before-first-apply');
  }
  const run = (forced: boolean): ManagedApply => applyOnce(change, base, applied, owners, forced);
  const made = change.manager === 'kubectl' ? migrated(change, base, force, run) : run(force);
  if (change.manager === 'kubectl' && made.object !== undefined) keepLastApplied(made.object, applied);
  return made;
}

/** kubectl may take what its client-side apply owned without being told to force. */
function migrated(change: Change, live: unknown, force: boolean, run: (force: boolean) => ManagedApply): ManagedApply {
  try {
    return run(force);
  } catch (error) {
    if (!(error instanceof ApplyConflict)) throw error;
    const allowed = allowedByLastApplied(change, live as KubeObject);
    if (allowed === undefined) throw error;
    const left = error.without(allowed);
    if (left !== undefined) throw left;
    return run(true);
  }
}

function applyOnce(
  change: Change,
  live: unknown,
  applied: Readonly<Record<string, unknown>>,
  owners: Managers,
  force: boolean,
): ManagedApply {
  const identity = identityOf(change, 'Apply');
  const id = identifierOf(identity);
  const { object, managers } = applyFields(change, live, applied, owners, id, identity, force);
  const left = withoutUntracked(managers, id);
  const own = left.get(id);
  if (own !== undefined) {
    const time = object === undefined ? own.time : change.now;
    left.set(id, { ...own, time, fields: unlessEqual(owners.get(id), own.fields) });
  }
  return { object: object as KubeObject | undefined, owners: left };
}

function checkApplied(change: Change, applied: Readonly<Record<string, unknown>>): void {
  const {
    apiVersion = '',
    kind = '',
    metadata: meta,
  } = applied as { apiVersion?: unknown; kind?: unknown; metadata?: unknown };
  const { name = '', namespace = '', managedFields } = (meta ?? {}) as Record<string, unknown>;
  if (apiVersion !== change.apiVersion || kind !== change.kind) {
    const version = String(apiVersion);
    const shown = version === '' || version.includes('/') ? version || '/' : `/${version}`;
    throw badRequest(`invalid object type: ${shown}, Kind=${String(kind)}`);
  }
  if (managedFields !== undefined && managedFields !== null) throw badRequest('metadata.managedFields must be nil');
  const problem = problemOf(change.schema, applied);
  if (problem === undefined) return;
  const where = `${String(namespace)}/${String(name)}; ${change.group === '' ? `/${change.version}, Kind=${change.kind}` : described(change)}`;
  throw new StatusError(500, undefined, `failed to create typed patch object (${where}): ${problem}`);
}
