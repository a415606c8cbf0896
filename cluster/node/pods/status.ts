/** A pod's whole status, and the smallest patch that brings the API server's copy there. */
import { isDeepStrictEqual } from 'node:util';
import type { ContainerStatus, Pod, PodCondition, PodPhase, PodStatus } from '@orrery/kinds/types';
import { formatTime } from '@orrery/machinery/clock';
import { conditionsOf } from './conditions.ts';
import { containerStatusOf, type StatusMemory } from './container-status.ts';
import type { ObservedPod } from './observed.ts';
import { phaseOf } from './phase.ts';
import { currentSandbox } from './plan.ts';
import { hostNetworkOf, isTerminalPhase, membersOf } from './pod.ts';
import { qosClassOf } from './qos.ts';

export interface StatusInput extends StatusMemory {
  now: number;
  /** The node's addresses, first family first. */
  hostIps: readonly string[];
  /** Set when the kubelet itself ended the pod (`DeadlineExceeded`, an admission reason); shown once nothing of it runs. */
  failure?: { reason: string; message: string };
}

/** The statuses of all containers, by the list that they are in. */
function statusesOf(pod: Pod, observed: ObservedPod, memory: StatusMemory) {
  const statuses = { init: [] as ContainerStatus[], main: [] as ContainerStatus[], ephemeral: [] as ContainerStatus[] };
  for (const member of membersOf(pod)) {
    const { kind } = member;
    if (kind === 'ephemeral' && !observed.containers.some(({ name }) => name === member.container.name)) continue;
    statuses[kind === 'sidecar' ? 'init' : kind].push(containerStatusOf(pod, member, observed, memory));
  }
  statuses.main.sort((a, b) => (a.name < b.name ? -1 : 1));
  return statuses;
}

/** Whether a pod has come to its end by itself: its main containers are done, though sidecars may still run. */
export const isOver = (pod: Pod, observed: ObservedPod, input: StatusInput): boolean =>
  isTerminalPhase(phaseOf(pod, statusesOf(pod, observed, input), false));

const stillRuns = (observed: ObservedPod): boolean => observed.containers.some(({ state }) => state === 'running');

/** A phase that is final in the API stays; nothing is final while a container runs. */
function phaseToShow(pod: Pod, observed: ObservedPod, input: StatusInput, computed: PodPhase): PodPhase {
  const before = pod.status?.phase;
  if (isTerminalPhase(before)) return before!;
  const phase = input.failure ? 'Failed' : computed;
  return isTerminalPhase(phase) && stillRuns(observed) ? (before ?? 'Pending') : phase;
}

export function podStatusOf(pod: Pod, observed: ObservedPod, input: StatusInput): PodStatus {
  const before = pod.status ?? {};
  const statuses = statusesOf(pod, observed, input);
  const phase = phaseToShow(pod, observed, input, phaseOf(pod, statuses, input.ending));
  const over = input.failure !== undefined && phase === 'Failed';
  const all = [...statuses.init, ...statuses.main];
  const sandboxReady = currentSandbox(pod, observed).sandbox !== undefined;
  const conditions = conditionsOf({ pod, phase, statuses: all, sandboxReady, time: formatTime(input.now) });
  const ips = podIps(pod, observed, input.hostIps);
  const { reason, message } = over ? input.failure! : before;
  return {
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase,
    conditions,
    ...(message && { message }),
    ...(reason && { reason }),
    ...(input.hostIps[0] && { hostIP: input.hostIps[0], hostIPs: input.hostIps.map(ip => ({ ip })) }),
    ...(ips[0] && { podIP: ips[0], podIPs: ips.map(ip => ({ ip })) }),
    startTime: before.startTime ?? formatTime(input.now),
    ...(statuses.init.length > 0 && { initContainerStatuses: statuses.init }),
    containerStatuses: statuses.main,
    ...(statuses.ephemeral.length > 0 && { ephemeralContainerStatuses: statuses.ephemeral }),
    qosClass: before.qosClass ?? qosClassOf(pod),
  };
}

/** The ready sandbox's addresses; a pod without one keeps those it had. */
function podIps(pod: Pod, observed: ObservedPod, hostIps: readonly string[]): readonly string[] {
  if (hostNetworkOf(pod)) return observed.sandboxes.length > 0 ? hostIps : [];
  const ready = observed.sandboxes.find(sandbox => sandbox.ready && sandbox.ips.length > 0);
  return ready?.ips ?? (pod.status?.podIPs ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
}

type StatusPatch = Record<string, unknown>;

const ipLists = new Set(['podIPs', 'hostIPs']);

/**
 * The strategic merge patch from what the API server has to what is wanted; undefined when they agree. Conditions of others
 * (readiness gates, `DisruptionTarget`) and fields that are not ours stay untouched.
 */
export function statusPatch(before: PodStatus | undefined, wanted: PodStatus): StatusPatch | undefined {
  const patch: StatusPatch = {};
  for (const [name, value] of Object.entries(wanted)) {
    if (name === 'conditions') continue;
    if (!isDeepStrictEqual(value, before?.[name as keyof PodStatus])) {
      patch[name] = ipLists.has(name) ? [...(value as unknown[]), { $patch: 'replace' }] : value;
    }
  }
  const conditions = changedConditions(before?.conditions ?? [], wanted.conditions ?? []);
  if (conditions.length > 0) patch.conditions = conditions;
  return Object.keys(patch).length > 0 ? patch : undefined;
}

function changedConditions(before: readonly PodCondition[], wanted: readonly PodCondition[]): PodCondition[] {
  return wanted.flatMap(condition => {
    const old = before.find(({ type }) => type === condition.type);
    if (!old) return [condition];
    if (ownFields.every(field => (old[field] ?? undefined) === condition[field])) return [];
    // A reason or message that is gone must be taken away by name.
    return [{ ...condition, ...removed(old, condition, 'reason'), ...removed(old, condition, 'message') }];
  });
}

/** What we write of a condition; the server adds a null `lastProbeTime`. */
const ownFields = ['status', 'reason', 'message', 'lastTransitionTime', 'observedGeneration'] as const;

const removed = (old: PodCondition, now: PodCondition, field: 'reason' | 'message'): object =>
  old[field] && !now[field] ? { [field]: null } : {};
