/** What the table holds, kept current: every kind that the platform may list, as it comes and goes. */
import { resources } from '@orrery/client/resources';
import { keyOf, type KubeObject } from '@orrery/machinery/meta';
import { platformResources } from '@orrery/platform-kinds';
import { inSlices, startInformer, type Change, type Informer } from '@orrery/reconciler';
import type { PlatformContext } from '../context.ts';
import { createKinds, type Kind } from '../resources/kinds.ts';
import { wordsIn, type Word } from './document.ts';
import type { Table } from './table.ts';

/** Lists and overviews keep whole copies of these anyway; of all others only the words are kept. */
const shared = new Set([
  'namespaces',
  'nodes',
  'pods',
  'deployments',
  'statefulsets',
  'daemonsets',
  'jobs',
  'cronjobs',
  'services',
  'ingresses',
  'persistentvolumeclaims',
  'rolebindings',
]);

/** They come by the thousand, say nothing that others do not say, or are of the machinery. */
const leftOut = new Set([
  'bindings',
  'componentstatuses',
  'controllerrevisions',
  'csinodes',
  'csistoragecapacities',
  'endpoints',
  'endpointslices',
  'events',
  'flowschemas',
  'leases',
  'podtemplates',
  'prioritylevelconfigurations',
  'volumeattachments',
]);

/** In the order in which they stand before others that match as well. */
const first = [
  'workspaces',
  'namespaces',
  'nodes',
  'deployments',
  'statefulsets',
  'daemonsets',
  'cronjobs',
  'jobs',
  'services',
  'ingresses',
  'pods',
  'configmaps',
  'secrets',
  'persistentvolumeclaims',
];

const own: readonly Kind[] = (['workspacetemplates', 'users'] as const).map(name => ({
  group: platformResources[name].group,
  version: platformResources[name].version,
  namespaced: false,
  resource: name === 'users' ? 'users' : 'workspaces',
  cached: true,
}));
const ownResource = { workspaces: platformResources.workspacetemplates, users: platformResources.users } as const;

export interface Sources {
  /** Kinds that are looked through, by name, in their order. */
  readonly kinds: ReadonlyMap<string, Kind>;
  /** Begins with what the cluster serves; resolves when all that was there is in the table. */
  start(): Promise<void>;
  /** Whether everything that there is has been read once. */
  readonly isWhole: boolean;
}

/** Words of objects of which nothing else is kept, on their way into the table. */
type Words = WeakMap<KubeObject, readonly Word[]>;

const keeping =
  (words: Words) =>
  (object: KubeObject): KubeObject => {
    const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
    const kept = { metadata: { name, namespace, uid, resourceVersion, creationTimestamp } };
    words.set(kept, wordsIn(object));
    return kept;
  };

const nameOf = ({ group, resource }: Kind, taken: ReadonlyMap<string, Kind>): string =>
  taken.has(resource) ? `${resource}.${group}` : resource;

export function createSources(context: PlatformContext, table: Table): Sources {
  const known = createKinds(context);
  const kinds = new Map<string, Kind>();
  const following = new Map<string, Promise<void>>();
  const words: Words = new WeakMap();
  let started: Promise<void> | undefined;
  let isWhole = false;

  const put = (name: string, object: KubeObject) => {
    const { name: own = '', namespace = '', uid = '', creationTimestamp: createTime = '' } = object.metadata;
    table.put(name, { name: own, namespace, uid, createTime }, words.get(object) ?? wordsIn(object));
    words.delete(object);
  };
  const take =
    (name: string) =>
    ({ before, after }: Change<KubeObject>) =>
      after ? put(name, after) : table.remove(name, before!.metadata.namespace ?? '', before!.metadata.name!);
  const informerOf = (name: string, kind: Kind): Informer<KubeObject> => {
    if (name === 'workspaces' || name === 'users') return context.informers.of(ownResource[name]);
    const resource = { group: kind.group, version: kind.version, resource: kind.resource };
    if (shared.has(name)) return context.informers.of(resource);
    return startInformer<KubeObject>(resource, {}, { ...context, transform: keeping(words), background: true });
  };
  const follow = async (name: string, kind: Kind): Promise<void> => {
    const informer = informerOf(name, kind);
    informer.onNext(take(name));
    // Others may have read it already: thousands of objects are there at once.
    await inSlices(context, informer.list(), object => {
      if (informer.get(keyOf(object)) === object) put(name, object);
    });
    await informer.synced;
  };
  const discover = async () => {
    const found = (await known.all()).filter(({ cached, resource }) => cached && !leftOut.has(resource));
    const rank = ({ resource }: Kind) => (first.includes(resource) ? first.indexOf(resource) : first.length);
    // Accounts and workspaces are found on the host: who rules a member does not see all of them.
    for (const kind of [...(context.host ? [] : own), ...found].toSorted((one, other) => rank(one) - rank(other))) {
      const id = `${kind.resource}.${kind.group}`;
      if (following.has(id)) continue;
      const name = nameOf(kind, kinds);
      kinds.set(name, kind);
      following.set(id, follow(name, kind));
    }
    await Promise.all(following.values());
    isWhole = true;
  };
  const begin = async () => {
    let again = false;
    const definitions = context.informers.of(resources.customresourcedefinitions);
    definitions.onChange(({ before, after }) => {
      if (!isWhole || again || (before && after)) return;
      // A new kind is served a moment after its definition is there.
      again = true;
      context.clock.after(2_000, () => {
        again = false;
        if (!context.signal.aborted)
          void discover().catch((error: unknown) => context.log.warn('kinds for the search were not found', { error }));
      });
    });
    await discover();
  };
  return {
    kinds,
    start: () =>
      (started ??= begin().catch((error: unknown) => {
        started = undefined;
        throw error;
      })),
    get isWhole() {
      return isWhole;
    },
  };
}
