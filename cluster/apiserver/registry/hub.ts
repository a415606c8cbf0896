/**
 * Fan-out of changes: one watch of the store per resource, one group per (namespace, selectors, wire form), one encoding per event
 * shared by all groups of a form, one buffer per flush shared by all watchers of a group.
 */
import { failpoint } from '@orrery/machinery/failpoint';
import type { Clock, Timer } from '@orrery/machinery/clock';
import type { Entry, Store, StoreEvent, WatchBatch } from '@orrery/store';
import type { Sink } from '@orrery/http';
import type { Selection } from './filter.ts';
import { clean, fieldValue } from './record.ts';
import { nameOfKey, storagePrefix } from './resource.ts';

export type EventType = 'ADDED' | 'MODIFIED' | 'DELETED';

/** How events look on the wire. Equal keys mean equal bytes. */
export interface EventForm {
  readonly key: string;
  /** The framed event; `revision` is the resourceVersion to show. */
  encode(type: EventType, entry: Entry, revision: number): Uint8Array;
  bookmark(revision: number, initialEventsEnd: boolean): Uint8Array;
  error(status: unknown): Uint8Array;
}

/** A store event, with what was already encoded of it. */
export interface HubEvent {
  readonly revision: number;
  readonly namespace: string;
  readonly name: string;
  readonly event: StoreEvent;
  readonly encoded: Map<string, Uint8Array>;
}

/** While the flush before is younger than this, events are gathered. */
const gatherMs = 5;
/** How often watchers that asked for bookmarks get one. */
export const bookmarkMs = 60_000;
/** Bytes a watcher may owe before it is closed: it resumes from its last version. */
export const maxQueuedBytes = 16 * 1024 * 1024;

/** A watcher that receives what its group receives. */
export interface Member {
  readonly sink: Sink;
  readonly bookmarks: boolean;
  /** Changes up to this revision were delivered or lie before the start. */
  after: number;
  close(): void;
  /** Ends it with the reason as its last event. */
  fail(error: unknown): void;
}

/** What a group wants. */
export interface Interest {
  readonly namespace: string;
  readonly selection: Selection;
  readonly form: EventForm;
}

/** What an event means to a watcher with these interests; undefined when nothing. */
export function eventFor(interest: Interest, hubEvent: HubEvent): Uint8Array | undefined {
  const { event, namespace, name, revision } = hubEvent;
  if (interest.namespace !== '' && interest.namespace !== namespace) return undefined;
  const { filter } = interest.selection;
  const { entry, previous } = event;
  const is = event.type === 'put' && (filter === undefined || filter({ head: entry.head, namespace, name }));
  // A delete's entry is the last version there was.
  const before = event.type === 'delete' ? entry : previous;
  const was = before !== undefined && (filter === undefined || filter({ head: before.head, namespace, name }));
  if (is) return encodeOnce(interest.form, hubEvent, was ? 'MODIFIED' : 'ADDED', entry, revision);
  return was ? encodeOnce(interest.form, hubEvent, 'DELETED', before, revision) : undefined;
}

function encodeOnce(
  form: EventForm,
  { encoded }: HubEvent,
  type: EventType,
  entry: Entry,
  revision: number,
): Uint8Array {
  const key = `${type} ${form.key}`;
  let bytes = encoded.get(key);
  if (bytes === undefined) encoded.set(key, (bytes = form.encode(type, entry, revision)));
  return bytes;
}

export const hubEvents = (batch: WatchBatch, prefixLength: number, namespaced: boolean): HubEvent[] =>
  batch.events.map(event => ({
    revision: batch.revision,
    ...nameOfKey(event.key, prefixLength, namespaced),
    event,
    encoded: new Map(),
  }));

/** Where a group is found: it gets only the events of its own bucket. */
export function bucketOf({ namespace, selection }: Interest): string {
  if (selection.name !== undefined) return `name ${namespace}/${selection.name}`;
  if (selection.exact !== undefined) return `field ${selection.exact.field}=${clean(selection.exact.value)}`;
  return namespace === '' ? 'all' : `namespace ${namespace}`;
}

