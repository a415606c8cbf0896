/**
 * What each node has to do with: the pods bound to it and what they refer to, kept current from the store (upstream
 * `plugin/pkg/auth/authorizer/node/graph`). Questions are answered by a few look-ups.
 */
import type { KubeObject } from '@orrery/machinery/meta';
import type { GroupResource, Reader, StoredChange } from '../types.ts';
import type { Pod } from './pod-references.ts';
import { claimNames, configMapNames, isMirror, resourceClaimNames, secretNames } from './pod-references.ts';

export type Vertex =
  | 'pod'
  | 'secret'
  | 'configmap'
  | 'persistentvolumeclaim'
  | 'persistentvolume'
  | 'resourceclaim'
  | 'serviceaccount'
  | 'volumeattachment'
  | 'resourceslice';

const keyOf = (vertex: Vertex, namespace: string, name: string): string => `${vertex} ${namespace}/${name}`;

interface PersistentVolume extends KubeObject {
  spec?: {
    claimRef?: { namespace?: string; name?: string };
    csi?: Record<string, { name?: string; namespace?: string } | undefined>;
    [source: string]: unknown;
  };
}

/** The Secrets that a volume itself needs, as vertex keys. */
function volumeSecretKeys({ spec }: PersistentVolume): string[] {
  const refs: { name?: string; namespace?: string }[] = [];
  for (const [source, value] of Object.entries(spec ?? {})) {
    if (typeof value !== 'object' || value === null) continue;
    const fields = value as Record<string, { name?: string; namespace?: string } | string | undefined>;
    if (source === 'azureFile' && typeof fields['secretName'] === 'string')
      refs.push({ name: fields['secretName'], namespace: fields['secretNamespace'] as string | undefined });
    for (const [field, ref] of Object.entries(fields))
      if (/secretRef$/i.test(field) && typeof ref === 'object') refs.push(ref);
  }
  return refs.flatMap(ref =>
    ref.name ? [keyOf('secret', ref.namespace ?? spec?.claimRef?.namespace ?? '', ref.name)] : [],
  );
}

const podKeys = (pod: Pod): string[] => {
  const { namespace = '', name = '' } = pod.metadata;
  const keys = (vertex: Vertex, names: readonly string[]) => names.map(each => keyOf(vertex, namespace, each));
  const self = keyOf('pod', namespace, name);
  if (isMirror(pod)) return [self];
  return [
    self,
    ...keys('secret', secretNames(pod.spec)),
    ...keys('configmap', configMapNames(pod.spec)),
    ...keys('persistentvolumeclaim', claimNames(pod)),
    ...keys('resourceclaim', resourceClaimNames(pod)),
    ...keys('serviceaccount', pod.spec.serviceAccountName ? [pod.spec.serviceAccountName] : []),
  ];
};

export class NodeGraph {
  /** How many objects lead from a vertex to a node. */
  #edges = new Map<string, Map<string, number>>();
  /** What each source object contributes, so that its going takes exactly that away. */
  #sources = new Map<string, { node: string; keys: readonly string[] }>();
  #volumes = new Map<string, { claim: string; secrets: readonly string[] }>();
  /** Volumes by the Secrets they need. */
  #volumesOfSecret = new Map<string, Set<string>>();

