/** Who owns what: the entries of `metadata.managedFields` by manager (apimachinery `managedfields/internal`). */
import type { ManagedFieldsEntry } from '../meta.ts';
import { decodeFields, encodeFields } from './fieldsv1.ts';
import { union } from './set.ts';
import type { FieldSet } from './set.ts';

/** What one manager owns, named in one version of the kind. */
export interface Owned {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly subresource: string;
  readonly apiVersion: string;
  readonly time: string | undefined;
  readonly fields: FieldSet;
}

/** By identifier. */
export type Managers = Map<string, Owned>;

type Identity = Pick<Owned, 'manager' | 'operation' | 'subresource' | 'apiVersion'>;

/** Who is one manager: appliers are the same in every version, and no time makes a difference. */
export const identifierOf = ({ manager, operation, subresource, apiVersion }: Identity): string =>
  JSON.stringify([manager, operation, operation === 'Apply' ? '' : apiVersion, subresource]);

export const keyed = (owned: Owned): [string, Owned] => [identifierOf(owned), owned];

/** The managers of entries. @throws Error for an entry that is none. */
export function decodeManagers(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  const managers: Managers = new Map();
  (entries ?? []).forEach((entry, at) => {
    const { manager = '', operation, subresource = '', apiVersion, time, fieldsType, fieldsV1 } = entry;
    if (operation !== 'Apply' && operation !== 'Update') throw new Error('operation must be `Apply` or `Update`');
    if (!apiVersion) throw new Error('apiVersion must not be empty');
    if (!fieldsType) throw new Error(`missing fieldsType in managed fields entry ${at}`);
    if (fieldsType !== 'FieldsV1') {
      throw new Error(`invalid fieldsType ${JSON.stringify(fieldsType)} in managed fields entry ${at}`);
    }
    const fields = decodeFields(fieldsV1 ?? {});
    managers.set(...keyed({ manager, operation, subresource, apiVersion, time: time ?? undefined, fields }));
  });
  return managers;
}

/** As {@link decodeManagers}, with nobody for what cannot be read. */
export function decodeManagersOrNone(entries: readonly ManagedFieldsEntry[] | undefined): Managers {
  try {
    return decodeManagers(entries);
  } catch {
    return new Map();
  }
}

const seconds = (time: string | undefined): number => (time === undefined ? 0 : Math.floor(Date.parse(time) / 1000));

const compareTexts = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const order = (a: Owned, b: Owned): number =>
  compareTexts(a.operation, b.operation) ||
  seconds(a.time) - seconds(b.time) ||
  compareTexts(a.manager, b.manager) ||
  compareTexts(a.apiVersion, b.apiVersion) ||
  compareTexts(a.subresource, b.subresource);

/** The entries in upstream's order; undefined when nobody owns anything. */
export function encodeManagers(managers: Managers): ManagedFieldsEntry[] | undefined {
  if (managers.size === 0) return undefined;
  return [...managers.values()].sort(order).map(({ manager, operation, subresource, apiVersion, time, fields }) => ({
    ...(manager !== '' && { manager }),
    operation,
    apiVersion,
    ...(time !== undefined && { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: encodeFields(fields),
    ...(subresource !== '' && { subresource }),
  }));
}

/** More managers that only update are not kept apart. */
const maxUpdateManagers = 10;
const ancient = 'ancient-changes';

/** Joins the oldest updating managers of a version into one, until they are few enough. */
export function capManagers(managers: Managers): Managers {
  const updaters = [...managers].filter(([, owned]) => owned.operation === 'Update');
  if (updaters.length <= maxUpdateManagers) return managers;
  updaters.sort(([aId, a], [bId, b]) => seconds(a.time) - seconds(b.time) || compareTexts(aId, bId));
  const capped: Managers = new Map(managers);
  const first = new Map<string, string>();
  let count = updaters.length;
  for (const [id, owned] of updaters) {
    if (count <= maxUpdateManagers) break;
    const { apiVersion, time } = owned;
    const earlier = first.get(apiVersion);
    if (earlier === undefined) {
      first.set(apiVersion, id);
      continue;
    }
    const bucketId = identifierOf({ manager: ancient, operation: 'Update', subresource: '', apiVersion });
    const before = capped.get(bucketId) ?? capped.get(earlier)!;
    if (!capped.has(bucketId)) capped.delete(earlier);
    capped.delete(id);
    const fields = union(owned.fields, before.fields);
    capped.set(bucketId, { manager: ancient, operation: 'Update', subresource: '', apiVersion, time, fields });
    count--;
  }
  return capped;
}

const isSameOwner = (a: ManagedFieldsEntry, b: ManagedFieldsEntry): boolean =>
  a.manager === b.manager &&
  a.operation === b.operation &&
  a.apiVersion === b.apiVersion &&
  a.subresource === b.subresource;

/** Whether entries say the same but for their times. What is equal is the same object: see `fieldsv1.ts`. */
export function differOnlyInTimes(
  before: readonly ManagedFieldsEntry[] | undefined,
  after: readonly ManagedFieldsEntry[] | undefined,
): boolean {
  if (before === undefined || after === undefined || before.length !== after.length) return false;
  if (before.every((entry, at) => entry.time === after[at]!.time && entry.fieldsV1 === after[at]!.fieldsV1))
    return false;
  return after.every(entry => before.some(other => isSameOwner(entry, other) && entry.fieldsV1 === other.fieldsV1));
}

const maxManagerBytes = 128;
const encoder = new TextEncoder();

/** Clients repeat themselves; this many are remembered. */
const maxRemembered = 256;
const remembered = new Map<string, string>();

/** The manager of a request that names none: its user agent's part before the first slash, printable and not too long. */
export function managerOfUserAgent(userAgent: string): string {
  let manager = remembered.get(userAgent);
  if (manager === undefined) {
    manager = printableStart(userAgent.split('/')[0]!);
    if (remembered.size >= maxRemembered) remembered.clear();
    // A long one is not worth its memory.
    if (userAgent.length <= 2 * maxManagerBytes) remembered.set(userAgent, manager);
  }
  return manager;
}

function printableStart(text: string): string {
  let printable = '';
  let bytes = 0;
  for (const letter of text) {
    if (!/[\p{L}\p{M}\p{N}\p{P}\p{S} ]/u.test(letter)) continue;
    bytes += encoder.encode(letter).length;
    if (bytes > maxManagerBytes) break;
    printable += letter;
  }
  return printable;
}
