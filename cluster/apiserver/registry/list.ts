/** List: a page of records at one revision, filtered on their heads. Nothing is parsed. */
import * as field from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { badRequest, StatusError } from '@orrery/machinery/status';
import { CompactedError } from '@orrery/store';
import type { Entry, RangeResult } from '@orrery/store';
import type { Query } from '../chain/query.ts';
import { decodeContinue, encodeContinue } from './continue.ts';
import type { Selectable, Selection } from './filter.ts';
import { badVersion, parseVersion, tooLargeVersion } from './get.ts';
import type { Machine } from './machine.ts';
import { booleanOf, integerOf } from './parameters.ts';
import { invalid, nameOfKey, storageKey, storagePrefix } from './resource.ts';
import type { ResourceInfo } from './resource.ts';
import { Turns } from './turns.ts';
import { rangeInTurns } from './walk.ts';

/** The list and watch options of a query, checked. */
export interface ListOptions {
  /** 0 means all. */
  readonly limit: number;
  readonly continue: string;
  /** As given; empty when absent. */
  readonly resourceVersion: string;
  readonly resourceVersionMatch: string;
  readonly sendInitialEvents: boolean | undefined;
  readonly allowWatchBookmarks: boolean;
  readonly timeoutSeconds: number | undefined;
}

export interface Page {
  readonly entries: readonly Entry[];
  readonly revision: number;
  /** Empty on the last page. */
  readonly continue: string;
  readonly remaining: number | undefined;
}

/** Reads the options of a list or watch. @throws StatusError 400 and 422 as upstream's `ValidateListOptions`. */
export function listOptionsOf(query: Query, watch: boolean): ListOptions {
  const options: ListOptions = {
    limit: Math.max(0, integerOf(query, 'limit') ?? 0),
    continue: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    sendInitialEvents: booleanOf(query, 'sendInitialEvents'),
    allowWatchBookmarks: booleanOf(query, 'allowWatchBookmarks') ?? false,
    timeoutSeconds: integerOf(query, 'timeoutSeconds'),
  };
  const errors = watch ? watchProblems(options) : listProblems(options);
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors);
  return options;
}

const match = 'resourceVersionMatch';

function watchProblems(options: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const { resourceVersionMatch: word, sendInitialEvents } = options;
  if (sendInitialEvents !== undefined && word !== 'NotOlderThan') {
    errors.push(field.forbidden(match, `sendInitialEvents requires setting ${match} to NotOlderThan`));
  }
  if (word === '') return errors;
  if (sendInitialEvents === undefined) {
    errors.push(field.forbidden(match, `${match} is forbidden for watch unless sendInitialEvents is provided`));
  }
  if (word !== 'NotOlderThan') errors.push(field.notSupported(match, word, ['NotOlderThan']));
  if (options.continue !== '') errors.push(field.forbidden(match, `${match} is forbidden when continue is provided`));
  return errors;
}

