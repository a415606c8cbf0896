/** The resource quota controller: says in each quota's status what its namespace uses (upstream `pkg/controller/resourcequota`). */
import { resources } from '@orrery/client/resources';
import { addUsage, isInScopes, usageOf, type Usage } from '@orrery/kinds/quota';
import type { ResourceQuota } from '@orrery/kinds/types';
import { keyOf, type GroupVersionResource, type KubeObject } from '@orrery/machinery/meta';
import { canonicalQuantity, formatQuantity, zeroQuantity } from '@orrery/machinery/quantity';
import { orUndefined } from '@orrery/machinery/status';
import { runController, watchOf, type Change } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import { gathered } from '../common/gather.ts';
import { semanticEqual } from '../common/equal.ts';
import type { Controller } from '../types.ts';

/** What a quota may count. Of other kinds `count/...` is reported as none. */
export const counted: readonly GroupVersionResource[] = [
  resources.pods,
  resources.services,
  resources.persistentvolumeclaims,
  resources.configmaps,
  resources.secrets,
  resources.replicationcontrollers,
  resources.resourcequotas,
  resources.deployments,
  resources.replicasets,
  resources.statefulsets,
  resources.daemonsets,
  resources.jobs,
  resources.cronjobs,
  resources.ingresses,
];

/** The status a quota shall have. `objects` lists what the namespace holds of a resource. */
export function quotaStatus(
  quota: ResourceQuota,
  objects: (resource: GroupVersionResource) => readonly KubeObject[],
  now: number,
): NonNullable<ResourceQuota['status']> {
  const hard = quota.spec.hard ?? {};
  let usage: Usage = new Map();
  for (const resource of counted) {
    for (const object of objects(resource)) {
      if (isInScopes(quota, resource, object)) usage = addUsage(usage, usageOf(resource, object, now));
    }
  }
  const texts = Object.keys(hard).map(name => [name, formatQuantity(usage.get(name) ?? zeroQuantity)] as const);
  const limits = Object.entries(hard).map(([name, text]) => [name, canonicalQuantity(text)] as const);
  return { hard: Object.fromEntries(limits), used: Object.fromEntries(texts) };
}

export const resourceQuotaController: Controller = {
  name: 'resourcequota-controller',
  serviceAccount: 'resourcequota-controller',
  start(ctx) {
    const quotas = ctx.informers.of<ResourceQuota>(resources.resourcequotas);
    const inNamespace = ({ before, after }: Change<KubeObject>) =>
      quotas.list((after ?? before)!.metadata.namespace).map(keyOf);
    const sources = [
      watchOf(quotas),
      ...counted
        .filter(resource => resource !== resources.resourcequotas)
        .map(resource => gathered(100, watchOf(ctx.informers.of(resource), inNamespace))),
    ];
    const reconcile = async (key: string) => {
      const quota = quotas.get(key);
      if (!quota || quota.metadata.deletionTimestamp) return;
      const { namespace } = quota.metadata;
      const objects = (resource: GroupVersionResource) => ctx.informers.of(resource).list(namespace);
      const status = quotaStatus(quota, objects, ctx.clock.now());
      if (quota.status?.used && semanticEqual(quota.status, status)) return;
      const changed = { ...quota, status };
      await orUndefined(ctx.client.update(resources.resourcequotas, changed, { subresource: 'status' }));
    };
    return runController(
      { name: 'resourcequota-controller', concurrency: 5, sources, reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};
