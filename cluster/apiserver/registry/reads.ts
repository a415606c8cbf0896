/** The registry's own reader: what admission, authorization and strategies look at, without the chain. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Entry, Store, WatchBatch } from '@orrery/store';
import type { GroupResource, Reader, StoredChange } from '../types.ts';
import { deepFreeze, ObjectCache, parseEntry } from './objects.ts';
import { nameOfKey, storagePrefix } from './resource.ts';

/** Where a resource is stored; undefined for one that is not. */
export type Lookup = (resource: GroupResource) => { storage: GroupResource; namespaced: boolean } | undefined;

/** @throws Error for a resource that is not stored: a mistake of the caller. */
export function createReader(store: Store, objects: ObjectCache, lookup: Lookup): Reader {
  const placeOf = (resource: GroupResource): { storage: GroupResource; namespaced: boolean } => {
    const found = lookup(resource);
    if (found === undefined) throw new Error(`no resource ${resource.resource} is stored in group "${resource.group}"`);
    return found;
  };
  return {
    async get(resource, namespace, name) {
      const place = placeOf(resource);
      const entry = await store.get(storagePrefix(place.storage, place.namespaced ? namespace : '') + name);
      return entry && objects.of(entry);
    },
    async list(resource, namespace = '') {
      const place = placeOf(resource);
      const found = await store.range({ prefix: storagePrefix(place.storage, place.namespaced ? namespace : '') });
      return found.entries.map(entry => objects.of(entry));
    },
    async subscribe(resource, listener) {
      const place = placeOf(resource);
      const prefix = storagePrefix(place.storage);
      const found = await store.range({ prefix });
      for (const entry of found.entries)
        listener(changeOf('put', entry, undefined, entry.revision, prefix, place.namespaced));
      const tell = (batch: WatchBatch): void => {
        for (const { type, entry, previous } of batch.events) {
          listener(changeOf(type, entry, previous, batch.revision, prefix, place.namespaced));
        }
      };
      const watch = store.watch({ prefix, after: found.revision }, tell);
      return () => watch.close();
    },
  };
}

function changeOf(
  type: 'put' | 'delete',
  entry: Entry,
  previous: Entry | undefined,
  revision: number,
  prefix: string,
  namespaced: boolean,
): StoredChange {
  let object: KubeObject | undefined;
  let before: KubeObject | undefined;
  return {
    type,
    ...nameOfKey(entry.key, prefix.length, namespaced),
    object: () => (object ??= deepFreeze(parseEntry(entry, revision))),
    previous: () => previous && (before ??= deepFreeze(parseEntry(previous, previous.revision))),
  };
}
