/** The garbage collector: watches everything that can be deleted, and deletes what has lost its owners. */
import {
  parseApiVersion,
  type GroupVersionResource,
  type KubeObject,
  type OwnerReference,
} from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { createTrigger, runController, type ComponentContext, type Result } from '@orrery/reconciler';
import { createResourceMonitors, type ResourceMonitors } from './monitors.ts';
import { blocking, judge, ownersPatch, withoutFinalizer, type OwnerState } from './plan.ts';
import { createGraph, foregroundFinalizer, orphanFinalizer, type Graph, type GraphNode } from './graph.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';

const component = 'garbage-collector-controller';

interface Parts {
  readonly ctx: ComponentContext;
  readonly graph: Graph;
  readonly monitors: ResourceMonitors;
  /** Wakes the object with this uid. */
  readonly look: (uid: string) => void;
}

export const garbageCollector: Controller = {
  name: 'garbage-collector-controller',
  serviceAccount: 'generic-garbage-collector',
  async start(ctx, { discoveryPeriodMs = 30_000 }) {
    const graph = createGraph();
    const trigger = createTrigger();
    const look = (nodes: readonly GraphNode[]) => nodes.forEach(node => trigger.add(node.identity.uid));
    const monitors = createResourceMonitors(
      ctx,
      discoveryPeriodMs,
      (resource, { before, after }) => {
        if (after) look(graph.observe(resource, after));
        else if (before) look(graph.remove(before.metadata.uid!, 'gone'));
      },
      object => look(graph.remove(object.metadata.uid!, 'unknown')),
    );
    const parts: Parts = { ctx, graph, monitors, look: uid => trigger.add(uid) };
    const watching = monitors.run();
    await monitors.synced;
    await Promise.all([
      watching,
      runController(
        {
          name: component,
          concurrency: 20,
          sources: [trigger],
          reconcile: retryingConflicts(uid => reconcile(parts, uid)),
        },
        ctx,
      ),
    ]);
  },
};

async function reconcile(parts: Parts, uid: string): Promise<Result | void> {
  const node = parts.graph.get(uid);
  if (!node) return;
  if (!node.observed) return proveAbsence(parts, node);
  if (node.orphaning) return orphanDependents(parts, node);
  if (node.deletingDependents) return finishForeground(parts, node);
  if (node.deleting || node.owners.length === 0 || isPlainlyOwned(parts, node)) return;
  await collect(parts, node);
}

/** All owners are known, right and here to stay: the usual case, settled without asking the server. */
const isPlainlyOwned = ({ graph }: Parts, node: GraphNode): boolean =>
  node.owners.every(owner => {
    const known = graph.get(owner.uid);
    return known?.observed && !known.deletingDependents && fits(known, owner, node.identity.namespace);
  });

/** Whether an owner reference names the object right. Owners live in the dependent's namespace or in none. */
const fits = ({ identity }: GraphNode, owner: OwnerReference, namespace: string | undefined): boolean =>
  identity.kind === owner.kind &&
  identity.name === owner.name &&
  parseApiVersion(identity.apiVersion).group === parseApiVersion(owner.apiVersion).group &&
  (identity.namespace === undefined || identity.namespace === namespace);

const readLive = ({ ctx }: Parts, { identity, resource }: GraphNode): Promise<KubeObject | undefined> =>
  orUndefined(ctx.client.get(resource!, identity.name, { namespace: identity.namespace }));

/** The object as it is now, if it is still the same one. Its absence is taken into the graph. */
async function live(parts: Parts, node: GraphNode): Promise<KubeObject | undefined> {
  const found = await readLive(parts, node);
  if (found?.metadata.uid === node.identity.uid) return found;
  for (const affected of parts.graph.remove(node.identity.uid, 'gone')) parts.look(affected.identity.uid);
  return undefined;
}

/** An owner that no watch has shown: its dependents must not be judged by hearsay. */
async function proveAbsence(parts: Parts, node: GraphNode): Promise<void> {
  for (const dependent of node.dependents) parts.look(dependent.identity.uid);
}

