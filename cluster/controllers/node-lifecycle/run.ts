/** The node lifecycle controller: marks silent nodes, taints troubled ones, and tells the pods' owners. */
import { resources } from '@orrery/client/resources';
import type { Lease, Node, Pod } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { isReason } from '@orrery/machinery/status';
import {
  allSynced,
  periodically,
  runController,
  watchOf,
  type ComponentContext,
  type Informer,
  type Result,
} from '@orrery/reconciler';
import { semanticEqual } from '../common/equal.ts';
import { podsOf, podsOnNode } from '../common/podindex.ts';
import { isReady } from '../common/pods.ts';
import { sameTaint } from '../common/taints.ts';
import { listen } from '../common/listen.ts';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import {
  evictionInterval,
  evictionTaint,
  isReadyNode,
  silentConditions,
  takePulse,
  wantedTaints,
  zoneOf,
  zoneState,
  type Pulse,
} from './plan.ts';

const component = 'node-controller';
const everyNode = '*';

interface Parts {
  readonly ctx: ComponentContext;
  readonly nodes: Informer<Node>;
  readonly leases: Informer<Lease>;
  readonly pods: Informer<Pod>;
  readonly graceMs: number;
  readonly pulses: Map<string, Pulse>;
  /** Per zone: when pods were last begun to be driven from a node. */
  readonly lastEviction: Map<string, number>;
}

export const nodeLifecycleController: Controller = {
  name: 'node-lifecycle-controller',
  serviceAccount: 'node-controller',
  start(ctx, { nodeMonitorGracePeriodMs = 50_000, nodeMonitorPeriodMs = 5_000 }) {
    const parts: Parts = {
      ctx,
      nodes: ctx.informers.of<Node>(resources.nodes),
      leases: ctx.informers.of<Lease>(resources.leases),
      pods: podsOf(ctx),
      graceMs: nodeMonitorGracePeriodMs,
      pulses: new Map(),
      lastEviction: new Map(),
    };
    announce(parts);
    const sources = [
      watchOf(parts.nodes),
      periodically(ctx.clock, nodeMonitorPeriodMs, everyNode),
      { start: () => () => {}, synced: allSynced(parts.leases, parts.pods) },
    ];
    // One at a time: how many nodes are down decides what is done to each.
    return runController(
      {
        name: 'node-lifecycle-controller',
        concurrency: 1,
        sources,
        reconcile: retryingConflicts(key => reconcile(parts, key)),
      },
      ctx,
    );
  },
};

function announce({ ctx, nodes, pulses }: Parts): void {
  listen(ctx, nodes, ({ before, after }) => {
    const { name } = (after ?? before)!.metadata;
    const events = ctx.recorder(component);
    if (!before) {
      events.record(after!, 'Normal', 'RegisteredNode', `Node ${name} event: Registered Node ${name} in Controller`);
    } else if (!after) {
      pulses.delete(name!);
      events.record(before, 'Normal', 'RemovingNode', `Node ${name} event: Removing Node ${name} from Controller`);
    }
  });
}

async function reconcile(parts: Parts, key: string): Promise<Result | void> {
  if (key !== everyNode) {
    const node = parts.nodes.get(key);
    return node ? look(parts, node) : undefined;
  }
  const errors: unknown[] = [];
  for (const node of parts.nodes.list()) await look(parts, node).catch(error => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

async function look(parts: Parts, node: Node): Promise<void> {
  const { ctx, leases, pulses, graceMs } = parts;
  const { name } = node.metadata;
  const clock = ctx.clock.monotonic();
  const now = ctx.clock.now();
  const pulse = takePulse(node, leases.get(`kube-node-lease/${name}`), pulses.get(name!), clock, now);
  pulses.set(name!, pulse);
  const silent = silentConditions(node, pulse, graceMs, clock, now);
  let current = node;
  if (silent) {
    const patch = { status: { conditions: silent } };
    current = await ctx.client.patch<Node>(resources.nodes, name!, 'strategic', patch, { subresource: 'status' });
    ctx.recorder(component).record(node, 'Normal', 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
  }
  await taint(parts, current, now);
  // A silent node cannot say so itself; one that reports trouble may still.
  if (!isReadyNode(current) && current.status?.conditions?.some(({ type }) => type === 'Ready')) {
    await markPodsNotReady(parts, current);
  }
}

async function taint(parts: Parts, node: Node, now: number): Promise<void> {
  // Only a node in trouble is asked for: the answer looks at all nodes, and nearly all are well.
  const permission = evictionTaint(node) ? mayEvict(parts, node) : 'no';
  const taints = wantedTaints(node, permission, now);
  if (semanticEqual(taints, node.spec?.taints)) return;
  const { name, resourceVersion } = node.metadata;
  // The whole list is replaced: the version guards against losing a taint that was added meanwhile.
  const patch = { metadata: { resourceVersion }, spec: { taints } };
  await parts.ctx.client.patch(resources.nodes, name!, 'merge', patch);
  const evicting = evictionTaint(node);
  const began = evicting && permission === 'yes' && !node.spec?.taints?.some(other => sameTaint(other, evicting));
  if (began) parts.lastEviction.set(zoneOf(node), parts.ctx.clock.monotonic());
}

/** Few nodes at a time in a troubled zone, none where everything seems down. */
function mayEvict({ ctx, nodes, lastEviction }: Parts, node: Node): 'yes' | 'later' | 'no' {
  const zones = Map.groupBy(
    nodes.list().map(other => (other.metadata.name === node.metadata.name ? node : other)),
    zoneOf,
  );
  const allFull = zones.values().every(members => zoneState(members) === 'full');
  if (allFull) return 'no';
  const members = zones.get(zoneOf(node)) ?? [];
  const interval = evictionInterval(zoneState(members), members.length, allFull);
  const last = lastEviction.get(zoneOf(node)) ?? -Infinity;
  return ctx.clock.monotonic() - last >= interval ? 'yes' : 'later';
}

/** Takes the pods of a node that is not ready out of their Services. */
async function markPodsNotReady({ ctx, pods }: Parts, node: Node): Promise<void> {
  for (const pod of podsOnNode(pods, node.metadata.name!)) {
    if (!isReady(pod)) continue;
    const { name, namespace, uid } = pod.metadata;
    const condition = { type: 'Ready', status: 'False', lastTransitionTime: formatTime(ctx.clock.now()) };
    const patch = { metadata: { uid }, status: { conditions: [condition] } };
    try {
      await ctx.client.patch(resources.pods, name!, 'strategic', patch, { namespace, subresource: 'status' });
      ctx.recorder(component).record(pod, 'Warning', 'NodeNotReady', 'Node is not ready');
    } catch (error) {
      if (!isReason(error, 'NotFound') && !isReason(error, 'Invalid') && !isReason(error, 'Conflict')) throw error;
    }
  }
}
