/**
 * The resource quota controller: says in each quota's status what its namespace uses (upstream `pkg/controller/resourcequota`).
 * New use is charged at admission; this controller measures new quotas and gives back what is freed. It does not follow its
 * quota's status nor new objects: a cache that lags behind admission would take charges back.
 */
import { resources } from '@orrery/client/resources';
import { addUsage, isInScopes, usageOf, type Usage } from '@orrery/kinds/quota';
import type { ResourceQuota } from '@orrery/kinds/types';
import { keyOf, type GroupVersionResource, type KubeObject } from '@orrery/machinery/meta';
import {
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  quantityOf,
  zeroQuantity,
} from '@orrery/machinery/quantity';
import { orUndefined } from '@orrery/machinery/status';
import { resync, runController, watchOf, type Change, type ComponentContext, type Result } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import { discover } from '../common/discovery.ts';
import { gathered } from '../common/gather.ts';
import { semanticEqual } from '../common/equal.ts';
import type { Controller } from '../types.ts';

/** What is followed by watches. Other kinds that a quota names by `count/...` are asked for from time to time. */
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

const resyncMs = 5 * 60_000;
/** Objects that were charged but not yet in the cache when a quota was measured are there by then. */
const secondLookMs = 1_000;
const unwatchedMs = 10_000;

/** The status a quota shall have. `objects` lists what the namespace holds of a resource; `others` are amounts found elsewhere. */
export function quotaStatus(
  quota: ResourceQuota,
  objects: (resource: GroupVersionResource) => readonly KubeObject[],
  now: number,
  others: Usage = new Map(),
): NonNullable<ResourceQuota['status']> {
  const hard = quota.spec.hard ?? {};
  let usage: Usage = others;
  for (const resource of counted) {
    for (const object of objects(resource)) {
      if (isInScopes(quota, resource, object)) usage = addUsage(usage, usageOf(resource, object, now));
    }
  }
  const texts = Object.keys(hard).map(name => [name, formatQuantity(usage.get(name) ?? zeroQuantity)] as const);
  const limits = Object.entries(hard).map(([name, text]) => [name, canonicalQuantity(text)] as const);
  return { hard: Object.fromEntries(limits), used: Object.fromEntries(texts) };
}

const followed = new Set(counted.map(({ group, resource }) => `count/${resource}${group ? `.${group}` : ''}`));

/** The kinds that a quota counts and nothing here watches, e.g. `widgets.example.com`. */
export const unwatched = ({ spec }: ResourceQuota): string[] =>
  Object.keys(spec.hard ?? {}).filter(name => name.startsWith('count/') && !followed.has(name));

/** A new quota, one with other limits, or one that says nothing of its limits yet. */
export function needsMeasuring({ before, after }: Change<ResourceQuota>): boolean {
  if (!after) return false;
  return !before || !semanticEqual(before.spec, after.spec) || !after.status?.used;
}

/** Whether a change gives anything back. `now` is in milliseconds since the epoch. */
export function frees(resource: GroupVersionResource, { before, after }: Change<KubeObject>, now: number): boolean {
  if (!before) return false;
  if (!after) return true;
  const left = usageOf(resource, after, now);
  return usageOf(resource, before, now)
    .entries()
    .some(([name, amount]) => compareQuantities(left.get(name) ?? zeroQuantity, amount) < 0);
}

/** How many there are of kinds that are not watched. Those that are not served count as none. */
async function countOthers({ client, signal }: ComponentContext, quota: ResourceQuota): Promise<Usage> {
  const names = unwatched(quota);
  const usage = new Map(names.map(name => [name, zeroQuantity]));
  if (names.length === 0) return usage;
  const { namespace } = quota.metadata;
  for (const served of (await discover(client, signal)).resources) {
    const name = `count/${served.resource}${served.group ? `.${served.group}` : ''}`;
    if (!usage.has(name) || !served.namespaced || !served.verbs.includes('list')) continue;
    const { items, metadata } = await client.list(served, { namespace, limit: 1 });
    usage.set(name, quantityOf(items.length + (metadata.remainingItemCount ?? 0)));
  }
  return usage;
}

async function measure(ctx: ComponentContext, quota: ResourceQuota): Promise<Result | void> {
  const { namespace } = quota.metadata;
  const objects = (resource: GroupVersionResource) => ctx.informers.of(resource).list(namespace);
  const others = await countOthers(ctx, quota);
  const status = quotaStatus(quota, objects, ctx.clock.now(), others);
  const again = others.size > 0 ? { requeueAfterMs: unwatchedMs } : undefined;
  if (quota.status?.used && semanticEqual(quota.status, status)) return again;
  await orUndefined(ctx.client.update(resources.resourcequotas, { ...quota, status }, { subresource: 'status' }));
  return { requeueAfterMs: secondLookMs };
}

export const resourceQuotaController: Controller = {
  name: 'resourcequota-controller',
  serviceAccount: 'resourcequota-controller',
  start(ctx) {
    const quotas = ctx.informers.of<ResourceQuota>(resources.resourcequotas);
    const isBeside = (resource: GroupVersionResource) => (change: Change<KubeObject>) =>
      frees(resource, change, ctx.clock.now()) ? quotas.list(change.before!.metadata.namespace).map(keyOf) : [];
    const sources = [
      watchOf(quotas, change => (needsMeasuring(change) ? [keyOf(change.after!)] : [])),
      resync(ctx.clock, resyncMs, quotas),
      ...counted.map(resource => gathered(100, watchOf(ctx.informers.of(resource), isBeside(resource)))),
    ];
    const reconcile = async (key: string) => {
      const quota = quotas.get(key);
      if (quota && !quota.metadata.deletionTimestamp) return measure(ctx, quota);
    };
    return runController(
      { name: 'resourcequota-controller', concurrency: 5, sources, reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};