async function collect(parts: Parts, node: GraphNode): Promise<void> {
  const object = await live(parts, node);
  if (!object || object.metadata.deletionTimestamp) return;
  const states = new Map<string, OwnerState>();
  for (const owner of object.metadata.ownerReferences ?? []) {
    states.set(owner.uid, await stateOf(parts, object, owner));
  }
  const verdict = judge(object, states, node);
  if (verdict.action === 'keep') return;
  const { namespace, uid, resourceVersion } = object.metadata;
  const { client } = parts.ctx;
  if (verdict.action === 'dropOwners') {
    const patch = ownersPatch(object, owner => (verdict.uids.includes(owner.uid) ? undefined : owner));
    await client.patch(node.resource!, node.identity.name, 'merge', patch, { namespace });
    return;
  }
  let version = resourceVersion;
  if (verdict.unblock) {
    const patch = ownersPatch(object, owner => ({ ...owner, blockOwnerDeletion: false }));
    const patched = await client.patch(node.resource!, node.identity.name, 'merge', patch, { namespace });
    version = patched.metadata.resourceVersion;
  }
  const preconditions = { uid, resourceVersion: version };
  const options = { namespace, preconditions, propagationPolicy: verdict.propagation };
  await orUndefined(client.delete(node.resource!, node.identity.name, options));
}

/** Looks an owner up: in the graph if a watch has shown it, else at the server. */
async function stateOf(parts: Parts, dependent: KubeObject, owner: OwnerReference): Promise<OwnerState> {
  const { namespace } = dependent.metadata;
  const known = parts.graph.get(owner.uid);
  if (known?.gone) return 'absent';
  if (known?.observed) {
    if (fits(known, owner, namespace)) return known.deletingDependents ? 'waiting' : 'present';
    const foreign = known.identity.namespace !== undefined && known.identity.namespace !== namespace;
    return foreign ? foreignNamespace(parts, dependent, owner) : 'absent';
  }
  const resource = parts.monitors.resourceOf(owner);
  // A kind that is not served: nothing can be concluded, so the object stays.
  if (!resource) throw new Error(`no resource is served for owner kind ${owner.apiVersion} ${owner.kind}`);
  if (resource.namespaced && namespace === undefined) return foreignNamespace(parts, dependent, owner);
  const scope = resource.namespaced ? namespace : undefined;
  const found = await orUndefined(parts.ctx.client.get(resource, owner.name, { namespace: scope }));
  if (found?.metadata.uid !== owner.uid) return 'absent';
  return found.metadata.deletionTimestamp && found.metadata.finalizers?.includes(foregroundFinalizer)
    ? 'waiting'
    : 'present';
}

function foreignNamespace({ ctx }: Parts, dependent: KubeObject, owner: OwnerReference): OwnerState {
  const reference = `[${owner.apiVersion}/${owner.kind}, namespace: ${dependent.metadata.namespace ?? ''}, name: ${owner.name}, uid: ${owner.uid}]`;
  const message = `ownerRef ${reference} does not exist in namespace "${dependent.metadata.namespace ?? ''}"`;
  ctx.recorder(component).record(dependent, 'Warning', 'OwnerRefInvalidNamespace', message);
  return 'absent';
}

/** Deleted with `Orphan`: the dependents forget their owner before it goes. */
async function orphanDependents(parts: Parts, node: GraphNode): Promise<void> {
  const { client } = parts.ctx;
  await Promise.all(
    [...node.dependents].map(async dependent => {
      if (!dependent.observed) return;
      const object = await readLive(parts, dependent);
      if (!object?.metadata.ownerReferences?.some(owner => owner.uid === node.identity.uid)) return;
      const patch = ownersPatch(object, owner => (owner.uid === node.identity.uid ? undefined : owner));
      const options = { namespace: object.metadata.namespace };
      await orUndefined(client.patch(dependent.resource!, dependent.identity.name, 'merge', patch, options));
    }),
  );
  await removeFinalizer(parts, node, orphanFinalizer);
}

/** Deleted with `Foreground`: goes once no dependent blocks it any more. */
async function finishForeground(parts: Parts, node: GraphNode): Promise<void> {
  const left = blocking(node);
  if (left.length === 0) return removeFinalizer(parts, node, foregroundFinalizer);
  for (const dependent of left) if (!dependent.deletingDependents) parts.look(dependent.identity.uid);
}

async function removeFinalizer(parts: Parts, node: GraphNode, finalizer: string): Promise<void> {
  const object = await live(parts, node);
  const patch = object && withoutFinalizer(object, finalizer);
  if (!patch) return;
  const options = { namespace: node.identity.namespace };
  try {
    await parts.ctx.client.patch(node.resource as GroupVersionResource, node.identity.name, 'merge', patch, options);
  } catch (error) {
    if (!isReason(error, 'NotFound')) throw error;
  }
}
