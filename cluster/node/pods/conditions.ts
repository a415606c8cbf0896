/** The conditions that the kubelet writes on a pod (upstream `pkg/kubelet/status/generate.go`). */
import type { ContainerStatus, Pod, PodCondition, PodPhase } from '@orrery/kinds/types';
import { initContainersOf, isSidecar, mainContainersOf } from './pod.ts';

type Draft = Pick<PodCondition, 'type' | 'status' | 'reason' | 'message'>;

export interface ConditionInput {
  pod: Pod;
  phase: PodPhase;
  /** Init and main containers' statuses. */
  statuses: readonly ContainerStatus[];
  /** Whether a ready sandbox with a network exists. */
  sandboxReady: boolean;
  /** When a condition changed its status: now, RFC 3339. */
  time: string;
}

/** All five, in upstream's order; those whose status did not change keep their transition time. */
export function conditionsOf(input: ConditionInput): PodCondition[] {
  const { pod, time } = input;
  const ready = containersReady(input);
  const drafts: Draft[] = [
    { type: 'PodReadyToStartContainers', status: input.sandboxReady ? 'True' : 'False' },
    initialized(input),
    podReady(pod, ready),
    { type: 'ContainersReady', ...ready },
    { type: 'PodScheduled', status: 'True' },
  ];
  return drafts.map(draft => {
    const before = pod.status?.conditions?.find(({ type }) => type === draft.type);
    const same = before?.status === draft.status;
    const lastTransitionTime = (same && before.lastTransitionTime) || time;
    const { generation } = pod.metadata;
    return { ...draft, ...(generation !== undefined && { observedGeneration: generation }), lastTransitionTime };
  });
}

const list = (names: readonly string[]): string => `[${names.join(' ')}]`;

function explain(unknown: readonly string[], others: readonly string[], word: string): string | undefined {
  const parts = [
    ...(unknown.length ? [`containers with unknown status: ${list(unknown)}`] : []),
    ...(others.length ? [`containers with ${word} status: ${list(others)}`] : []),
  ];
  return parts.length ? parts.join(', ') : undefined;
}

function containersReady({ pod, phase, statuses }: ConditionInput): Omit<Draft, 'type'> {
  const names = [...initContainersOf(pod).filter(isSidecar), ...mainContainersOf(pod)].map(({ name }) => name);
  const known = new Map(statuses.map(status => [status.name, status]));
  const unknown = names.filter(name => !known.has(name));
  if (phase === 'Succeeded' && unknown.length === 0) return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const unready = names.filter(name => known.get(name)?.ready === false);
  const message = explain(unknown, unready, 'unready');
  return message ? { status: 'False', reason: 'ContainersNotReady', message } : { status: 'True' };
}

function podReady(pod: Pod, ready: Omit<Draft, 'type'>): Draft {
  if (ready.status !== 'True') return { type: 'Ready', ...ready };
  const complaints = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = pod.status?.conditions?.find(({ type }) => type === conditionType);
    if (!condition) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    if (condition.status === 'True') return [];
    return [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  if (complaints.length === 0) return { type: 'Ready', status: 'True' };
  return { type: 'Ready', status: 'False', reason: 'ReadinessGatesNotReady', message: complaints.join(', ') };
}

function initialized({ pod, phase, statuses }: ConditionInput): Draft {
  const type = 'Initialized';
  const known = new Map(statuses.map(status => [status.name, status]));
  const containers = initContainersOf(pod);
  const unknown = containers.filter(({ name }) => !known.has(name)).map(({ name }) => name);
  if (phase === 'Succeeded' && unknown.length === 0) return { type, status: 'True', reason: 'PodCompleted' };
  const begun = mainContainersOf(pod).some(({ name }) => {
    const status = known.get(name);
    return status?.state?.running || status?.state?.terminated || status?.lastState?.terminated;
  });
  if (begun) return { type, status: 'True' };
  const incomplete = containers.filter(container => {
    const status = known.get(container.name);
    return status && !(isSidecar(container) ? status.started : status.ready);
  });
  const message = explain(
    unknown,
    incomplete.map(({ name }) => name),
    'incomplete',
  );
  return message ? { type, status: 'False', reason: 'ContainersNotInitialized', message } : { type, status: 'True' };
}