/** The buckets an event concerns; `fields` are those that groups are found by. */
export function bucketsFor({ event, namespace, name }: HubEvent, fields: Iterable<string>): string[] {
  const buckets = ['all', `namespace ${namespace}`, `name ${namespace}/${name}`];
  if (namespace !== '') buckets.push(`name /${name}`);
  for (const field of fields) {
    const value = fieldValue(event.entry.head, field);
    buckets.push(`field ${field}=${value}`);
    const before = event.previous && fieldValue(event.previous.head, field);
    if (before !== undefined && before !== value) buckets.push(`field ${field}=${before}`);
  }
  return buckets;
}

class Group {
  readonly interest: Interest;
  readonly members = new Set<Member>();
  readonly #clock: Clock;
  #pending: Uint8Array[] = [];
  #pendingRevision = 0;
  #timer: Timer | undefined;
  #flushedAt = -Infinity;

  constructor(interest: Interest, clock: Clock) {
    this.interest = interest;
    this.#clock = clock;
  }

  take(event: HubEvent): void {
    const bytes = eventFor(this.interest, event);
    if (bytes === undefined) return;
    this.#pending.push(bytes);
    this.#pendingRevision = event.revision;
  }

  /** At once when quiet; gathers for a moment while the flush before is young. */
  settle(): void {
    if (this.#pending.length === 0 || this.#timer !== undefined) return;
    const quietMs = this.#clock.monotonic() - this.#flushedAt;
    if (quietMs >= gatherMs) return this.flush();
    this.#timer = this.#clock.after(gatherMs - quietMs, () => this.flush());
  }

  flush(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#pending.length === 0) return;
    const bytes = this.#pending.length === 1 ? this.#pending[0]! : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#flushedAt = this.#clock.monotonic();
    for (const member of this.members) {
      if (member.after >= this.#pendingRevision) continue;
      member.sink.write(bytes);
      failpoint('apiserver.hub.flush');
      if (member.sink.queuedBytes > maxQueuedBytes) member.close();
    }
  }

  drop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#pending = [];
  }
}

/** Makes records ready to be encoded, where that takes time. */
export type Prepare = (entries: readonly Entry[]) => Promise<void>;

/** The records that events of a batch may show; with selectors also those that leave a selection. */
export const entriesOf = ({ events }: WatchBatch, isFiltered: boolean): Entry[] =>
  events.flatMap(({ entry, previous }) => (isFiltered && previous ? [entry, previous] : [entry]));

/** All watchers of one resource. */
export class Hub {
  readonly prefix: string;
  readonly namespaced: boolean;
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #groups = new Map<string, Group>();
  readonly #buckets = new Map<string, Set<Group>>();
  /** Fields that groups are found by, with how many are. */
  readonly #fields = new Map<string, number>();
  readonly #watch: { close(): void };
  readonly #bookmarks: Timer;
  readonly #waiting = new Set<() => void>();
  #closed = false;
  readonly #prepare: Prepare | undefined;
  /** Batches wait for each other where their records are prepared first. */
  #turn: Promise<void> = Promise.resolve();
  /** Every change up to this revision was handed to the groups. */
  revision: number;

  constructor(
    store: Store,
    clock: Clock,
    storage: { group: string; resource: string },
    namespaced: boolean,
    prepare?: Prepare,
  ) {
    this.#store = store;
    this.#prepare = prepare;
    this.#clock = clock;
    this.prefix = storagePrefix(storage);
    this.namespaced = namespaced;
    this.revision = store.revision();
    const take = prepare ? this.#takeLater : this.#take;
    this.#watch = store.watch({ prefix: this.prefix, after: this.revision }, take.bind(this));
    this.#bookmarks = clock.every(bookmarkMs, () => this.#sendBookmarks()).unref();
  }

