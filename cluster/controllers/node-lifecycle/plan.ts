/** What becomes of a node that falls silent or reports trouble (upstream `pkg/controller/nodelifecycle`). */
import type { Lease, Node, NodeCondition, Taint } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { timeOf } from '../common/pods.ts';
import { sameTaint, taintKeys } from '../common/taints.ts';

/** What is remembered of a node between two looks. Times are of our own monotonic clock, in milliseconds. */
export interface Pulse {
  /** When the node last gave a sign of life that we saw. */
  readonly seenAt: number;
  /** That sign: the newest heartbeat and lease renewal. */
  readonly sign: string;
}

/** A node that never reported at all is given this long. */
const startupGraceMs = 60_000;
const watched = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'] as const;

const conditionOf = (node: Node, type: string): NodeCondition | undefined =>
  node.status?.conditions?.find(condition => condition.type === type);

/** Compares the node's signs of life with those remembered. */
export function takePulse(
  node: Node,
  lease: Lease | undefined,
  before: Pulse | undefined,
  clock: number,
  now: number,
): Pulse {
  const sign = `${lease?.spec?.renewTime ?? ''} ${(node.status?.conditions ?? [])
    // A status that we set ourselves is no sign of life.
    .filter(({ reason }) => reason !== 'NodeStatusUnknown' && reason !== 'NodeStatusNeverUpdated')
    .map(({ lastHeartbeatTime }) => lastHeartbeatTime)
    .join(' ')}`;
  if (before && before.sign === sign) return before;
  if (before) return { seenAt: clock, sign };
  // At first sight a node that never reported is as old as it says.
  const created = timeOf(node.metadata.creationTimestamp) ?? now;
  const age = conditionOf(node, 'Ready') ? 0 : Math.max(0, now - created);
  return { seenAt: clock - age, sign };
}

/** Conditions to set because the node has been silent for too long; undefined while it has not, or they are set. */
export function silentConditions(
  node: Node,
  pulse: Pulse,
  graceMs: number,
  clock: number,
  now: number,
): NodeCondition[] | undefined {
  const grace = conditionOf(node, 'Ready') ? graceMs : startupGraceMs;
  if (clock - pulse.seenAt <= grace) return undefined;
  const time = formatTime(now);
  const changed = watched.flatMap(type => {
    const current = conditionOf(node, type);
    if (current?.status === 'Unknown') return [];
    const heartbeat = current?.lastHeartbeatTime ?? node.metadata.creationTimestamp;
    const told = current
      ? { reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.' }
      : { reason: 'NodeStatusNeverUpdated', message: 'Kubelet never posted node status.' };
    return [{ type, status: 'Unknown', ...told, lastHeartbeatTime: heartbeat, lastTransitionTime: time }];
  });
  return changed.length === 0 ? undefined : (changed as NodeCondition[]);
}

const conditionTaints: readonly (readonly [string, string, string])[] = [
  ['Ready', 'False', taintKeys.notReady],
  ['Ready', 'Unknown', taintKeys.unreachable],
  ['MemoryPressure', 'True', taintKeys.memoryPressure],
  ['DiskPressure', 'True', taintKeys.diskPressure],
  ['NetworkUnavailable', 'True', taintKeys.networkUnavailable],
  ['PIDPressure', 'True', taintKeys.pidPressure],
];

const managedNoSchedule = new Set<string>([...conditionTaints.map(([, , key]) => key), taintKeys.unschedulable]);

const isManaged = ({ key, effect }: Taint): boolean =>
  (effect === 'NoSchedule' && managedNoSchedule.has(key)) ||
  (effect === 'NoExecute' && (key === taintKeys.notReady || key === taintKeys.unreachable));

export const isReadyNode = (node: Node): boolean => conditionOf(node, 'Ready')?.status === 'True';

/**
 * The taints the node shall have. Those of others stay; `mayEvict` says whether pods may be driven from it (NoExecute) now, which an
 * already present taint is not taken back for while the cause lasts.
 */
export function wantedTaints(node: Node, mayEvict: 'yes' | 'later' | 'no', now: number): Taint[] {
  const current = node.spec?.taints ?? [];
  const wanted: Taint[] = conditionTaints
    .filter(([type, status]) => conditionOf(node, type)?.status === status)
    .map(([, , key]) => ({ key, effect: 'NoSchedule' }));
  if (node.spec?.unschedulable) wanted.push({ key: taintKeys.unschedulable, effect: 'NoSchedule' });
  const evicting = evictionTaint(node);
  if (evicting && mayEvict !== 'no') {
    const present = current.some(taint => sameTaint(taint, evicting));
    if (present || mayEvict === 'yes') wanted.push(evicting);
  }
  const kept = current.filter(taint => !isManaged(taint) || wanted.some(other => sameTaint(taint, other)));
  const added = wanted.filter(taint => !current.some(other => sameTaint(taint, other)));
  return [...kept, ...added.map(taint => ({ ...taint, timeAdded: formatTime(now) }))];
}

/** The NoExecute taint a node's readiness calls for. */
export function evictionTaint(node: Node): Taint | undefined {
  const status = conditionOf(node, 'Ready')?.status;
  if (status === 'False') return { key: taintKeys.notReady, effect: 'NoExecute' };
  if (status === 'Unknown') return { key: taintKeys.unreachable, effect: 'NoExecute' };
  return undefined;
}

/** How healthy a zone is, which decides how fast pods are driven from its nodes. */
export type ZoneState = 'normal' | 'partial' | 'full';

export function zoneState(nodes: readonly Node[]): ZoneState {
  const bad = nodes.filter(node => !isReadyNode(node)).length;
  if (nodes.length > 0 && bad === nodes.length) return 'full';
  return bad > 2 && bad / nodes.length >= 0.55 ? 'partial' : 'normal';
}

/** Milliseconds between two nodes that pods are driven from in a zone; Infinity stops it. */
export function evictionInterval(state: ZoneState, nodes: number, allZonesFull: boolean): number {
  // When no node anywhere answers, it is more likely us who are cut off.
  if (allZonesFull) return Infinity;
  if (state !== 'partial') return 10_000;
  return nodes > 50 ? 100_000 : Infinity;
}

export const zoneOf = (node: Node): string =>
  `${node.metadata.labels?.['topology.kubernetes.io/region'] ?? ''}:${node.metadata.labels?.['topology.kubernetes.io/zone'] ?? ''}`;
