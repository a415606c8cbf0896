/** For tests: a real memory store behind the registry's reader, with a short way to put objects in. */
import type { KubeObject, ObjectMeta } from '@orrery/machinery/meta';
import type { Store } from '@orrery/store';
import { createManualClock, type ManualClock } from '@orrery/machinery/manual-clock';
import { createMemoryStore } from '@orrery/store/memory';
import { ObjectCache } from '../registry/objects.ts';
import { createReader } from '../registry/reads.ts';
import { headOf, valueOf } from '../registry/record.ts';
import { storagePrefix } from '../registry/resource.ts';
import type { Reader } from '../types.ts';

const clusterScoped = new Set([
  'namespaces',
  'nodes',
  'persistentvolumes',
  'clusterroles',
  'clusterrolebindings',
  'priorityclasses',
  'prioritylevelconfigurations',
  'flowschemas',
  'storageclasses',
  'ingressclasses',
  'runtimeclasses',
  'servicecidrs',
  'volumeattachments',
  'csidrivers',
  'resourceslices',
  'apiservices',
]);

export interface TestCluster {
  readonly clock: ManualClock;
  readonly store: Store;
  readonly reads: Reader;
  /** Creates or replaces; `resource` is `group/resource` or, for core, `resource`. Without uid the name is the uid. */
  put(resource: string, object: { metadata: ObjectMeta } & Record<string, unknown>): Promise<KubeObject>;
  remove(resource: string, namespace: string, name: string): Promise<void>;
}

const split = (resource: string) => {
  const slash = resource.indexOf('/');
  return slash < 0 ? { group: '', resource } : { group: resource.slice(0, slash), resource: resource.slice(slash + 1) };
};

export function testCluster(): TestCluster {
  const clock = createManualClock();
  const store = createMemoryStore({ clock });
  const reads = createReader(store, new ObjectCache(), resource => ({
    storage: resource,
    namespaced: !clusterScoped.has(resource.resource),
  }));
  const keyOf = (resource: string, namespace: string, name: string) => storagePrefix(split(resource), namespace) + name;
  return {
    clock,
    store,
    reads,
    async put(resource, object) {
      const { namespace = '', name = '', uid = name } = object.metadata;
      const full = { ...object, metadata: { ...object.metadata, uid } };
      const key = keyOf(resource, namespace, name);
      await store.commit({
        compare: [],
        operations: [{ type: 'put', key, head: headOf(full, {}), value: valueOf(full) }],
      });
      return (await reads.get(split(resource), namespace, name))!;
    },
    async remove(resource, namespace, name) {
      await store.commit({ compare: [], operations: [{ type: 'delete', key: keyOf(resource, namespace, name) }] });
    },
  };
}
