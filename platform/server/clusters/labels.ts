/** Labels that people sort clusters by. Each cluster carries the ids of its labels, so that selectors find it. */
import { retryOnConflict } from '@orrery/client';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, notFound, orUndefined } from '@orrery/machinery/status';
import { groups, platformResources, type ClusterLabel } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions } from '@orrery/reconciler';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { keptClusters } from './objects.ts';

const { labels: resource, clusters } = platformResources;
/** KubeSphere's key on a cluster for the label of an id. */
const keyPrefix = 'label.cluster.kubesphere.io/';

interface Words {
  readonly key?: string;
  readonly value?: string;
  readonly backgroundColor?: string;
}

const all = async (context: PlatformContext, caller: Caller): Promise<ClusterLabel[]> =>
  (await context.serviceOf(caller).list<ClusterLabel>(resource)).items;

/** By key, as KubeSphere answers it. */
export async function labelGroups(context: PlatformContext, caller: Caller) {
  const byKey: Record<string, { id: string; value: string; backgroundColor?: string }[]> = {};
  for (const { metadata, spec } of await all(context, caller)) {
    const { key, value = '', backgroundColor } = spec;
    (byKey[key] ??= []).push({ id: metadata.name!, value, ...(backgroundColor && { backgroundColor }) });
  }
  return byKey;
}

const refuseDouble = (known: readonly ClusterLabel[], { key, value }: Words): void => {
  if (known.some(({ spec }) => spec.key === key && (spec.value ?? '') === value))
    throw new StatusError(409, 'AlreadyExists', `the label ${key}/${value} is there already`);
};

const trimmed = ({ key = '', value = '', backgroundColor }: Words) => ({
  key: key.trim(),
  value: value.trim(),
  ...(backgroundColor && { backgroundColor }),
});

const hex = (bytes: Uint8Array): string => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('');

export async function createLabels(context: PlatformContext, caller: Caller, given: readonly Words[]) {
  const known = await all(context, caller);
  const wanted = given.map(trimmed);
  for (const [index, words] of wanted.entries()) refuseDouble([...known, ...asLabels(wanted.slice(0, index))], words);
  const made: ClusterLabel[] = [];
  for (const spec of wanted)
    made.push(
      await context.serviceOf(caller).create<ClusterLabel>(resource, {
        apiVersion: resource.apiVersion,
        kind: resource.kind,
        metadata: { name: `l${hex(context.random.bytes(4))}` },
        spec,
      }),
    );
  return made;
}

const asLabels = (specs: readonly ClusterLabel['spec'][]): ClusterLabel[] =>
  specs.map(spec => ({ metadata: {}, spec }) as ClusterLabel);

const change = (
  context: PlatformContext,
  caller: Caller,
  name: string,
  changed: (spec: ClusterLabel['spec']) => ClusterLabel['spec'],
): Promise<ClusterLabel> =>
  retryOnConflict(context, async () => {
    const service = context.serviceOf(caller);
    const found = await orUndefined(service.get<ClusterLabel>(resource, name));
    if (!found) throw notFound({ group: groups.cluster, resource: 'labels', name });
    return service.update<ClusterLabel>(resource, { ...found, spec: changed(found.spec) });
  });

export async function renameLabel(context: PlatformContext, caller: Caller, name: string, words: Words) {
  const others = (await all(context, caller)).filter(({ metadata }) => metadata.name !== name);
  return change(context, caller, name, spec => {
    const after = { ...spec, ...trimmed({ ...spec, ...words }) };
    refuseDouble(others, after);
    return after;
  });
}

export const unbindLabel = (context: PlatformContext, caller: Caller, name: string, from: readonly string[]) =>
  change(context, caller, name, spec => ({
    ...spec,
    clusters: (spec.clusters ?? []).filter(cluster => !from.includes(cluster)),
  }));

/** Rejects with 404 for a label or a cluster that there is not, before anything is written. */
export async function bindLabels(
  context: PlatformContext,
  caller: Caller,
  { labels: ids, clusters: names }: { readonly labels: readonly string[]; readonly clusters: readonly string[] },
): Promise<void> {
  const there = new Set((await keptClusters(context)).map(({ metadata }) => metadata.name));
  const unknown = names.find(name => !there.has(name));
  if (unknown !== undefined) throw notFound({ group: groups.cluster, resource: 'clusters', name: unknown });
  const known = new Set((await all(context, caller)).map(({ metadata }) => metadata.name));
  const missing = ids.find(id => !known.has(id));
  if (missing !== undefined) throw notFound({ group: groups.cluster, resource: 'labels', name: missing });
  for (const id of ids)
    await change(context, caller, id, spec => ({
      ...spec,
      clusters: [...new Set([...(spec.clusters ?? []), ...names])],
    }));
}

export async function deleteLabels(context: PlatformContext, caller: Caller, ids: readonly string[]): Promise<void> {
  for (const id of ids) await context.serviceOf(caller).delete(resource, id);
}

/** The marks that a cluster should have more (''), and less (null). Pure. */
export function marksFor(cluster: KubeObject, labels: readonly ClusterLabel[]): Record<string, '' | null> {
  const wanted = new Set(
    labels
      .filter(({ spec }) => spec.clusters?.includes(cluster.metadata.name!))
      .map(({ metadata }) => `${keyPrefix}${metadata.name}`),
  );
  const there = Object.keys(cluster.metadata.labels ?? {}).filter(key => key.startsWith(keyPrefix));
  return {
    ...Object.fromEntries([...wanted].filter(key => !there.includes(key)).map(key => [key, '' as const])),
    ...Object.fromEntries(there.filter(key => !wanted.has(key)).map(key => [key, null])),
  };
}

export function healLabels({ client, informers }: PlatformContext): ControllerOptions {
  const labels = informers.of<ClusterLabel>(resource);
  const known = informers.of(clusters);
  return {
    name: 'platform-cluster-labels',
    sources: [watchOf(known), watchOf(labels, () => known.list().map(({ metadata }) => metadata.name!))],
    async reconcile(name) {
      const cluster = known.get(name);
      if (!cluster || cluster.metadata.deletionTimestamp !== undefined) return;
      const marks = marksFor(cluster, labels.list());
      if (Object.keys(marks).length > 0)
        await orUndefined(client.patch(clusters, name, 'merge', { metadata: { labels: marks } }));
    },
  };
}
