/**
 * What each node has to do with: the pods bound to it and what they refer to, kept current from the store (upstream
 * `plugin/pkg/auth/authorizer/node/graph`). Questions are answered by a few look-ups.
 */
import type { Clock } from '@orrery/machinery/clock';
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

/** How many changes are read at a stretch, so that a large backlog never holds the event loop. */
const slice = 256;

export class NodeGraph {
  /** Changed objects that nobody has asked about yet: a pod's many status updates are read once, or never. */
  #waiting = new Map<string, () => void>();
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

  /** Notes a change to be read when a question comes; a later change of the same object takes its place. */
  defer(vertex: Vertex, namespace: string, name: string, apply: () => void): void {
    this.#waiting.set(keyOf(vertex, namespace, name), apply);
  }

  /** Reads the noted changes, some at a time with a pause between. Await it before a question. */
  async settle(clock: Pick<Clock, 'sleep'>): Promise<void> {
    while (this.#waiting.size > 0) {
      let left = slice;
      for (const [key, apply] of this.#waiting) {
        this.#waiting.delete(key);
        apply();
        if (--left === 0) break;
      }
      if (this.#waiting.size > 0) await clock.sleep(0);
    }
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

/** Follows the store; what changed is read when it is asked about. Call the result to stop. */
export async function followNodeObjects(graph: NodeGraph, reads: Reader): Promise<() => void> {
  const follow = (
    resource: GroupResource,
    vertex: Vertex,
    put: (object: KubeObject) => void,
    remove: (change: StoredChange) => void,
  ) =>
    reads.subscribe(resource, change => {
      const apply = change.type === 'put' ? () => put(change.object()) : () => remove(change);
      graph.defer(vertex, change.namespace, change.name, apply);
    });
  const gone = (vertex: Vertex) => (change: StoredChange) => graph.remove(vertex, change.namespace, change.name);
  const stops = await Promise.all([
    follow({ group: '', resource: 'pods' }, 'pod', pod => graph.putPod(pod), gone('pod')),
    follow(
      { group: '', resource: 'persistentvolumes' },
      'persistentvolume',
      volume => graph.putVolume(volume),
      ({ name }) => graph.removeVolume(name),
    ),
    follow(
      { group: 'storage.k8s.io', resource: 'volumeattachments' },
      'volumeattachment',
      attachment => graph.putAttachment(attachment),
      gone('volumeattachment'),
    ),
    follow(
      { group: 'resource.k8s.io', resource: 'resourceslices' },
      'resourceslice',
      object => graph.putSlice(object),
      gone('resourceslice'),
    ),
  ]);
  return () => stops.forEach(stop => stop());
}
