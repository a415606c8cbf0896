/** What to do with one object, given what is known of its owners. */
import type { KubeObject, OwnerReference } from '@orrery/machinery/meta';
import { foregroundFinalizer, orphanFinalizer, type GraphNode } from './graph.ts';

/** An owner as found: there, gone, or being deleted in the foreground (waiting for this very object). */
export type OwnerState = 'present' | 'absent' | 'waiting';

export type Propagation = 'Orphan' | 'Background' | 'Foreground';

export type Verdict =
  | { readonly action: 'keep' }
  /** Forget these owners, the object lives on. */
  | { readonly action: 'dropOwners'; readonly uids: readonly string[] }
  /** Delete it; `unblock` first lifts the block on the owners, where foreground deletions wait in a circle. */
  | { readonly action: 'delete'; readonly propagation: Propagation; readonly unblock: boolean };

/**
 * Decides on an object that has owners and is not being deleted itself. One owner that is present keeps it; with none left it goes,
 * in the manner its own finalizers ask for.
 */
export function judge(
  object: KubeObject,
  states: ReadonlyMap<string, OwnerState>,
  node: Pick<GraphNode, 'dependents'>,
): Verdict {
  const owners = object.metadata.ownerReferences ?? [];
  if (owners.length === 0) return { action: 'keep' };
  const of = (state: OwnerState) => owners.filter(owner => (states.get(owner.uid) ?? 'present') === state);
  const [present, waiting] = [of('present'), of('waiting')];
  if (present.length > 0) {
    const gone = owners.filter(owner => !present.includes(owner));
    return gone.length === 0 ? { action: 'keep' } : { action: 'dropOwners', uids: gone.map(owner => owner.uid) };
  }
  if (waiting.length > 0 && node.dependents.size > 0) {
    const circular = node.dependents.values().some(dependent => dependent.deletingDependents);
    return { action: 'delete', propagation: 'Foreground', unblock: circular };
  }
  return { action: 'delete', propagation: propagationOf(object), unblock: false };
}

function propagationOf({ metadata }: KubeObject): Propagation {
  if (metadata.finalizers?.includes(orphanFinalizer)) return 'Orphan';
  if (metadata.finalizers?.includes(foregroundFinalizer)) return 'Foreground';
  return 'Background';
}

/** Dependents that a foreground deletion still has to wait for. */
export const blocking = (node: GraphNode): GraphNode[] =>
  [...node.dependents].filter(
    dependent =>
      dependent.observed &&
      dependent.owners.some(owner => owner.uid === node.identity.uid && owner.blockOwnerDeletion === true),
  );

/** A merge patch that takes a finalizer away; undefined when the object has none such. */
export function withoutFinalizer(object: KubeObject, finalizer: string): object | undefined {
  const { finalizers = [], resourceVersion, uid } = object.metadata;
  if (!finalizers.includes(finalizer)) return undefined;
  return { metadata: { uid, resourceVersion, finalizers: finalizers.filter(name => name !== finalizer) } };
}

/** A merge patch that keeps only the owners that `keep` says. */
export function ownersPatch(object: KubeObject, change: (owner: OwnerReference) => OwnerReference | undefined): object {
  const { ownerReferences = [], resourceVersion, uid } = object.metadata;
  const kept = ownerReferences.map(change).filter(owner => owner !== undefined);
  return { metadata: { uid, resourceVersion, ownerReferences: kept } };
}
