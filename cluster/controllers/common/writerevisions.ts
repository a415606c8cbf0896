/** Keeping ControllerRevisions as planned. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { ControllerRevision } from '@orrery/kinds/types';
import { controllerOf, type GroupVersionResource, type KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { semanticEqual } from './equal.ts';
import type { RevisionPlan } from './revisions.ts';

/** Creates or renumbers the current revision. A name taken by another template raises the owner's collision count and rejects. */
export async function writeRevision(
  client: Client,
  owner: KubeObject & { status?: { collisionCount?: number } },
  ownerResource: GroupVersionResource,
  plan: RevisionPlan,
): Promise<ControllerRevision> {
  if (plan.renumber) return client.update(resources.controllerrevisions, plan.renumber);
  if (!plan.create) return plan.current;
  const { name, namespace } = plan.current.metadata;
  try {
    return await client.create(resources.controllerrevisions, plan.current);
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
    const present = await client.get<ControllerRevision>(resources.controllerrevisions, name!, { namespace });
    const ours = controllerOf(present)?.uid === owner.metadata.uid;
    if (ours && semanticEqual(present.data, plan.current.data)) return present;
    const status = { ...owner.status, collisionCount: (owner.status?.collisionCount ?? 0) + 1 };
    await client.update(ownerResource, { ...owner, status }, { subresource: 'status' });
    throw error;
  }
}

export async function deleteRevisions(client: Client, surplus: readonly ControllerRevision[]): Promise<void> {
  for (const { metadata } of surplus) {
    const { name, namespace, uid } = metadata;
    await orUndefined(client.delete(resources.controllerrevisions, name!, { namespace, preconditions: { uid } }));
  }
}
