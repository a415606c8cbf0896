/** The namespace controller: empties a namespace that is being deleted, pods first, then lets it go. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Namespace } from '@orrery/kinds/types';
import type { KubeList, KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined, StatusError } from '@orrery/machinery/status';
import { runController, watchOf, type ComponentContext, type Result } from '@orrery/reconciler';
import { discover, type ServedResource } from '../common/discovery.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import { terminatingStatus, withoutFinalizer, type Findings } from './plan.ts';

/** How soon to look again while contents are still going. */
const shortWaitMs = 200;
const longWaitMs = 5_000;

export const namespaceController: Controller = {
  name: 'namespace-controller',
  serviceAccount: 'namespace-controller',
  start(ctx) {
    const namespaces = ctx.informers.of<Namespace>(resources.namespaces);
    const pods = ctx.informers.of(resources.pods);
    const rounds = new Map<string, number>();
    const sources = [
      watchOf(namespaces, ({ after }) => (after?.metadata.deletionTimestamp ? [after.metadata.name!] : [])),
      // The last pod is what everything else waits for.
      watchOf(pods, ({ before, after }) => {
        const name = before?.metadata.namespace ?? '';
        const waits = namespaces.get(name)?.metadata.deletionTimestamp !== undefined;
        return !after && waits && pods.list(name).length === 0 ? [name] : [];
      }),
    ];
    const reconcile = async (key: string): Promise<Result | void> => {
      const namespace = namespaces.get(key);
      if (!namespace?.metadata.deletionTimestamp) return void rounds.delete(key);
      const done = await empty(ctx, key);
      if (done) return void rounds.delete(key);
      const round = rounds.get(key) ?? 0;
      rounds.set(key, round + 1);
      return { requeueAfterMs: Math.min(longWaitMs, shortWaitMs * 2 ** round) };
    };
    return runController(
      { name: 'namespace-controller', concurrency: 10, sources, reconcile: retryingConflicts(reconcile) },
      ctx,
    );
  },
};

interface Tally {
  readonly errors: string[];
  readonly remaining: Map<string, number>;
  readonly finalizers: Map<string, number>;
}

/** One round; true when nothing more is to be done. */
async function empty({ client, clock, signal }: ComponentContext, name: string): Promise<boolean> {
  const namespace = await orUndefined(client.get<Namespace>(resources.namespaces, name));
  if (!namespace?.metadata.deletionTimestamp) return true;
  if (!namespace.spec?.finalizers?.includes('kubernetes')) return true;
  const tally: Tally = { errors: [], remaining: new Map(), finalizers: new Map() };
  const { resources: served, stale } = await discover(client, signal);
  const deletable = served.filter(({ namespaced, verbs }) => namespaced && verbs.includes('delete'));
  // Pods go first, so that nothing they rely on (network policies, secrets) vanishes under them.
  await deleteAll(client, name, { ...resources.pods, verbs: ['delete', 'deletecollection', 'list'] }, tally);
  if (tally.remaining.size === 0 && tally.errors.length === 0) {
    for (const resource of deletable) {
      if (resource.group === '' && resource.resource === 'pods') continue;
      await deleteAll(client, name, resource, tally);
    }
  }
  const findings: Findings = { stale, ...tally };
  const isEmpty = stale.length === 0 && tally.errors.length === 0 && tally.remaining.size === 0;
  const current = await report(client, namespace, findings, clock.now());
  if (!isEmpty) return false;
  const options = { subresource: 'finalize' };
  await client.update(resources.namespaces, withoutFinalizer(current), options).catch(error => {
    if (!isReason(error, 'NotFound')) throw error;
  });
  return true;
}

/** Another writer of the status is no reason to start over: the next round reports. */
async function report(client: Client, namespace: Namespace, findings: Findings, now: number): Promise<Namespace> {
  const status = terminatingStatus(namespace, findings, now);
  if (!status) return namespace;
  return client.update<Namespace>(resources.namespaces, status, { subresource: 'status' });
}

async function deleteAll(client: Client, namespace: string, resource: ServedResource, tally: Tally): Promise<void> {
  try {
    const before = await listIn(client, namespace, resource);
    if (before.items.length === 0) return;
    await deleteItems(client, namespace, resource, before);
    const left = await listIn(client, namespace, resource);
    note(resource, left.items, tally);
  } catch (error) {
    // A kind that came or went meanwhile, or cannot be listed, holds nothing back.
    if (isReason(error, 'NotFound') || isReason(error, 'MethodNotAllowed')) return;
    tally.errors.push(error instanceof StatusError || error instanceof Error ? error.message : String(error));
  }
}

const listIn = (client: Client, namespace: string, resource: ServedResource): Promise<KubeList> =>
  client.list(resource, { namespace });

async function deleteItems(client: Client, namespace: string, resource: ServedResource, list: KubeList): Promise<void> {
  const options = { namespace, propagationPolicy: 'Background' as const };
  if (resource.verbs.includes('deletecollection')) return client.deleteCollection(resource, options);
  for (const { metadata } of list.items) {
    await orUndefined(client.delete(resource, metadata.name!, options));
  }
}

function note({ group, resource }: ServedResource, items: readonly KubeObject[], tally: Tally): void {
  if (items.length === 0) return;
  tally.remaining.set(`${resource}.${group}`, items.length);
  for (const name of items.flatMap(item => item.metadata.finalizers ?? [])) {
    tally.finalizers.set(name, (tally.finalizers.get(name) ?? 0) + 1);
  }
}
