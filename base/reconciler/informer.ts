/** Caches fed by list and watch (client-go `Reflector` and `SharedIndexInformer`). */
import type { Client, ListOptions, WatchEvent } from '@orrery/client';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import { keyOf, type GroupVersionResource, type KubeList, type KubeObject } from '@orrery/machinery/meta';
import type { Random } from '@orrery/machinery/random';
import { StatusError, isReason, type Status } from '@orrery/machinery/status';
import { createBackOff } from './backoff.ts';
import { createCache, deepFreeze, type Cache } from './cache.ts';
import { turnsOf, type Reader } from './turns.ts';
import type { Informer, InformerFactory, InformerFilter } from './types.ts';

export interface InformerFactoryOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Ends all informers. */
  readonly signal: AbortSignal;
  /** Objects per page of a list; 250 unless given: reading one holds the thread for some milliseconds. */
  readonly pageSize?: number;
  /** What is kept of each object (client-go's `SetTransform`); all of it unless given. Name, namespace and resourceVersion stay. */
  readonly transform?: (object: KubeObject) => KubeObject;
  /** Nobody waits for it: lists that others read at the same time come first. */
  readonly background?: boolean;
}

/** Watches are asked to end after this time and up to twice as long, so that they do not all end at once. */
const shortestWatchSeconds = 300;
/** client-go's reflector pauses 800 ms to 30 s and forgets failures after two minutes. */
const pauses = { firstMs: 800, longestMs: 30_000, resetMs: 120_000 };

/** One informer per resource and filter; each starts with its first use and ends with `options.signal`. */
export function createInformerFactory(options: InformerFactoryOptions): InformerFactory {
  const informers = new Map<string, Informer>();
  const whole = new Map<string, Informer[]>();
  const lean = new Map<string, Informer>();
  return {
    metadata(resource) {
      const { group, version, resource: plural } = resource;
      const identity = [group, version, plural].join('\n');
      const known = informers.get(`${identity}\n\n\n`) ?? lean.get(identity);
      if (known) return known;
      const informer = startInformer(resource, {}, { ...options, ...ownershipOnly });
      lean.set(identity, informer);
      return informer;
    },
    running: ({ group, resource }) => whole.get(`${resource}.${group}`) ?? [],
    of<T extends KubeObject>(resource: GroupVersionResource, filter: InformerFilter = {}): Informer<T> {
      const { namespace = '', labelSelector = '', fieldSelector = '' } = filter;
      const { group, version, resource: plural } = resource;
      const identity = [group, version, plural, namespace, labelSelector, fieldSelector].join('\n');
      let informer = informers.get(identity);
      if (!informer) {
        informers.set(identity, (informer = startInformer(resource, filter, options)));
        if (!namespace && !labelSelector && !fieldSelector) {
          const kind = `${plural}.${group}`;
          whole.set(kind, [...(whole.get(kind) ?? []), informer]);
        }
      }
      return informer as Informer<T>;
    },
    synced: () => allSynced(...informers.values(), ...lean.values()),
  };
}

/** Resolves when all have synced, and rejects when one of them ends before. As with a single one nobody needs to catch that. */
export function allSynced(...waited: readonly { readonly synced: Promise<void> }[]): Promise<void> {
  const all = Promise.all(waited.map(({ synced }) => synced)).then(() => {});
  all.catch(() => {});
  return all;
}

/** A request that waited is answered so; a reconcile fails, which nobody hears of any more. */
const neverFilled = ({ resource }: GroupVersionResource): Error =>
  new StatusError(503, 'ServiceUnavailable', `the cache of ${resource} was ended before it was filled`);

/** After so many objects of a page it is asked whether the slice is over. */
const looksEach = 16;

/** Whose an object is, and whether it is going. */
function ownershipOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  const { name, namespace, uid, resourceVersion, deletionTimestamp, finalizers, ownerReferences } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      ...{ name, namespace, uid, resourceVersion },
      ...(deletionTimestamp !== undefined && { deletionTimestamp }),
      ...(finalizers && { finalizers }),
      ...(ownerReferences && { ownerReferences }),
    },
  };
}

/** How everything there is is read by those who clean up and count: little of each object, and nobody waits for it. */
export const ownershipOnly = { transform: ownershipOf, background: true } as const;

/** All but what says who wrote which field, which is half of most objects and nothing to those who read caches (as upstream's components do). */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields, ...metadata } = object.metadata;
  return managedFields === undefined ? object : { ...object, metadata };
}

/** An informer of its own, running until `options.signal` aborts. Most code asks a factory instead. */
export function startInformer<T extends KubeObject>(
  resource: GroupVersionResource,
  filter: InformerFilter,
  options: InformerFactoryOptions,
): Informer<T> {
  const log = options.log.with({
    resource: resource.group ? `${resource.resource}.${resource.group}` : resource.resource,
  });
  const cache = createCache<T>(log);
  let isSynced = false;
  const { promise: synced, resolve, reject } = Promise.withResolvers<void>();
  // Most ask with nobody waiting.
  synced.catch(() => {});
  const end = () => reject(neverFilled(resource));
  const markSynced = () => {
    isSynced = true;
    options.signal.removeEventListener('abort', end);
    resolve();
  };
  if (options.signal.aborted) end();
  else options.signal.addEventListener('abort', end, { once: true });
  void reflect({ ...options, log, resource, filter, cache, markSynced });
  const { set: _set, remove: _remove, keys: _keys, ...reading } = cache;
  return { ...reading, synced, hasSynced: () => isSynced };
}

