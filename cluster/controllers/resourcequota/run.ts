/**
 * The resource quota controller: says in each quota's status what its namespace uses (upstream `pkg/controller/resourcequota`).
 * New use is charged at admission; this controller measures new quotas and gives back what is freed. It does not follow its
 * quota's status nor new objects: a cache that lags behind admission would take charges back.
 */
import { resources } from '@orrery/client/resources';
import { addUsage, isInScopes, isTracked, usageOf, type Usage } from '@orrery/kinds/quota';
import type { ResourceQuota } from '@orrery/kinds/types';
import { keyOf, type GroupVersionResource, type KubeObject } from '@orrery/machinery/meta';
import {
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityOf,
  zeroQuantity,
} from '@orrery/machinery/quantity';
import { orUndefined } from '@orrery/machinery/status';
import {
  resync,
  runController,
  watchOf,
  type Change,
  type ComponentContext,
  type Informer,
  type Result,
} from '@orrery/reconciler';
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

/** Of these nothing but their number counts. */
const onlyCounted = new Set<GroupVersionResource>([resources.configmaps, resources.secrets]);

const informerOf = ({ informers }: ComponentContext, resource: GroupVersionResource): Informer =>
  onlyCounted.has(resource) ? informers.metadata(resource) : informers.of(resource);

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

type Amounts = Readonly<Record<string, string>>;

/** The larger of both amounts for each name of `measured`. */
export const withCharges = (measured: Amounts, charged: Amounts): Amounts =>
  Object.fromEntries(
    Object.entries(measured).map(([name, amount]) => {
      const before = charged[name];
      const isMore = before !== undefined && compareQuantities(parseQuantity(before), parseQuantity(amount)) > 0;
      return [name, isMore ? before : amount];
    }),
  );

/** What a quota's namespace holds of what the quota names, from the server itself: a cache may lag by more than a moment. */
async function storedObjects({ client }: ComponentContext, { metadata, spec }: ResourceQuota): Promise<Objects> {
  const names = Object.keys(spec.hard ?? {});
  const lists = counted
    .filter(resource => names.some(name => isTracked(resource, name)))
    .map(async resource => [resource, (await client.list(resource, { namespace: metadata.namespace })).items] as const);
  const found = new Map<GroupVersionResource, readonly KubeObject[]>(await Promise.all(lists));
  return resource => found.get(resource) ?? [];
}

type Objects = (resource: GroupVersionResource) => readonly KubeObject[];

interface Look {
  /** A look that nothing caused, a moment after something was written: it asks the server. */
  readonly isSecond: boolean;
  /** False where what was charged meanwhile may not be stored yet. */
  readonly mayLower: boolean;
}

async function measure(
  ctx: ComponentContext,
  quota: ResourceQuota,
  { isSecond, mayLower }: Look,
  written: (version: string | undefined) => void,
): Promise<Result | void> {
  const { namespace } = quota.metadata;
  const cached: Objects = resource => informerOf(ctx, resource).list(namespace);
  const objects = isSecond ? await storedObjects(ctx, quota) : cached;
  const others = await countOthers(ctx, quota);
  const measured = quotaStatus(quota, objects, ctx.clock.now(), others);
  const charged = quota.status?.used ?? {};
  const status = mayLower || others.size > 0 ? measured : { ...measured, used: withCharges(measured.used!, charged) };
  const again = others.size > 0 ? { requeueAfterMs: unwatchedMs } : undefined;
  if (quota.status?.used && semanticEqual(quota.status, status)) return again;
  const stored = { ...quota, status };
  const answer = await orUndefined(ctx.client.update(resources.resourcequotas, stored, { subresource: 'status' }));
  written(answer?.metadata.resourceVersion);
  return { requeueAfterMs: secondLookMs };
}

export const resourceQuotaController: Controller = {
  name: 'resourcequota-controller',
  serviceAccount: 'resourcequota-controller',
  start(ctx) {
    const quotas = ctx.informers.of<ResourceQuota>(resources.resourcequotas);
    // Quotas that something happened to, and the versions that were written: what comes a second later is only a second look.
    const due = new Set<string>();
    const looks = new Map<string, string | undefined>();
    const mark = (keys: string[]): string[] => {
      for (const key of keys) due.add(key);
      return keys;
    };
    const isBeside = (resource: GroupVersionResource) => (change: Change<KubeObject>) =>
      frees(resource, change, ctx.clock.now()) ? mark(quotas.list(change.before!.metadata.namespace).map(keyOf)) : [];
    const sources = [
      watchOf(quotas, change => (needsMeasuring(change) ? mark([keyOf(change.after!)]) : [])),
      resync(ctx.clock, resyncMs, quotas),
      ...counted.map(resource => gathered(100, watchOf(informerOf(ctx, resource), isBeside(resource)))),
    ];
    const reconcile = async (key: string) => {
      const quota = quotas.get(key);
      const isDue = due.delete(key);
      const isSecond = !isDue && looks.has(key);
      const last = looks.get(key);
      looks.delete(key);
      if (!quota || quota.metadata.deletionTimestamp) return;
      const mayLower = !isSecond || quota.metadata.resourceVersion === last;
      try {
        return await measure(ctx, quota, { isSecond, mayLower }, version => looks.set(key, version));
      } catch (error) {
        if (isSecond) looks.set(key, last);
        else due.add(key);
        throw error;
      }
    };
    return runController(
      { name: 'resourcequota-controller', concurrency: 5, sources, reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};