  putPod(pod: KubeObject): void {
    const { spec } = pod as Pod;
    this.#replace(
      keyOf('pod', pod.metadata.namespace ?? '', pod.metadata.name!),
      spec?.nodeName,
      spec?.nodeName ? podKeys(pod as Pod) : [],
    );
  }

  putAttachment(attachment: KubeObject): void {
    const key = keyOf('volumeattachment', '', attachment.metadata.name!);
    this.#replace(key, (attachment as KubeObject & { spec?: { nodeName?: string } }).spec?.nodeName, [key]);
  }

  putSlice(slice: KubeObject): void {
    const key = keyOf('resourceslice', '', slice.metadata.name!);
    this.#replace(key, (slice as KubeObject & { spec?: { nodeName?: string } }).spec?.nodeName, [key]);
  }

  putVolume(object: KubeObject): void {
    const volume = object as PersistentVolume;
    const name = volume.metadata.name!;
    this.removeVolume(name);
    const ref = volume.spec?.claimRef;
    if (!ref?.name) return;
    const secrets = volumeSecretKeys(volume);
    this.#volumes.set(name, { claim: keyOf('persistentvolumeclaim', ref.namespace ?? '', ref.name), secrets });
    for (const secret of secrets) {
      const known = this.#volumesOfSecret.get(secret) ?? new Set<string>();
      this.#volumesOfSecret.set(secret, known.add(name));
    }
  }

  removeVolume(name: string): void {
    for (const secret of this.#volumes.get(name)?.secrets ?? []) {
      const known = this.#volumesOfSecret.get(secret);
      known?.delete(name);
      if (known?.size === 0) this.#volumesOfSecret.delete(secret);
    }
    this.#volumes.delete(name);
  }

  remove(vertex: Vertex, namespace: string, name: string): void {
    this.#replace(keyOf(vertex, namespace, name), undefined, []);
  }

  /** Whether the object has to do with the node: directly, or as a volume (or a volume's Secret) of one of its claims. */
  related(node: string, vertex: Vertex, namespace: string, name: string): boolean {
    const key = keyOf(vertex, namespace, name);
    if (this.#leads(key, node)) return true;
    if (vertex === 'persistentvolume') return this.#volumeLeads(name, node);
    if (vertex !== 'secret') return false;
    for (const volume of this.#volumesOfSecret.get(key) ?? []) if (this.#volumeLeads(volume, node)) return true;
    return false;
  }

  #volumeLeads(name: string, node: string): boolean {
    const volume = this.#volumes.get(name);
    return volume !== undefined && this.#leads(volume.claim, node);
  }

  #leads(key: string, node: string): boolean {
    return this.#edges.get(key)?.has(node) ?? false;
  }

  #replace(source: string, node: string | undefined, keys: readonly string[]): void {
    const before = this.#sources.get(source);
    if (node) {
      this.#sources.set(source, { node, keys });
      for (const key of keys) this.#count(key, node, 1);
    } else this.#sources.delete(source);
    for (const key of before?.keys ?? []) this.#count(key, before!.node, -1);
  }

  #count(key: string, node: string, by: number): void {
    const nodes = this.#edges.get(key) ?? new Map<string, number>();
    const left = (nodes.get(node) ?? 0) + by;
    if (left > 0) nodes.set(node, left);
    else nodes.delete(node);
    if (nodes.size > 0) this.#edges.set(key, nodes);
    else this.#edges.delete(key);
  }
}

/** Fills the graph and follows the store. `optional` resources that are not stored are left out. */
export async function followNodeObjects(graph: NodeGraph, reads: Reader): Promise<() => void> {
  const stops: (() => void)[] = [];
  const follow = async (
    resource: GroupResource,
    put: (object: KubeObject) => void,
    remove: (change: StoredChange) => void,
  ) => {
    stops.push(
      await reads.subscribe(resource, change => (change.type === 'put' ? put(change.object()) : remove(change))),
    );
  };
  await follow(
    { group: '', resource: 'pods' },
    pod => graph.putPod(pod),
    ({ namespace, name }) => graph.remove('pod', namespace, name),
  );
  await follow(
    { group: '', resource: 'persistentvolumes' },
    volume => graph.putVolume(volume),
    ({ name }) => graph.removeVolume(name),
  );
  await follow(
    { group: 'storage.k8s.io', resource: 'volumeattachments' },
    attachment => graph.putAttachment(attachment),
    ({ name }) => graph.remove('volumeattachment', '', name),
  );
  await follow(
    { group: 'resource.k8s.io', resource: 'resourceslices' },
    slice => graph.putSlice(slice),
    ({ name }) => graph.remove('resourceslice', '', name),
  );
  return () => stops.forEach(stop => stop());
}
