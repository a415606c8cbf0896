/**
 * Who owns whom: the graph that the garbage collector keeps from watches (upstream `pkg/controller/garbagecollector`). An owner
 * that was named but never seen is in it as a virtual node, to be looked up before anything is concluded from its absence.
 */
import { keyOf, type GroupVersionResource, type KubeObject, type OwnerReference } from '@orrery/machinery/meta';

export const orphanFinalizer = 'orphan';
export const foregroundFinalizer = 'foregroundDeletion';

export interface Identity {
  readonly uid: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Undefined for cluster-scoped objects, and for virtual nodes whose scope is not known. */
  readonly namespace: string | undefined;
}

export interface GraphNode {
  readonly identity: Identity;
  /** Seen by a watch; a node that is not was only named as an owner. */
  observed: boolean;
  resource: GroupVersionResource | undefined;
  owners: readonly OwnerReference[];
  dependents: ReadonlySet<GraphNode>;
  deleting: boolean;
  /** Being deleted in the foreground: its dependents go first. */
  deletingDependents: boolean;
  orphaning: boolean;
  /** Was seen and is no more: uids are never used twice, so nobody needs to ask. */
  gone: boolean;
}

export interface Graph {
  get(uid: string): GraphNode | undefined;
  /** Takes in what a watch tells; answers the nodes that now deserve a look. */
  observe(resource: GroupVersionResource, object: KubeObject): readonly GraphNode[];
  /** The object is gone, as a watch told or a look-up proved; or nothing is known of it any longer. */
  remove(uid: string, state: 'gone' | 'unknown'): readonly GraphNode[];
  readonly size: number;
}

export function createGraph(): Graph {
  const nodes = new Map<string, GraphNode>();

  const named = (owner: OwnerReference, dependent: KubeObject): GraphNode => {
    const known = nodes.get(owner.uid);
    if (known) return known;
    const { apiVersion, kind, name, uid } = owner;
    const node = blankNode({ uid, apiVersion, kind, name, namespace: dependent.metadata.namespace });
    nodes.set(uid, node);
    return node;
  };
  const unlink = (node: GraphNode, owner: OwnerReference) => {
    const ownerNode = nodes.get(owner.uid);
    (ownerNode?.dependents as Set<GraphNode> | undefined)?.delete(node);
    if (ownerNode && !ownerNode.observed && ownerNode.dependents.size === 0) nodes.delete(owner.uid);
    return ownerNode;
  };

  return {
    get: uid => nodes.get(uid),
    get size() {
      return nodes.size;
    },
    observe(resource, object) {
      const look = new Set<GraphNode>();
      const node = placeNode(nodes, object);
      const before = node.owners;
      const wasNew = !node.observed;
      node.observed = true;
      node.gone = false;
      node.resource = resource;
      node.owners = object.metadata.ownerReferences ?? nobody;
      const finalizers = object.metadata.finalizers ?? [];
      node.deleting = object.metadata.deletionTimestamp !== undefined;
      node.orphaning = node.deleting && finalizers.includes(orphanFinalizer);
      const startedForeground = node.deleting && finalizers.includes(foregroundFinalizer) && !node.deletingDependents;
      node.deletingDependents = node.deleting && finalizers.includes(foregroundFinalizer);
      for (const owner of before) {
        const kept = node.owners.find(other => other.uid === owner.uid);
        if (kept && (kept.blockOwnerDeletion ?? false) === (owner.blockOwnerDeletion ?? false)) continue;
        const former = kept ? nodes.get(owner.uid) : unlink(node, owner);
        // An owner that waits for its dependents may have one less to wait for.
        if (former?.deletingDependents) look.add(former);
      }
      for (const owner of node.owners) {
        const ownerNode = named(owner, object);
        addDependent(ownerNode, node);
        if (!ownerNode.observed || ownerNode.deletingDependents) look.add(node);
      }
      if (node.owners.length > 0 && (wasNew || ownersChanged(before, node.owners))) look.add(node);
      if (startedForeground) for (const dependent of node.dependents) look.add(dependent);
      if (node.orphaning || node.deletingDependents) look.add(node);
      return [...look];
    },
    remove(uid, state) {
      const node = nodes.get(uid);
      if (!node) return [];
      const look = new Set<GraphNode>(node.dependents);
      for (const owner of node.owners) {
        const ownerNode = unlink(node, owner);
        if (ownerNode?.deletingDependents) look.add(ownerNode);
      }
      node.owners = nobody;
      if (node.dependents.size === 0) nodes.delete(uid);
      else {
        // Kept as a virtual node until its dependents have been dealt with.
        node.observed = false;
        node.gone = state === 'gone';
        node.deleting = node.deletingDependents = node.orphaning = false;
      }
      return [...look];
    },
  };
}

/** Most objects own nothing and are owned by nobody: these are theirs. */
const none: ReadonlySet<GraphNode> = new Set();
const nobody: readonly OwnerReference[] = [];

function addDependent(node: GraphNode, dependent: GraphNode): void {
  if (node.dependents === none) node.dependents = new Set();
  (node.dependents as Set<GraphNode>).add(dependent);
}

const blankNode = (identity: Identity, dependents = none): GraphNode => ({
  identity,
  observed: false,
  resource: undefined,
  owners: nobody,
  dependents,
  deleting: false,
  deletingDependents: false,
  orphaning: false,
  gone: false,
});

/** The node of an observed object. What an owner reference said of it gives way to what it is. */
function placeNode(nodes: Map<string, GraphNode>, object: KubeObject): GraphNode {
  const { uid, name, namespace } = object.metadata;
  const identity = { uid: uid!, apiVersion: object.apiVersion!, kind: object.kind!, name: name!, namespace };
  const known = nodes.get(uid!);
  if (known && sameIdentity(known.identity, identity)) return known;
  const node = blankNode(identity, known?.dependents);
  nodes.set(uid!, node);
  return node;
}

const sameIdentity = (a: Identity, b: Identity): boolean =>
  a.apiVersion === b.apiVersion && a.kind === b.kind && a.name === b.name && a.namespace === b.namespace;

const ownersChanged = (before: readonly OwnerReference[], after: readonly OwnerReference[]): boolean =>
  before.length !== after.length || before.some(owner => !after.some(other => other.uid === owner.uid));

export const describe = ({ identity }: GraphNode): string =>
  `${identity.kind} ${keyOf({ metadata: { name: identity.name, namespace: identity.namespace } })}`;
