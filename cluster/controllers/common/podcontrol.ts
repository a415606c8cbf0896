/** Creating and deleting pods on behalf of an owner: expectations, events in upstream's words, slow start (`PodControl`). */
import { resources } from '@orrery/client/resources';
import type { Pod } from '@orrery/kinds/types';
import { controllerOf, type KubeObject } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { ownerKeyOf, type Change, type ComponentContext, type OwnerKind } from '@orrery/reconciler';
import { settleAll, slowStart } from './batch.ts';
import { createExpectations } from './expectations.ts';
import { isNamespaceTerminating } from './ownership.ts';

export interface PodControl {
  /**
   * Takes note of what was expected and names the owners a pod's change concerns. `adopters` names those that may want an orphan.
   */
  podChanged(change: Change<Pod>, adopters: (orphan: Pod) => readonly string[]): string[];
  /** True when the cache shows all that was created and deleted for the owner. */
  isSettled(ownerKey: string): boolean;
  forget(ownerKey: string): void;
  /** Creates `podAt(0)` to `podAt(count - 1)`, in growing batches. Answers the first error. */
  create(owner: KubeObject, ownerKey: string, count: number, podAt: (index: number) => Pod): Promise<unknown>;
  /** Deletes all at once. Answers the first error; a pod that is gone is none. */
  remove(owner: KubeObject, ownerKey: string, pods: readonly Pod[]): Promise<unknown>;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** `component` is the source of the events. */
export function createPodControl(ctx: ComponentContext, component: string, ownerKind: OwnerKind): PodControl {
  const expectations = createExpectations(ctx.clock);
  const events = ctx.recorder(component);
  return {
    isSettled: expectations.satisfied,
    forget: expectations.forget,
    podChanged({ before, after }, adopters) {
      const keys = new Set<string>();
      const formerOwner = ownerKeyOf(before, ownerKind);
      const currentOwner = ownerKeyOf(after, ownerKind);
      if (formerOwner) keys.add(formerOwner);
      if (currentOwner) {
        keys.add(currentOwner);
        if (!before) expectations.creationObserved(currentOwner);
      }
      const leaving = after === undefined || after.metadata.deletionTimestamp !== undefined;
      if (leaving) for (const key of keys) expectations.deletionObserved(key, (after ?? before)!.metadata.uid!);
      if (!leaving && !controllerOf(after)) for (const key of adopters(after)) keys.add(key);
      return [...keys];
    },
    async create(owner, ownerKey, count, podAt) {
      expectations.expectCreations(ownerKey, count);
      const { succeeded, error } = await slowStart(ctx.clock, count, async index => {
        try {
          const created = await ctx.client.create<Pod>(resources.pods, podAt(index));
          events.record(owner, 'Normal', 'SuccessfulCreate', `Created pod: ${created.metadata.name}`);
        } catch (failure) {
          if (isNamespaceTerminating(failure)) return expectations.creationObserved(ownerKey);
          events.record(owner, 'Warning', 'FailedCreate', `Error creating: ${messageOf(failure)}`);
          throw failure;
        }
      });
      // Neither the failed nor the skipped ones will ever be seen.
      if (succeeded < count) expectations.creationObserved(ownerKey, count - succeeded);
      return error;
    },
    async remove(owner, ownerKey, pods) {
      expectations.expectDeletions(
        ownerKey,
        pods.map(pod => pod.metadata.uid!),
      );
      const outcomes = await settleAll(ctx.clock, pods.length, async index => {
        const { name, namespace, uid } = pods[index]!.metadata;
        try {
          await ctx.client.delete(resources.pods, name!, { namespace, preconditions: { uid } });
          events.record(owner, 'Normal', 'SuccessfulDelete', `Deleted pod: ${name}`);
        } catch (failure) {
          expectations.deletionObserved(ownerKey, uid!);
          if (isReason(failure, 'NotFound') || isReason(failure, 'Conflict')) return;
          events.record(owner, 'Warning', 'FailedDelete', `Error deleting: ${messageOf(failure)}`);
          throw failure;
        }
      });
      return outcomes.find(outcome => outcome.status === 'rejected')?.reason;
    },
  };
}

/** The pod a template describes, owned by `owner`; its name is completed by the server unless `name` is given. */
export function podFromTemplate(
  owner: KubeObject,
  template: { metadata?: KubeObject['metadata']; spec?: Pod['spec'] },
  reference: NonNullable<KubeObject['metadata']['ownerReferences']>[number],
  name?: string,
): Pod {
  const { labels, annotations, finalizers } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(name ? { name } : { generateName: `${owner.metadata.name}-` }),
      namespace: owner.metadata.namespace,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...(finalizers && { finalizers }),
      ownerReferences: [reference],
    },
    spec: template.spec!,
  };
}