function listProblems(options: ListOptions): FieldError[] {
  const errors: FieldError[] = [];
  const { resourceVersion: version, resourceVersionMatch: word } = options;
  const initial =
    options.sendInitialEvents === undefined
      ? []
      : [field.forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list')];
  if (word === '') return initial;
  if (version === '') errors.push(field.forbidden(match, `${match} is forbidden unless resourceVersion is provided`));
  if (options.continue !== '') errors.push(field.forbidden(match, `${match} is forbidden when continue is provided`));
  if (word !== 'Exact' && word !== 'NotOlderThan') {
    errors.push(field.notSupported(match, word, ['Exact', 'NotOlderThan', '']));
  }
  if (word === 'Exact' && version === '0') {
    errors.push(field.forbidden(match, `${match} "exact" is forbidden for resourceVersion "0"`));
  }
  return [...errors, ...initial];
}

/** Where a page begins, and at which revision it is read (undefined means the newest). */
interface Start {
  readonly revision: number | undefined;
  readonly after: string | undefined;
}

function startOf(machine: Machine, options: ListOptions, prefix: string): Start {
  const { resourceVersion: text } = options;
  if (options.continue !== '') {
    if (text !== '' && text !== '0') throw badRequest('specifying resource version is not allowed when using continue');
    const token = decodeContinue(options.continue);
    return { revision: token.revision > 0 ? token.revision : undefined, after: prefix + token.start };
  }
  if (text === '') return { revision: undefined, after: undefined };
  const version = parseVersion(text);
  if (version === undefined) throw badRequest(`invalid resource version: ${badVersion(text)}`);
  const exact =
    options.resourceVersionMatch === 'Exact' ||
    (options.resourceVersionMatch === '' && options.limit > 0 && version > 0);
  const current = machine.store.revision();
  if (version > current) throw tooLargeVersion(version, current, exact ? undefined : 1);
  return { revision: exact ? version : undefined, after: undefined };
}

/** Reads one page. @throws StatusError 410 when the revision is no longer kept. */
export async function list(
  machine: Machine,
  info: ResourceInfo,
  namespace: string,
  selection: Selection,
  options: ListOptions,
): Promise<Page> {
  const prefix = storagePrefix(info.storage, info.namespaced ? namespace : '');
  const start = startOf(machine, options, prefix);
  // A list of everything "not older than 0" may come from a cache upstream, which knows no pages.
  const limit = options.resourceVersion === '0' ? 0 : options.limit;
  try {
    if (selection.name !== undefined && start.after === undefined && (namespace !== '' || !info.namespaced)) {
      return await single(machine, info, namespace, selection, start);
    }
    if (selection.filter === undefined) {
      const options = { prefix, after: start.after, revision: start.revision };
      const found =
        limit === 0
          ? await rangeInTurns(machine.store, machine.clock, options)
          : await machine.store.range({ ...options, limit });
      return pageOf(found, prefix, found.entries.length, found.remaining);
    }
    return (
      indexed(machine, info, selection, prefix, start, limit) ??
      (await filtered(machine, info, selection, prefix, start, limit))
    );
  } catch (error) {
    if (error instanceof CompactedError) throw expiredList(options);
    throw error;
  }
}

/** What a selector sees of one entry after the other: names are cut out of keys only for those that ask for them. */
class Cursor implements Selectable {
  readonly #prefixLength: number;
  readonly #namespaced: boolean;
  #entry: Entry | undefined;

  constructor({ storage, namespaced }: ResourceInfo) {
    this.#prefixLength = storagePrefix(storage).length;
    this.#namespaced = namespaced;
  }

  at(entry: Entry): this {
    this.#entry = entry;
    return this;
  }

  get head(): string {
    return this.#entry!.head;
  }

  get namespace(): string {
    return nameOfKey(this.#entry!.key, this.#prefixLength, this.#namespaced).namespace;
  }

  get name(): string {
    return nameOfKey(this.#entry!.key, this.#prefixLength, this.#namespaced).name;
  }
}

/** A list of one name is a get. */
async function single(
  machine: Machine,
  info: ResourceInfo,
  namespace: string,
  selection: Selection,
  start: Start,
): Promise<Page> {
  const revision = start.revision ?? machine.store.revision();
  const entry = await machine.store.get(storageKey(info, namespace, selection.name!), start.revision);
  const matches = entry !== undefined && (selection.filter?.(new Cursor(info).at(entry)) ?? true);
  return {
    entries: matches ? [entry] : [],
    revision: Math.max(revision, entry?.revision ?? 0),
    continue: '',
    remaining: undefined,
  };
}

/** A page found by an index of one of the selected fields; undefined where only a walk finds it. */
function indexed(
  { indexes, store }: Machine,
  info: ResourceInfo,
  { filter, exact }: Selection,
  prefix: string,
  start: Start,
  limit: number,
): Page | undefined {
  if (exact === undefined || start.revision !== undefined || start.after !== undefined) return undefined;
  const revision = store.revision();
  const cursor = new Cursor(info);
  const found = indexes
    .find(info.storage, exact.field, exact.value)
    ?.filter(entry => entry.key.startsWith(prefix) && filter!(cursor.at(entry)));
  if (found === undefined || limit === 0 || found.length <= limit)
    return found && { entries: found, revision, continue: '', remaining: undefined };
  const entries = found.slice(0, limit);
  return { entries, revision, continue: continueAfter(revision, entries.at(-1)!, prefix), remaining: undefined };
}

/** How many records are looked at in one go while a page is filled. */
const scanSlice = 2000;

async function filtered(
  machine: Machine,
  info: ResourceInfo,
  selection: Selection,
  prefix: string,
  start: Start,
  limit: number,
): Promise<Page> {
  const entries: Entry[] = [];
  const cursor = new Cursor(info);
  const turns = new Turns(machine.clock);
  let { after, revision } = start;
  for (;;) {
    const options = { prefix, after, revision };
    const found =
      limit === 0
        ? await rangeInTurns(machine.store, machine.clock, options)
        : await machine.store.range({ ...options, limit: Math.max(scanSlice, limit) });
    // All slices are of one moment.
    revision ??= found.revision;
    for (const entry of found.entries) {
      const turn = turns.next();
      if (turn) await turn;
      if (!selection.filter!(cursor.at(entry))) continue;
      if (limit > 0 && entries.length === limit) {
        return { entries, revision, continue: continueAfter(revision, entries.at(-1)!, prefix), remaining: undefined };
      }
      entries.push(entry);
    }
    if (found.remaining === 0 || found.entries.length === 0)
      return { entries, revision, continue: '', remaining: undefined };
    after = found.entries.at(-1)!.key;
  }
}

const continueAfter = (revision: number, last: Entry, prefix: string): string =>
  encodeContinue({ revision, start: last.key.slice(prefix.length) });

function pageOf(found: RangeResult, prefix: string, count: number, remaining: number): Page {
  const more = remaining > 0 && count > 0;
  return {
    entries: found.entries,
    revision: found.revision,
    continue: more ? continueAfter(found.revision, found.entries.at(-1)!, prefix) : '',
    remaining: more ? remaining : undefined,
  };
}

/** The answer when the revision of a page or an exact list was forgotten; with a token that goes on from the newest. */
function expiredList(options: ListOptions): StatusError {
  if (options.continue === '')
    return new StatusError(410, 'Expired', 'The resourceVersion for the provided list is too old.');
  const error = new ExpiredContinue();
  error.restart = encodeContinue({ revision: -1, start: decodeContinue(options.continue).start });
  return error;
}

/** Carries, in the Status' metadata, a token that continues the list inconsistently. */
export class ExpiredContinue extends StatusError {
  restart = '';

  constructor() {
    super(
      410,
      'Expired',
      'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    );
  }

  override toStatus(): ReturnType<StatusError['toStatus']> {
    return { ...super.toStatus(), metadata: { continue: this.restart } };
  }
}