  #take(batch: WatchBatch): void {
    const events = hubEvents(batch, this.prefix.length, this.namespaced);
    const touched = new Set<Group>();
    failpoint('apiserver.hub.told');
    for (const event of events) {
      for (const bucket of bucketsFor(event, this.#fields.keys())) {
        for (const group of this.#buckets.get(bucket) ?? []) {
          group.take(event);
          touched.add(group);
        }
      }
    }
    for (const group of touched) group.settle();
    this.revision = Math.max(this.revision, batch.revision);
    for (const wake of this.#waiting) wake();
  }

  #takeLater(batch: WatchBatch): void {
    this.#turn = this.#turn.then(async () => {
      try {
        const groups = [...this.#groups.values()];
        const filtered = groups.some(({ interest }) => interest.selection.filter !== undefined);
        if (groups.length > 0) await this.#prepare!(entriesOf(batch, filtered));
      } catch (error) {
        for (const group of [...this.#groups.values()]) for (const member of [...group.members]) member.fail(error);
      }
      if (!this.#closed) this.#take(batch);
    });
  }

  #sendBookmarks(): void {
    // What waits to be prepared is not told yet.
    const revision = this.#prepare ? this.revision : this.#store.revision();
    for (const group of this.#groups.values()) {
      const wanted = [...group.members].filter(member => member.bookmarks && member.after <= revision);
      if (wanted.length === 0) continue;
      group.flush();
      const bytes = group.interest.form.bookmark(revision, false);
      for (const member of wanted) member.sink.write(bytes);
    }
  }

  /** Calls `wake` after each batch, until the result is called. */
  onBatch(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }

  /** Every later change goes to the member. Call only when it has seen all changes up to {@link revision}. */
  join(interest: Interest, member: Member): () => void {
    if (this.#closed) {
      member.close();
      return () => {};
    }
    const key = `${interest.namespace}\n${interest.selection.key}\n${interest.form.key}`;
    let group = this.#groups.get(key);
    if (group === undefined) group = this.#add(key, interest);
    group.flush();
    group.members.add(member);
    const joined = group;
    return () => {
      joined.members.delete(member);
      if (joined.members.size > 0) return;
      joined.drop();
      if (this.#groups.get(key) === joined) this.#remove(key, joined);
    };
  }

  #add(key: string, interest: Interest): Group {
    const group = new Group(interest, this.#clock);
    this.#groups.set(key, group);
    const bucket = bucketOf(interest);
    const others = this.#buckets.get(bucket);
    if (others) others.add(group);
    else this.#buckets.set(bucket, new Set([group]));
    const { exact, name } = interest.selection;
    if (exact && name === undefined) this.#fields.set(exact.field, (this.#fields.get(exact.field) ?? 0) + 1);
    return group;
  }

  #remove(key: string, group: Group): void {
    this.#groups.delete(key);
    const bucket = bucketOf(group.interest);
    const others = this.#buckets.get(bucket);
    others?.delete(group);
    if (others?.size === 0) this.#buckets.delete(bucket);
    const { exact, name } = group.interest.selection;
    if (!exact || name !== undefined) return;
    const left = this.#fields.get(exact.field)! - 1;
    if (left > 0) this.#fields.set(exact.field, left);
    else this.#fields.delete(exact.field);
  }

  /** Roughly how many are told of a change in a namespace: those that watch it, or everything. */
  watchersOf(namespace: string): number {
    let count = 0;
    for (const bucket of namespace === '' ? ['all'] : ['all', `namespace ${namespace}`])
      for (const group of this.#buckets.get(bucket) ?? []) count += group.members.size;
    return count;
  }

  close(): void {
    this.#closed = true;
    this.#watch.close();
    this.#bookmarks.cancel();
    for (const group of this.#groups.values()) {
      group.flush();
      for (const member of [...group.members]) member.close();
    }
  }
}

/** The hubs of all resources, each made when first needed. */
export class Hubs {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #hubs = new Map<string, Hub>();

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** Versions that have to be prepared have a hub of their own: others do not wait for them. */
  of(
    storage: { group: string; resource: string },
    namespaced: boolean,
    converted?: { readonly version: string; readonly prepare: Prepare },
  ): Hub {
    const key = `${storage.group}/${storage.resource}${converted ? `@${converted.version}` : ''}`;
    let hub = this.#hubs.get(key);
    if (hub === undefined) {
      hub = new Hub(this.#store, this.#clock, storage, namespaced, converted?.prepare);
      this.#hubs.set(key, hub);
    }
    return hub;
  }

  /** See {@link Hub.watchersOf}. */
  watchersOf({ group, resource }: { group: string; resource: string }, namespace: string): number {
    return this.#hubs.get(`${group}/${resource}`)?.watchersOf(namespace) ?? 0;
  }

  /** Ends all watches of a resource whose form changed: their clients begin anew. */
  drop(storage: { group: string; resource: string }): void {
    const whole = `${storage.group}/${storage.resource}`;
    for (const [key, hub] of this.#hubs) {
      if (key !== whole && !key.startsWith(`${whole}@`)) continue;
      hub.close();
      this.#hubs.delete(key);
    }
  }

  close(): void {
    for (const hub of this.#hubs.values()) hub.close();
    this.#hubs.clear();
  }
}
