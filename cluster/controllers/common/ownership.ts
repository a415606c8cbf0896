/** Adoption and release of dependents by their controller (upstream `controller_ref_manager`). */
import type { Client } from '@orrery/client';
import { controllerOf, type GroupVersionResource, type KubeObject, type OwnerReference } from '@orrery/machinery/meta';
import { matches, type LabelSelector } from '@orrery/machinery/selector';
import { isReason, StatusError } from '@orrery/machinery/status';

export interface Claim<T extends KubeObject> {
  /** Already ours, and still selected. */
  readonly owned: readonly T[];
  /** Selected, without a controller: to be adopted. */
  readonly adopt: readonly T[];
  /** Ours, but no longer selected: to be let go. */
  readonly release: readonly T[];
}

/** Sorts candidates by what a controller has to do with them. Nothing is adopted or released by an owner that is being deleted. */
export function planClaim<T extends KubeObject>(
  owner: KubeObject,
  selector: LabelSelector,
  candidates: readonly T[],
  mayAdopt: (candidate: T) => boolean = () => true,
): Claim<T> {
  const ownerIsAlive = owner.metadata.deletionTimestamp === undefined;
  const claim = { owned: [] as T[], adopt: [] as T[], release: [] as T[] };
  for (const candidate of candidates) {
    const controller = controllerOf(candidate);
    const selected = matches(selector, candidate.metadata.labels);
    if (controller) {
      if (controller.uid !== owner.metadata.uid) continue;
      if (selected) claim.owned.push(candidate);
      else if (ownerIsAlive) claim.release.push(candidate);
    } else if (selected && ownerIsAlive && !candidate.metadata.deletionTimestamp && mayAdopt(candidate)) {
      claim.adopt.push(candidate);
    }
  }
  return claim;
}

export const controllerReference = (owner: KubeObject): OwnerReference => ({
  apiVersion: owner.apiVersion!,
  kind: owner.kind!,
  name: owner.metadata.name!,
  uid: owner.metadata.uid!,
  controller: true,
  blockOwnerDeletion: true,
});

/**
 * Carries a claim out and answers what is owned afterwards. Before the first adoption the owner is read afresh: a cache may still
 * show an owner that is gone.
 */
export async function carryOutClaim<T extends KubeObject>(
  client: Client,
  owner: KubeObject,
  ownerResource: GroupVersionResource,
  resource: GroupVersionResource,
  claim: Claim<T>,
): Promise<T[]> {
  const owned = [...claim.owned];
  const errors: unknown[] = [];
  if (claim.adopt.length > 0) await assertAlive(client, owner, ownerResource);
  for (const candidate of claim.adopt) {
    const patch = { metadata: { ownerReferences: [controllerReference(owner)], uid: candidate.metadata.uid } };
    try {
      owned.push(await patchOwners(client, resource, candidate, patch));
    } catch (error) {
      if (!isReason(error, 'NotFound')) errors.push(error);
    }
  }
  for (const candidate of claim.release) {
    const reference = { $patch: 'delete', uid: owner.metadata.uid };
    const patch = { metadata: { ownerReferences: [reference], uid: candidate.metadata.uid } };
    try {
      await patchOwners(client, resource, candidate, patch);
    } catch (error) {
      // Gone, or replaced by another object of this name: nothing to release.
      if (!isReason(error, 'NotFound') && !isReason(error, 'Invalid')) errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return owned;
}

const patchOwners = <T extends KubeObject>(client: Client, resource: GroupVersionResource, object: T, patch: unknown) =>
  client.patch<T>(resource, object.metadata.name!, 'strategic', patch, { namespace: object.metadata.namespace });

async function assertAlive(client: Client, owner: KubeObject, resource: GroupVersionResource): Promise<void> {
  const { name, namespace, uid } = owner.metadata;
  const fresh = await client.get(resource, name!, { namespace });
  if (fresh.metadata.uid !== uid) {
    throw new Error(
      `original ${owner.kind} ${namespace}/${name} is gone: got uid ${fresh.metadata.uid}, wanted ${uid}`,
    );
  }
  if (fresh.metadata.deletionTimestamp) {
    throw new Error(`${namespace}/${name} has just been deleted at ${fresh.metadata.deletionTimestamp}`);
  }
}

/** A create was refused because the namespace is going away: nothing to retry. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof StatusError &&
  (error.details?.causes?.some(cause => cause.reason === 'NamespaceTerminating') ?? false);