interface Reflection<T extends KubeObject> extends InformerFactoryOptions {
  readonly resource: GroupVersionResource;
  readonly filter: InformerFilter;
  readonly cache: Cache<T>;
  readonly markSynced: () => void;
}

/** Lists, then watches from there for as long as the server can continue; lists again when it cannot. */
async function reflect<T extends KubeObject>(reflection: Reflection<T>): Promise<void> {
  const { clock, random, log, signal } = reflection;
  const pause = createBackOff(clock, random, pauses);
  while (!signal.aborted) {
    try {
      let version = await listAll(reflection);
      reflection.markSynced();
      while (!signal.aborted) {
        const outcome = await watchFrom(reflection, version);
        version = outcome.version;
        if (outcome.error === undefined) continue;
        if (cannotContinue(outcome.error)) break;
        log.debug('watch failed, will retry', { error: outcome.error });
        await clock.sleep(pause(), signal);
      }
    } catch (error) {
      if (signal.aborted) return;
      log.warn('list failed, will retry', { error });
      await clock.sleep(pause(), signal);
    }
  }
}

/** The revision is too old to continue from, or (after a restore) too new: only a new list helps. */
const cannotContinue = (error: unknown): boolean =>
  error instanceof StatusError &&
  (error.code === 410 ||
    error.reason === 'Expired' ||
    error.details?.causes?.some(cause => cause.reason === 'ResourceVersionTooLarge') === true);

/** Brings the cache to the state of a fresh list, page by page, and returns its resourceVersion. */
async function listAll<T extends KubeObject>(reflection: Reflection<T>): Promise<string> {
  const reader = turnsOf(reflection.clock).enter(reflection);
  try {
    return await listPages(reflection, reader);
  } finally {
    reader.leave();
  }
}

async function listPages<T extends KubeObject>(reflection: Reflection<T>, reader: Reader): Promise<string> {
  const { client, resource, filter, cache, signal, pageSize = 250 } = reflection;
  const gone = new Set(cache.keys());
  let query: ListOptions = { ...filter, limit: pageSize, signal };
  for (;;) {
    let page: KubeList<T>;
    await reader.next();
    try {
      page = await client.list<T>(resource, query);
    } catch (error) {
      // The continue token expired while we were reading: everything in one answer then, as client-go's pager does.
      if (query.continue === undefined || !isReason(error, 'Expired')) throw error;
      query = { ...filter, signal };
      for (const key of cache.keys()) gone.add(key);
      continue;
    }
    const named = withKind(page);
    for (const [at, item] of (page.items ?? []).entries()) {
      const turn = at % looksEach === 0 ? reader.more() : undefined;
      if (turn) await turn;
      const object = kept(reflection, named(item));
      gone.delete(keyOf(object));
      cache.set(object);
    }
    const { continue: next, resourceVersion = '' } = page.metadata;
    if (!next) {
      for (const key of gone) cache.remove(key);
      return resourceVersion;
    }
    query = { ...query, continue: next };
  }
}

/** Typed lists leave kind and apiVersion out of their items; events and owner references need them. */
function withKind<T extends KubeObject>(list: KubeList<T>): (item: T) => T {
  if (!list.kind?.endsWith('List')) return item => item;
  const named = { kind: list.kind.slice(0, -'List'.length), apiVersion: list.apiVersion };
  return item => (item.kind === undefined ? { ...named, ...item } : item);
}

interface WatchOutcome {
  /** From where to go on. */
  readonly version: string;
  /** Why it ended, unless the server just closed it. */
  readonly error?: unknown;
}

async function watchFrom<T extends KubeObject>(reflection: Reflection<T>, from: string): Promise<WatchOutcome> {
  const { client, clock, random, resource, filter, signal } = reflection;
  const timeoutSeconds = Math.floor(shortestWatchSeconds * (1 + random.float()));
  const started = clock.monotonic();
  let version = from;
  let events = 0;
  try {
    const options = { ...filter, resourceVersion: from, allowWatchBookmarks: true, timeoutSeconds, signal };
    for await (const event of client.watch<T>(resource, options)) {
      if (event.type === 'ERROR') return { version, error: StatusError.from(event.object as Partial<Status>) };
      apply(reflection, event);
      version = event.object.metadata.resourceVersion ?? version;
      events++;
    }
  } catch (error) {
    return { version, error };
  }
  // A server that closes at once would be asked in a busy loop; client-go calls this a very short watch.
  const short = events === 0 && clock.monotonic() - started < 1_000 && !signal.aborted;
  return short ? { version, error: new Error('the watch ended at once without an event') } : { version };
}

function apply<T extends KubeObject>(
  reflection: Reflection<T>,
  event: Exclude<WatchEvent<T>, { type: 'ERROR' }>,
): void {
  if (event.type === 'BOOKMARK') return;
  if (event.type === 'DELETED') reflection.cache.remove(keyOf(event.object));
  else reflection.cache.set(kept(reflection, event.object));
}

const kept = <T extends KubeObject>({ transform }: Reflection<T>, object: T): T =>
  deepFreeze(transform ? (transform(object) as T) : object);
