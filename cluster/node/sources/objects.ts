/**
 * Config maps and secrets that pods of this node refer to. The node may read only those (node authorizer), so each is watched by name
 * while a pod refers to it (upstream's watch-based object cache).
 */
import type { Client } from '@orrery/client';
import type { ConfigMap, Pod, Secret } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import type { ConfigSources } from '../env/resolve.ts';
import { namespaceOf, uidOf } from '../pods/pod.ts';
import { referencesOf } from './references.ts';

const resources = {
  configmaps: { group: '', version: 'v1', resource: 'configmaps' },
  secrets: { group: '', version: 'v1', resource: 'secrets' },
} satisfies Record<string, GroupVersionResource>;

export type ReferencedResource = keyof typeof resources;

export interface ObjectSources extends ConfigSources {
  /** A pod runs here: what it refers to is kept fresh from now on. Called again when its spec changed. */
  register(pod: Pod): void;
  unregister(uid: string): void;
}

export interface ObjectSourcesOptions {
  client: Client;
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  /** Something that these pods refer to has changed. */
  onChange(uids: readonly string[]): void;
}

interface Watched {
  users: Set<string>;
  stop: AbortController;
  /** Settles when the object (or its absence) is known. */
  ready: Promise<void>;
  object: KubeObject | undefined;
  failure: unknown;
}

export function createObjectSources(options: ObjectSourcesOptions): ObjectSources {
  const watched = new Map<string, Watched>();

  const acquire = (key: string, uid: string): void => {
    const present = watched.get(key);
    if (present) return void present.users.add(uid);
    watched.set(key, startWatching(key, uid, options));
  };

  const release = (uid: string, keep: ReadonlySet<string>): void => {
    for (const [key, entry] of watched) {
      if (keep.has(key) || !entry.users.delete(uid) || entry.users.size > 0) continue;
      entry.stop.abort();
      watched.delete(key);
    }
  };

  const read = async (
    resource: ReferencedResource,
    namespace: string,
    name: string,
  ): Promise<KubeObject | undefined> => {
    const entry = watched.get(keyFor(resource, namespace, name));
    if (!entry) throw new Error(`object ${JSON.stringify(namespace)}/${JSON.stringify(name)} not registered`);
    await entry.ready;
    if (entry.failure) throw entry.failure;
    return entry.object;
  };

  return {
    register(pod) {
      const keys = new Set(referencesOf(pod).map(({ resource, name }) => keyFor(resource, namespaceOf(pod), name)));
      for (const key of keys) acquire(key, uidOf(pod));
      release(uidOf(pod), keys);
    },
    unregister: uid => release(uid, new Set()),
    configMap: (namespace, name) => read('configmaps', namespace, name) as Promise<ConfigMap | undefined>,
    secret: (namespace, name) => read('secrets', namespace, name) as Promise<Secret | undefined>,
  };
}

const keyFor = (resource: ReferencedResource, namespace: string, name: string): string =>
  `${resource}/${namespace}/${name}`;

function startWatching(key: string, uid: string, options: ObjectSourcesOptions): Watched {
  const { promise: ready, resolve: settle } = Promise.withResolvers<void>();
  const entry: Watched = {
    users: new Set([uid]),
    stop: new AbortController(),
    ready,
    object: undefined,
    failure: undefined,
  };
  const signal = AbortSignal.any([options.signal, entry.stop.signal]);
  void follow(key, entry, signal, settle, options);
  return entry;
}

/** Milliseconds before each new try. The first ones come soon: the node's right to read follows the binding of its pod. */
const retries = [100, 300, 1_000, 3_000, 10_000];
/** So many failures are kept from those who wait for the object. */
const patience = 3;

/** Lists and watches one object until nobody needs it. */
async function follow(
  key: string,
  entry: Watched,
  signal: AbortSignal,
  settle: () => void,
  options: ObjectSourcesOptions,
): Promise<void> {
  const { client, clock, log, onChange } = options;
  const [resource, namespace = '', name = ''] = key.split('/') as [ReferencedResource, string, string];
  const selection = { namespace, fieldSelector: `metadata.name=${name}`, signal };
  let known = false;
  let failures = 0;
  const show = (object: KubeObject | undefined): void => {
    const changed = known && object?.metadata.resourceVersion !== entry.object?.metadata.resourceVersion;
    Object.assign(entry, { object, failure: undefined });
    known = true;
    failures = 0;
    settle();
    if (changed) onChange([...entry.users]);
  };
  while (!signal.aborted) {
    try {
      const { items, metadata } = await client.list(resources[resource], selection);
      show(items[0]);
      const events = client.watch(resources[resource], { ...selection, resourceVersion: metadata.resourceVersion });
      for await (const event of events) {
        if (event.type === 'ERROR') break;
        if (event.type !== 'BOOKMARK') show(event.type === 'DELETED' ? undefined : event.object);
      }
    } catch (error) {
      if (signal.aborted) break;
      failures++;
      if (!known && failures >= patience) {
        entry.failure = error;
        settle();
      }
      log.debug('watch of a referenced object failed', { key, error: (error as Error).message });
    }
    await clock.sleep(retries[Math.min(Math.max(failures, 1), retries.length) - 1]!, signal);
  }
  // It will not be known any more: who waits is told.
  if (!known) entry.failure ??= signal.reason;
  settle();
}
